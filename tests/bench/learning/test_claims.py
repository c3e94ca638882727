"""What the studio says in its help and beside a plan about its laboratory is what the results say."""

from __future__ import annotations

import re
import statistics
from pathlib import Path

import pytest

from studio.core.methods.registry import METHODS
from studio.core.recipe.recipe import MethodTable, TrainingTable
from studio.core.routing.verdict import REMEDIES
from studio.planner.search import EXPERTS_WORTH, MOST_EXPERTS, RANK_WORTH
from tests.bench.learning.figures import Figure, paired
from tests.bench.learning.search import rate
from tests.bench.learning.store import Store
from tests.bench.learning.summary import PAGE, mean_evenness, steps_until_even
from tests.bench.learning.tables import ARMS, TABLES, table_trials, tuned_rung

STORE = Store(Path("none"))
EVEN = "E4 k2, attention r 20, experts r 5"


def difference(table: str, one: str, other: str) -> Figure:
    """Points of `one` minus `other`, paired by seed, in a table's first setting."""
    asked, found = TABLES[table], []
    for name in (one, other):
        trials = table_trials(ARMS[name], asked.settings[0], asked.seeds, STORE, asked.first)
        found.append({trial.mix: result["test"] for trial in trials if (result := STORE.get(trial)) is not None})
    both = sorted(found[0].keys() & found[1].keys())
    assert len(both) >= 4
    return paired([found[0][mix] for mix in both], [found[1][mix] for mix in both])


def found_of(table: type[MethodTable] | type[TrainingTable], field: str) -> str:
    shown = table.model_fields[field].json_schema_extra
    assert isinstance(shown, dict)
    return str(shown["found"])


@pytest.mark.parametrize(
    ("field", "words", "table", "one", "other"),
    [
        (
            "experts",
            "MixLoRA with four, and LoRA's own rank in the attention, learned more",
            "better",
            EVEN,
            "MixLoRA E8 k2",
        ),
        ("balance", "less with 0.001 or 0.", "balance", "MixLoRA E8 k2", "E8 k2, no balance loss"),
        ("balance", "less with 0.001 or 0.", "balance", "MixLoRA E8 k2", "E8 k2, balance 0.001"),
        (
            "balance_bias",
            "0.001 in place of the balance loss learned less",
            "balance",
            "MixLoRA E8 k2",
            "E8 k2, loss-free",
        ),
    ],
)
def test_that_what_is_said_to_learn_more_does(field: str, words: str, table: str, one: str, other: str) -> None:
    assert words in found_of(MethodTable, field)
    found = difference(table, one, other)
    assert found.shows
    assert found.mean > 0


@pytest.mark.parametrize(
    ("field", "words", "table", "one", "other"),
    [
        ("balance", "alike with 0.01 and 0.1", "balance", "E8 k2, balance 0.1", "MixLoRA E8 k2"),
        ("top_k", "two of MixLoRA's eight learned no less than all eight", "slots", "MixLoRA E8 k8", "MixLoRA E8 k2"),
        ("alpha", "MixLoRA with a fivefold alpha learned no more", "better", "E8 k2, alpha as LoRA's", "MixLoRA E8 k2"),
        ("attention_rank", "nearest to LoRA", "methods", EVEN, "LoRA"),
        ("contrastive", "no more with it", "contrast", "MoELoRA E8 k2", "MoELoRA E8 k2, no contrastive loss"),
    ],
)
def test_that_what_is_said_to_learn_alike_is_not_told_apart(
    field: str, words: str, table: str, one: str, other: str
) -> None:
    assert words in found_of(MethodTable, field)
    assert not difference(table, one, other).shows


def _evenness(name: str) -> float:
    """How evenly an arm of the table "balance" uses its experts in the end, over seeds and layers."""
    table = TABLES["balance"]
    found = [STORE.get(trial) for trial in table_trials(ARMS[name], table.settings[0], table.seeds, STORE)]
    assert all(found)
    return statistics.fmean(statistics.fmean(each["spread"]) for each in found if each)


def test_that_pooled_balance_is_said_to_leave_experts_as_uneven_as_it_does() -> None:
    assert "as uneven as a weight of 0.001" in found_of(MethodTable, "balance_scope")
    pooled, little, usual = map(_evenness, ("E8 k2, pooled", "E8 k2, balance 0.001", "MixLoRA E8 k2"))
    assert abs(pooled - little) < 0.1 < usual - pooled


@pytest.mark.parametrize(
    ("table", "one", "other", "words", "shows"),
    [
        ("confirm", "E4, r 8 shared, routed by the prompt's mean", "LoRA", "is **not ahead**\n({})", False),
        ("confirm", "E4, r 8 shared, routed by the task's sign", "LoRA", "told the task is, by {} points", True),
        ("others", "DoRA", "LoRA", "DoRA is not told apart from LoRA at equal steps ({};", False),
        ("cost", "MixLoRA E8 k2", "E16 k4, experts r 2", "rank 2, four a token: {} points behind", True),
        ("sizes", "LoRA", "MixLoRA E8 k2", "eight experts behind LoRA (by {}", False),
        ("dora", "MixDoRA E4 k2", EVEN, "it stands {} below itself", False),
        ("dora", "MixDoRA E4 k2", "LoRA", "{} below LoRA and", False),
        ("dora", "MixDoRA E4 k2", "DoRA", "{} below DoRA, which is beyond the error", True),
    ],
)
def test_that_the_page_s_words_have_the_tables_figures(
    table: str, one: str, other: str, words: str, shows: bool
) -> None:
    found = difference(table, one, other)
    told = f"{100 * found.mean:+.1f} ± {100 * found.half:.1f}"
    written = " ".join(words.format(told if "({}" in words and "by" not in words else told.lstrip("+-")).split())
    assert written in " ".join(PAGE.read_text(encoding="utf-8").split())
    assert found.shows is shows


def test_that_the_rates_that_are_said_to_be_best_are() -> None:
    words = found_of(TrainingTable, "learning_rate")
    rungs = {name: tuned_rung(ARMS[name], STORE) for name in ("LoRA", "MixLoRA E4 k2", "MixLoRA E8 k2")}
    lora, four, eight = (rate(rung) for rung in rungs.values() if rung is not None)
    assert "LoRA's with four experts" in words
    assert four == lora
    assert f"{eight / lora:.1f} times that with eight of rank 4" in words
    scaled = tuned_rung(ARMS["E8 k2, alpha as LoRA's"], STORE)
    assert scaled is not None
    assert rate(scaled) < eight
    assert "at a lower learning rate" in found_of(MethodTable, "alpha")


def test_that_what_is_said_beside_a_plan_is_so() -> None:
    """LoRA "as well": no form of MixLoRA is ahead of it beyond the error; eight experts "less": behind it beyond it."""
    say = METHODS["mixlora"].measured
    values = dict(MethodTable())
    assert "LoRA learned it as well" in say(values, 1)
    for other in ("E8 k2, 100 steps", "E4 k2, attention r 20, 100 steps"):
        found = difference("one", other, "LoRA, 100 steps")
        assert not (found.shows and found.mean > 0)
    assert "eight experts learned less than LoRA" in say(values, 3)
    eight = difference("methods", "MixLoRA E8 k2", "LoRA")
    assert eight.shows
    assert eight.mean < 0
    assert "LoRA learned as well as four" in say(values | {"experts": 4}, 3)
    assert not difference("methods", EVEN, "LoRA").shows
    assert "more in equal time" in say(values | {"experts": 4}, 3)
    in_time = difference("time", EVEN, "LoRA, 480 steps")
    assert in_time.shows
    assert in_time.mean < 0
    assert f"the best by {-100 * in_time.mean:.1f} ± {100 * in_time.half:.1f} points" in PAGE.read_text(
        encoding="utf-8"
    )
    assert METHODS["lora"].measured(values, 1) == ""


def test_that_the_planner_weighs_experts_against_ranks_as_was_measured() -> None:
    """Points for each doubling where updates are scaled alike: of the experts from 2 to 8, of the rank from 4 to 16."""
    experts = difference("worth", "MixLoRA E8 k2, every rank 8", "MixLoRA E2 k2, every rank 8").mean / 2
    rank = difference("worth", "MixLoRA E4 k2, every rank 16", "MixLoRA E4 k2, every rank 4").mean / 2
    assert abs(EXPERTS_WORTH / RANK_WORTH - experts / rank) < 0.05
    assert MOST_EXPERTS == 8


def _losses(name: str) -> list[float]:
    """The mean loss of each tenth of the steps, over the seeds of the table "methods"."""
    table = TABLES["methods"]
    found = [STORE.get(trial) for trial in table_trials(ARMS[name], table.settings[0], table.seeds, STORE)]
    return [statistics.fmean(part) for part in zip(*(each["losses"] for each in found if each), strict=True)]


def test_that_the_page_says_when_lora_was_where_mixlora_ends() -> None:
    lora = _losses("LoRA")
    assert lora[6] > _losses("MixLoRA E8 k2")[-1] > lora[7]
    assert lora[8] > _losses(EVEN)[-1] > lora[9]
    said = PAGE.read_text(encoding="utf-8")
    assert "Eight experts end where LoRA was after 70 to 80 % of its steps" in said
    assert "four beside LoRA's rank where it was after 90 to 100" in said


def test_that_what_is_said_of_routers_that_read_the_prompt_is_so() -> None:
    said = " ".join(PAGE.read_text(encoding="utf-8").split())
    mean, last = (f"E4, r 8 shared, routed by the prompt's {what}" for what in ("mean", "last token"))
    found = difference("ahead", mean, "LoRA"), difference("ahead", last, "LoRA"), difference("ahead", mean, EVEN)
    assert [each.shows for each in found] == [False, False, True]
    for each, words in zip(
        found, ("just within the error ({})", "last token ({})", "it is {} points above"), strict=True
    ):
        told = f"{100 * each.mean:+.1f} ± {100 * each.half:.1f}"
        assert words.format(told.lstrip("+") if "above" in words else told) in said


def test_that_a_tenfold_balance_weight_ends_a_collapse_sooner_as_the_window_advises() -> None:
    assert "tenfold is a good first try" in REMEDIES["collapsing"]
    table = TABLES["remedies"]
    found = [
        [STORE.get(trial) for trial in table_trials(ARMS[name], table.settings[0], table.seeds, STORE)]
        for name in ("collapsed, the last step's loads, 0.1", "collapsed, the last step's loads")
    ]
    tenfold, usual = ([each for each in part if each] for part in found)
    even, steps = (
        paired([of(each) for each in tenfold], [of(each) for each in usual]) for of in (mean_evenness, steps_until_even)
    )
    assert steps.shows
    assert steps.mean < 0
    said = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert f"by {-steps.mean:.0f} ± {steps.half:.0f} steps" in said
    assert f"the evenness is {even.mean:.2f} ± {even.half:.2f} higher" in said


def test_that_the_studio_s_balance_loss_is_said_to_end_a_collapse_as_slowly_as_it_does() -> None:
    table = TABLES["collapse"]
    found = [
        [STORE.get(trial) for trial in table_trials(ARMS[name], table.settings[0], table.seeds, STORE)]
        for name in ("collapsed, the last step's loads", "collapsed, within the batch")
    ]
    own, reference = ([each for each in part if each] for part in found)
    assert len(own) == len(reference) >= 4
    even, steps, right = (
        paired([of(each) for each in own], [of(each) for each in reference])
        for of in (mean_evenness, steps_until_even, lambda each: each["test"])
    )
    assert even.shows
    assert not steps.shows
    assert not right.shows
    said = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert f"its evenness is {-even.mean:.2f} ± {even.half:.2f} lower" in said
    assert f"the {steps.mean:.0f} ± {steps.half:.0f} steps that it takes longer" in said


def test_that_no_method_s_help_takes_another_s_findings_for_its_own() -> None:
    """The form shows MixLoRA's fields of MoELoRA and DoRA as well, so each finding names the method that it is of."""
    for table in (MethodTable, TrainingTable):
        for name, field in table.model_fields.items():
            shown = field.json_schema_extra
            if isinstance(shown, dict) and shown.get("found") and METHODS["moelora"].uses(name):
                assert {"MixLoRA", "MoELoRA"} & set(re.findall(r"\w+", str(shown["found"]))), name
