"""A verdict in words on each layer's routing and on the whole: what it is, what that rests on, and what to do.

The thresholds were set on runs that were trained to collapse, to stay even, to specialise and to send each token to one
expert: `python -m tests.bench.bench_routing`, whose last steps are the data of tests/core/routing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from studio.core.routing.figures import RoutingFigures

Kind = Literal["collapsing", "dead experts", "task-specialised", "healthy", "too early"]
KINDS: tuple[Kind, ...] = ("collapsing", "dead experts", "task-specialised", "healthy", "too early")
"""From the most to the least urgent."""
BAD: frozenset[Kind] = frozenset({"collapsing", "dead experts"})

FEW_SLOTS = 50  # slots for each expert of a layer; below, a share of 0.1 % cannot be told from none
COLLAPSING = 0.5  # spread below which few experts do the work of all; even runs had 0.8 and more, collapsed 0 to 0.2
ANSWERS_COLLAPSING = 0.4  # the same on answers: few words make them up, so that an even router reaches 0.54 only
SPECIALISED = (
    0.18  # share of a slot's task that its expert tells; tasks in like words 0.03 to 0.15, in unlike 0.2 to 0.5
)
LEANS = 1.6  # times its fair share, above which a healthy layer's busiest expert is named

REMEDIES: dict[Kind, str] = {
    "collapsing": "Start again with a higher balance weight (tenfold is a good first try) or a lower learning rate; if "
    "that does not help, with fewer experts.",
    "dead experts": "A dead expert seldom comes back: start again with a higher balance weight, or with fewer experts.",
    "task-specialised": "Nothing needs to be done: experts divide the tasks among themselves. Only if the tasks should "
    "learn from one another, choose a higher balance weight.",
    "healthy": "",
    "too early": "",
}


@dataclass(frozen=True, slots=True)
class LayerVerdict:
    """One layer's verdict: `sentence` names it, and the numbers that it rests on."""

    name: str
    kind: Kind
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole run's verdict over the steps `first` to `last`.

    basis: the numbers, their thresholds and the window. advice: what to do, empty where nothing is to be done.
    """

    kind: Kind
    sentence: str
    basis: str
    advice: str
    layers: tuple[LayerVerdict, ...]
    first: int
    last: int

    @property
    def is_bad(self) -> bool:
        return self.kind in BAD

    def layers_of(self, kind: Kind) -> list[LayerVerdict]:
        return [layer for layer in self.layers if layer.kind == kind]


def kinds_of(figures: RoutingFigures, collapsing: float = COLLAPSING) -> list[Kind]:
    """Each layer's kind; `collapsing` is the spread below which it collapses."""
    enough = figures.slots >= FEW_SLOTS * figures.experts
    told = np.nan_to_num(figures.told)
    found: list[Kind] = []
    for layer in range(len(figures.slots)):
        if not enough[layer]:
            found.append("too early")
        elif figures.spread[layer] < collapsing:
            found.append("collapsing")
        elif figures.dead[layer].any():
            found.append("dead experts")
        elif figures.sure[layer] and told[layer] >= SPECIALISED:
            found.append("task-specialised")
        else:
            found.append("healthy")
    return found


def judge(figures: RoutingFigures, names: Sequence[str], first: int, last: int, answers: bool = False) -> Verdict:
    """Judge a run by the figures of its steps `first` to `last`; `names` are its layers' ("layer 3").

    answers: whether the figures are of answer tokens alone.
    """
    collapsing = ANSWERS_COLLAPSING if answers else COLLAPSING
    kinds = kinds_of(figures, collapsing)
    layers = tuple(
        LayerVerdict(name, kind, f"{name[:1].upper()}{name[1:]}: {_of_layer(figures, row, kind)}")
        for row, (name, kind) in enumerate(zip(names, kinds, strict=True))
    )
    kind = _of_all(kinds)
    of = "answer tokens" if answers else "all tokens"
    steps = f"step {last}" if first == last else f"steps {first}\N{EN DASH}{last}"
    return Verdict(
        kind, _sentence(figures, names, kinds, kind), f"{_basis(figures, kinds, collapsing)} Over {steps}, on {of}.",
        REMEDIES[kind], layers, first, last,
    )  # fmt: skip


def _of_all(kinds: Sequence[Kind]) -> Kind:
    """The most urgent kind that any layer has; specialised where most layers are."""
    many = Counter(kinds)
    for kind in ("collapsing", "dead experts"):
        if many[kind]:
            return kind
    told = len(kinds) - many["too early"]
    if not told:
        return "too early"
    return "task-specialised" if 2 * many["task-specialised"] > told else "healthy"


def _of_layer(figures: RoutingFigures, row: int, kind: Kind) -> str:
    experts, in_effect = int(figures.experts[row]), f"{figures.in_effect[row]:.1f}"
    effect = f"{in_effect} of {experts} experts in effect"
    match kind:
        case "too early":
            return f"too early to say; {figures.slots[row]:,.0f} slots so far, {FEW_SLOTS * experts:,} are needed"
        case "collapsing":
            return f"collapsing, {effect}; expert {figures.expert[row]} has {figures.busiest[row]:.1f} × its fair share"
        case "dead experts":
            gone = np.flatnonzero(figures.dead[row])
            return f"{_experts(gone)} dead, {effect}"
        case "task-specialised":
            return f"task-specialised, an expert tells {100 * figures.told[row]:.0f} % of its token's task; {effect}"
        case _:
            return f"healthy, {effect}{_lean(figures, row)}"


def _lean(figures: RoutingFigures, row: int) -> str:
    if figures.busiest[row] < LEANS:
        return ""
    return f"; it leans on expert {figures.expert[row]} ({figures.busiest[row]:.1f} × its fair share)"


def _experts(which: Sequence[int] | np.ndarray) -> str:
    if len(which) > 4:
        return f"{len(which)} experts"
    return f"expert{'s' if len(which) > 1 else ''} {', '.join(str(each) for each in which)}"


def _sentence(figures: RoutingFigures, names: Sequence[str], kinds: Sequence[Kind], kind: Kind) -> str:
    rows = [row for row, own in enumerate(kinds) if own == kind]
    each = "router" if any("'" in name for name in names) else "layer"  # a layer may have a router for each projection
    where = f"{len(rows)} of {len(kinds)} {each}s" if len(kinds) > 1 else f"the only {each}"
    match kind:
        case "too early":
            return "Too early to say: too few tokens were routed."
        case "collapsing":
            worst = min(rows, key=lambda row: figures.spread[row])
            effect = f"{figures.in_effect[worst]:.1f} of {figures.experts[worst]} experts in effect"
            return f"Collapsing in {where}: {names[worst]} has {effect}."
        case "dead experts":
            gone = int(figures.dead[rows].sum())
            return f"{gone} dead expert{'s' if gone > 1 else ''} in {where}: {_names(names, rows)}."
        case "task-specialised":
            share = 100 * float(np.mean(figures.told[rows]))
            return f"Task-specialised in {where}: an expert tells {share:.0f} % of its token's task."
        case _:
            return f"Well balanced{_exceptions(figures, names, kinds)}."


def _names(names: Sequence[str], rows: Sequence[int]) -> str:
    said = ", ".join(names[row] for row in rows[:3])
    return said if len(rows) <= 3 else f"{said} and {len(rows) - 3} more"


def _exceptions(figures: RoutingFigures, names: Sequence[str], kinds: Sequence[Kind]) -> str:
    """What stands out in a healthy run: a layer that leans on an expert, or some that specialise."""
    known = [row for row, kind in enumerate(kinds) if kind in ("healthy", "task-specialised")]
    most = max(known, key=lambda row: figures.busiest[row])
    said = ""
    if figures.busiest[most] >= LEANS:
        said = f"; {names[most]} leans on expert {figures.expert[most]} ({figures.busiest[most]:.1f} × fair)"
    special = [row for row in known if kinds[row] == "task-specialised"]
    return said + (f"; {_names(names, special)} specialise by task" if special else "")


def _basis(figures: RoutingFigures, kinds: Sequence[Kind], collapsing: float) -> str:
    """The numbers behind a verdict, each with its threshold, in one sentence."""
    known = [row for row, own in enumerate(kinds) if own != "too early"]
    if not known:
        return f"Below {FEW_SLOTS} routed slots for each expert nothing is said."
    spread, gone = figures.spread[known], int(figures.dead[known].sum())
    said = [
        f"Evenness {100 * spread.mean():.0f} % on average and {100 * spread.min():.0f} % in the least even layer"
        f" (collapsing below {100 * collapsing:.0f} %)",
        f"{gone} expert{'' if gone == 1 else 's'} under 0.1 % of their layer's slots (dead)",
    ]
    told = figures.told[known]
    if np.isfinite(told).any():
        said.append(
            f"an expert tells {100 * np.nanmean(told):.0f} % of its token's task, corrected for chance"
            f" (specialised from {100 * SPECIALISED:.0f} % on)"
        )
    return "; ".join(said) + "."
