"""Answers to a blind test beside its key: the share told right, and what gave it away."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from basstab_hf import files
from basstab_hf.errors import InputError
from basstab_hf.metrics.averages import Z95, share_interval, spread

UNSURE = "?"


def read_json(path: str, wanted: str) -> dict[str, Any]:
    """A key, which has `questions`, or answers, which have `answers`.

    Raises:
        InputError: neither.
    """
    try:
        found = json.loads(files.read_bytes(path))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON: take the file that the page gives, or the key beside it") from error
    listed = found.get(wanted) if isinstance(found, dict) else None
    field = "right" if wanted == "questions" else "answer"
    if not isinstance(listed, list) or not all(isinstance(one, dict) and field in one for one in listed):
        raise InputError(f"{path} has no {wanted} of a blind test: --score takes KEY, then ANSWERS")
    return found


def report(key: Mapping[str, Any], answers: Mapping[str, Any]) -> Iterator[str]:
    """Lines about one page.

    Raises:
        InputError: answers of another page, or none that it offers.
    """
    given, questions = answers["answers"], key["questions"]
    if key.get("test") != answers.get("test") or len(given) != len(questions):
        raise InputError(f"these are answers to {answers.get('test')!r}, the key is of {key.get('test')!r}")
    for number, (one, each) in enumerate(zip(questions, given, strict=True), 1):
        if each["answer"] not in ("", *one["choices"]):
            raise InputError(f"answer {number} is {each['answer']!r}: the page has {', '.join(one['choices'])}")
    beside = f" beside {key['beside']}" if key["beside"] else ""
    yield f"{key['kind']}{beside}, {key['model']}: {sum(bool(one['answer']) for one in given)} of {len(given)} answered"
    if key["kind"] == "marks":
        marks = [int(one["answer"]) for one in given if one["answer"]]
        yield f"  mean mark {_mean(marks)}; " + ", ".join(f"{n} times {m}" for m, n in sorted(Counter(marks).items()))
    else:
        yield from _told(key, given)
    yield from _reasons(key, given)


def _told(key: Mapping[str, Any], given: Sequence[Mapping[str, str]]) -> Iterator[str]:
    told = [(one["right"], each["answer"]) for one, each in zip(key["questions"], given, strict=True) if each["answer"]]
    sure = [(right, answer) for right, answer in told if answer != UNSURE]
    hits = sum(right == answer for right, answer in sure)
    ends = share_interval(hits, len(sure))
    words = "for the best of eight" if key["kind"] == "best-of" else "told right"
    share = f" ({hits / len(sure):.0%}, 95 % interval {ends.low:.0%} to {ends.high:.0%})" if sure else ""
    yield f"  {words}: {hits} of {len(sure)}{share}; cannot tell: {len(told) - len(sure)}"
    if key["kind"] == "style":
        for style in sorted({right for right, _ in told}):
            taken = Counter(answer for right, answer in told if right == style)
            yield f"  {style}: taken for " + ", ".join(f"{name} {count}" for name, count in taken.most_common())


def _reasons(key: Mapping[str, Any], given: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """What gave it away, by whether that was so; what is said most first."""
    found: dict[str, Counter[str]] = {}
    for one, each in zip(key["questions"], given, strict=True):
        answer = each["answer"]
        name = "cannot tell" if answer == UNSURE else "right" if answer == one["right"] else "wrong"
        name = f"mark {answer}" if key["kind"] == "marks" else name
        if answer and (why := " ".join(str(each.get("why", "")).split())):
            found.setdefault(name, Counter())[why] += 1
    for name, reasons in sorted(found.items()):
        for why, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0].casefold())):
            yield f"  {name}: {why}" + (f" ({count})" if count > 1 else "")


def _mean(marks: Sequence[int]) -> str:
    if len(marks) < 2:
        return f"{marks[0]}" if marks else "none"
    mean = sum(marks) / len(marks)
    return f"{mean:.2f} (95 % interval +- {Z95 * spread(marks) / math.sqrt(len(marks)):.2f})"
