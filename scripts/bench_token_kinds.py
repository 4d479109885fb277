#!/usr/bin/env python3
"""Which kind of tokens a model learns best with: the same GPT-2, the same wall time, one after the other.

    scripts/bench_token_kinds.py DATASET --seconds 300 [--config configs/train/quickstart.yaml] [--kinds note riff]

For each kind: a tokenizer from the training split, a model from the configuration (its learning rate falls by a cosine
over the time, whatever its schedule says), trained for --seconds and scored on the test split. Prints a Markdown table:

    bits per column     what held-out pieces cost, end to end, by their columns: comparable over kinds
    columns per token   of the test split, tuning words and <END> not counted as columns
    columns/s           generated: 64 bars by the numpy engine under the grammar, best of 3
    columns learnt      columns that training went over, repeats included
"""

from __future__ import annotations

import argparse
import math
import random
import tempfile
import time
from pathlib import Path

from basstab_hf.dataset.load import load_texts
from basstab_hf.evaluation.scoring import Scorer, bits_per_column, n_columns
from basstab_hf.generate import Request, generate_tabs
from basstab_hf.model.gpt2 import new_model
from basstab_hf.tokenizer.coverage import measure_coverage
from basstab_hf.tokenizer.tokenization_basstab import BassTabTokenizer
from basstab_hf.training.config import TrainConfig
from basstab_hf.training.data import cut_blocks, pad_blocks
from basstab_hf.training.train import save_model, usual_bar_width

HEAD = "kind, bits per column, columns per token, columns/s generated, vocabulary, parameters, steps, columns learnt"


def trained(
    kind: str, texts: list[str], config: TrainConfig, seconds: float, seed: int, folder: Path
) -> dict[str, int]:
    """Train for `seconds` and save a model folder."""
    import torch

    torch.manual_seed(seed)
    chance = random.Random(seed)  # noqa: S311
    tokenizer = BassTabTokenizer.from_column_texts(texts, config.min_count, kind)
    blocks = [{"input_ids": ids} for ids in cut_blocks(texts, tokenizer, config.context)]
    model = new_model(config.model, tokenizer).train()
    settings = config.training
    peak, warm = float(settings.get("learning_rate", 5e-5)), int(settings.get("warmup_steps", 0))
    optimizer = torch.optim.AdamW(
        model.parameters(),
        betas=(0.9, float(settings.get("adam_beta2", 0.999))),
        weight_decay=float(settings.get("weight_decay", 0.0)),
    )
    size = int(settings.get("per_device_train_batch_size", 8))
    order: list[dict[str, list[int]]] = []
    steps = tokens = 0
    start = time.perf_counter()
    while (spent := (time.perf_counter() - start) / seconds) < 1:
        if len(order) < size:
            order = batches(blocks, size, chance)
        batch = pad_blocks([order.pop() for _ in range(size)], tokenizer.pad_token_id)
        rate = peak * min(1, (steps + 1) / max(warm, 1)) * (1 + math.cos(math.pi * spent)) / 2
        for group in optimizer.param_groups:
            group["lr"] = rate
        model(**batch).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        steps += 1
        tokens += int(batch["attention_mask"].sum())
    parameters = model.num_parameters()
    save_model(model, tokenizer, folder)
    columns = sum(map(n_columns, texts)) / sum(len(block["input_ids"]) for block in blocks) * tokens
    return {"vocabulary": len(tokenizer), "parameters": parameters, "steps": steps, "columns": round(columns)}


def batches(blocks: list[dict[str, list[int]]], size: int, chance: random.Random) -> list[dict[str, list[int]]]:
    """Blocks of about the same length batch by batch, as the Trainer's group_by_length does."""
    mixed = chance.sample(blocks, len(blocks))
    while len(mixed) < size:
        mixed += chance.sample(blocks, len(blocks))
    pools = [mixed[place : place + 50 * size] for place in range(0, len(mixed), 50 * size)]
    order = []
    for pool in pools:
        pool.sort(key=lambda block: len(block["input_ids"]))
        groups = [pool[place : place + size] for place in range(0, len(pool) - size + 1, size)]
        chance.shuffle(groups)
        order += [block for group in groups for block in group]
    return order


def speed(folder: Path, width: int | None) -> float:
    """Columns generated a second."""
    best = 0.0
    for seed in range(3):
        start = time.perf_counter()
        [tab] = generate_tabs(folder, Request(bars=64, width=width, seed=seed), 1)
        best = max(best, sum(len(system.columns) for system in tab.systems) / (time.perf_counter() - start))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset")
    parser.add_argument("--seconds", type=float, default=300, help="training time of each kind")
    parser.add_argument("--config", help="a training configuration (default: the small preset)")
    parser.add_argument("--kinds", nargs="+", default=["column", "note", "riff"])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    config = TrainConfig.read(options.config) if options.config else TrainConfig.small()
    hush()
    texts = {split: load_texts(options.dataset, split) for split in ("train", "test")}
    width = usual_bar_width(texts["train"])
    counts = [n_columns(text) for text in texts["test"]]
    print_row(HEAD.split(", "))
    print_row(["---"] * len(HEAD.split(", ")))
    for kind in options.kinds:
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder) / "model"
            facts = trained(kind, texts["train"], config, options.seconds, options.seed, model)
            bits = bits_per_column(Scorer(model).nats(texts["test"]), counts)
            per_token = (
                1 / measure_coverage(BassTabTokenizer.from_pretrained(str(model)), texts["test"]).tokens_per_column
            )
            row = [kind, f"{bits:.3f}", f"{per_token:.2f}", f"{speed(model, width):.0f}", *map(str, facts.values())]
            print_row(row)


def hush() -> None:
    """transformers' bars for saving and loading a megabyte."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()


def print_row(cells: list[str]) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
