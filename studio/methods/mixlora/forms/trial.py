"""Try the fused kernels in a process of its own: cases come as JSON on standard input, verdicts go out by line.

A line `{"began": …}` says that the device answers, so that an end after it is the kernels' doing; `{"lacks": …}` that
memory ran out, which says nothing about them. `{"case": n, "better": …}` replaces the verdict of a case whose kernels
are faster with other tiles than the first.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch

from studio.core.out_of_memory import is_out_of_memory
from studio.methods.mixlora.forms import fused, masked
from studio.methods.mixlora.forms.blocks import Tiles, candidates, candidates_over_experts, choose, first_tiles
from studio.methods.mixlora.forms.proof import Case, SomeProblem, Widths, proof, proof_of_tiles, some_problem
from studio.methods.mixlora.forms.verdict import Verdict, write_verdict

TOKENS = 1024  # enough to fill a card, few enough to fit beside a loaded model
REPEATS = 7
SOONER = 0.97  # of the time so far: less is the clock's own difference, and the first tiles are known best


def main() -> None:
    asked = json.load(sys.stdin)
    device, widths = torch.device(asked["device"]), Widths(**asked["widths"])
    cases = [_case(each) for each in asked["cases"]]
    try:
        torch.zeros(1, device=device)
        _say({"began": str(device)})
        verdicts = []
        for case in cases:
            verdicts.append(_tried(device, case, widths))
            _say({"verdict": write_verdict(verdicts[-1])})
        # Other tiles come last: one that ends this process takes nothing back that was found.
        for number, (case, first) in enumerate(zip(cases, verdicts, strict=True)):
            if first.fused_ms is not None and (better := faster(device, case, widths, first)) != first:
                _say({"case": number, "better": write_verdict(better)})
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        _say({"lacks": "memory"})


def _tried(device: torch.device, case: Case, widths: Widths) -> Verdict:
    if why := proof(device, case):
        return Verdict(why)
    if device.type != "cuda":
        return Verdict()
    try:
        problem = some_problem(device, case, widths, TOKENS)
        fused_ms, masked_ms = milliseconds([partial(problem.passes, form) for form in (fused, masked)])
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        return Verdict()
    return Verdict("", fused_ms, masked_ms)


def faster(device: torch.device, case: Case, widths: Widths, first: Verdict) -> Verdict:
    """Time the kernels with every other choice of tiles, and return the verdict with the fastest that is right too."""
    best, shortest = first_tiles(case.kind), first.fused_ms
    problem = some_problem(device, case, widths, TOKENS)
    for others in (candidates, candidates_over_experts):
        for tiles in list(others(case.kind, best)):
            taken = _time_of(device, case, problem, tiles)
            if taken is not None and shortest is not None and taken < SOONER * shortest:
                best, shortest = tiles, taken
    choose(case.kind, best)
    return first if best == first_tiles(case.kind) else replace(first, fused_ms=shortest, tiles=best)


def _time_of(device: torch.device, case: Case, problem: SomeProblem, tiles: Tiles) -> float | None:
    """Median milliseconds of both passes with these tiles; None where they are wrong, or do not compile."""
    choose(case.kind, tiles)
    if proof_of_tiles(device, case):
        return None
    return milliseconds([partial(problem.passes, fused)])[0]


def milliseconds(passes: Sequence[Callable[[], Any]]) -> list[float]:
    """Median time of each on the card, in turns."""
    times: list[list[float]] = [[] for _ in passes]
    for repeat in range(REPEATS + 2):
        for own, run in zip(times, passes, strict=True):
            began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            began.record()
            run()
            ended.record()
            ended.synchronize()
            if repeat > 1:  # the first ones compile and warm up
                own.append(began.elapsed_time(ended))
    return [statistics.median(own) for own in times]


def _case(values: dict[str, Any]) -> Case:
    return Case(**values | {"dtype": getattr(torch, values["dtype"]), "adapted": tuple(values["adapted"])})


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
