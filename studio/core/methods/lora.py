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
# PEFT stores both as one kind, told apart by `use_dora`.
_FILE = AdapterFile(
    kind="LORA",
    fields=LOW_RANK_KEYS,
    required=("r", "lora_alpha", "target_modules"),
    allowed=allowed_in(_TABLES, LOW_RANK_KEYS, LOW_RANK_OWN),
)

LORA = Method(name="lora", title="LoRA", colour=1, tables=_TABLES, adapter=_FILE)
DORA = Method(name="dora", title="DoRA", colour=2, tables=_TABLES, adapter=_FILE)
