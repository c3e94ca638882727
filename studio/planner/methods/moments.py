"""What low-rank pairs beside a feed-forward's projections need for a moment, as PEFT computes them."""

from __future__ import annotations

from studio.core.recipe.recipe import MethodTable
from studio.planner.shape import ModelShape
from studio.planner.step import FLOAT, Step, activated_width, given_width, head_bytes
from studio.planner.weights import PACKED


class MomentsOfPairs:
    """The largest moment of a feed-forward with pairs; other methods override what differs."""

    drops_apart = True
    """Dropout makes another of its input's size."""

    def transient(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        inner = self.inner_gradients(shape, method, step) * shape.inner
        backward = self.unpacked(shape, step) + step.tokens * (inner + 2 * shape.hidden * FLOAT)
        return max(0, max(backward, self._forward(shape, method, step)) - head_bytes(shape, step))

    def beside_others(self, shape: ModelShape, method: MethodTable, step: Step) -> tuple[int, int]:
        """Everything between the projections is computed for the rows of all at once; a matrix is unpacked once."""
        unpacked = self.unpacked(shape, step)
        return max(0, self.transient(shape, method, step) - unpacked), unpacked

    def unpacked(self, shape: ModelShape, step: Step) -> int:
        """Bytes of the one frozen matrix that is unpacked at a time."""
        if step.precision not in PACKED:
            return 0
        return max(each.elements for each in shape.feed_forward) * step.width

    def inner_gradients(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        """Bytes a token and inner feature that a feed-forward's backward takes beyond what it gives back meanwhile.

        Dropout makes a gradient of another in the input's type when the dropped input is gone; then the product of both
        halves makes two gradients of one when the mask is gone too.
        """
        given, width = given_width(shape.feed_forward[0], shape, step), step.width
        read = activated_width(shape, step)
        if not method.dropout:
            return max(read, 3 * given - width)
        mask = 1 if step.device == "cuda" else read
        return max(2 * read - width, 3 * given - width - mask)

    def lifts(self, step: Step) -> bool:
        """Whether the last linear's input is lifted to float32 for the pair, which plain pairs leave out."""
        return False

    def _forward(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        """What the last feed-forward's own forward pass holds, when all that is kept is there already.

        The norm's result and the frozen product, then the pair's product, scaled, and the sum; and what the last linear
        reads for as long as it is at work.
        """
        read, hidden = activated_width(shape, step), step.tokens * step.stream * shape.hidden
        wide = step.tokens * shape.inner
        lifted = FLOAT * wide if self.lifts(step) and read != FLOAT else 0
        dropped = (FLOAT if self.lifts(step) else read) * wide if method.dropout and self.drops_apart else 0
        return read * wide + lifted + 2 * hidden + max(self.unpacked(shape, step), dropped, 3 * hidden)
