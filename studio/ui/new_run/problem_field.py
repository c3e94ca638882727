"""Which field of the form a Problem is about."""

from __future__ import annotations

import re

from studio.core.problem import Problem

FORM = "recipe"


def field_of(problem: Problem) -> str:
    """The field that a problem names ("method.top_k", "tasks.0.train"); empty where it names none."""
    return re.split(r": |：", problem.where)[-1]  # in English or in Chinese
