"""What the tensors of each stock mixture of experts are called on the disk, where transformers, vLLM and others read.

Everything outside of the feed-forward keeps the base's own names.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExpertNames:
    """Names inside a layer of a twin, such as `model.layers.3`.

    router: of the matrix [experts, hidden]. expert: with {expert} and {part}, or, where all experts are one tensor,
    with {part} alone. parts: what gate, up and down are called; fused: gate and up stacked, as [experts, 2 · inner,
    hidden], under the name of gate.
    """

    router: str
    expert: str
    parts: tuple[str, str, str]
    fused: bool = False

    def of(self, layer: str, part: str, expert: int | None = None) -> str:
        """The name of one expert's part (gate, up, down), or of all experts' where they are one tensor."""
        word = self.parts[("gate", "up", "down").index(part)]
        return f"{layer}.{self.expert.format(expert=expert, part=word)}"


_QWEN = ExpertNames("mlp.gate.weight", "mlp.experts.{expert}.{part}.weight", ("gate_proj", "up_proj", "down_proj"))

NAMES: dict[str, ExpertNames] = {
    # w2 is down: the name says in which order they were written down, not in which they are used.
    "mixtral": ExpertNames(
        "block_sparse_moe.gate.weight", "block_sparse_moe.experts.{expert}.{part}.weight", ("w1", "w3", "w2")
    ),
    "qwen2_moe": _QWEN,
    "qwen3_moe": _QWEN,
    "qwen3_5_moe_text": _QWEN,
    "flex_olmo": _QWEN,
    "granitemoe": ExpertNames(
        "block_sparse_moe.router.layer.weight",
        "block_sparse_moe.{part}.weight",
        ("input_linear", "", "output_linear"),
        fused=True,
    ),
    "gemma4_text": ExpertNames("router.proj.weight", "experts.{part}", ("gate_up_proj", "", "down_proj"), fused=True),
}
"""By the twin's architecture, as `studio.core.twins` names it."""

SHARED_WIDTH = 256
"""Width of the part that a stock architecture computes for every token, which is zero here: no engine refuses it."""
