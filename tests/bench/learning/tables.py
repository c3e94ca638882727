"""What the laboratory is asked: tables of arms, each an adapter trained on so many tasks, compared with one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.bench.learning.search import best_rung, next_rung, rate
from tests.bench.learning.sizes import sized
from tests.bench.learning.store import Store, key_of
from tests.bench.learning.texts import FamilyName
from tests.bench.learning.trial import STEPS, Trial

TUNING_SEED = 101
"""Its tasks and order are no table's."""


@dataclass(frozen=True)
class Arm:
    """One row of a table, and the seeds of its table begin at `first_seed`, so that two rows can differ by seed alone.

    Its learning rate is found for it, or is that of the arm `rate_of`, a name in `ARMS`. `more` are fields of `Trial`.
    Its adapter is as large as the others' unless it is not `equal`.
    """

    name: str
    method: Mapping[str, Any]
    rate_of: str = ""
    training: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    first_seed: int = 1
    equal: bool = True


@dataclass(frozen=True)
class Table:
    """Arms compared with `arms[0]`, in each of the settings (family, tasks, size of adapter)."""

    question: str
    arms: tuple[str, ...]
    settings: tuple[tuple[FamilyName, int, str], ...] = (("mixed", 8, "medium"),)
    seeds: int = 4
    first: int = 1
    """The first of its seeds: a table of others than those that raised a question answers it without bias."""
    recovery: bool = False
    """Whether it shows how fast the experts come to be used alike again, in place of how they end."""


LORA = {"name": "lora"}


def mixlora(experts: int, top_k: int, rank: int, **more: Any) -> dict[str, Any]:
    return {"name": "mixlora", "experts": experts, "top_k": top_k, "rank": rank} | more


_E8K2 = mixlora(8, 2, 4)
_E4_EVEN = mixlora(4, 2, 5, attention_rank=20)  # LoRA's own rank in the attention
_QUARTER = STEPS // 4


def _of_one_rank(experts: int, rank: int) -> Arm:
    """MixLoRA as a recipe has it that sets a rank and a number of experts: one rank in attention and experts."""
    method = mixlora(experts, 2, rank, attention_rank=rank)
    rate_of = "MixLoRA E8 k2" if experts == 8 else "MixLoRA E4 k2"
    return Arm(f"MixLoRA E{experts} k2, every rank {rank}", method, rate_of, equal=False)


ARMS: dict[str, Arm] = {
    arm.name: arm
    for arm in (
        Arm("LoRA", LORA),
        Arm("LoRA, other seeds", LORA, "LoRA", first_seed=1001),
        Arm("LoRA, 1,600 steps", LORA, "LoRA", {"max_steps": 4 * STEPS}),
        Arm("E8 k2, 1,600 steps", _E8K2, "MixLoRA E8 k2", {"max_steps": 4 * STEPS}),
        Arm("E4 k2, attention r 20, 1,600 steps", _E4_EVEN, "MixLoRA E4 k2", {"max_steps": 4 * STEPS}),
        Arm("LoRA, half the steps", LORA, "LoRA", {"max_steps": STEPS // 2}),
        Arm("DoRA", {"name": "dora"}),
        Arm("MoELoRA E8 k2", {"name": "moelora", "experts": 8, "top_k": 2}),
        Arm("MixLoRA E8 k2", _E8K2),
        Arm("MixLoRA E8 k8", mixlora(8, 8, 4)),
        Arm("MixLoRA E8 k4", mixlora(8, 4, 4)),
        Arm("MixLoRA E4 k2", mixlora(4, 2, 7)),
        Arm("MixLoRA E2 k2", mixlora(2, 2, 14), "MixLoRA E4 k2"),
        Arm("MixDoRA E8 k2", mixlora(8, 2, 3, magnitudes=True)),
        Arm("MixDoRA E4 k2", mixlora(4, 2, 4, magnitudes=True)),
        Arm("E8 k2, no balance loss", mixlora(8, 2, 4, balance=0.0), "MixLoRA E8 k2"),
        Arm("E8 k2, balance 0.1", mixlora(8, 2, 4, balance=0.1), "MixLoRA E8 k2"),
        Arm("E8 k2, within the batch", _E8K2, "MixLoRA E8 k2", more={"within": True}),
        Arm("E8 k2, 0.1 within the batch", mixlora(8, 2, 4, balance=0.1), "MixLoRA E8 k2", more={"within": True}),
        Arm("E8 k2, pooled", mixlora(8, 2, 4, balance_scope="pooled"), "MixLoRA E8 k2"),
        Arm("E8 k2, balance 0.001", mixlora(8, 2, 4, balance=0.001), "MixLoRA E8 k2"),
        *(
            Arm(
                f"E8 k2, loss-free{said}",
                mixlora(8, 2, 4, balance=0.0, balance_bias=step),
                "MixLoRA E8 k2",
            )
            for said, step in (("", 0.001), (" 0.01", 0.01))
        ),
        *(
            Arm(
                f"collapsed, {said}",
                mixlora(8, 2, 4, **method),
                "MixLoRA E8 k2",
                {"max_steps": STEPS // 2},
                {"collapsed": True} | more,
            )
            for said, method, more in (
                ("the last step's loads", {}, {}),
                ("within the batch", {}, {"within": True}),
                ("the last step's loads, 0.1", {"balance": 0.1}, {}),
                ("loss-free 0.01", {"balance": 0.0, "balance_bias": 0.01}, {}),
            )
        ),
        # As many weights, and as many of them for each token.
        Arm("E4 k1, experts r 8", mixlora(4, 1, 8)),
        Arm("E16 k4, experts r 2", mixlora(16, 4, 2)),
        Arm("E4, rsLoRA", _E4_EVEN | {"rank_stabilised": True, "alpha": 10.0}),
        Arm("E4, GOAT's scaling", _E4_EVEN | {"goat_scaling": True}),
        Arm(
            "MoELoRA E8 k2, no contrastive loss",
            {"name": "moelora", "experts": 8, "top_k": 2, "contrastive": 0.0},
            "MoELoRA E8 k2",
        ),
        # A step of MixLoRA takes 1.2 times LoRA's time on SmolLM2 (tests/bench/README.md).
        Arm("LoRA, 480 steps", LORA, "LoRA", {"max_steps": round(1.2 * STEPS)}),
        # What the others' strength, 2, is for a rank of 20: every method's alpha is 40 then.
        Arm("E8 k2, alpha as LoRA's", mixlora(8, 2, 4, alpha=40.0)),
        Arm("E8 k2, all experts for half the steps", _E8K2, "MixLoRA E8 k2", more={"dense": STEPS // 2}),
        Arm("E8 k2, routers at a third of the rate", _E8K2, "MixLoRA E8 k2", more={"router_rate": 1 / 3}),
        Arm("LoRA, 100 steps", LORA, "LoRA", {"max_steps": _QUARTER}),
        Arm("E8 k2, 100 steps", _E8K2, "MixLoRA E8 k2", {"max_steps": _QUARTER}),
        Arm("E4 k2, attention r 20, 100 steps", _E4_EVEN, "MixLoRA E4 k2", {"max_steps": _QUARTER}),
        Arm("LoRA, rank 8", LORA | {"rank": 8}, "LoRA", equal=False),
        *(_of_one_rank(*each) for each in ((4, 4), (4, 8), (4, 16), (2, 8), (8, 8))),
        Arm("E8 k2, one LoRA for a quarter", _E8K2, "MixLoRA E8 k2", more={"one_for": _QUARTER}),
        Arm("E8 k2, r 12 shared, r 1 each", mixlora(8, 2, 13, attention_rank=19), more={"shared": 12}),
        Arm("E8 k2, routed by the task's sign", _E8K2, "MixLoRA E8 k2", more={"reads": "first"}),
        Arm("E4, all experts for half the steps", _E4_EVEN, "MixLoRA E4 k2", more={"dense": STEPS // 2}),
        Arm("E4, routers at a third of the rate", _E4_EVEN, "MixLoRA E4 k2", more={"router_rate": 1 / 3}),
        Arm("E4, routers at three times the rate", _E4_EVEN, "MixLoRA E4 k2", more={"router_rate": 3.0}),
        Arm("E4, one LoRA for a quarter", _E4_EVEN, "MixLoRA E4 k2", more={"one_for": _QUARTER}),
        Arm("E4, r 8 shared, r 3 each", mixlora(4, 2, 11, attention_rank=20), "MixLoRA E4 k2", more={"shared": 8}),
        Arm("E4, routed by the row so far", _E4_EVEN, "MixLoRA E4 k2", more={"reads": "so far"}),
        *(
            Arm(
                f"E4, r 8 shared, routed by {what}",
                mixlora(4, 2, 11, attention_rank=20),
                "MixLoRA E4 k2",
                more={"shared": 8, "reads": reads},
            )
            for what, reads in (
                ("the task's sign", "first"),
                ("the row so far", "so far"),
                ("the prompt's mean", "prompt"),
                ("the prompt's last token", "prompt's end"),
            )
        ),
        Arm(
            "E8 k2, r 12 shared, routed by the task's sign",
            mixlora(8, 2, 13, attention_rank=19),
            "E8 k2, r 12 shared, r 1 each",
            more={"shared": 12, "reads": "first"},
        ),
        Arm("E4, routed by the task's sign", _E4_EVEN, "MixLoRA E4 k2", more={"reads": "first"}),
        Arm("E8 k2, attention r 14, experts r 3", mixlora(8, 2, 3), "MixLoRA E8 k2"),
        Arm("E8 k2, attention r 24, experts r 2", mixlora(8, 2, 2), "MixLoRA E8 k2"),
        Arm("E4 k2, attention r 20, experts r 5", _E4_EVEN, "MixLoRA E4 k2"),
    )
}

TABLES: dict[str, Table] = {
    "controls": Table(
        "Is the laboratory blind where nothing differs, and does it see what does?",
        ("LoRA", "LoRA, other seeds", "LoRA, half the steps"),
        seeds=8,
    ),
    "methods": Table(
        "Does MixLoRA learn eight tasks better than LoRA at equal trainable parameters?",
        ("LoRA", "MixLoRA E8 k2", "MixLoRA E4 k2", "E4 k2, attention r 20, experts r 5"),
        seeds=8,
    ),
    "slots": Table(
        "Do experts starve that see a quarter of the tokens?",
        ("MixLoRA E8 k2", "MixLoRA E8 k8"),
    ),
    "tasks": Table(
        "Does it depend on how many tasks are mixed?",
        ("LoRA", "MixLoRA E8 k2", "E4 k2, attention r 20, experts r 5"),
        (("mixed", 2, "medium"), ("mixed", 16, "medium")),
    ),
    "longer": Table(
        "Does MixLoRA catch up in four times the steps?",
        ("LoRA, 1,600 steps", "E8 k2, 1,600 steps", "E4 k2, attention r 20, 1,600 steps"),
        (("mixed", 8, "medium"), ("mixed", 16, "medium")),
        seeds=3,
    ),
    "balance": Table(
        "What does keeping the experts in balance cost, and which way learns best?",
        (
            "MixLoRA E8 k2",
            "E8 k2, no balance loss",
            "E8 k2, within the batch",
            "E8 k2, pooled",
            "E8 k2, balance 0.001",
            "E8 k2, balance 0.1",
            "E8 k2, loss-free",
            "E8 k2, loss-free 0.01",
        ),
    ),
    "collapse": Table(
        "Do routers that send every token to the same experts recover as fast with the last step's loads?",
        (
            "collapsed, within the batch",
            "collapsed, the last step's loads",
        ),
        recovery=True,
    ),
    "remedies": Table(
        "What ends a collapse faster?",
        ("collapsed, the last step's loads", "collapsed, the last step's loads, 0.1", "collapsed, loss-free 0.01"),
        recovery=True,
    ),
    "cost": Table(
        "How many experts a token, where as many weights are trained and as many of them see each token?",
        ("MixLoRA E8 k2", "E4 k1, experts r 8", "E16 k4, experts r 2"),
    ),
    "scaling": Table(
        "Do rsLoRA's or GOAT's scaling learn better, each at its own learning rate?",
        ("E4 k2, attention r 20, experts r 5", "E4, rsLoRA", "E4, GOAT's scaling"),
    ),
    "contrast": Table(
        "Does MoELoRA learn better with its contrastive loss?",
        ("MoELoRA E8 k2", "MoELoRA E8 k2, no contrastive loss"),
    ),
    "time": Table(
        "And in equal time, where LoRA makes more steps?",
        ("LoRA, 480 steps", "MixLoRA E8 k2", "E4 k2, attention r 20, experts r 5"),
        seeds=8,
    ),
    "better": Table(
        "Which settings make MixLoRA better: more of its parameters in the attention, or stronger updates?",
        (
            "LoRA",
            "MixLoRA E8 k2",
            "E8 k2, attention r 14, experts r 3",
            "E8 k2, alpha as LoRA's",
            "MixLoRA E4 k2",
            "E4 k2, attention r 20, experts r 5",
        ),
    ),
    "starts": Table(
        "Does MixLoRA with eight experts learn better that begins gently, shares a part, or knows the task?",
        (
            "MixLoRA E8 k2",
            "E8 k2, all experts for half the steps",
            "E8 k2, routers at a third of the rate",
            "E8 k2, one LoRA for a quarter",
            "E8 k2, r 12 shared, r 1 each",
            "E8 k2, routed by the task's sign",
            "E8 k2, r 12 shared, routed by the task's sign",
        ),
    ),
    "ahead": Table(
        "Does any of that bring MixLoRA's best form, four experts and LoRA's rank in the attention, ahead of LoRA?",
        (
            "LoRA",
            "E4 k2, attention r 20, experts r 5",
            "E4, one LoRA for a quarter",
            "E4, r 8 shared, r 3 each",
            "E4, routed by the row so far",
            "E4, routed by the task's sign",
            "E4, r 8 shared, routed by the row so far",
            "E4, r 8 shared, routed by the task's sign",
            "E4, r 8 shared, routed by the prompt's mean",
            "E4, r 8 shared, routed by the prompt's last token",
        ),
        seeds=8,
    ),
    "gently": Table(
        "Do its routers learn better that begin gently, or learn faster or more slowly than all else?",
        (
            "LoRA",
            "E4 k2, attention r 20, experts r 5",
            "E4, all experts for half the steps",
            "E4, routers at a third of the rate",
            "E4, routers at three times the rate",
        ),
        seeds=5,
    ),
    "others": Table(
        "How do the other methods learn?",
        ("LoRA", "DoRA", "MoELoRA E8 k2"),
        seeds=8,
    ),
    "magnitudes": Table(
        "Does MixLoRA learn better with DoRA's magnitudes in its experts?",
        ("MixLoRA E8 k2", "MixDoRA E8 k2"),
    ),
    "dora": Table(
        "And its best form: is it ahead of LoRA with them, or of DoRA?",
        ("DoRA", "LoRA", "E4 k2, attention r 20, experts r 5", "MixDoRA E4 k2"),
        seeds=8,
    ),
    "confirm": Table(
        "Are the two forms that came out ahead of LoRA so on seeds that nothing was chosen by?",
        ("LoRA", "E4, r 8 shared, routed by the prompt's mean", "E4, r 8 shared, routed by the task's sign"),
        seeds=8,
        first=9,
    ),
    "worth": Table(
        "What is a doubling of the rank worth, and what one of the experts, where nothing else changes?",
        (
            "MixLoRA E4 k2, every rank 8",
            "MixLoRA E4 k2, every rank 4",
            "MixLoRA E4 k2, every rank 16",
            "MixLoRA E2 k2, every rank 8",
            "MixLoRA E8 k2, every rank 8",
            "LoRA, rank 8",
        ),
    ),
    "one": Table(
        "Is there anything to gain where there is a single task?",
        ("LoRA, 100 steps", "E8 k2, 100 steps", "E4 k2, attention r 20, 100 steps"),
        (("mixed", 1, "medium"),),
        seeds=8,
    ),
    "families": Table(
        "Do tasks that are alike, or that contradict one another, change it?",
        ("LoRA", "MixLoRA E8 k2", "E4 k2, attention r 20, experts r 5"),
        # Of eight LoRA gets none right in 400 steps, and of four that are alike; of these it gets some or all.
        (("alike", 3, "medium"), ("conflicting", 6, "medium")),
    ),
    "sizes": Table(
        "Does the size of the adapter change it?",
        ("LoRA", "MixLoRA E8 k2", "E4 k2, attention r 20, experts r 5"),
        (("mixed", 8, "small"), ("mixed", 8, "large")),
        seeds=4,
    ),
}


def tuning_trial(arm: Arm, rung: int) -> Trial:
    """A try at a learning rate: always eight mixed tasks and a medium adapter, on tasks and rows that no table uses."""
    return _trial(arm, ("mixed", 8, "medium"), TUNING_SEED, TUNING_SEED, rung)


def tried(arm: Arm, store: Store) -> dict[int, float]:
    """The validation scores of the rungs tried so far, in the order in which they were tried."""
    scores: dict[int, float] = {}
    while (rung := next_rung(scores)) is not None and (found := store.get(tuning_trial(arm, rung))) is not None:
        scores[rung] = found["validation"]
    return scores


def tuned_rung(arm: Arm, store: Store) -> int | None:
    """The rung that the arm trains at; None while it is being searched for."""
    scores = tried(ARMS[arm.rate_of] if arm.rate_of else arm, store)
    return best_rung(scores) if next_rung(scores) is None else None


def table_trials(
    arm: Arm, setting: tuple[FamilyName, int, str], seeds: int, store: Store, first: int = 1
) -> list[Trial]:
    """The trials of one row of a table, the first seed first; none while its learning rate is being searched for."""
    rung = tuned_rung(arm, store)
    if rung is None:
        return []
    return [_trial(arm, setting, mix, arm.first_seed + mix - 1, rung) for mix in range(first, first + seeds)]


def next_trial(table: Table, store: Store) -> Trial | None:
    """What to compute next: learning rates first, then one seed of every row after another."""
    arms = [ARMS[name] for name in table.arms]
    for arm in arms:
        searched = ARMS[arm.rate_of] if arm.rate_of else arm
        if (rung := next_rung(tried(searched, store))) is not None:
            return tuning_trial(searched, rung)
    for place in range(table.seeds):
        for setting in table.settings:
            for arm in arms:
                trial = table_trials(arm, setting, table.seeds, store, table.first)[place]
                if store.get(trial) is None:
                    return trial
    return None


def trials_of(table: Table, store: Store) -> list[Trial]:
    """All trials that a table rests on, those of the searches included, each once."""
    found: list[Trial] = []
    for arm in (ARMS[name] for name in table.arms):
        searched = ARMS[arm.rate_of] if arm.rate_of else arm
        found += [tuning_trial(searched, rung) for rung in tried(searched, store)]
        for setting in table.settings:
            found += table_trials(arm, setting, table.seeds, store, table.first)
    return list({key_of(trial): trial for trial in found}.values())


def _trial(arm: Arm, setting: tuple[FamilyName, int, str], mix: int, seed: int, rung: int) -> Trial:
    family, count, size = setting
    training = {"learning_rate": rate(rung)} | dict(arm.training)
    # Ranks are written for the medium size, and follow LoRA's at the others.
    method = dict(arm.method)
    factor = {"small": 0.5, "medium": 1.0, "large": 2.0}[size]
    if "attention_rank" in method:
        method["attention_rank"] = round(method["attention_rank"] * factor)
    if "rank" in method:
        if (rank := method["rank"] * factor) != round(rank):
            method.pop("attention_rank", None)  # the attention takes up what such an expert's rank leaves
        method["rank"] = max(1, round(rank))
    return Trial(family, count, mix, seed, sized(method, size), training, **arm.more)
