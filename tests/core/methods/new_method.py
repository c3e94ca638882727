"""Writes a copy of the studio with one more method in it: a file on each floor, and its entries in the registries."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import studio

CORE = '''"""PlainMoE: MoELoRA without its contrast, with the spread of the routers' first weights as a setting."""

from pydantic import Field

from studio.core.methods.fields import (
    LOW_RANK_KEYS, BalanceFields, ExpertFields, LowRankFields, TargetFields, too_few_experts,
)
from studio.core.methods.method import AdapterFile, Method, allowed_in
from studio.core.methods.moelora import MOELORA
from studio.core.recipe_table import Table, shown


class SpreadFields(Table):
    """The routers' first weights."""

    spread: float = Field(0.5, gt=0, le=2, description="How far apart they are.", json_schema_extra=shown())


_TABLES = (ExpertFields, LowRankFields, BalanceFields, SpreadFields, TargetFields)
_KEYS = LOW_RANK_KEYS | {
    "num_experts": "experts", "top_k": "top_k", "balance_coef": "balance", "router_init_range": "spread",
}

PLAINMOE = Method(
    name="plainmoe",
    title="PlainMoE",
    colour=4,
    routed=True,
    tables=_TABLES,
    impossible=too_few_experts,
    adapter=AdapterFile(
        kind="PLAINMOE",
        fields=_KEYS,
        required=("r", "lora_alpha", "target_modules", "num_experts", "top_k"),
        allowed=dict(MOELORA.adapter.allowed) | allowed_in(_TABLES, _KEYS, {}),
    ),
)
'''

PLANNER = '''"""PlainMoE's arithmetic: MoELoRA's with nothing contrasted and nothing remembered but loads and counts."""

from studio.planner.adapter import targeted
from studio.planner.methods.moelora import MoeLoraArithmetic


class PlainMoeArithmetic(MoeLoraArithmetic):
    """Pairs with a router each."""

    def remembered(self, shape, method):
        return shape.layers * len(targeted(shape, method)) * 12 * method.experts

    def constants(self, shape, method, step):
        return 0

    def kept_by_losses(self, shape, method, step):
        return 4 * step.tokens if step.padded else 0
'''

TORCH = '''"""PlainMoE for PEFT."""

from dataclasses import dataclass

from studio.core.methods.plainmoe import PLAINMOE
from studio.methods.config_fields import config_problems, stored_values
from studio.methods.moelora import MoeLoraConfig, MoeLoraModel
from studio.methods.registration import add_peft_type, register_method


@dataclass
class PlainMoeConfig(MoeLoraConfig):
    def __post_init__(self):
        super().__post_init__()
        self.peft_type = add_peft_type(PLAINMOE.adapter.kind)

    @classmethod
    def of(cls, table):
        return cls(**stored_values(PLAINMOE, table), contrastive_coef=0.0, memory=0)

    def _problems(self):
        yield from config_problems(self, PLAINMOE)


class PlainMoeModel(MoeLoraModel):
    prefix = "plainmoe_"


register_method(name="plainmoe", config_cls=PlainMoeConfig, model_cls=PlainMoeModel)
'''

# What is written into the registry of each floor, before the first line that matches.
CORE_ENTRIES = (
    ("MethodName = ", "from studio.core.methods.plainmoe import PLAINMOE, SpreadFields"),
    (r"(MethodName = Literal\[.*)\]", r'\1, "plainmoe"]'),
    (r"(METHODS: .* = \{.*)\}", r'\1, "plainmoe": PLAINMOE}'),
    (r"(class MethodFields\(\n)", r"\1    SpreadFields,\n"),
)


def studio_with_a_new_method(folder: Path) -> Path:
    """Copy the studio into `folder`, which then goes first on PYTHONPATH, and add the method `plainmoe`."""
    copy = folder / "studio"
    shutil.copytree(Path(studio.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for floor, text in (("core/methods", CORE), ("planner/methods", PLANNER), ("methods", TORCH)):
        (copy / floor / "plainmoe.py").write_text(text, encoding="utf-8")
    _edit(copy / "core/methods/registry.py", *CORE_ENTRIES)
    _edit(
        copy / "planner/methods/registry.py",
        ("ARITHMETIC: ", "from studio.planner.methods.plainmoe import PlainMoeArithmetic"),
        (r"(ARITHMETIC: .* = \{\n)", r'\1    "plainmoe": PlainMoeArithmetic(),\n'),
    )
    _edit(
        copy / "methods/registry.py",
        ("CONFIGS: ", "from studio.methods.plainmoe import PlainMoeConfig"),
        (r"(CONFIGS: .* = \{\n)", r'\1    "plainmoe": PlainMoeConfig.of,\n'),
    )
    return folder


def _edit(file: Path, first: tuple[str, str], *changes: tuple[str, str]) -> None:
    """Put an import before the first line that begins as said, and make the other changes."""
    text = file.read_text(encoding="utf-8")
    text = re.sub(rf"(?m)^(?={first[0]})", f"{first[1]}\n\n", text, count=1)
    for pattern, replacement in changes:
        text, count = re.subn(pattern, replacement, text, count=1)
        assert count == 1, f"{file.name} has nothing like {pattern}"
    file.write_text(text, encoding="utf-8")
