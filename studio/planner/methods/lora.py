"""LoRA's arithmetic, on which the others build, and DoRA's, which adds a magnitude for each output."""

from __future__ import annotations

from collections import Counter

from studio.core.recipe.recipe import MethodTable
from studio.planner.adapter import Tensors, add_pair, targeted
from studio.planner.methods.changes import PlainChanges
from studio.planner.methods.kept import KeptByPairs
from studio.planner.methods.moments import MomentsOfPairs
from studio.planner.shape import Linear, ModelShape
from studio.planner.step import Step
from studio.planner.weights import PACKED


class LoraArithmetic(KeptByPairs, MomentsOfPairs, PlainChanges):
    """A pair beside each adapted projection."""

    holes = 0.7

    def tensors(self, shape: ModelShape, method: MethodTable) -> Tensors:
        found: Tensors = Counter()
        for each in targeted(shape, method):
            add_pair(found, each, method.rank, shape.layers)
        return found

    def remembered(self, shape: ModelShape, method: MethodTable) -> int:
        return 0

    def form(self, shape: ModelShape, method: MethodTable, step: Step) -> str:
        return method.name

    def form_elsewhere(self, form: str, capability: tuple[int, int]) -> str:
        return ""

    def pairs_a_token(self, linear: Linear, shape: ModelShape, method: MethodTable) -> int:
        return 1


class DoraArithmetic(LoraArithmetic):
    """LoRA with a trained magnitude for each output; its holes were not measured and are taken to be like LoRA's."""

    def tensors(self, shape: ModelShape, method: MethodTable) -> Tensors:
        found = super().tensors(shape, method)
        for each in targeted(shape, method):
            found[(each.outputs,)] += shape.layers
        return found

    def has_magnitudes(self, method: MethodTable) -> bool:
        return True

    def unpacked(self, shape: ModelShape, step: Step) -> int:
        """Bytes of the one frozen matrix that is measured at a time, packed or not."""
        return max(each.elements for each in shape.feed_forward) * step.width

    def lifts(self, step: Step) -> bool:
        """PEFT lifts the input for DoRA, but not beside packed matrices on a card."""
        return step.mixed and (step.precision not in PACKED or step.device != "cuda")

    def inner_gradients(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        return 4 * step.width
