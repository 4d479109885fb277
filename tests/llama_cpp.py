"""llama.cpp for tests: a server of it inside this process, from the package xllamacpp, asked over loopback."""

import json
import urllib.request
from pathlib import Path
from typing import Any

import xllamacpp


class LlamaServer:
    """What `llama-server -m FILE` serves, on a free port, with keys and values as float32 so that figures compare."""

    def __init__(self, path: Path) -> None:
        options = xllamacpp.CommonParams()
        options.model.path = str(path)
        options.hostnames, options.port = ["127.0.0.1"], 0
        options.n_ctx, options.n_parallel, options.warmup, options.verbosity = 1024, 1, False, -1
        options.cpuparams.n_threads = options.cpuparams_batch.n_threads = 1
        options.cache_type_k = options.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
        options.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self._server = xllamacpp.Server(options)

    def post(self, path: str, **document: Any) -> Any:
        """The answer to a request."""
        body = json.dumps(document).encode()
        request = urllib.request.Request(
            self._server.listening_address + path, body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def ids(self, text: str) -> list[int]:
        """Ids of a text, as a prompt of it gets them."""
        tokens: list[int] = self.post("/tokenize", content=text, add_special=True, parse_special=True)["tokens"]
        return tokens

    def greedy(self, prompt: list[int], n_tokens: int) -> list[int]:
        """The likeliest tokens behind the ids of a prompt."""
        found: list[int] = self.post(
            "/completion", prompt=prompt, n_predict=n_tokens, temperature=0, return_tokens=True
        )["tokens"]
        return found
