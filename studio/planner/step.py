"""One micro-batch on a device, and the widths of what flows through a model in it."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.at_once import LOGITS_AT_ONCE
from studio.planner.shape import LAST, Linear, ModelShape
from studio.planner.weights import PACKED, base_bytes

FLOAT = 4
PLAIN_NORMS = ("llama", "mistral", "qwen2", "qwen3", "phi3", "smollm3", "granite", "olmo2")
"""Kinds of models whose RMSNorm is one kernel on a card (studio/models/fused_norms.py)."""
INDEX = 8


@dataclass(frozen=True, slots=True)
class Step:
    """One micro-batch on a device: `rows` of `length` tokens, and how it is computed.

    `device` is torch's word for its kind. `padded`: some row is shorter than the longest, so attention needs a mask.
    `packed`: the rows lie end to end in one sequence, as many of them as are together no longer than this.
    `together`: they lie there with the rows of other runs, each in the shape that it has alone.
    `learned`: tokens that the loss is over; None counts every token, which is the most there can be.
    `old`: a card before compute capability 8.0, on which our kernels do not run. `logits_at_once`: of one chunk of the
    loss.
    """

    rows: int
    length: int
    precision: str
    checkpointing: bool
    device: str
    padded: bool = True
    learned: int | None = None
    packed: bool = False
    old: bool = False
    logits_at_once: int = LOGITS_AT_ONCE
    together: bool = False

    @property
    def end_to_end(self) -> bool:
        """Whether each token of the sequence has a position of its own."""
        return self.packed or self.together

    @property
    def joins_rows(self) -> bool:
        """Whether attention's results are copied into one sequence; FlashAttention on a card writes them there."""
        return self.end_to_end and self.device != "cuda"

    @property
    def tokens(self) -> int:
        return self.rows * self.length

    @property
    def answers(self) -> int:
        return self.tokens if self.learned is None else min(self.learned, self.tokens)

    @property
    def width(self) -> int:
        """Bytes of an element in products: autocast computes all but fp32 in 16 bits."""
        return base_bytes(self.precision)

    @property
    def stream(self) -> int:
        """Bytes of an element of the hidden states: packed weights keep them in float32 on a CPU."""
        return FLOAT if self.precision in PACKED and self.device == "cpu" else self.width

    @property
    def mixed(self) -> bool:
        return self.precision != "fp32"


def norm_bytes(shape: ModelShape, step: Step) -> int:
    """Bytes a token that one norm keeps.

    RMSNorm keeps its input as float32 (the residual itself, or a copy) and a factor, in one kernel on a card its input
    as it comes; LayerNorm mean and factor. Autocast computes LayerNorm in float32 on an accelerator and in the input's
    type on a CPU.
    """
    if shape.norms_have_bias:
        width = step.stream if step.device == "cpu" else FLOAT
        return width * shape.hidden + 2 * width
    return rms_width(shape, step) * shape.hidden + FLOAT


def rms_width(shape: ModelShape, step: Step) -> int:
    """Bytes of an element of what RMSNorm keeps of its input."""
    return step.stream if step.device == "cuda" and shape.model_type in PLAIN_NORMS else FLOAT


def head_bytes(shape: ModelShape, step: Step) -> int:
    """Bytes of the final norm and the answers' gradient: given back before the layers' backward passes begin."""
    return step.tokens * norm_bytes(shape, step) + step.answers * shape.hidden * step.stream


def normed_width(shape: ModelShape, step: Step) -> int:
    """Bytes of an element of a norm's result: the stream's type, but autocast's LayerNorm on a card gives float32."""
    return FLOAT if shape.norms_have_bias and step.device != "cpu" else step.stream


def given_width(linear: Linear, shape: ModelShape, step: Step) -> int:
    """Bytes of an element of what a frozen linear returns.

    bitsandbytes' linears return their input's type, so autocast has no say; but its 8-bit product on a CPU is torch's
    own with the dequantised matrix, which autocast lowers.
    """
    if step.precision == "nf4" or (step.precision == "int8" and step.device != "cpu"):
        return read_width(linear, shape, step)
    return step.width


def activated_width(shape: ModelShape, step: Step) -> int:
    """Bytes of an element of the activation's result; the power in gelu_new is float32 by autocast on a card."""
    lifted = shape.activation == "gelu_new" and step.device != "cpu"
    return FLOAT if lifted else given_width(shape.feed_forward[0], shape, step)


def read_width(linear: Linear, shape: ModelShape, step: Step) -> int:
    """Bytes of an element of a linear's input."""
    if reads_hidden(linear):
        return normed_width(shape, step)
    return step.width if linear in shape.attention else activated_width(shape, step)


def reads_hidden(linear: Linear) -> bool:
    """Whether a linear reads the norm's output rather than what attention or feed-forward made of it."""
    return not linear.name.endswith(LAST)
