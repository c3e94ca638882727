"""MixDoRA: each expert's weight split into direction and a trained magnitude for each output (arXiv 2402.09353).

Gate and up still share their frozen product over all experts. Down cannot, since its output is scaled for each
expert, so it runs once for each slot.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from studio.methods.mixlora.activation import activate
from studio.methods.mixlora.call import Experts, LowRank, Settings
from studio.methods.mixlora.forms.slots import by_expert


@dataclass(frozen=True, slots=True)
class Magnitudes:
    """Trained magnitudes [experts, out] of gate, up and down; None where the projection is not adapted."""

    gate: Tensor | None
    up: Tensor | None
    down: Tensor | None


@torch.no_grad()
def expert_norms(weight: Tensor, pair: LowRank | None, scaling: float, experts: int) -> Tensor:
    """Return the row norms [experts, out] of W + s · B_e A_e, without forming any expert's matrix.

    ‖w + s·b A‖² = ‖w‖² + 2 s b·(A w) + s² b (A Aᵀ) b for each row w of W and b of B. A constant to autograd,
    as the paper has it.
    """
    wide = torch.promote_types(weight.dtype, torch.float32)
    weight = weight.to(wide)
    squares = weight.square().sum(dim=1).expand(experts, -1)
    if pair is not None:
        a, b = pair.A.to(wide), pair.B.to(wide)
        cross = (weight @ a.flatten(0, 1).T).view(weight.shape[0], experts, -1).transpose(0, 1)
        squares = squares + 2 * scaling * (b * cross).sum(dim=2)
        squares = squares + scaling**2 * ((b @ (a @ a.transpose(1, 2))) * b).sum(dim=2)
    return squares.clamp(min=0).sqrt()


def dora_mixture(
    x: Tensor, experts: Tensor, weights: Tensor, low: Experts, magnitudes: Magnitudes, settings: Settings
) -> Tensor:
    """Return Σ_j g_j · expert_j(x) [tokens, hidden] with W' = m ∘ (W + s·BA) / ‖W + s·BA‖ in every expert.

    In training all but the two shared products is recomputed in backward, so about 2 · inner elements a token
    are kept, as without DoRA.
    """
    frozen = settings.matrices(settings.base_dtype)
    with torch.autocast(x.device.type, enabled=False):
        x = x.to(settings.base_dtype)
        gate = F.linear(x, frozen.gate)
        up = None if frozen.up is None else F.linear(x, frozen.up)
        norms = [
            None if m is None or w is None else expert_norms(w, pair, settings.scaling, settings.experts)
            for w, pair, m in (
                (frozen.gate, low.gate, magnitudes.gate),
                (frozen.up, low.up, magnitudes.up),
                (frozen.down, low.down, magnitudes.down),
            )
        ]
        del frozen
        chosen = by_expert(experts, settings.experts)  # outside of what is computed again, which then need not wait
        arguments = (x, gate, up, chosen, weights, low, magnitudes, norms, settings)
        if torch.is_grad_enabled():
            return checkpoint(_mix, *arguments, use_reentrant=False)
        return _mix(*arguments)


def _mix(
    x: Tensor,
    gate: Tensor,
    up: Tensor | None,
    chosen: list[tuple[Tensor, Tensor]],
    weights: Tensor,
    low: Experts,
    magnitudes: Magnitudes,
    norms: list[Tensor | None],
    settings: Settings,
) -> Tensor:
    dtype = low.dtype
    frozen = settings.matrices(settings.base_dtype)
    input_mask = settings.input_mask(x, dtype)
    dropped = x.to(dtype) if input_mask is None else x.to(dtype) * input_mask
    inner_mask = settings.inner_mask(0, x.shape[0], gate.shape[1], dropped)
    y = torch.zeros(x.shape[0], frozen.down.shape[0], dtype=dtype, device=x.device)

    def scaled(
        product: Tensor, v: Tensor, pair: LowRank | None, m: Tensor | None, norm: Tensor | None, bias: Tensor | None,
        expert: int,
    ) -> Tensor:  # fmt: skip
        out = product.to(dtype)
        if pair is not None and m is not None and norm is not None:
            out = out + settings.scaling * F.linear(F.linear(v, pair.A[expert]), pair.B[expert])
            out = out * (m[expert] / norm[expert].to(m.dtype)).to(dtype)
        return out if bias is None else out + bias.to(dtype)

    for expert, (tokens, slots) in enumerate(chosen):
        v = dropped[tokens]
        h = activate(
            settings.activation,
            scaled(gate[tokens], v, low.gate, magnitudes.gate, norms[0], frozen.gate_bias, expert),
        )
        if up is not None:
            h = h * scaled(up[tokens], v, low.up, magnitudes.up, norms[1], frozen.up_bias, expert)
        masked = h if inner_mask is None else h * inner_mask[tokens]
        product = F.linear(h.to(settings.base_dtype), frozen.down)
        out = scaled(product, masked, low.down, magnitudes.down, norms[2], frozen.down_bias, expert)
        y = y.index_add(0, tokens, out * weights[tokens, slots].to(dtype)[:, None])
    return y.to(settings.base_dtype)
