"""What autograd keeps between forward and backward, counted operation by operation.

The counts follow transformers' modelling code, PEFT's LoRA and DoRA layers, studio/methods and the chunked loss of
studio/training; tests/planner and tests/bench/bench_plan.py hold them against saved-tensor hooks on the real step.
"""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.recipe.recipe import MethodTable
from studio.planner.adapter import expert_layers, targeted
from studio.planner.shape import LAST, Linear, ModelShape
from studio.planner.weights import PACKED, base_bytes

FLOAT = 4
INDEX = 8


@dataclass(frozen=True, slots=True)
class Step:
    """One micro-batch on a device: `rows` of `length` tokens, and how it is computed.

    `device` is torch's word for its kind. `padded`: some row is shorter than the longest, so attention needs a mask.
    `learned`: tokens that the loss is over; None counts every token, which is the most there can be.
    """

    rows: int
    length: int
    precision: str
    checkpointing: bool
    device: str
    padded: bool = True
    learned: int | None = None

    @property
    def tokens(self) -> int:
        return self.rows * self.length

    @property
    def answers(self) -> int:
        return self.tokens if self.learned is None else min(self.learned, self.tokens)

    @property
    def width(self) -> int:
        """Bytes of an element in products: autocast computes all but fp32 in bfloat16."""
        return base_bytes(self.precision)

    @property
    def stream(self) -> int:
        """Bytes of an element of the hidden states: packed weights keep them in float32 on a CPU."""
        return FLOAT if self.precision in PACKED and self.device == "cpu" else self.width

    @property
    def mixed(self) -> bool:
        return self.precision != "fp32"


def kept_bytes(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """Bytes kept for backward by one micro-batch, from the embedding to the loss.

    With checkpointing each layer keeps its input, and what checkpointing cannot take from 8-bit linears; what one
    recomputed layer takes is a transient.
    """
    if step.checkpointing:
        inputs = shape.layers * step.tokens * shape.hidden * step.stream
        return inputs + held_anyway_bytes(shape, method, step) + _outside(shape, method, step)
    layers = shape.layers * layer_bytes(shape, method, step) - _not_kept_by_first(shape, method, step)
    return layers + rotary_bytes(shape, step) + _outside(shape, method, step)


def held_anyway_bytes(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """Bytes of inputs that 8-bit linears hold until backward although checkpointing computes their layers again.

    bitsandbytes puts them on its Functions' contexts rather than among the saved tensors, so the graph of the first
    pass holds them.
    """
    if step.precision != "int8" or not step.checkpointing:
        return 0
    per_token = _normed(shape, step) * shape.hidden + step.width * shape.heads * shape.head_dim
    if method.name != "mixlora":
        per_token += 0 if shape.parallel else _normed(shape, step) * shape.hidden
        per_token += activated_width(shape, step) * shape.inner
    return shape.layers * step.tokens * per_token


def input_bytes(shape: ModelShape, step: Step) -> int:
    """Bytes of the batch itself: ids, mask and labels, attention's shared mask, and rotary tables where not kept."""
    tables = rotary_bytes(shape, step) if step.checkpointing else 0
    return 3 * INDEX * step.tokens + (step.rows * step.length**2 if step.padded else 0) + tables


def rotary_bytes(shape: ModelShape, step: Step) -> int:
    """Bytes of the rotary tables that all layers share."""
    return 2 * step.length * shape.rotary_dim * step.stream


def layer_bytes(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """Bytes kept by one decoder layer whose input wants a gradient."""
    per_token = (
        len(shape.layer_norms) * _norm(shape, step)
        + _kernel(shape, step)
        + _feed_forward(shape, method, step)
        + sum(_low_rank(shape, each, method, step) for each in _plain(shape, method, shape.attention))
        + _inputs(shape, method, step)
    )
    return step.tokens * per_token + _casts(shape, method, step)


def _casts(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """Bytes of the matrices that autocast lowers to bfloat16 and autograd keeps, whatever the number of tokens.

    The low-rank pairs, and for DoRA with dropout, whose product with the frozen matrix is PEFT's own, that matrix.
    """
    linears = _plain(shape, method, shape.attention if method.name == "mixlora" else shape.linears)
    total = 0
    if step.mixed and method.name != "moelora":
        total += sum(_rank(each, shape, method) * (each.inputs + each.outputs) * step.width for each in linears)
    if _has_magnitudes(method):
        total += sum(3 * FLOAT * each.outputs for each in linears)
        if method.dropout and step.mixed:
            total += sum(each.elements * step.width for each in linears)
    if method.name == "moelora":
        total += len(linears) * INDEX * _contrasted(method, step)
    return total


def _contrasted(method: MethodTable, step: Step) -> int:
    """(Token, expert) pairs that MoELoRA contrasts in each projection."""
    if not method.contrastive:
        return 0
    wanted = max(1, method.pairs // method.top_k) if method.pairs else step.tokens
    return min(step.tokens, wanted) * method.top_k


def _outside(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """The final norm, the gradient of the answers' hidden states, and what MoELoRA's losses keep."""
    total = head_bytes(shape, step)
    if method.name == "moelora":
        # The contrasted pairs' gradient, which is formed in the forward pass, and the mask of padding.
        linears = shape.layers * len(targeted(shape, method))
        total += linears * _contrasted(method, step) * step.width * method.rank // method.experts
        total += FLOAT * step.tokens if step.padded else 0
    return total


def head_bytes(shape: ModelShape, step: Step) -> int:
    """Bytes of the final norm and the answers' gradient: given back before the layers' backward passes begin."""
    return step.tokens * _norm(shape, step) + step.answers * shape.hidden * step.stream


def _not_kept_by_first(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """What the first layer does not keep, since the frozen embedding under it wants no gradient."""
    plain = _plain(shape, method, shape.attention)
    first = [each for each in plain if _reads_hidden(each)]
    if shape.parallel and method.name != "mixlora":
        first += [each for each in _plain(shape, method, shape.feed_forward) if _reads_hidden(each)]
    masks = sum(_mask(each, shape, method, step) for each in first) if method.dropout else 0
    held = _inputs(shape, method, step) - _inputs(shape, method, step, first=True)
    less = _norm(shape, step) + masks + held
    if not plain:
        less += _kernel(shape, step)
    constants = 0
    if step.mixed and method.name != "moelora":  # a product whose input wants no gradient does not keep its matrix
        constants = sum(_rank(each, shape, method) * each.inputs * step.width for each in first)
        if _has_magnitudes(method) and method.dropout:
            constants += sum(each.elements * step.width for each in first)
    return step.tokens * less + constants


def _norm(shape: ModelShape, step: Step) -> int:
    """RMSNorm keeps its input as float32 (the residual itself, or a copy) and a factor; LayerNorm mean and factor.

    Autocast computes LayerNorm in float32 on an accelerator and in the input's type on a CPU.
    """
    if shape.norms_have_bias:
        width = step.stream if step.device == "cpu" else FLOAT
        return width * shape.hidden + 2 * width
    return FLOAT * shape.hidden + FLOAT


def _kernel(shape: ModelShape, step: Step) -> int:
    """Bytes a token of attention itself: norms over heads, queries, keys, values, result, and mask or scores."""
    queries, keys = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    total = 0
    if shape.head_norms:
        total += FLOAT * (queries + keys) + FLOAT * (shape.heads + shape.kv_heads)
    if shape.soft_capped:
        # Eager attention: the capped scores, their softmax in float32, and its copy in the product's type.
        scores = step.width + FLOAT + (step.width if step.mixed else 0)
        return total + 3 * queries * step.width + shape.heads * step.length * scores
    repeated = queries if step.padded else keys  # with a mask, keys and values are repeated for every head
    total += (2 * queries + 2 * repeated) * step.width + FLOAT * shape.heads
    if step.padded:
        total += step.length * step.width  # each layer makes its own additive mask of the shared boolean one
    if len(shape.attention) == 2 and repeated == keys:
        total += queries * step.width + keys * step.width  # values are a view of the fused projection's whole result
    return total


def _feed_forward(shape: ModelShape, method: MethodTable, step: Step) -> int:
    """Bytes a token of the feed-forward: MixLoRA keeps x, G, U and the routing, plain LoRA every product."""
    width = step.width
    if method.name == "mixlora":
        inner = (1 if shape.kind == "plain" else 2) * shape.inner * width
        jitter = shape.hidden * step.stream if method.jitter else 0
        x = FLOAT * shape.hidden + (width * shape.hidden if step.mixed else 0)
        return x + jitter + inner + _routing(shape, method)
    plain = _plain(shape, method, shape.feed_forward)
    given, activated = given_width(shape.feed_forward[0], shape, step), activated_width(shape, step)
    # The activation keeps its input; the product of both halves keeps each of them.
    total = (1 if shape.kind == "plain" else 3) * shape.inner * given
    if shape.activation == "gelu_new":
        total += 3 * shape.inner * activated  # written out in Python: each of its factors is kept
    return total + sum(_low_rank(shape, each, method, step) for each in plain)


def _normed(shape: ModelShape, step: Step) -> int:
    """Bytes of an element of a norm's result: the stream's type, but autocast's LayerNorm on a card gives float32."""
    return FLOAT if shape.norms_have_bias and step.device != "cpu" else step.stream


def given_width(linear: Linear, shape: ModelShape, step: Step) -> int:
    """Bytes of an element of what a frozen linear gives back.

    bitsandbytes' linears give back their input's type, so autocast has no say; but its 8-bit product on a CPU is
    torch's own with the dequantised matrix, which autocast lowers.
    """
    if step.precision == "nf4" or (step.precision == "int8" and step.device != "cpu"):
        return _read(linear, shape, step)
    return step.width


def activated_width(shape: ModelShape, step: Step) -> int:
    """Bytes of an element of the activation's result; the power in gelu_new is float32 by autocast on a card."""
    lifted = shape.activation == "gelu_new" and step.device != "cpu"
    return FLOAT if lifted else given_width(shape.feed_forward[0], shape, step)


def _read(linear: Linear, shape: ModelShape, step: Step) -> int:
    """Bytes of an element of a linear's input."""
    if _reads_hidden(linear):
        return _normed(shape, step)
    return step.width if linear in shape.attention else activated_width(shape, step)


def _inputs(shape: ModelShape, method: MethodTable, step: Step, first: bool = False) -> int:
    """Bytes a token of the inputs that one layer's linears keep as they came; each once, and not what is kept anyway.

    `first`: in the first layer, where no gradient flows to what the attention reads.
    """
    adapted = _plain(shape, method, shape.linears)
    # bitsandbytes' 8-bit product holds its input, though only the matrix serves its backward pass.
    holds = step.precision == "int8"

    def kept(linears: tuple[Linear, ...], hidden: bool, gradient: bool) -> bool:
        readers = [each for each in linears if _reads_hidden(each) == hidden]
        return any(each in adapted and _keeps_input(each, shape, method, step) for each in readers) or (
            bool(readers) and holds and gradient
        )

    normed = _normed(shape, step) * shape.hidden
    total = 0
    attention = kept(shape.attention, hidden=True, gradient=not first)
    routed = method.name == "mixlora"
    if attention and not (shape.parallel and routed and _normed(shape, step) == FLOAT):  # there, the router keeps it
        total += normed
    moved = shape.soft_capped or len(shape.attention) == 2 or shape.rotary_dim < shape.head_dim
    flows = not first or bool(_plain(shape, method, shape.attention))
    if moved and kept(shape.attention, hidden=False, gradient=flows):
        # Attention's result lies otherwise than its projection wants, so what the projection reads is a copy.
        total += step.width * shape.heads * shape.head_dim
    if routed:
        return total
    if kept(shape.feed_forward, hidden=True, gradient=not (first and shape.parallel)):
        total += 0 if attention and shape.parallel else normed
    if kept(shape.feed_forward, hidden=False, gradient=True):
        total += activated_width(shape, step) * shape.inner
    return total


def _routing(shape: ModelShape, method: MethodTable) -> int:
    """Bytes a token of one layer's routing, the layers' mean: probabilities, logits, chosen experts, weights, sums."""
    layers = expert_layers(shape, method)
    experts = -(-sum(count for count, _ in layers) // len(layers))
    slots = {"top-k": method.top_k, "top-p": experts, "switch": 1}[method.routing]
    return (2 * FLOAT) * experts + (INDEX + 2 * FLOAT) * slots + 3 * FLOAT


def _low_rank(shape: ModelShape, linear: Linear, method: MethodTable, step: Step) -> int:
    """Bytes a token of one plain pair: dropout's mask, the input as the product takes it, the rank-r result."""
    rank = _rank(linear, shape, method)
    total = rank * step.width
    if method.dropout:
        # MoELoRA keeps what dropout gave it, PEFT what autocast made of that.
        dropped = _read(linear, shape, step) if method.name == "moelora" else step.width
        total += _mask(linear, shape, method, step) + linear.inputs * dropped
    elif not _keeps_input(linear, shape, method, step):
        total += linear.inputs * step.width  # PEFT lifts the input to float32, autocast lowers it again for each pair
    if _has_magnitudes(method):
        # DoRA's own product of the dropped input, or else what the frozen linear gave; and the pair's result.
        total += linear.outputs * (step.width + (step.width if method.dropout else given_width(linear, shape, step)))
    if method.name == "moelora":
        total += FLOAT * method.experts  # the gates
    return total


def _rank(linear: Linear, shape: ModelShape, method: MethodTable) -> int:
    return (method.attention_rank or method.rank) if method.name == "mixlora" else method.rank


def _has_magnitudes(method: MethodTable) -> bool:
    """Whether plain pairs are PEFT's DoRA: in dora, and in the attention of MixDoRA."""
    return method.name == "dora" or (method.name == "mixlora" and method.magnitudes)


def _mask(linear: Linear, shape: ModelShape, method: MethodTable, step: Step) -> int:
    """Dropout's mask: booleans in CUDA's kernel; on a CPU of the input's type, which PEFT lifts to float32."""
    if step.device == "cuda":
        return linear.inputs
    return linear.inputs * (_read(linear, shape, step) if method.name == "moelora" else FLOAT)


def _keeps_input(linear: Linear, shape: ModelShape, method: MethodTable, step: Step) -> bool:
    """Whether a pair keeps its input as it came, so that all pairs that read it share it.

    MoELoRA always does; PEFT's where there is no dropout and no conversion: in float32, and beside packed matrices on a
    card. (On a CPU it converts there too: it asks for CUDA's autocast alone.)
    """
    if method.name == "moelora":
        return True
    if method.dropout:
        return False
    as_it_came = step.precision in PACKED and step.device == "cuda" and _read(linear, shape, step) == step.width
    return as_it_came or not step.mixed


def _reads_hidden(linear: Linear) -> bool:
    """Whether a linear reads the norm's output rather than what attention or feed-forward made of it."""
    return not linear.name.endswith(LAST)


def _plain(shape: ModelShape, method: MethodTable, among: tuple[Linear, ...]) -> list[Linear]:
    """The linears of `among` that the method adapts."""
    adapted = {each.name for each in targeted(shape, method)}
    return [each for each in among if each.name in adapted]
