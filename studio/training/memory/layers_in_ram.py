"""Frozen layers that lie in the machine's memory and come to the device when they are needed, one ahead of use.

The matrices of these layers are views of two buffers on the device, layer after layer taking turns. A layer's bytes are
copied into its buffer before it is computed, and once more before its backward pass; while it is computed, the next
one's are on their way to the other buffer. Whatever autograd saves of a matrix is such a view, so that it keeps no
memory, and sees the layer's own bytes again when backward reads it. Adapters, norms and biases stay on the device, and
so do the scales of packed weights.

Beside such layers the input embedding stays in the machine's memory too, unless the head has the same matrix: the rows
of a batch's tokens are looked up there, which the device waits for once a forward pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from studio.core.out_of_memory import is_out_of_memory
from studio.training.crew.sharding import decoder_layers

BUFFERS = 2
ALIGNMENT = 256  # bytes: every matrix begins where a fast copy and a kernel's wide loads can
LEAST_BLOCK = 1 << 20


class Lane(Protocol):
    """The way from the machine's memory to the device."""

    def copy(self, buffer: int, target: Tensor, blocks: Sequence[Tensor]) -> None:
        """Begin to copy `blocks` [bytes] one after the other into `target` [bytes].

        What the device was told to compute so far may still read it.
        """
        ...

    def wait(self, buffer: int) -> None:
        """Let what the device is told from now on begin after the last copy into this buffer."""
        ...


class InOrder:
    """A lane without a stream of its own: each copy is done in its place among the products."""

    def copy(self, buffer: int, target: Tensor, blocks: Sequence[Tensor]) -> None:
        copy_blocks(target, blocks)

    def wait(self, buffer: int) -> None:
        return


class SideStream:
    """A CUDA stream beside that of the products, which copies while they are computed; the processor never waits."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)
        self._done = [torch.cuda.Event() for _ in range(BUFFERS)]

    def copy(self, buffer: int, target: Tensor, blocks: Sequence[Tensor]) -> None:
        self._stream.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._stream):
            copy_blocks(target, blocks)
            self._done[buffer].record(self._stream)

    def wait(self, buffer: int) -> None:
        torch.cuda.current_stream(self._device).wait_event(self._done[buffer])


def copy_blocks(target: Tensor, blocks: Sequence[Tensor]) -> None:
    """Copy blocks [bytes] one after the other into `target` [bytes], without waiting where they are pinned."""
    begin = 0
    for block in blocks:
        size = min(block.numel(), target.numel() - begin)
        target[begin : begin + size].copy_(block[:size], non_blocking=True)
        begin += size


@dataclass(frozen=True, slots=True)
class _Matrix:
    """A frozen linear, and where its matrix lies in the bytes of its layer."""

    linear: Any
    begin: int
    end: int
    dtype: torch.dtype
    shape: torch.Size


class LayersInRam:
    """Which of a model's decoder layers lie in the machine's memory, and what brings them to the device.

    Make it when the model has its adapter. `put` may be called again with more, between two steps.
    `unpinned_bytes`: what the system did not let be pinned, so that its copies hold the processor up.
    """

    def __init__(self, model: nn.Module, device: torch.device, lane: Lane | None = None) -> None:
        self._model = model
        self._device = device
        self._lane = lane or (SideStream(device) if device.type == "cuda" else InOrder())
        self._layers = decoder_layers(model)
        self._matrices = [_laid_out(layer) for layer in self._layers]
        self._blocks: dict[int, list[Tensor]] = {}  # of a layer's place: its bytes in the machine's memory
        self._inside: list[int] = []  # places of the layers in memory, in order
        self._hooks: list[Any] = []
        self._buffers: list[Tensor] = []
        self._owners: list[int | None] = []
        self._last, self._onward = 0, 1
        self._words: Tensor | None = None
        self.unpinned_bytes = 0

    @property
    def count(self) -> int:
        """How many layers lie in the machine's memory."""
        return len(self._inside)

    @property
    def most(self) -> int:
        """The model's layers; 0 where some have no frozen linear, so that there is nothing of them to move."""
        return len(self._layers) if all(self._matrices) else 0

    @property
    def layer_bytes(self) -> int:
        """Bytes of the matrices of the largest layer, as they lie in a buffer."""
        return max((matrices[-1].end for matrices in self._matrices if matrices), default=0)

    def ram_bytes(self, count: int) -> int:
        """Bytes of the machine's memory that `put` takes for so many layers, beside what it has taken."""
        words = self._movable_words() if count and self._words is None else None
        return max(0, count - self.count) * self.layer_bytes + (0 if words is None else words.weight.nbytes)

    def put(self, count: int) -> None:
        """Have `count` layers in the machine's memory, as evenly spread as can be, and all else on the device.

        Those that lie there already stay.
        """
        wanted = sorted(spread(self.most)[: max(count, self.count)])
        for place in wanted:
            if place not in self._blocks:
                self._blocks[place] = self._taken(place)
        if wanted and self._words is None:
            self._keep_words()
        _move(self._model, self._device)
        while len(self._buffers) < min(BUFFERS, len(wanted)):
            self._buffers.append(torch.empty(self.layer_bytes, dtype=torch.uint8, device=self._device))
        self._owners = [None] * len(self._buffers)
        self._inside = wanted
        for index, place in enumerate(wanted):
            buffer = self._buffers[index % len(self._buffers)]
            for each in self._matrices[place]:
                _set(each.linear, buffer[each.begin : each.end].view(each.dtype).view(each.shape))
        self._watch()

    def _movable_words(self) -> nn.Embedding | None:
        """The input embedding, where it is frozen, a plain one, and not the head's own matrix."""
        model: Any = self._model
        base = model.get_base_model() if hasattr(model, "get_base_model") else model
        embedding, head = base.get_input_embeddings(), base.get_output_embeddings()
        if type(embedding) is not nn.Embedding or embedding.weight.requires_grad or _is_tied(embedding, head):
            return None
        return embedding

    def _keep_words(self) -> None:
        embedding = self._movable_words()
        if embedding is None:
            return
        self._words = words = embedding.weight.data.to("cpu")
        # Nobody reads it there any more; its shape and its device are still asked for.
        embedding.weight.data = words.new_empty(1, device=self._device).expand(words.shape)

        def look_up(ids: Tensor) -> Tensor:
            return self._sent(functional.embedding(ids.to("cpu"), words))

        setattr(embedding, "forward", look_up)  # noqa: B010

    def _sent(self, rows: Tensor) -> Tensor:
        """Rows on the device, for which the processor need not wait."""
        return (rows.pin_memory() if self._device.type == "cuda" else rows).to(self._device, non_blocking=True)

    def _taken(self, place: int) -> list[Tensor]:
        """The bytes of a layer's matrices in blocks of the machine's memory, which they leave their own for."""
        size = self._matrices[place][-1].end
        flat = torch.empty(size, dtype=torch.uint8)
        for each in self._matrices[place]:
            flat[each.begin : each.end].copy_(each.linear.weight.detach().contiguous().view(-1).view(torch.uint8))
            _set(each.linear, torch.empty(0, dtype=each.dtype, device=self._device))
        if self._device.type != "cuda":
            return [flat]
        blocks, begin = [], 0
        for block in block_sizes(size):
            part = flat[begin : begin + block]
            pinned = self._pinned(block)
            pinned[: part.numel()].copy_(part)
            blocks.append(pinned)
            begin += block
        return blocks

    def _pinned(self, size: int) -> Tensor:
        try:
            return torch.empty(size, dtype=torch.uint8, pin_memory=True)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            self.unpinned_bytes += size  # systems pin a part of their memory only, Windows about half
            return torch.empty(size, dtype=torch.uint8)

    def _watch(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        for index, place in enumerate(self._inside):
            layer = self._layers[place]
            self._hooks.append(layer.register_forward_pre_hook(self._before(index)))
            self._hooks.append(layer.register_forward_hook(self._after(index)))

    def _before(self, index: int) -> Callable[..., None]:
        def before(layer: nn.Module, given: Any) -> None:
            if index != self._last:
                self._onward = 1  # else backward came here just now, and computes the layer again
            self._bring(index)

        return before

    def _after(self, index: int) -> Callable[..., None]:
        def backward(gradient: Tensor) -> None:
            self._onward = -1
            self._bring(index)

        def after(layer: nn.Module, given: Any, output: Any) -> None:
            states = output[0] if isinstance(output, tuple) else output
            if states.requires_grad:
                states.register_hook(backward)

        return after

    def _bring(self, index: int) -> None:
        """Have a layer's bytes in its buffer for what comes now, and those of the next on their way.

        A layer's turn begins when all of the one before it was asked for, forward and backward: what reads its matrices
        there is what its gradient passes through on its way to this one. So the other buffer is free again.
        """
        self._last = index
        self._fetch(index)
        self._lane.wait(index % len(self._buffers))
        following = index + self._onward
        if len(self._buffers) == BUFFERS and 0 <= following < self.count:
            self._fetch(following)

    def _fetch(self, index: int) -> None:
        buffer = index % len(self._buffers)
        if self._owners[buffer] == index:
            return
        self._owners[buffer] = index
        place = self._inside[index]
        size = self._matrices[place][-1].end
        self._lane.copy(buffer, self._buffers[buffer][:size], self._blocks[place])


def spread(count: int) -> list[int]:
    """The numbers below `count` in an order of which every beginning is spread evenly."""
    bits = max(1, (count - 1).bit_length())
    reversed_ = (int(f"{number:0{bits}b}"[::-1], 2) for number in range(1 << bits))
    return [number for number in reversed_ if number < count]


def block_sizes(size: int) -> list[int]:
    """Powers of two that hold `size` bytes: torch rounds what it pins up to one."""
    blocks = []
    while size > 0:
        block = max(LEAST_BLOCK, 1 << (size.bit_length() - 1))
        blocks.append(block)
        size -= block
    return blocks


def _laid_out(layer: nn.Module) -> list[_Matrix]:
    """The frozen linears of a layer, packed or not, and where each has its bytes."""
    found: list[_Matrix] = []
    begin = 0
    for module in layer.modules():
        if not isinstance(module, nn.Linear) or module.weight.requires_grad:
            continue
        if type(module).__name__ == "Linear8bitLt" and getattr(module.weight, "CB", None) is not None:
            module.init_8bit_state()  # type: ignore[operator]  # as its first forward would
        weight = module.weight
        end = begin + weight.numel() * weight.element_size()
        found.append(_Matrix(module, begin, end, weight.dtype, weight.shape))
        begin = -(-end // ALIGNMENT) * ALIGNMENT
    return found


def _is_tied(embedding: nn.Module, head: nn.Module | None) -> bool:
    """Whether the head's matrix is the embedding's own."""
    return head is not None and any(each is own for each in head.parameters() for own in embedding.parameters())


def _set(linear: Any, data: Tensor) -> None:
    """Give a linear other memory for its matrix."""
    linear.weight.data = data
    if type(linear).__name__ == "Linear8bitLt" and linear.state.CB is not None:
        linear.state.CB = data


def _move(model: nn.Module, device: torch.device) -> None:
    """Move all that a model has to the device, the scales of packed weights too."""
    with torch.no_grad():
        for module in model.modules():
            kind = type(module).__name__ if isinstance(module, nn.Linear) else ""  # PEFT's have the same names
            if kind == "Linear4bit" and (scales := getattr(module.weight, "quant_state", None)) is not None:
                scales.to(device)
            for parameter in module.parameters(recurse=False):
                if parameter.device != device:
                    parameter.data = parameter.data.to(device)
            state: Any = module.state if kind == "Linear8bitLt" else None
            if state is not None and state.CB is not None:
                state.CB, state.SCB = module.weight.data, state.SCB.to(device)
            for name, buffer in module.named_buffers(recurse=False):
                if buffer.device != device:
                    setattr(module, name, buffer.to(device))
