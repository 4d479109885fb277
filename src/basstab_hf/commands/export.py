"""`basstab export`: a model as one file for other runtimes."""

from __future__ import annotations

import argparse

from basstab_hf.commands.arguments import flag_model
from basstab_hf.commands.output import say, show
from basstab_hf.commands.verb import Verb


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `basstab export`."""
    flag_model(parser, "model")
    runtime = parser.add_mutually_exclusive_group(required=True)
    runtime.add_argument("--gguf", action="store_true", help="for llama.cpp and what is built on it")
    runtime.add_argument("--onnx", action="store_true", help="for onnxruntime and transformers.js")
    parser.add_argument("--out", metavar="FILE", help="the file to write (default: the model's name, here)")
    parser.add_argument("--force", action="store_true", help="replace a file that exists already")


def run(options: argparse.Namespace) -> None:
    """`basstab export`."""
    from pathlib import Path

    from basstab_hf.files import check_folder, check_free
    from basstab_hf.hub.locate import locate_model

    model = locate_model(options.model)
    name = Path(options.model.partition("@")[0]).resolve().name
    out = Path(options.out or f"{name}{'-F16.gguf' if options.gguf else '.onnx'}")
    check_folder(out.parent)
    check_free(out, force=options.force)
    if options.gguf:
        from basstab_hf.model.gguf_export import write_gguf
        from basstab_hf.publish.contents import about_model

        write_gguf(model, out, about_model(model, name), force=options.force)
        say(f"{out}: llama.cpp goes on with column words, such as -p 'GDAE ||||' (docs/hub.md)")
    else:
        from basstab_hf.model.onnx_export import write_onnx_file

        write_onnx_file(model, out, force=options.force)
        say(f"{out}: inputs and outputs are those that transformers.js expects of a GPT-2")
    show(str(out))


VERB = Verb(
    about="write a model as one file for llama.cpp (GGUF) or onnxruntime",
    example="basstab export shipped --gguf --out bass.gguf",
    group="share",
    order=51,
    add_flags=add_flags,
    run=run,
)
