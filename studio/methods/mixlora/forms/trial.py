"""Try the fused kernels in a process of its own: cases come as JSON on standard input, verdicts go out by line.

A line `{"began": …}` says that the device answers, so that an end after it is the kernels' doing; `{"lacks": …}` that
memory ran out, which says nothing about them.
"""

from __future__ import annotations

import json
import statistics
import sys
from dataclasses import asdict
from types import ModuleType
from typing import Any

import torch

from studio.core.out_of_memory import is_out_of_memory
from studio.methods.mixlora.forms import fused, masked
from studio.methods.mixlora.forms.proof import Case, Widths, proof, some_problem
from studio.methods.mixlora.forms.verdict import Verdict

TOKENS = 1024  # enough to fill a card, few enough to fit beside a loaded model
REPEATS = 7


def main() -> None:
    asked = json.load(sys.stdin)
    device, widths = torch.device(asked["device"]), Widths(**asked["widths"])
    try:
        torch.zeros(1, device=device)
        _say({"began": str(device)})
        for each in asked["cases"]:
            _say({"verdict": asdict(_tried(device, _case(each), widths))})
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        _say({"lacks": "memory"})


def _tried(device: torch.device, case: Case, widths: Widths) -> Verdict:
    if why := proof(device, case):
        return Verdict(why)
    if device.type != "cuda":
        return Verdict()
    return Verdict("", *_times(device, case, widths))


def _times(device: torch.device, case: Case, widths: Widths) -> tuple[float | None, float | None]:
    """Median milliseconds of both passes in the fused and in the masked form, in turns; None where memory is short."""
    try:
        problem = some_problem(device, case, widths, TOKENS)
        times: dict[ModuleType, list[float]] = {fused: [], masked: []}
        for repeat in range(REPEATS + 2):
            for form, own in times.items():
                began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
                began.record()
                problem.passes(form)
                ended.record()
                ended.synchronize()
                if repeat > 1:  # the first ones compile and warm up
                    own.append(began.elapsed_time(ended))
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        return None, None
    return statistics.median(times[fused]), statistics.median(times[masked])


def _case(values: dict[str, Any]) -> Case:
    return Case(**values | {"dtype": getattr(torch, values["dtype"]), "adapted": tuple(values["adapted"])})


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
