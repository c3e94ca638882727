"""Quality or speed: three offers, and the few numbers that decide most, each on a slider."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot

from studio.core.foreign.visible_text import unmarked
from studio.core.methods.registry import METHODS
from studio.core.recipe.recipe import MethodTable, Recipe
from studio.core.units import count_text
from studio.core.words import tr
from studio.planner.memory_groups import StepCost
from studio.ui.controls.widgets import Card, WrappedText, button
from studio.ui.fields.field_row import FieldGrid, FieldRow
from studio.ui.fields.slider_row import SliderRow
from studio.ui.new_run.background_planner import Planned
from studio.ui.new_run.offer_cards import OfferCards
from studio.ui.units import bytes_text, unbroken

STOPS: dict[str, tuple[int, ...]] = {
    "method.experts": (2, 3, 4, 6, 8, 12, 16, 24, 32),
    "method.top_k": (1, 2, 3, 4, 6, 8),
    "method.rank": (2, 4, 8, 16, 32, 64, 128, 256),
    "training.max_length": (64, 128, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 8192),
    "training.batch_size": (1, 2, 4, 8, 16, 32, 64, 128, 256),
}
"""The fields that have sliders, and where these stop; any other value is typed."""
BESIDE = ("method.name", "training.epochs", "training.max_steps")


class QualityCard(Card):
    """The offers and the sliders; `change_wanted` brings an offer's fields.

    `compare_wanted` asks for this recipe with other methods beside it; the button `sweep` is pressed for other values
    of some fields.
    """

    change_wanted = Signal(object)
    compare_wanted = Signal()

    def __init__(self, rows: dict[str, FieldRow]) -> None:
        super().__init__(tr("Quality or speed"), tr("three offers that fit, or your own numbers"))
        self._found: MethodTable | None = None  # what the match button sets
        self.offers = OfferCards()
        self.offers.chosen.connect(self.change_wanted)
        self.sliders = {path: row for path, row in rows.items() if isinstance(row, SliderRow)}
        self.match = button("match_parameters", tr("Match parameters"), "check", "quiet")
        self.match.clicked.connect(self._on_match)
        self.match.hide()
        self.compare = button(
            "compare_methods",
            tr("Compare methods…"),
            "compare",
            "quiet",
            tr("Train this recipe with several methods as well"),
        )
        self.compare.clicked.connect(self.compare_wanted)
        self.sweep = button(
            "try_values", tr("Try several values…"), "list", "quiet", tr("Sweep a field of this recipe")
        )
        self.tools.addWidget(self.match)
        self.tools.addWidget(self.compare)
        self.tools.addWidget(self.sweep)
        self.body.addWidget(self.offers)
        self.measured = WrappedText("", "quiet", 0.92)
        self.measured.setObjectName("method_measured")
        self.measured.hide()
        self.body.addWidget(FieldGrid([*self.sliders.values(), *(rows[path] for path in BESIDE)], widest=19.0))
        self.body.addWidget(self.measured)

    def show_planned(self, planned: Planned | None, lasts: bool = True) -> None:
        """Show a plan's offers, and what a step of each slider costs; None while a plan is made."""
        self._show_match(planned)
        if planned is None:
            return
        for path, row in self.sliders.items():
            cost = planned.costs.get(path)
            row.show_cost("" if cost is None or planned.plan is None else _cost_text(cost))
        recipe = planned.plan.recipe if planned.plan is not None else None
        if recipe is not None:
            self._say_measured(recipe)
        if planned.whole or recipe is None:
            self.offers.show_offers(planned.alternatives, recipe, lasts)
        else:
            self.offers.show_present(recipe)

    def _say_measured(self, recipe: Recipe) -> None:
        """Say in a sentence what was found where the method was compared with LoRA."""
        said = METHODS[recipe.method.name].measured(dict(recipe.method), len(recipe.tasks))
        self.measured.setText(said)
        self.measured.setVisible(bool(said))

    def steps(self) -> tuple[tuple[str, int], ...]:
        """The next larger value of each slider that has one."""
        found = ((path, row.next_stop()) for path, row in self.sliders.items() if row.editor.control.isEnabled())
        return tuple((path, stop) for path, stop in found if stop is not None)

    def _show_match(self, planned: Planned | None) -> None:
        """Offer the rank that gives this method as many parameters as the one before it; None hides the offer."""
        self._found = planned.match if planned is not None else None
        if planned is None or planned.wanted is None or (planned.match is None and not planned.unmatched):
            self.match.hide()
            return
        self.match.setText(
            tr("Match {method}'s {number} parameters", method=planned.wanted_by, number=count_text(planned.wanted))
        )
        self.match.setAccessibleName(self.match.text())
        self.match.setEnabled(planned.match is not None)
        if planned.match is not None:
            self.match.setToolTip(
                tr(
                    "Rank {rank} and alpha {alpha:g}, so that both train the same number of parameters",
                    rank=planned.match.rank,
                    alpha=planned.match.alpha,
                )
            )
        else:
            self.match.setToolTip(unmarked(planned.unmatched))
        self.match.show()

    @Slot()
    def _on_match(self) -> None:
        if self._found is not None:
            self.change_wanted.emit({"method.rank": self._found.rank, "method.alpha": self._found.alpha})


def _cost_text(cost: StepCost) -> str:
    """What the next larger value costs, in a few words."""
    memory = tr("no more memory")
    if cost.more_bytes > 1 << 20:
        memory = tr("{memory} more", memory=bytes_text(cost.more_bytes))
    percent = round(100 * (cost.time_factor - 1))
    time = tr("{percent} % longer", percent=percent) if percent >= 1 else tr("not slower")
    if percent <= -1:
        time = tr("{percent} % faster", percent=-percent)
    return unbroken(tr("At {value:,}: {memory}, {time} for a row.", value=cost.value, memory=memory, time=time))
