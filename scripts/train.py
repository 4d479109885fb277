#!/usr/bin/env python
"""`basstab train` as a script, for launchers that start it several times; the same arguments.

torchrun --nproc_per_node 2 scripts/train.py DATASET --out DIR --processes 2
accelerate launch --num_processes 4 scripts/train.py DATASET --out DIR --processes 4     (one process a GPU)
"""

import sys

from basstab_hf.cli import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
