"""The experts of the model that is tried: by which layer tokens are coloured, and which experts are off or forced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from studio.core.chat.expert_switches import ExpertSwitches, Place
from studio.core.run.router_groups import router_groups
from studio.core.words import capitalised, mark, tr
from studio.ui.controls.flow_layout import FlowRoom
from studio.ui.controls.widgets import ElidedText, Text, button
from studio.ui.theme import unit
from studio.ui.try_out.expert_chip import ExpertChip, Switch

HINT = mark("Press an expert to switch it off, then ask again: the difference is what it does.")


class ExpertsBar(QWidget):
    """`layer` is the chosen one, None for all together; `switches` is what the next question will obey."""

    layer_chosen = Signal(object)
    switched = Signal()
    again_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._layers: tuple[str, ...] = ()
        self._places: dict[Place, Switch] = {}
        self.chips: list[ExpertChip] = []
        self.box = QComboBox()
        self.box.setObjectName("try_layer")
        self.box.setAccessibleName(tr("Layer by whose experts tokens are coloured"))
        self.box.setToolTip(tr("Tokens are coloured by their experts in this layer; a switch counts for it too"))
        self.box.setMinimumContentsLength(8)
        self.box.currentIndexChanged.connect(self._on_layer)
        self.said = ElidedText(tr(HINT), "faint", 0.92)
        self.said.setObjectName("try_switched")
        self.reset = button("try_all_on", tr("All on"), "reset", "quiet", tr("Switch every expert on again"))
        self.reset.clicked.connect(self.switch_all_on)
        self.reset.hide()
        self.again = button(
            "try_ask_again", tr("Ask again"), "play", "primary", tr("Ask the last question with these experts")
        )
        self.again.clicked.connect(self.again_wanted)
        self.again.hide()
        self._room = FlowRoom()
        self._flow = self._room.flow
        self._title = Text(tr("Experts"), "quiet", 0.95)
        self._low = self._gives_way = False
        self._head = QHBoxLayout()
        self._head.setSpacing(round(unit() * 0.6))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(unit() * 0.4))
        column.addLayout(self._head)
        column.addWidget(self._room)
        self._arrange()
        self.show_layers((), 0)

    @property
    def layer(self) -> int | None:
        found = self.box.currentData()
        return int(found) if found is not None else None

    @property
    def layer_name(self) -> str:
        return self.box.currentText()

    @property
    def switches(self) -> ExpertSwitches:
        def having(switch: Switch) -> tuple[Place, ...]:
            return tuple(place for place, each in self._places.items() if each == switch)

        return ExpertSwitches(having("off"), having("only"))

    def show_layers(self, layers: Sequence[str], experts: int) -> None:
        """Offer these routed layers, each with so many experts at most; nothing is shown where there are none."""
        self._has_experts = bool(layers)
        self.setVisible(self._has_experts and not self._gives_way)
        if tuple(layers) == self._layers and experts == len(self.chips):
            return
        self._layers, self._places = tuple(layers), {}
        was = self.box.blockSignals(True)
        self.box.clear()
        self.box.addItem(tr("All layers"), None)
        for row, name in enumerate(layer_names(layers)):
            self.box.addItem(name, row)
        self.box.blockSignals(was)
        for chip in self.chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self.chips = [ExpertChip(expert) for expert in range(experts)]
        for chip in self.chips:
            chip.switched.connect(self._on_switched)
        self._arrange()
        self._show()

    def make_room(self, low: bool, gives_way: bool) -> None:
        """Stand in as few rows as can be where the view is `low`, or in none, where something else has its turn."""
        if low != self._low:
            self._low = low
            self._arrange()
        self._gives_way = gives_way
        self.setVisible(self._has_experts and not gives_way)

    def _arrange(self) -> None:
        """The chips below a row with the layers and a sentence; in a low view all in rows one behind another."""
        first, last = (self._title, self.box), (self.reset, self.again)
        for each in (*first, self.said, *last, *self.chips):
            for layout in (self._head, self._flow):
                layout.removeWidget(each)
        self.said.setVisible(not self._low)
        for each in () if self._low else first:
            self._head.addWidget(each)
        self._head.addWidget(self.said, 1)
        for each in () if self._low else last:
            self._head.addWidget(each)
        for each in (*first, *self.chips, *last) if self._low else self.chips:
            self._flow.addWidget(each)

    def offer_again(self, offered: bool) -> None:
        """Offer to ask the last question again, with what is switched now."""
        self.again.setVisible(offered)

    def set_busy(self, busy: bool) -> None:
        """While an answer is given, nothing is asked again."""
        self.again.setEnabled(not busy)

    def show_shares(self, shares: Mapping[int, float]) -> None:
        """Show what each expert carried of the last answer, in the chosen layer or in all."""
        for chip in self.chips:
            chip.show_state(chip.switch, shares.get(chip.expert, 0.0) if shares else None)

    def _show(self) -> None:
        for chip in self.chips:
            own, of_all = (self._places.get(Place(layer, chip.expert)) for layer in (self.layer, None))
            chip.show_state(own or of_all or "on", chip.share)
        said = self.switched_text()
        self.said.setText(capitalised(said) if said else tr(HINT))
        self.said.set_role("warning" if said else "faint")
        self.reset.setVisible(bool(said))

    def switched_text(self) -> str:
        """What is switched, in words: "expert 3 off in all layers"; "" where nothing is."""
        parts = []
        for place, switch in self._places.items():
            where = tr("all layers") if place.layer is None else self.box.itemText(place.layer + 1).lower()
            said = (
                tr("only expert {expert}", expert=place.expert)
                if switch == "only"
                else tr("expert {expert} off", expert=place.expert)
            )
            parts.append(tr("{switched} in {layer}", switched=said, layer=where))
        return "; ".join(parts)

    @Slot()
    def switch_all_on(self) -> None:
        """Forget every switch."""
        self._places = {}
        self._show()
        self.switched.emit()

    @Slot(int)
    def _on_layer(self, _row: int) -> None:
        self._show()
        self.layer_chosen.emit(self.layer)

    @Slot(int, str)
    def _on_switched(self, expert: int, switch: Switch) -> None:
        place = Place(self.layer, expert)
        if switch == "on":
            for layer in (self.layer, None):  # what is off everywhere is off here
                self._places.pop(Place(layer, expert), None)
        else:
            if switch == "only":  # of one layer only one can be the only one
                for other in [each for each in self._places if each.layer == place.layer]:
                    del self._places[other]
            self._places[place] = switch
        self._show()
        self.switched.emit()


def layer_names(layers: Sequence[str]) -> list[str]:
    """What routed layers are called: "Layer 3", and with several routers a layer "Layer 3, q_proj"."""
    names = [""] * len(layers)
    groups = router_groups(layers)
    for group in groups:
        for row, depth in zip(group.rows, group.depths, strict=True):
            names[row] = (
                tr("Layer {depth}", depth=depth)
                if len(groups) == 1
                else tr("Layer {depth}, {projection}", depth=depth, projection=group.name)
            )
    return names
