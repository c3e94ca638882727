"""MixLoRA's arithmetic: routed experts on the feed-forward in one of several forms, plain pairs in the attention."""

from __future__ import annotations

import functools
import importlib.util
from collections import Counter
from collections.abc import Iterator, Sequence
from math import prod

from studio.core.methods.mixlora import LEAST_RANK, MOST_SLOTS, STRETCH, STRETCH_CUDA
from studio.core.problem import ProblemError
from studio.core.recipe.recipe import MethodTable
from studio.core.words import tr
from studio.planner.adapter import ELEMENT, Tensors, add_pair, targeted
from studio.planner.methods.arithmetic import Fields, Scaled
from studio.planner.methods.changes import halves
from studio.planner.methods.lora import LoraArithmetic
from studio.planner.shape import Linear, ModelShape
from studio.planner.step import FLOAT, INDEX, Step, normed_width
from studio.planner.weights import PACKED

# The sorted form's blocks (studio/methods/mixlora/forms/sorted.py).
SORTED_BUFFERS, SORTED_ELEMENTS, SORTED_ROWS = 7, 32 * 8192, 256
FUSED_ACTIVATIONS = ("silu", "gelu", "gelu_new", "gelu_pytorch_tanh", "relu")
FUSED_BLOCK, FUSED_INNER, FUSED_PROGRAMS = 16, 32, 1024
FUSED_EXPERT_INNER, FUSED_EXPERT_PROGRAMS, MOST_STRETCHES = 64, 1024, 4
EXPERTS_TO_TRY = (4, 8, 16)


class MixLoraArithmetic(LoraArithmetic):
    """The feed-forward keeps x, G, U and the routing, whatever the number of experts."""

    def tensors(self, shape: ModelShape, method: MethodTable) -> Tensors:
        linears = targeted(shape, method)
        inside = {each.name for each in shape.feed_forward}
        routed = [each for each in linears if each.name in inside]
        if not routed:
            raise ProblemError.at(
                "method.targets",
                tr("none of them is in the feed-forward, where MixLoRA's experts live."),
                tr(
                    "Add some of {projections}.",
                    projections=", ".join(each.name.rpartition(".")[2] for each in shape.feed_forward),
                ),
            )
        found: Tensors = Counter()
        for (experts, rank), layers in Counter(expert_layers(shape, method)).items():
            found[(experts, shape.hidden)] += layers
            for each in routed:
                found[(experts, rank, each.inputs)] += layers
                found[(experts, each.outputs, rank)] += layers
                if method.magnitudes:
                    found[(experts, each.outputs)] += layers
        for each in linears:
            if each.name not in inside:
                add_pair(found, each, self.pair_rank(method), shape.layers)
                if method.magnitudes:
                    found[(each.outputs,)] += shape.layers
        return found

    def remembered(self, shape: ModelShape, method: MethodTable) -> int:
        """The last step's loads of each router, and with loss-free balancing its bias."""
        experts = sum(count for count, _ in expert_layers(shape, method))
        return experts * (8 if method.balance_bias else 4)

    def adapted(self, shape: ModelShape, method: MethodTable, among: Sequence[Linear]) -> list[Linear]:
        return [each for each in super().adapted(shape, method, among) if each in shape.attention]

    def pair_rank(self, method: MethodTable) -> int:
        return method.attention_rank or method.rank

    def has_magnitudes(self, method: MethodTable) -> bool:
        return method.magnitudes

    def feed_forward(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        width = step.width
        inner = (1 if shape.kind == "plain" else 2) * shape.inner * width
        jitter = shape.hidden * step.stream if method.jitter else 0
        x = FLOAT * shape.hidden + (width * shape.hidden if step.mixed else 0)
        return x + jitter + inner + _routing(shape, method) + self._form_keeps(shape, method, step)

    def _form_keeps(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        """Bytes a token of what the fused form keeps besides: order and experts, and each slot's two rank spaces."""
        if method.magnitudes or form_of(shape, method, step) != "fused":
            return 0
        slots = max(_slots(method, experts) for experts, _ in expert_layers(shape, method))
        rank = max(LEAST_RANK, *(rank for _, rank in expert_layers(shape, method)))
        return FLOAT * (1 + slots) + 2 * slots * rank * step.width

    def inputs(self, shape: ModelShape, method: MethodTable, step: Step, first: bool = False) -> int:
        hidden = self.keeps_hidden(shape, method, step, first)
        if shape.parallel and normed_width(shape, step) == FLOAT:
            hidden = False  # the router keeps it
        return self.attention_inputs(hidden, shape, method, step, first)

    def held_anyway(self, shape: ModelShape, step: Step) -> int:
        return normed_width(shape, step) * shape.hidden + step.width * shape.heads * shape.head_dim

    def transient(self, shape: ModelShape, method: MethodTable, step: Step) -> int:
        width, tokens = step.width, step.tokens
        # Beside others it leaves its frozen products to the base's own layers, which unpack one matrix at a time.
        unpacked = [each.elements for each in shape.feed_forward] if step.precision in PACKED else [0]
        matrices = width * (max(unpacked) if step.together and not method.magnitudes else sum(unpacked))
        experts, rank = max(expert_layers(shape, method), key=prod)
        pairs = experts * rank * sum(each.inputs + each.outputs for each in shape.feed_forward)
        slots = _slots(method, experts)
        form = form_of(shape, method, step)
        if form == "sorted" and not method.magnitudes:
            return matrices + _sorted(shape, tokens, width, slots, bool(method.dropout)) + pairs * ELEMENT
        # Dropped x, its mask with the draws that it is made of, dx and the low-rank part of dx; the pairs' gradients.
        whole = tokens * shape.hidden * (4 * width + FLOAT) + pairs * ELEMENT
        if method.magnitudes:
            return matrices + whole + tokens * slots * 10 * shape.inner * FLOAT
        if form == "fused":
            return matrices + whole + _fused(shape, tokens, width, experts, max(rank, LEAST_RANK), slots, pairs)
        stretch = min(tokens, STRETCH_CUDA)
        return matrices + whole + stretch * width * (14 * shape.inner + 4 * experts * rank)

    def beside_others(self, shape: ModelShape, method: MethodTable, step: Step) -> tuple[int, int]:
        """The form's blocks are one run's after another; gradients around it wait for those of all.

        They are that of what the last product reads, one more of its size while the first products' gradients are put
        together, and two of the layer's output. Those of gate and up take the places of what was kept.
        """
        waiting = step.tokens * 2 * (shape.inner + shape.hidden) * step.width
        return waiting, self.transient(shape, method, step)

    def form(self, shape: ModelShape, method: MethodTable, step: Step) -> str:
        return form_of(shape, method, step)

    def form_elsewhere(self, form: str, capability: tuple[int, int]) -> str:
        """Which form is counted for a card elsewhere, since it depends on what is installed here."""
        if capability < (8, 0):
            return ""
        if form == "fused":
            return tr("Counted for the fused form of MixLoRA, which needs Triton; it is installed here.")
        return tr(
            "Counted for the {form} form of MixLoRA; where Triton is installed, the fused one may need less.", form=form
        )

    def pairs_a_token(self, linear: Linear, shape: ModelShape, method: MethodTable) -> int:
        return method.top_k if linear in shape.feed_forward else 1

    def alpha_scales(self, shape: ModelShape, method: MethodTable) -> Scaled:
        if not method.goat_scaling:
            return "all"
        return "attention" if self.adapted(shape, method, targeted(shape, method)) else "none"

    def experts_to_try(self, method: MethodTable) -> list[int]:
        return sorted({method.experts, *(count for count in EXPERTS_TO_TRY if method.top_k < count)})

    def fewer_experts(self, method: MethodTable, least: int) -> Iterator[int]:
        return iter(halves(max([method.experts, *(method.layer_experts or ())]), least))

    def converted(self, method: MethodTable) -> Fields:
        return {"method.top_k": method.experts} if method.top_k > method.experts else {}

    def main_part(self, shape: ModelShape) -> tuple[Linear, ...]:
        return shape.feed_forward

    def alone(self, shape: ModelShape) -> tuple[Linear, ...]:
        return shape.feed_forward


def expert_layers(shape: ModelShape, method: MethodTable) -> list[tuple[int, int]]:
    """The (experts, rank) of each layer; ProblemError where a list does not have one entry for each."""
    for name in ("layer_experts", "layer_ranks"):
        given = getattr(method, name)
        if given is not None and len(given) != shape.layers:
            raise ProblemError.at(
                f"method.{name}",
                tr("it has {given} entries, but the model has {layers} layers.", given=len(given), layers=shape.layers),
                tr("Give one entry for each layer, first layer first."),
            )
    experts = method.layer_experts or [method.experts] * shape.layers
    ranks = method.layer_ranks or [method.rank] * shape.layers
    return list(zip(experts, ranks, strict=True))


def form_of(shape: ModelShape, method: MethodTable, step: Step) -> str:
    """The form on a device, which "auto" takes: fused or masked on a card, sorted elsewhere."""
    if method.form == "fused" and (step.device != "cuda" or step.old):
        raise ProblemError.at(
            "method.form", tr("the kernels need an NVIDIA card from RTX 30 on."), tr('Choose "auto".')
        )
    if method.form != "auto":
        return str(method.form)
    if step.device != "cuda":
        return "sorted"
    fits = not step.old and shape.activation in FUSED_ACTIVATIONS and method.top_k <= MOST_SLOTS
    return "fused" if fits and _triton_installed() else "masked"


@functools.cache
def _triton_installed() -> bool:
    return importlib.util.find_spec("triton") is not None


def _slots(method: MethodTable, experts: int) -> int:
    """The most experts that a token is sent to."""
    return {"top-k": method.top_k, "top-p": experts, "switch": 1}[method.routing]


def _routing(shape: ModelShape, method: MethodTable) -> int:
    """Bytes a token of one layer's routing, the layers' mean: probabilities, logits, chosen experts, weights, sums."""
    layers = expert_layers(shape, method)
    experts = -(-sum(count for count, _ in layers) // len(layers))
    return (2 * FLOAT) * experts + (INDEX + 2 * FLOAT) * _slots(method, experts) + 3 * FLOAT


def _sorted(shape: ModelShape, tokens: int, width: int, slots: int, dropout: bool) -> int:
    """The sorted form: x, dy and dx whole; a stretch's gradients at the inner size, its slots' x and dy; buffers."""
    stretch = min(tokens, STRETCH)
    whole = tokens * shape.hidden * (2 * width + FLOAT * (1 + dropout))
    inner = stretch * shape.inner * (FLOAT * (3 + dropout) + (width if width != FLOAT else 0))
    rows = max(8, min(SORTED_ROWS, SORTED_ELEMENTS // shape.inner))
    return whole + inner + stretch * slots * shape.hidden * FLOAT * 2 + SORTED_BUFFERS * rows * shape.inner * FLOAT


def _fused(shape: ModelShape, tokens: int, width: int, experts: int, rank: int, slots: int, pairs: int) -> int:
    """The fused kernels: three tensors [tokens, inner], sums in parts, and pairs lowered and padded."""
    blocks = -(-tokens // FUSED_BLOCK)
    parts = min(-(-shape.inner // FUSED_INNER), max(1, -(-FUSED_PROGRAMS // blocks)))
    rank_space = tokens * rank * FLOAT * (3 * parts * slots + 2 * experts)
    programs = max(1, -(-shape.inner // FUSED_EXPERT_INNER) * experts)
    stretches = min(MOST_STRETCHES, max(1, -(-FUSED_EXPERT_PROGRAMS // programs)))
    by_stretch = stretches * 3 * experts * rank * shape.inner * FLOAT if stretches > 1 else 0
    return 3 * tokens * shape.inner * width + rank_space + by_stretch + pairs * (width + ELEMENT)
