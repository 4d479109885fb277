#!/usr/bin/env python3
"""How fast tabs are written, beside `model.generate` as it comes and the seed's loop: one thread, same weights and run.

    scripts/bench_generate.py DATASET [--model DIR] [--rounds 5] [--samples 1000] [--json]

Sizes: S, the seed's (4 layers x 84, 7 heads, ReLU) with random weights and the column tokens of DATASET, and with its
note tokens; and MODEL, by default the one of the package. The seed's loop (block of 52, no cache, autograd on, one head
after the other; and once more with the fused attention of scripts/seed_recipe.py, in its favour) has columns. The loops
take turns, each writes about as many tokens; printed are medians over the rounds, per second of CPU time. Ours write
bars under the grammar. Columns are tokens times what a token stands for in the training split.

Then, for MODEL: what the grammar costs; tabs at temperature 1.5 and how many of them are well-formed; the first column
behind a prompt of 16 bars; `basstab generate` from a cold shell; int8 weights in bits per column.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from seed_recipe import SeedModel, SeedRecipe
from torch import nn
from transformers import AutoModelForCausalLM
from transformers.utils import logging as transformers_logging

from basstab_hf.dataset.load import load_texts
from basstab_hf.errors import BasstabError
from basstab_hf.evaluation.scoring import n_columns
from basstab_hf.generate import Composer, Request, Sampling
from basstab_hf.generate.job import continuing
from basstab_hf.generate.loop import write
from basstab_hf.generate.plan import Segment
from basstab_hf.hub.shipped import shipped_model
from basstab_hf.metrics.validity import validity
from basstab_hf.model.folder import save_model
from basstab_hf.model.gpt2 import new_model
from basstab_hf.model.match_cache import log_softmax
from basstab_hf.tab.values import Tab
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer

S = {"n_layer": 4, "n_head": 7, "n_embd": 84, "n_positions": 512, "activation_function": "relu"}
#: Tokens that each loop writes in a turn, one stream and in a batch.
TOKENS, BATCH, BATCH_TOKENS = 400, 32, 256
SEED = "the seed's loop"
ENGINES = ("torch", "numpy", "cpp", "cpp-int8")
#: Pieces on which int8 is compared with float32.
PIECES = 60

#: Writes once and gives the number of tokens.
Loop = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Speed:
    """Medians over rounds, per second of CPU time; `batch` streams at once."""

    size: str
    loop: str
    batch: int
    tokens: float
    columns: float


class Free:
    """A grammar that lets any column through, so many times: what is left when there is none."""

    def __init__(self, composer: Composer, tokens: int) -> None:
        vocabulary = composer.model.vocabulary
        table = composer.model.table(Tab.parse("G|\nD|\nA|\nE|").tuning)
        self.bar_id, self.end_id, self.grammar = table.bar_id, table.end_id, table.grammar
        self.shapes = np.zeros(len(vocabulary), np.int32)
        self.shapes[self.bar_id] = 1
        self._tokens = tokens

    def row(self, number: int) -> np.ndarray:
        full = number == self._tokens
        return np.array([-1, number] if full else [number + 1, -1], np.int32)


class SeparateHeads(nn.Module):
    """The seed's attention: each head is a module with three projections and a mask of its own."""

    def __init__(self, recipe: SeedRecipe) -> None:
        super().__init__()
        size = recipe.width // recipe.heads
        self.heads = nn.ModuleList(
            nn.ModuleList(nn.Linear(recipe.width, size, bias=False) for _ in range(3)) for _ in range(recipe.heads)
        )
        self.register_buffer("past", torch.ones(recipe.block, recipe.block).tril() == 0)
        self.projection, self.dropout = nn.Linear(recipe.width, recipe.width), nn.Dropout(recipe.dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        length, width = x.shape[1:]
        mixed = []
        for queries, keys, values in self.heads:
            scores = queries(x) @ keys(x).transpose(-2, -1) * width**-0.5
            weights = scores.masked_fill(self.past[:length, :length], float("-inf")).softmax(dim=-1)
            mixed.append(self.dropout(weights) @ values(x))
        return self.dropout(self.projection(torch.cat(mixed, dim=-1)))


def seed_loop(vocabulary: int, *, fused: bool) -> Loop:
    """The seed's `generate`: the last 52 ids go through the whole network for each new one."""
    recipe = SeedRecipe()
    torch.manual_seed(1)
    model = SeedModel(recipe, vocabulary)
    if not fused:
        for block in model.blocks[: recipe.layers]:
            block.attention[1] = SeparateHeads(recipe)
    model.eval()

    def run() -> int:
        ids = torch.ones((1, 1), dtype=torch.long)
        for _ in range(TOKENS):
            chances = torch.softmax(model(ids[:, -recipe.block :])[:, -1, :], dim=-1)
            ids = torch.cat([ids, torch.multinomial(chances, num_samples=1)], dim=1)
        return TOKENS

    return run


def generate_loop(folder: Path, batch: int) -> Loop:
    """`model.generate` with the sampling that the folder's generation_config.json asks for."""
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    tokens = TOKENS if batch == 1 else BATCH_TOKENS

    def run() -> int:
        torch.manual_seed(1)
        ids = torch.ones((batch, 1), dtype=torch.long)
        model.generate(ids, attention_mask=ids, min_new_tokens=tokens, max_new_tokens=tokens)
        return batch * tokens

    return run


def our_loop(composer: Composer, batch: int, *, match_cache: bool = False) -> Loop:
    """Bars under the grammar, about as many tokens as the others write."""
    job, request = _job(composer, match_cache, _bars(composer, TOKENS if batch == 1 else BATCH_TOKENS))

    def run() -> int:
        plans = [job.plan(request, seed) for seed in np.random.SeedSequence(1).spawn(batch)]
        return sum(found.drawn for found in write(composer.model.engine, plans))

    return run


def free_loop(composer: Composer) -> Loop:
    """Columns without a grammar."""
    job, request = _job(composer, match_cache=False, bars=8)
    free = Free(composer, TOKENS)

    def run() -> int:
        plan = job.plan(request, np.random.SeedSequence(1))
        chances = np.random.default_rng(1).random(TOKENS + 1)
        plan = replace(plan, table=free, segments=(Segment(0, bars=1),), chances=chances)
        return write(composer.model.engine, [plan])[0].drawn

    return run


def _job(composer: Composer, match_cache: bool, bars: int) -> tuple[object, Request]:
    request = Request(bars=bars, width=17, match_cache=match_cache)
    return continuing(composer.model, request), request


def _bars(composer: Composer, tokens: int) -> int:
    """How many bars so many tokens are, by writing eight."""
    job, request = _job(composer, match_cache=False, bars=8)
    [found] = write(composer.model.engine, [job.plan(request, np.random.SeedSequence(1))])
    return max(round(8 * tokens / found.drawn), 1)


def measure(loops: dict[tuple[str, str, int], Loop], per_token: dict[str, float], rounds: int) -> list[Speed]:
    """All loops in turn, the first turn not counted."""
    found: dict[tuple[str, str, int], list[float]] = {key: [] for key in loops}
    for number in range(rounds + 1):
        for key, run in loops.items():
            start = time.process_time()
            tokens = run()
            if number:
                found[key].append(tokens / (time.process_time() - start))
        print(f"round {number} of {rounds}", file=sys.stderr)
    medians = {key: statistics.median(speeds) for key, speeds in found.items()}
    return [Speed(*key, tokens, tokens * per_token[key[0]]) for key, tokens in medians.items()]


def small_folder(texts: Sequence[str], kind: str, folder: Path) -> Path:
    """A model of size S with random weights."""
    torch.manual_seed(1)
    tokenizer = BassTabTokenizer.from_column_texts(texts, kind=kind)
    save_model(new_model(S, tokenizer), tokenizer, folder)
    return folder


def speeds(dataset: str, model: Path, rounds: int, work: Path) -> list[Speed]:
    texts = load_texts(dataset, "train")
    folders = {
        "S, column": small_folder(texts, "column", work / "column"),
        "S, note": small_folder(texts, "note", work / "note"),
        "model": model,
    }
    loops: dict[tuple[str, str, int], Loop] = {}
    per_token = {}
    for size, folder in folders.items():
        tokenizer = BassTabTokenizer.from_pretrained(str(folder))
        tokens = sum(len(ids) for ids in tokenizer(texts[:200], verbose=False)["input_ids"])
        per_token[size] = sum(map(n_columns, texts[:200])) / tokens
        if size == "S, column":
            loops[size, SEED, 1] = seed_loop(len(tokenizer), fused=False)
            loops[size, f"{SEED}, fused attention", 1] = seed_loop(len(tokenizer), fused=True)
        for batch in (1, BATCH):
            loops[size, "model.generate", batch] = generate_loop(folder, batch)
            for name in ENGINES if batch == 1 else ("numpy", "cpp", "cpp-int8"):
                loops[size, name, batch] = our_loop(Composer(folder, name), batch)
    for name in ("numpy", "cpp"):
        loops["model", f"{name}, no grammar", 1] = free_loop(Composer(model, name))
        loops["model", f"{name}, match cache", 1] = our_loop(Composer(model, name), 1, match_cache=True)
    return measure(loops, per_token, rounds)


def well_formed(model: Path, samples: int) -> dict[str, float]:
    """Tabs of 8 bars at temperature 1.5, nothing but the grammar in the way."""
    request = Request(bars=8, width=17, seed=1, sampling=Sampling(1.5, top_p=1.0))
    start = time.process_time()
    tabs = [written.tab for written in Composer(model).write(request, samples)]
    seconds = time.process_time() - start
    good = sum(validity(tab.text).tab_validity == 1 and [len(bar) for bar in tab.bars] == [17] * 8 for tab in tabs)
    return {"samples": samples, "well_formed": good, "seconds": seconds}


def first_column(model: Path, dataset: str) -> dict[str, float]:
    """Milliseconds from the request to the first new column, behind a prompt of 16 bars; medians of 9."""
    text = next(text for text in load_texts(dataset, "test") if len(Tab.from_words(text.split()).bars) >= 16)
    words = text.split()
    prompt = Tab.from_words(words[: [place for place, word in enumerate(words) if word == "||||"][16] + 1])
    found = {}
    for name in ("numpy", "cpp"):
        composer = Composer(model, name)
        times = [_first_column(composer, Request(prompt=prompt, bars=1, seed=seed)) for seed in range(10)]
        found[name] = statistics.median(times[1:])
    return found


def _first_column(composer: Composer, request: Request) -> float:
    heard: list[float] = []
    start = time.perf_counter()
    list(composer.write(request, 1, lambda _: heard.append(time.perf_counter())))
    return 1000 * (heard[1] - start)  # the first call tells the prompt


def cold_shell(model: Path, rounds: int) -> dict[str, float]:
    """Wall seconds of whole processes, in turn."""
    commands = {
        "basstab generate": [sys.executable, "-m", "basstab_hf", "generate", str(model), "--bars", "8"],
        "import torch, transformers": [sys.executable, "-c", "import torch, transformers"],
    }
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            found[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in found.items()}


def int8_bits(model: Path, dataset: str) -> dict[str, float]:
    """Bits per column of the model alone on test pieces, with float32 and int8 weights."""
    tokenizer = BassTabTokenizer.from_pretrained(str(model))
    texts = load_texts(dataset, "test")[:PIECES]
    found = {}
    for name in ("cpp", "cpp-int8"):
        engine = Composer(model, name).model.engine
        nats = 0.0
        for text in texts:
            ids = [*tokenizer(text, verbose=False)["input_ids"], tokenizer.eos_token_id][: engine.context]
            logits = engine.start(ids[:1])
            for token in ids[1:]:
                nats -= float(log_softmax(logits)[token])
                logits = engine.step(token)
        found[name] = nats / math.log(2) / sum(map(n_columns, texts))
    return found


def table(found: Sequence[Speed]) -> str:
    """Markdown, ratios of columns to `model.generate` of the same size and batch, and to the seed's loop."""
    by_key = {(speed.size, speed.loop, speed.batch): speed for speed in found}
    seed = by_key["S, column", SEED, 1]
    rows = [("size", "loop", "streams", "tokens/s", "columns/s", "x model.generate", "x seed"), ("---",) * 7]
    for speed in found:
        usual = by_key[speed.size, "model.generate", speed.batch]
        ratios = [f"{speed.columns / other.columns:.1f}" for other in (usual, seed)]
        rows.append(
            (speed.size, speed.loop, str(speed.batch), f"{speed.tokens:,.0f}", f"{speed.columns:,.0f}", *ratios)
        )
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", metavar="DATASET", help="a folder that `basstab build` wrote")
    parser.add_argument("--model", type=Path, metavar="DIR", help="a model folder; the one of this package if left out")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--samples", type=int, default=1000, metavar="N", help="tabs judged by their form")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    torch.set_num_threads(1)
    transformers_logging.disable_progress_bar()
    model = options.model or shipped_model()
    try:
        with tempfile.TemporaryDirectory() as work:
            found = speeds(options.dataset, model, options.rounds, Path(work))
        more = {
            "at temperature 1.5": well_formed(model, options.samples),
            "milliseconds to the first column": first_column(model, options.dataset),
            "seconds from a cold shell": cold_shell(model, options.rounds),
            "bits per column, no cache": int8_bits(model, options.dataset),
        }
    except BasstabError as error:
        print(f"bench_generate: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"speeds": [asdict(speed) for speed in found], **more}, indent=2))
        return 0
    print(table(found))
    for name, figures in more.items():
        print(f"\n{name}: " + ", ".join(f"{key} {value:,.5g}" for key, value in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
