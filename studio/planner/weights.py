"""Bytes of the frozen weights in each precision, as torch and bitsandbytes hold them."""

from __future__ import annotations

from studio.planner.shape import ModelShape

BYTES = {"fp32": 4, "bf16": 2, "fp16": 2}
PACKED = ("int8", "nf4")
BLOCK = 64  # elements that share one scale in 4-bit weights
BUFFERS, ALIGNMENT = 2, 256  # of studio/training/memory/layers_in_ram.py
SCALES_BLOCK = 256  # scales that share one scale of their own (double quantisation)


def base_bytes(precision: str) -> int:
    """Bytes of one element in the products with frozen weights, and of the hidden states: packed ones use bfloat16."""
    return BYTES.get(precision, 2)


def weight_bytes(shape: ModelShape, precision: str, device: str = "cuda") -> int:
    """Bytes of the frozen model.

    fp32, bf16 and fp16 hold every parameter so; int8 and nf4 pack the layers' linears and hold embeddings, head, norms
    and biases in 16 bits (on a CPU in float32), as studio/models/base_model.py loads them with bitsandbytes.
    """
    width = BYTES.get(precision, 4 if device == "cpu" else 2)
    constants = shape.buffer_bytes + (width if shape.scaled_embedding else 0)
    if precision in BYTES:
        return shape.parameters * width + constants
    packed = sum(packed_bytes(linear.outputs, linear.inputs, precision) for linear in shape.linears)
    rest = shape.embedding_elements + shape.layers * shape.layer_rest_elements
    return rest * width + shape.layers * packed + constants


def divided_bytes(shape: ModelShape, precision: str, processes: int, device: str = "cuda") -> int:
    """Bytes of the frozen model in each of several processes that divide its layers among them (FSDP2).

    Two layers are whole at a time: one that is computed, and the next, which is on its way.
    """
    whole = weight_bytes(shape, precision, device)
    layer = (sum(linear.elements for linear in shape.linears) + shape.layer_rest_elements) * BYTES[precision]
    return whole - shape.layers * layer + -(-shape.layers * layer // processes) + 2 * layer


def layer_bytes(shape: ModelShape, precision: str) -> int:
    """Bytes of one layer's matrices as they lie in the machine's memory and in a buffer on a card.

    The scales of packed ones stay on the card, as norms and biases do.
    """
    each = {"int8": 2, "nf4": 1}.get(precision, 2 * BYTES.get(precision, 0))  # halves of a byte
    *others, last = (-(-linear.elements * each // 2) for linear in shape.linears)
    return sum(-(-size // ALIGNMENT) * ALIGNMENT for size in others) + last


def words_bytes(shape: ModelShape, precision: str, device: str = "cuda") -> int:
    """Bytes of the input embedding that lies beside layers in the machine's memory; 0 where it has to stay."""
    if shape.tied or shape.scaled_embedding:
        return 0
    return shape.vocabulary * shape.hidden * BYTES.get(precision, 4 if device == "cpu" else 2)


def in_ram_bytes(shape: ModelShape, precision: str, layers: int) -> int:
    """Bytes of the frozen model that lie in the machine's memory where so many layers do."""
    return layers * layer_bytes(shape, precision) + (words_bytes(shape, precision) if layers else 0)


def moved_bytes(shape: ModelShape, precision: str, layers: int) -> int:
    """Bytes of layers that come to a card in one pass through them; two stay in its buffers from the pass before."""
    return max(0, layers - BUFFERS) * layer_bytes(shape, precision)


def off_card_bytes(shape: ModelShape, precision: str, layers: int, device: str = "cuda") -> int:
    """Bytes that a card need not hold where so many layers lie in the machine's memory; two buffers of theirs stay."""
    return moved_bytes(shape, precision, layers) + (words_bytes(shape, precision, device) if layers else 0)


def packed_bytes(outputs: int, inputs: int, precision: str) -> int:
    """Bytes of one packed matrix with its quantisation state.

    nf4 with double quantisation (bitsandbytes Params4bit): half a byte an element; for each 64 elements an 8-bit scale;
    for each 256 scales a float32; a float32 offset; the 16 and 256 float32 entries of the two code tables.
    int8 (Int8Params): a byte an element and a float32 scale a row.
    """
    elements = outputs * inputs
    if precision == "int8":
        return elements + 4 * outputs
    blocks = -(-elements // BLOCK)
    return -(-elements // 2) + blocks + 4 * -(-blocks // SCALES_BLOCK) + 4 + 4 * (16 + 256)
