"""What is planned for well-known cards, from a machine without one: `python -m tests.bench.bench_cards [--json PATH]`.

MixLoRA of rank 16 with 8 experts on bases of 8, 4 and 1 billion weights, rows of 512 and 2,048 tokens, all that is
"auto" left to the planner. Each of the offers is planned once more by itself: it must fit, and take what was said.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from studio.core.recipe.recipe import Recipe
from studio.core.units import memory
from studio.hardware.cards import find_card
from studio.planner.plan import Plan
from studio.planner.recipe_plan import for_card, plan_recipe
from studio.planner.search import alternatives
from tests.bench.measure import print_table, write_json
from tests.bench.random_bases import LLAMA_3_2_1B, LLAMA_3_8B, QWEN3_4B
from tests.planner.machines import config_folder, processor_only, recipe

CARDS = ("RTX 2070 8GB", "RTX 3060 12GB", "RTX 4060 8GB", "RTX 4060 Ti 16GB", "RTX 4090 24GB", "RTX 5090 32GB")
BASES = {"8B": LLAMA_3_8B, "4B": QWEN3_4B, "1B": LLAMA_3_2_1B}
LENGTHS = (512, 2048)


def planned(asked: Recipe, card: str) -> tuple[Plan, list[Plan]]:
    """The plan for a card, and its offers; raises AssertionError where an offer is not what it says."""
    ready, machine = for_card(asked, processor_only(64), find_card(card))
    plan = plan_recipe(ready, machine)
    offers = [each.plan for each in alternatives(ready, machine, rows=1000)]
    for offer in offers:
        again = plan_recipe(*for_card(offer.recipe, processor_only(64), find_card(card)))
        assert again.fits, (card, offer.recipe)
        assert again.peak_bytes == offer.peak_bytes, (card, again.peak_bytes, offer.peak_bytes)
    return plan, offers


def row(card: str, base: str, length: int, plan: Plan, offers: list[Plan]) -> dict[str, Any]:
    training = plan.recipe.training
    chosen = f"{plan.recipe.model.precision}, {training.micro_batch} at once, {training.optimizer}"
    if layers := plan.recipe.machine.layers_in_ram:
        chosen += f", {layers} layers in RAM"
    return {
        "card": card,
        "base": base,
        "tokens": length,
        "fits": plan.fits,
        "chosen": chosen + (", recomputed" if training.checkpointing else ""),
        "peak": memory(plan.peak_bytes),
        "budget": memory(plan.budget_bytes),
        "offers": len(offers),
        "offered lengths": "/".join(sorted({str(each.recipe.training.max_length) for each in offers})),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for base, config in BASES.items():
            source = config_folder(Path(folder) / base, config)
            for length in LENGTHS:
                wanted = recipe(source, training={"max_length": length, "max_steps": 100})
                rows += [row(card, base, length, *planned(wanted, card)) for card in CARDS]
    print_table("planned, not measured", rows)
    write_json(asked.json, {"rows": rows})


if __name__ == "__main__":
    main()
