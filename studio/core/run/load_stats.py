"""The numbers of router loads: shares, utilisation, unevenness and dead experts, for the window and `show` alike.

Counts are routed token slots [layers, experts]. Utilisation is load over the fair share; an expert is dead when its
layer sends it less than 0.1 % of the slots.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

DEAD_SHARE = 0.001


def shares(counts: ArrayLike) -> NDArray[np.float64]:
    """Each expert's share of its layer's slots [layers, experts]; a layer that routed nothing has NaN."""
    slots = np.asarray(counts, dtype=np.float64)
    totals = slots.sum(axis=-1, keepdims=True)
    return np.divide(slots, totals, out=np.full_like(slots, np.nan), where=totals > 0)


def utilisation(counts: ArrayLike) -> NDArray[np.float64]:
    """Load over the fair share [layers, experts]: 1 is fair, 0 is dead."""
    load = shares(counts)
    return load * load.shape[-1]


def coefficient_of_variation(counts: ArrayLike) -> NDArray[np.float64]:
    """Each layer's standard deviation of loads over their mean [layers]: 0 is even, sqrt(experts - 1) is one expert."""
    return utilisation(counts).std(axis=-1)


def dead_experts(counts: ArrayLike) -> NDArray[np.bool_]:
    """Which experts got less than 0.1 % of their layer's slots [layers, experts]; none where nothing was routed."""
    return shares(counts) < DEAD_SHARE


def effective_experts(counts: ArrayLike) -> NDArray[np.float64]:
    """Each layer's exp(entropy) / experts [layers]: 1 is even, 1/experts is a single expert."""
    load = shares(counts)
    logs = np.log(load, out=np.zeros_like(load), where=load > 0)
    return np.exp(-(load * logs).sum(axis=-1)) / load.shape[-1]
