"""What a worker records of routing beside the loads, made up to suit them."""

from __future__ import annotations

from typing import Any

import numpy as np

from studio.core.run.run_rows import ALL_TASKS


def also_routed(step: int, loads: dict[str, np.ndarray], top_k: int) -> dict[str, Any]:
    """A quarter of each task's slots as its answers', and in one step of ten the pairs, for `RunWriter.write`.

    Pairs are as if a token's two experts were drawn apart from one another.
    """
    answers = {task: np.floor(counts / 4) for task, counts in loads.items() if task != ALL_TASKS}
    if ALL_TASKS not in loads or top_k < 2 or step % 10 != 1:
        return {"answer_loads": answers}
    counts = loads[ALL_TASKS].astype(np.float64)
    shares = counts / counts.sum(axis=1, keepdims=True)
    pairs = np.floor(counts.sum(axis=1)[:, None, None] * shares[:, :, None] * shares[:, None, :])
    rows = np.arange(counts.shape[1])
    pairs[:, rows, rows] = counts
    return {"answer_loads": answers, "together": pairs}
