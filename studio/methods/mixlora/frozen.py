"""The frozen matrices of a feed-forward as dense tensors, each unpacked once per pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.core.problem import ProblemError
from studio.core.words import tr


class FrozenProducts(Protocol):
    """The frozen products of one pass, forward or backward; `here` are the tokens that a call is about."""

    @property
    def down_bias(self) -> Tensor | None: ...

    def first(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return G and U [tokens, inner] of all tokens' x [tokens, hidden]; U is None without gating."""
        ...

    def last(self, total: Tensor, weights: Tensor, here: slice) -> Tensor:
        """Return W_down · total, and its bias times the sum of weights [tokens, k]; [tokens, hidden]."""
        ...

    def back_last(self, dy: Tensor, here: slice) -> Tensor:
        """Return the gradient of `total` [tokens, inner] for dy [tokens, hidden]."""
        ...

    def back_first(self, dgate: Tensor, dup: Tensor | None, here: slice, out: Tensor | None = None) -> Tensor:
        """Return x's gradient [tokens, hidden] for those of G and U, in `out` where that is given."""
        ...


@dataclass(frozen=True, slots=True)
class Matrices:
    """One pass's frozen tensors: gate and up [inner, hidden], down [hidden, inner]; biases or None.

    A feed-forward without gating has no `up`; its first matrix is `gate`.
    """

    gate: Tensor
    up: Tensor | None
    down: Tensor
    gate_bias: Tensor | None
    up_bias: Tensor | None
    down_bias: Tensor | None

    def first(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        return F.linear(x, self.gate, self.gate_bias), None if self.up is None else F.linear(x, self.up, self.up_bias)

    def last(self, total: Tensor, weights: Tensor, here: slice) -> Tensor:
        part = F.linear(total, self.down)
        if self.down_bias is not None:
            part = part + self.down_bias * weights.sum(dim=1, keepdim=True).to(part.dtype)
        return part

    def back_last(self, dy: Tensor, here: slice) -> Tensor:
        return dy @ self.down

    def back_first(self, dgate: Tensor, dup: Tensor | None, here: slice, out: Tensor | None = None) -> Tensor:
        dx = torch.mm(dgate, self.gate, out=out)
        if dup is not None and self.up is not None:
            dx.addmm_(dup, self.up)
        return dx


@dataclass(slots=True)
class Elsewhere:
    """Products that are computed elsewhere, with those of other adapters: what goes there and what comes from there.

    gate, up: G and U [tokens, inner], given. total: [tokens, inner] what W_down is to be applied to, filled in; in the
    backward pass dtotal is given, and dgate and dup [tokens, inner] are filled in. The last product, bias included, is
    added by whoever computes it, so that what a pass returns lacks it, as x's gradient lacks the first products' part.
    """

    hidden: int
    gate: Tensor
    up: Tensor | None
    down_bias: Tensor | None
    total: Tensor | None = None
    dtotal: Tensor | None = None
    dgate: Tensor | None = None
    dup: Tensor | None = None

    def first(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        return self.gate, self.up

    def last(self, total: Tensor, weights: Tensor, here: slice) -> Tensor:
        assert self.total is not None
        self.total[here] = total
        if self.down_bias is None:
            return total.new_zeros(total.shape[0], self.hidden)
        return self.down_bias * (weights.sum(dim=1, keepdim=True) - 1.0).to(total.dtype)

    def back_last(self, dy: Tensor, here: slice) -> Tensor:
        assert self.dtotal is not None
        return self.dtotal[here]

    def back_first(self, dgate: Tensor, dup: Tensor | None, here: slice, out: Tensor | None = None) -> Tensor:
        assert self.dgate is not None
        self.dgate[here] = dgate
        if dup is not None and self.dup is not None:
            self.dup[here] = dup
        return dgate.new_zeros(dgate.shape[0], self.hidden) if out is None else out.zero_()


def dense_weight(linear: nn.Module, dtype: torch.dtype) -> Tensor:
    """Return the weight [out, in] of a linear layer as `dtype`, dequantised where it is packed.

    Knows torch's Linear and bitsandbytes' Linear4bit and Linear8bitLt; refuses other packings by name.
    """
    weight = getattr(linear, "weight", None)
    kind = type(linear).__name__
    if weight is not None and weight.is_meta:
        raise ProblemError.at(
            f"{type(linear).__module__}.{kind}",
            tr("Its weights are not in memory; where they are offloaded, only its own forward loads them."),
            tr("Load the model whole onto one device, packed in nf4 or int8 where it does not fit."),
        )
    if kind == "Linear4bit" and weight is not None:
        from bitsandbytes.functional import dequantize_4bit

        state = getattr(weight, "quant_state", None) or linear.quant_state
        if getattr(state, "packing_format_for_cpu", False):
            raise ProblemError.at(
                f"{type(linear).__module__}.{kind}",
                tr("bitsandbytes has repacked its weights for this CPU, which cannot be undone without loss."),
                tr("Load the model again, and adapt it before it is evaluated."),
            )
        return dequantize_4bit(weight.data, state).to(dtype)
    if kind == "Linear8bitLt" and weight is not None:
        return _dense_int8(linear, weight, dtype)
    if isinstance(linear, nn.Linear) and weight is not None and weight.is_floating_point():
        return weight.detach().to(dtype)
    raise ProblemError.at(
        f"{type(linear).__module__}.{kind}",
        tr("MixLoRA cannot read the weights of this kind of layer."),
        tr("Load the model in fp32, bf16 or fp16, or with bitsandbytes in nf4 or int8."),
    )


def keep_layout(module: nn.Module) -> None:
    """Keep bitsandbytes from repacking 4-bit weights inside `module` as it is evaluated on a CPU.

    It does so on some CPUs as soon as a layer runs without gradient, and `dense_weight` could not read them any more.
    """
    for linear in module.modules():
        if type(linear).__name__ == "Linear4bit":
            setattr(linear, "support_avx512bf16_for_cpu", False)  # noqa: B010  a Module's attributes have no type


def _dense_int8(linear: nn.Module, weight: Tensor, dtype: torch.dtype) -> Tensor:
    state = getattr(linear, "state", None)
    packed = weight.data
    scale = getattr(weight, "SCB", None)
    if scale is None and state is not None:
        scale = state.SCB
        packed = state.CB if state.CB is not None else packed
    if scale is None:  # still a float weight: bitsandbytes packs when it first reaches its device
        return weight.detach().to(dtype)
    # Computed in float32 and rounded once; on a card in one pass, without a float32 matrix in between.
    dense = torch.empty(packed.shape, dtype=dtype, device=packed.device)
    return torch.mul(packed, (scale.to(torch.float32) / 127.0)[:, None], out=dense)


def features(linear: nn.Module) -> tuple[int, int]:
    """Return (in, out) of a linear layer, packed or not."""
    return int(linear.in_features), int(linear.out_features)  # type: ignore[arg-type]
