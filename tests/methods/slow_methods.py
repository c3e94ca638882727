"""Both methods said plainly, token by token and expert by expert: the oracle of whole models, losses included.

Made from the formulas in studio/methods/README.md and sharing nothing with the engine; x is [tokens, in] throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

Loads = list[tuple[Tensor, list[int]]]  # of each token: what the router said, and the experts that were chosen


def largest(values: Tensor, count: int) -> list[int]:
    return sorted(range(len(values)), key=lambda e: -float(values[e].detach()))[:count]


def mixlora(x: Tensor, mlp: Any, bank: dict[str, Tensor], router: Tensor, k: int, s: float) -> tuple[Tensor, Loads]:
    """Return Σ g_j expert_j(x) of a gated SiLU feed-forward, and each token's (logits, experts)."""
    rows, loads = [], []
    for v in x:
        logits = router @ v
        probabilities = logits.softmax(0)
        chosen = largest(probabilities, k)
        total = sum(probabilities[e] for e in chosen)

        def linear(name: str, e: int, u: Tensor) -> Tensor:
            return mlp.get_submodule(name).weight @ u + s * bank[f"{name}_B"][e] @ (bank[f"{name}_A"][e] @ u)

        row = torch.zeros_like(v)
        for e in chosen:
            h = functional.silu(linear("gate_proj", e, v)) * linear("up_proj", e, v)
            row = row + probabilities[e] / total * linear("down_proj", e, h)
        rows.append(row)
        loads.append((logits, chosen))
    return torch.stack(rows), loads


def mixlora_losses(layers: list[Loads], keep: list[bool], pooled: bool) -> tuple[Tensor, Tensor]:
    """Return (balance, z): E Σ f p of each layer averaged, or of all layers' tokens together; mean of logsumexp²."""
    kept = [[token for token, counts in zip(loads, keep, strict=True) if counts] for loads in layers]
    z = torch.stack([logits.logsumexp(0) ** 2 for loads in kept for logits, _ in loads]).mean()
    balances = []
    for loads in [[token for one in kept for token in one]] if pooled else kept:
        experts = len(loads[0][0])
        f = [sum(chosen.count(e) for _, chosen in loads) / len(loads) for e in range(experts)]
        p = [sum(logits.softmax(0)[e] for logits, _ in loads) / len(loads) for e in range(experts)]
        balances.append(experts * sum(one * other for one, other in zip(f, p, strict=True)))
    return torch.stack(balances).mean(), z


def moelora(
    x: Tensor, weight: Tensor, a: Tensor, b: Tensor, router: Tensor, k: int, alpha: float
) -> tuple[Tensor, list[dict[int, Tensor]], Tensor]:
    """Return W x + s B concat(g_e A_e x), each token's A_e x of its chosen experts, and the gates [tokens, experts]."""
    experts = router.shape[0]
    d = a.shape[0] // experts
    rows, outputs, gates = [], [], []
    for v in x:
        logits = router @ v
        chosen = largest(logits, k)
        exponents = {e: torch.exp(logits[e]) for e in chosen}
        row, gate = weight @ v, torch.zeros(experts, dtype=x.dtype)
        for e in chosen:
            g = exponents[e] / sum(exponents.values())
            row = row + alpha / d * g * b[:, e * d : (e + 1) * d] @ (a[e * d : (e + 1) * d] @ v)
            gate = gate + g * functional.one_hot(torch.tensor(e), experts)
        rows.append(row)
        gates.append(gate)
        outputs.append({e: a[e * d : (e + 1) * d] @ v for e in chosen})
    return torch.stack(rows), outputs, torch.stack(gates)


def squared_variation(gates: Tensor) -> Tensor:
    """Return the squared coefficient of variation of gates [tokens, experts] summed over tokens."""
    sums = gates.sum(0)
    return ((sums - sums.mean()) ** 2).mean() / sums.mean() ** 2


def replaced(modules: Iterable[nn.Module], forward: Callable[[nn.Module, Tensor], Tensor]) -> None:
    """Let each module compute `forward(module, x)` with x [tokens, in], whatever its own forward does."""
    for module in modules:

        def plainly(x: Tensor, module: nn.Module = module) -> Tensor:
            return forward(module, x.flatten(0, -2)).unflatten(0, x.shape[:-1])

        module.forward = plainly
