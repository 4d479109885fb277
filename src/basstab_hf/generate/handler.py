"""What Inference Endpoints of Hugging Face call: handler.py beside a model, tabs in and out.

{"inputs": "G|...", "parameters": {"bars": 4, "seed": 1}}  ->  [{"generated_text": "G|..."}]
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import pipeline


class EndpointHandler:
    """The pipeline of the folder that it lies in, whose code an endpoint trusts, as it runs this file."""

    def __init__(self, path: str = "") -> None:
        """Load the model of a folder."""
        self._write = pipeline("bass-tab-generation", model=path, trust_remote_code=True)

    def __call__(self, data: dict[str, Any]) -> Any:
        """Answer a request.

        Args:
            data: `inputs`, a tab, column text, a chat, or a list of these, "" for a new tab; `parameters`, what the
                pipeline takes, and `seed`, a number from which the same tab comes every time.

        Raises:
            TabError: an input that is no clean tab.
            InputError: an input or parameter that cannot be used.
        """
        parameters = dict(data.get("parameters") or {})
        seed = parameters.pop("seed", None)
        if seed is not None:
            parameters["generator"] = torch.Generator().manual_seed(int(seed))
        return self._write(data.get("inputs", ""), **parameters)
