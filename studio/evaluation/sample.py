"""What one held-out row showed."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sample:
    """One held-out row: the model's answer, the expected one, and its loss.

    `row` is its place among the task's held-out rows and `line` where it stands in the file. `right` is None where
    nothing is judged. `loss` is summed over `tokens`. `also` has further verdicts from 0 to 1 by their names. `said`
    and `wanted` are what the two answers count as where answers are counted (labels, the most frequent answer).
    """

    task: str
    prompt: str
    answer: str
    expected: str
    right: bool | None
    row: int = 0
    line: int = 0
    loss: float = 0.0
    tokens: float = 0.0
    also: dict[str, float] = field(default_factory=dict)
    said: str = ""
    wanted: str = ""
