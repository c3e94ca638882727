"""The recipe's method table as a PEFT config."""

from __future__ import annotations

from typing import Any, Protocol

from peft import LoraConfig, PeftConfig

from studio.core.problem import ProblemError
from studio.methods.mixlora import MixLoraConfig
from studio.methods.moelora import MoeLoraConfig


class MethodFields(Protocol):
    """The fields of `studio.core.recipe.recipe.MethodTable` that every method reads."""

    name: Any
    experts: int
    top_k: int
    rank: int
    alpha: float
    dropout: float
    balance: float
    contrastive: float
    temperature: float
    memory: int
    pairs: int
    routing: Any
    top_p: float
    capacity: int
    balance_scope: Any
    balance_bias: float
    z_loss: float
    jitter: float
    magnitudes: bool
    rank_stabilised: bool
    goat_scaling: bool
    attention_rank: int | None
    layer_experts: list[int] | None
    layer_ranks: list[int] | None
    targets: Any


ROUTING_STRATEGIES = {"top-k": "mixlora", "top-p": "mixlora-dynamic", "switch": "mixlora-switch"}


def adapter_config(method: MethodFields) -> PeftConfig:
    """Return the PEFT config of a recipe's [method] table, for causal language models.

    `targets = "all"` means every linear projection of attention and feed-forward, never the output head.
    Raises ProblemError for a method that has no builder here.
    """
    targets: Any = "all-linear" if method.targets == "all" else list(method.targets)
    shared: dict[str, Any] = {
        "r": method.rank,
        "lora_alpha": method.alpha,
        "lora_dropout": method.dropout,
        "target_modules": targets,
        "task_type": "CAUSAL_LM",
    }
    name = str(getattr(method.name, "value", method.name))
    if name == "mixlora":
        return MixLoraConfig(
            num_experts=method.experts,
            top_k=method.top_k,
            router_aux_loss_coef=method.balance,
            routing_strategy=ROUTING_STRATEGIES[method.routing],
            top_p=method.top_p,
            expert_capacity=method.capacity,
            balance_scope=method.balance_scope,
            balance_bias_rate=method.balance_bias,
            router_z_loss_coef=method.z_loss,
            jitter_noise=method.jitter,
            use_dora=method.magnitudes,
            use_rslora=method.rank_stabilised,
            use_goat_scaling=method.goat_scaling,
            attention_r=method.attention_rank,
            attention_alpha=_attention_alpha(method),
            layer_experts=method.layer_experts,
            layer_ranks=method.layer_ranks,
            **shared,
        )
    if name == "moelora":
        return MoeLoraConfig(
            num_experts=method.experts,
            top_k=method.top_k,
            balance_coef=method.balance,
            contrastive_coef=method.contrastive,
            temperature=method.temperature,
            memory=method.memory,
            pairs=method.pairs,
            **shared,
        )
    if name in ("lora", "dora"):
        return LoraConfig(use_dora=name == "dora", use_rslora=method.rank_stabilised, **shared)
    raise ProblemError.at(
        "recipe: method.name", f"{name!r} is no method that can be built.", "Choose mixlora, moelora, lora or dora."
    )


def _attention_alpha(method: MethodFields) -> float | None:
    """Return the alpha that gives the attention the experts' scaling at its own rank."""
    if method.attention_rank is None:
        return None
    ratio = method.attention_rank / method.rank
    return method.alpha * (ratio**0.5 if method.rank_stabilised else ratio)
