"""What low-rank pairs beside frozen projections keep until the backward pass, as PEFT computes them."""

from __future__ import annotations

from collections.abc import Sequence

from studio.core.recipe.recipe import MethodTable
from studio.planner.adapter import targeted
from studio.planner.shape import Linear, ModelShape
from studio.planner.step import FLOAT, Step, activated_width, given_width, normed_width, read_width, reads_hidden
from studio.planner.weights import PACKED


class KeptByPairs:
    """What one layer keeps with a pair beside each adapted projection; other methods override what differs."""

    lowers_pairs = True
    """Autocast lowers the pairs' matrices to bfloat16, and autograd keeps what it made."""

    def adapted(self, shape: ModelShape, method: MethodTable, among: Sequence[Linear]) -> list[Linear]:
        if method.targets == "all":
            return list(among)
        names = {each.name for each in targeted(shape, method)}
        return [each for each in among if each.name in names]

    def pair_rank(self, method: MethodTable) -> int:
        """Rank of a pair."""
        return method.rank

    def has_magnitudes(self, method: MethodTable) -> bool:
        """Whether the pairs are PEFT's DoRA."""
        return False

    def kept(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        pairs = sum(self.pair(each, shape, method, step) for each in self.adapted(shape, method, shape.attention))
        per_token = self.feed_forward(shape, method, step) + pairs + self.inputs(shape, method, step)
        return step.tokens * per_token + self.constants(shape, method, step)

    def constants(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        """Bytes that one layer keeps whatever the number of tokens: matrices that autocast lowers to bfloat16.

        They are the pairs, and for DoRA with dropout, whose product with the frozen matrix is PEFT's own, that matrix.
        """
        linears = self.adapted(shape, method, shape.linears)
        total = 0
        if step.mixed and self.lowers_pairs:
            total += sum(self.pair_rank(method) * (each.inputs + each.outputs) * step.width for each in linears)
        if self.has_magnitudes(method):
            total += sum(3 * FLOAT * each.outputs for each in linears)
            if method.dropout and step.mixed:
                total += sum(each.elements * step.width for each in linears)
        return total

    def feed_forward(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        """Bytes a token of the feed-forward without its linears' inputs: every product is kept."""
        given, activated = given_width(shape.feed_forward[0], shape, step), activated_width(shape, step)
        # The activation keeps its input; the product of both halves keeps each of them.
        total = (1 if shape.kind == "plain" else 3) * shape.inner * given
        if shape.activation == "gelu_new":
            total += 3 * shape.inner * activated  # written out in Python: each of its factors is kept
        adapted = self.adapted(shape, method, shape.feed_forward)
        return total + sum(self.pair(each, shape, method, step) for each in adapted)

    def pair(self, linear: Linear, shape: ModelShape, method: MethodTable, step: Step) -> int:
        """Bytes a token of one pair: dropout's mask, the input as the product takes it, the rank-r result."""
        total = self.pair_rank(method) * step.width
        if method.dropout:
            total += self.mask(linear, shape, method, step) + linear.inputs * self.dropped_width(linear, shape, step)
        elif not self.keeps_input(linear, shape, method, step):
            total += linear.inputs * step.width  # autocast lowers a float32 input for each pair
        if self.has_magnitudes(method):
            # DoRA's own product of the dropped input, or else what the frozen linear gave; and the pair's result.
            product = step.width if method.dropout else given_width(linear, shape, step)
            total += linear.outputs * (step.width + product)
        return total

    def mask(self, linear: Linear, shape: ModelShape, method: MethodTable, step: Step) -> int:
        """Bytes of dropout's mask: booleans in CUDA's kernel, on a CPU of the type that it drops from."""
        if step.device == "cuda":
            return linear.inputs
        return linear.inputs * (FLOAT if self.has_magnitudes(method) else read_width(linear, shape, step))

    def dropped_width(self, linear: Linear, shape: ModelShape, step: Step) -> int:
        """Bytes of an element of what is kept of a pair's dropped input: what autocast made of it."""
        return step.width

    def keeps_input(self, linear: Linear, shape: ModelShape, method: MethodTable, step: Step) -> bool:
        """Whether a pair keeps its input as it came, so that all pairs that read it share it.

        It does where there is no dropout and the input is of the products' type. DoRA's pairs have PEFT convert it to
        float32 first, except beside packed matrices on a card. (On a CPU it converts there too: it asks for CUDA's
        autocast alone.)
        """
        if method.dropout:
            return False
        converted = self.has_magnitudes(method) and not (step.precision in PACKED and step.device == "cuda")
        return not step.mixed or (not converted and read_width(linear, shape, step) == step.width)

    def inputs(self, shape: ModelShape, method: MethodTable, step: Step, first: bool = False) -> int:
        """Bytes a token of the inputs that one layer's linears keep as they came, each counted once.

        `first`: in the first layer, where no gradient flows to what the attention reads.
        """
        attention = self.keeps_hidden(shape, method, step, first)
        total = self.attention_inputs(attention, shape, method, step, first)
        if self._kept_input(shape.feed_forward, True, not (first and shape.parallel), shape, method, step):
            total += 0 if attention and shape.parallel else normed_width(shape, step) * shape.hidden
        if self._kept_input(shape.feed_forward, False, True, shape, method, step):
            total += activated_width(shape, step) * shape.inner
        return total

    def keeps_hidden(self, shape: ModelShape, method: MethodTable, step: Step, first: bool) -> bool:
        """Whether the attention's linears keep what the norm gave them."""
        return self._kept_input(shape.attention, True, not first, shape, method, step)

    def attention_inputs(self, hidden: bool, shape: ModelShape, method: MethodTable, step: Step, first: bool) -> int:
        """Bytes a token of the attention's part of `inputs`; `hidden`: what the norm gave is kept."""
        total = normed_width(shape, step) * shape.hidden if hidden else 0
        moved = shape.soft_capped or len(shape.attention) == 2 or shape.rotary_dim < shape.head_dim or step.joins_rows
        flows = not first or bool(self.adapted(shape, method, shape.attention))
        if moved and self._kept_input(shape.attention, False, flows, shape, method, step):
            # Attention's result is not laid out as its projection needs it, so the projection reads a copy.
            total += step.width * shape.heads * shape.head_dim
        return total

    def _kept_input(
        self,
        linears: tuple[Linear, ...],
        hidden: bool,
        gradient: bool,
        shape: ModelShape,
        method: MethodTable,
        step: Step,
    ) -> bool:
        readers = [each for each in linears if reads_hidden(each) == hidden]
        if any(self.keeps_input(each, shape, method, step) for each in self.adapted(shape, method, readers)):
            return True
        # bitsandbytes' 8-bit product holds its input, though only the matrix serves its backward pass.
        return bool(readers) and step.precision == "int8" and gradient

    def not_kept_by_first(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        adapted = self.adapted(shape, method, shape.linears)
        first = [each for each in adapted if reads_hidden(each) and (shape.parallel or each in shape.attention)]
        masks = sum(self.mask(each, shape, method, step) for each in first) if method.dropout else 0
        held = self.inputs(shape, method, step) - self.inputs(shape, method, step, first=True)
        constants = 0
        if step.mixed and self.lowers_pairs:  # a product whose input wants no gradient does not keep its matrix
            constants = sum(self.pair_rank(method) * each.inputs * step.width for each in first)
            if self.has_magnitudes(method) and method.dropout:
                constants += sum(each.elements * step.width for each in first)
        return step.tokens * (masks + held) + constants

    def held_anyway(self, shape: ModelShape, step: Step) -> int:
        attention = normed_width(shape, step) * shape.hidden + step.width * shape.heads * shape.head_dim
        feed_forward = 0 if shape.parallel else normed_width(shape, step) * shape.hidden
        return attention + feed_forward + activated_width(shape, step) * shape.inner

    def kept_by_losses(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        return 0
