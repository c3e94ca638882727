"""LoRA and DoRA, the baselines: PEFT's own, a plain low-rank pair beside each projection."""

from __future__ import annotations

from studio.core.methods.fields import (
    LOW_RANK_KEYS,
    LOW_RANK_OWN,
    LowRankFields,
    RankStabilisedFields,
    TargetFields,
)
from studio.core.methods.method import AdapterFile, Method, allowed_in

_TABLES = (LowRankFields, RankStabilisedFields, TargetFields)
_KEYS = LOW_RANK_KEYS | {"use_rslora": "rank_stabilised"}
# PEFT stores both as one kind, which `use_dora` tells apart.
_FILE = AdapterFile(
    kind="LORA",
    fields=_KEYS,
    required=("r", "lora_alpha", "target_modules"),
    allowed=allowed_in(_TABLES, _KEYS, LOW_RANK_OWN),
)

LORA = Method(name="lora", title="LoRA", colour=1, tables=_TABLES, adapter=_FILE)
DORA = Method(name="dora", title="DoRA", colour=2, tables=_TABLES, adapter=_FILE)
