"""`python -m basstab_hf` is `basstab`."""

import sys

from basstab_hf.cli import main

sys.exit(main())
