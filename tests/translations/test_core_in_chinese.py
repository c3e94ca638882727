"""What core says without Qt, and what a worker wrote in English, is Chinese in a Chinese window, whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import translate
from PySide6.QtCore import QTranslator

from studio.core import units
from studio.core.methods.allowed import Flag, Number, Numbers, Words
from studio.core.problem import Problem, ProblemError
from studio.core.process.verbs import order
from studio.core.recipe.recipe_file import parse_recipe
from studio.core.routing.routed import Routed
from studio.core.run.commands import Stop
from studio.core.run.event_text import event_text
from studio.core.run.events import (
    CheckpointSaved,
    EvaluationEnded,
    Event,
    MemoryReduced,
    ModelReady,
    Phase,
    PhaseStarted,
    PlanMeasured,
    RowsScored,
    RunEnded,
    RunPaused,
    RunResumed,
    RunStarted,
    SampleMade,
    StepEnded,
    Tally,
    TaskScore,
)
from studio.core.run.run_db import RunReader, RunWriter
from studio.core.state.run_state import State, read_state
from studio.core.state.state_text import state_text
from studio.core.units import about
from studio.core.words import in_english, listed, plural, sentences, speak_through, tr
from studio.ui.new_run.problem_field import field_of
from tests.fake_run import FakeRun

SCORES = {"units": TaskScore(metric="exact-match", value=0.5, stderr=0.1, rows=10, of_rows=20)}
# Names, units and what stands for values in these tests.
NAMES = re.compile(r"mixlora|fused|units|sums|host|GPU|token|fp32|[KMGT]iB|exact-match|run\.db|q_proj")


@pytest.fixture
def chinese_words() -> Iterator[None]:
    """The shipped translation; whether a font can draw it does not matter here."""
    shipped = QTranslator()
    assert shipped.load(str(translate.FOLDER / "studio_zh_CN.qm"))
    speak_through(lambda source, about, n: shipped.translate("", source, about, n) or "")
    yield
    speak_through(None)


def english_left(text: str) -> list[str]:
    return re.findall(r"[A-Za-z]{2,}", NAMES.sub("", re.sub(r"`[^`]*`", "", text)))


def _events() -> Iterator[Event]:
    yield RunStarted(pid=1, host="host")
    yield RunResumed(pid=1, host="host", step=3, checkpoint=None)
    yield from (PhaseStarted(phase=phase, done=1, total=3) for phase in get_args(Phase))
    yield ModelReady(
        device="cpu", device_name="GPU", precision="fp32", method="mixlora", form="fused", trainable_parameters=5,
        total_parameters=10, tasks=("units",), total_steps=3, rows={}, tokens={},
    )  # fmt: skip
    yield from (PlanMeasured(predicted_peak_bytes=9, measured_peak_bytes=8, at_most=most) for most in (True, False))
    yield StepEnded(step=1, total_steps=3, epoch=0.1, loss=2.0, seconds=1.0, tokens=5)
    yield EvaluationEnded(step=0, when="before", tasks=SCORES, seconds=3.0)
    yield EvaluationEnded(step=2, when="during", tasks=SCORES, seconds=300.0)
    yield EvaluationEnded(
        step=3, when="after", tasks={"units": SCORES["units"].model_copy(update={"metric": "loss"})}, seconds=9
    )
    yield RowsScored(step=1, tasks={"units": Tally(done=1, of=2)})
    yield RowsScored(step=1)
    yield from (
        SampleMade(step=1, task="units", prompt="1", answer="2", expected="3", right=right)
        for right in (None, True, False)
    )
    yield CheckpointSaved(step=1, path="a", bytes=2**21)
    yield from (
        MemoryReduced(step=step, change=tr("Free memory, then resume the run."), micro_batch=1, checkpointing=True)
        for step in (0, 5)
    )
    yield RunPaused(step=3, checkpoint="a")
    yield from (
        RunEnded(outcome=outcome, step=3, reason=tr("{sentence}.", sentence=tr("All {steps} steps are done", steps=3)))
        for outcome in ("finished", "stopped", "failed")
    )


def test_that_every_event_is_told_in_chinese(chinese_words: None, tmp_path: Path) -> None:
    with in_english(), RunWriter(tmp_path / "run.db") as writer:
        written = list(_events())
        writer.write(*written)
        assert all(english_left(event_text(event).brief) for event in written)
    with RunReader(tmp_path / "run.db") as reader:
        told = [event_text(stored.event).brief for stored in reader.events()]
    assert [text for text in told if english_left(text)] == []
    assert all(re.search(r"[\u4e00-\u9fff]", text) for text in told)


@pytest.mark.parametrize("state", get_args(State))
def test_that_every_state_has_a_chinese_word(chinese_words: None, state: str) -> None:
    assert english_left(state_text(state)) == []


def test_that_a_runs_state_says_why_in_chinese(chinese_words: None, tmp_path: Path) -> None:
    with FakeRun(tmp_path) as run:
        waiting = read_state(run.folder).reason
        run.start().train(3)
        training = read_state(run.folder).reason
        run.pause()
    paused = read_state(run.folder).reason
    assert [text for text in (waiting, training, paused) if english_left(text)] == []
    with pytest.raises(ProblemError) as caught:
        order(run.folder, Stop())
    [problem] = caught.value.problems
    assert english_left(problem.what) == english_left(problem.remedy) == []


@pytest.mark.parametrize("kind", ["even", "dead", "collapsed", "none"])
@pytest.mark.parametrize(
    "names", [("model.layers.0.mlp", "model.layers.1.mlp"), ("layers.0.q_proj", "layers.0.v_proj")]
)
def test_that_a_verdict_is_in_chinese(chinese_words: None, kind: str, names: tuple[str, ...]) -> None:
    counts = np.full((4, 2, 2, 4), {"none": 0.0}.get(kind, 400.0))
    if kind == "dead":
        counts[..., 3] = 0
    if kind == "collapsed":
        counts[..., 1:] = 0.5
    ready = ModelReady(
        device="cpu", device_name="", precision="fp32", method="mixlora", form="", trainable_parameters=5,
        total_parameters=10, layers=names, experts=4, top_k=1, tasks=("a", "b"), total_steps=3, rows={}, tokens={},
    )  # fmt: skip
    verdict = Routed.of(ready, 4).verdict(counts, 1, 4)
    told = (verdict.sentence, verdict.basis, verdict.advice, *(layer.sentence for layer in verdict.layers))
    assert [text for text in told if english_left(text.replace("v_proj", ""))] == []


@pytest.mark.parametrize("seconds", [0.01, 1, 59, 61, 3600, 4000, 90_000, 2e6])
@pytest.mark.parametrize("short", [True, False])
def test_that_durations_are_in_chinese(chinese_words: None, seconds: float, short: bool) -> None:
    assert english_left(units.duration(seconds, short) + units.about(seconds, short)) == []


def test_that_a_wrong_recipe_is_explained_in_chinese(chinese_words: None, tmp_path: Path) -> None:
    text = '[method]\nrank = 0\n[training]\nwarmups = 3\nlearning_rate = "fast"\n'
    with pytest.raises(ProblemError) as caught:
        parse_recipe(text, "recipe.toml", tmp_path)
    told = [re.sub(r"'[^']*'|[a-z_]+_[a-z_]+|tasks", "", problem.what) for problem in caught.value.problems]
    assert len(told) >= 3
    assert [what for what in told if english_left(what)] == []


def test_that_sentences_of_both_languages_stand_apart(chinese_words: None) -> None:
    """What is not translated stays English as a whole sentence, with a space before it."""
    assert (
        sentences("It is gone.", tr("Free memory, then resume the run.")) == "It is gone. 释放内存，然后继续这次运行。"
    )
    assert sentences(tr("Free memory, then resume the run."), "Try it.") == "释放内存，然后继续这次运行。Try it."
    assert Problem("data", "it is gone.", "Try it.").sentence == "data：it is gone. Try it."


def test_that_a_plural_finds_its_form(chinese_words: None) -> None:
    assert plural("{n} expert", "{n} experts", 1) == "1 个专家"
    assert plural("{n} expert", "{n} experts", 8) == "8 个专家"


@pytest.mark.parametrize(
    "lines",
    [
        'format = { completion = "b" }',
        'format = { prompt = "a" }',
        'format = { prompt = "a", choices = "b" }',
        'format = { text = "a", prompt = "b" }',
        'format = { prompt = "{a", completion = "b" }',
        'encoding = "latin-99"',
    ],
)
def test_that_what_fields_say_of_one_another_is_in_chinese(chinese_words: None, tmp_path: Path, lines: str) -> None:
    text = f'[[tasks]]\nname = "a"\ntrain = "a.jsonl"\n{lines}\n'
    with pytest.raises(ProblemError) as caught:
        parse_recipe(text, "recipe.toml", tmp_path)
    [problem] = caught.value.problems
    fields = re.compile(r"prompt|messages|text|completion|label|choices|answer|column|latin|windows|gb18030|cp932")
    assert english_left(fields.sub("", problem.what)) == []
    assert english_left(fields.sub("", problem.remedy)) == []


def test_that_a_strangers_adapter_is_refused_in_chinese(chinese_words: None) -> None:
    allowed = (Number(0, 1), Number(1, whole=True), Number(0, above=True), Number(0, 1, above=True), Words(("a", "b")))
    told = [str(each) for each in (*allowed, Flag(), Numbers(Number(0, 1, below=True)))]
    assert [text for text in told if english_left(text.replace("true", "").replace("false", ""))] == []


def test_that_the_field_of_a_chinese_problem_is_found(chinese_words: None, tmp_path: Path) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_recipe("[method]\nrank = 0\n", str(tmp_path / "recipe.toml"), tmp_path)
    places = [problem.where for problem in caught.value.problems if problem.where.endswith("rank")]
    assert [place.endswith("recipe.toml，第 2 行：method.rank") for place in places] == [True]
    assert [field_of(problem) for problem in caught.value.problems if problem.where in places] == ["method.rank"]


def test_that_a_value_stands_apart_from_chinese_beside_it(chinese_words: None) -> None:
    assert listed(["prompt", "completion"]) == "prompt 和 completion"
    assert listed(["列", "行"]) == "列和行"
    assert tr("this is {what}.", what="PDF 文档") == "这是 PDF 文档。"
    assert tr("this is {what}.", what="图片") == "这是图片。"
    assert tr("{name!r} is empty", name="列a") == "'列a' 为空"  # what a value itself holds stays as it is


def test_that_a_gap_for_a_number_is_closed_where_chinese_words_stand_in_it(chinese_words: None) -> None:
    assert tr("{time} left", time="4 s") == "还剩 4 s"
    assert tr("{time} left", time=about(240)) == "还剩约 4 分钟"
