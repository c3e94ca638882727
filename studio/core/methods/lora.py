"""LoRA and DoRA, the baselines: PEFT's own, a plain low-rank pair beside each projection."""

from __future__ import annotations

from studio.core.methods.fields import (
    LOW_RANK_KEYS,
    LOW_RANK_OWN,
    LowRankFields,
    RankStabilisedFields,
    TargetFields,
)
from studio.core.methods.method import AdapterFile, Becomes, Method, allowed_in
from studio.core.words import mark

_TABLES = (LowRankFields, RankStabilisedFields, TargetFields)
_KEYS = LOW_RANK_KEYS | {"use_rslora": "rank_stabilised"}
# PEFT stores both as one kind, which `use_dora` tells apart.
_FILE = AdapterFile(
    kind="LORA",
    fields=_KEYS,
    required=("r", "lora_alpha", "target_modules"),
    allowed=allowed_in(_TABLES, _KEYS, LOW_RANK_OWN),
)

_BECOMES = Becomes(
    no_reference=mark("the reference's format holds MixLoRA's experts only"),
    no_experts=mark("it has no experts: merged, it is a model like its base"),
    no_merged="",
)

LORA = Method("lora", "LoRA", 1, _TABLES, _FILE, becomes=lambda values: _BECOMES)
DORA = Method("dora", "DoRA", 2, _TABLES, _FILE, becomes=lambda values: _BECOMES)
