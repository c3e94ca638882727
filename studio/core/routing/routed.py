"""What is known of a run's routers, and the verdicts on windows of its loads."""

from __future__ import annotations

from dataclasses import dataclass, replace

from numpy.typing import ArrayLike

from studio.core.routing.figures import routing_figures
from studio.core.routing.verdict import Verdict, judge
from studio.core.run.events import ModelReady
from studio.core.run.load_reader import Window
from studio.core.run.router_groups import router_names


@dataclass(frozen=True, slots=True)
class Routed:
    """What a verdict needs to know of a run: its layers' names, their experts, and the fewest slots of a token."""

    names: tuple[str, ...]
    top_k: int = 1
    widths: tuple[int, ...] | None = None

    @classmethod
    def of(cls, ready: ModelReady, experts: int) -> Routed:
        """What a run said of its model, whose loads are of at most `experts` experts; earlier versions said less."""
        known = len(ready.layer_experts) == len(ready.layers) and max(ready.layer_experts, default=0) == experts
        return cls(router_names(ready.layers), max(1, ready.top_k), ready.layer_experts if known else None)

    def verdict(self, counts: ArrayLike, first: int, last: int) -> Verdict:
        """Judge the counts [steps, tasks, layers, experts] of all tokens."""
        return judge(routing_figures(counts, self.top_k, self.widths), self.names, first, last)

    def verdicts(self, whole: Window, answers: Window | None) -> tuple[Verdict, Verdict | None]:
        """Judge all tokens, and answers alone where their loads were recorded.

        An expert that no answer reaches is dead only if nothing else reaches it either.
        """
        figures = routing_figures(whole.stacked(), self.top_k, self.widths)
        verdict = judge(figures, self.names, whole.first, whole.last)
        if answers is None or answers.last != whole.last or verdict.kind == "too early":
            return verdict, None  # of fewer tokens there is no more to say
        own = routing_figures(answers.stacked(), self.top_k, self.widths)
        own = replace(own, dead=own.dead & figures.dead)
        return verdict, judge(own, self.names, answers.first, answers.last, answers=True)
