"""The fused kernels tried in a child on this machine's card, and both forms timed: `python -m tests.bench.card_trial`.

What a run does at its first step on a new card (`studio/methods/mixlora/forms/verdict.py`), for the feed-forwards of
Llama's 1B and 8B models. Without a card Triton's interpreter stands in, with a small one, and nothing is timed.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from studio.methods.mixlora.forms.proof import Case, Widths
from studio.methods.mixlora.forms.verdict import TrialError, tried
from tests.bench.measure import machine, print_table, write_json

WIDTHS = {"1b": Widths(2048, 8192), "8b": Widths(4096, 14336)}
SMALL = {"small": Widths(64, 192)}


def run() -> dict[str, Any]:
    on_card = torch.cuda.is_available()
    device = torch.device("cuda", 0) if on_card else torch.device("cpu")
    if not on_card:
        os.environ["TRITON_INTERPRET"] = "1"
    dtype = torch.bfloat16 if on_card else torch.float32
    rows = []
    for name, widths in (WIDTHS if on_card else SMALL).items():
        asked = [(2, False, 8), (2, True, 8), (1, False, 8), (4, False, 8)] if on_card else [(1, False, 2)]
        cases = [
            Case(dtype, "silu", slots, experts, 16, True, (True, True, True), dropout)
            for slots, dropout, experts in asked
        ]
        try:
            verdicts = tried(device, cases, widths)
        except TrialError as error:
            rows += [{"shape": name, "says nothing": str(error)}]
            continue
        for case, found in zip(cases, verdicts, strict=True):
            rows.append({"shape": name, "k": case.slots, "dropout": case.dropout, **asdict(found)})
    print_table("the kernels' trial", rows)
    return {"bench": "trial", "machine": machine("cuda" if on_card else "cpu"), "rows": rows}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    write_json(given.json, run())
