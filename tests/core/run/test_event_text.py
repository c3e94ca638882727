"""Events in words: one sentence for the window's log, the details for a terminal."""

from __future__ import annotations

from studio.core.run.event_text import event_text, phase_text, tone
from studio.core.run.events import (
    EVENT_KINDS,
    AgainstBase,
    EvaluationEnded,
    MemoryReduced,
    ModelReady,
    PhaseStarted,
    PlanMeasured,
    RunEnded,
    SampleMade,
    StepEnded,
    TaskScore,
    WarningRaised,
)

SCORES = {
    "units": TaskScore(metric="exact-match", value=0.9, stderr=0.03, rows=100, loss=0.5),
    "prose": TaskScore(metric="loss", value=1.25, stderr=0.1, rows=40, loss=1.25),
}


def test_that_an_evaluation_is_one_sentence_and_in_a_terminal_one_line_a_task() -> None:
    text = event_text(EvaluationEnded(step=5, tasks=SCORES, seconds=75))
    assert text.brief == "Scored after step 5 in 1 min 15 s: units 90.0 % ± 3.0, prose loss 1.250."
    assert text.full == (
        "After step 5: units exact-match 90.0 % ± 3.0 of 100 rows, loss 0.500",
        "After step 5: prose loss 1.250 of 40 rows",
    )
    assert event_text(EvaluationEnded(step=0, when="before", tasks=SCORES, seconds=1)).brief.startswith(
        "Scored before training in 1 s"
    )


def test_that_a_score_is_told_with_its_rows_the_base_and_the_majority() -> None:
    base = AgainstBase(rows=20, value=0.5, stderr=0.1, difference=0.25, difference_stderr=0.06)
    score = TaskScore(metric="choice", value=0.75, stderr=0.04, rows=100, of_rows=300, majority=0.4, base=base)
    (line,) = event_text(EvaluationEnded(step=5, tasks={"ask": score}, seconds=1)).full
    assert line == (
        "After step 5: ask choice 75.0 % ± 4.0 of 100 of 300 rows, +25.0 ± 6.0 points to the 50.0 % before "
        "training, the majority's is 40.0 %"
    )
    first = event_text(EvaluationEnded(step=0, when="before", tasks={"ask": score}, seconds=1))
    assert first.brief.startswith("Scored before training in 1 s, on few rows so that training soon begins: ask")


def test_that_a_sample_is_quoted_in_the_terminal_only_and_not_at_length() -> None:
    text = event_text(SampleMade(step=5, task="units", prompt="?", answer="7\nkm " * 40, expected="7 km", right=False))
    assert text.brief == "Answered a prompt of units at step 5 (wrong)."
    (line,) = text.full
    assert line.startswith("Sample of units: 7 km 7 km")
    assert line.endswith("… (expected 7 km; wrong)")
    assert len(line) < 110


def test_that_the_workers_own_words_on_memory_come_before_the_bare_numbers() -> None:
    event = PlanMeasured(predicted_peak_bytes=300 << 20, measured_peak_bytes=280 << 20, sentence="It took less.")
    assert event_text(event).brief == "Peak memory: 280 MiB measured, 300 MiB planned."
    assert event_text(event).full == ("It took less.",)


def test_that_only_what_lowers_a_runs_worth_is_a_warning_or_worse() -> None:
    assert tone(WarningRaised(where="tasks.units", what="3 rows were cut.")) == "warning"
    assert tone(MemoryReduced(step=3, change="less", micro_batch=1, checkpointing=True)) == "warning"
    assert tone(RunEnded(outcome="failed", reason="The disk is full.", step=3)) == "danger"
    assert tone(RunEnded(outcome="finished", reason="All 4 steps are done.", step=4)) == "good"
    assert tone(RunEnded(outcome="stopped", reason="As asked.", step=2)) == "ink"
    assert tone(StepEnded(step=1, total_steps=2, epoch=0.5, loss=1, seconds=1, tokens=1)) == "quiet"


def test_that_a_phase_says_how_far_it_is_where_it_counts() -> None:
    assert phase_text(PhaseStarted(phase="probing", detail="one step", done=1, total=3)) == (
        "Measuring memory: one step (1 of 3)"
    )
    assert phase_text(PhaseStarted(phase="saving")) == "Saving"
    assert phase_text(PhaseStarted(phase="evaluating", detail="Scoring units: 3 of 9 answers given.")) == (
        "Scoring units: 3 of 9 answers given"
    )


def test_that_the_kinds_of_events_are_those_of_the_union() -> None:
    assert len(EVENT_KINDS) == len(set(EVENT_KINDS)) == 15
    assert {"RunStarted", "StepEnded", "RunEnded"} <= set(EVENT_KINDS)


def test_that_a_ready_model_says_how_each_tasks_rows_are_read() -> None:
    event = ModelReady(
        device="cpu", device_name="A test's processor", precision="fp32", method="lora", form="",
        trainable_parameters=10, total_parameters=100, tasks=("sums",), total_steps=3, rows={"sums": 4},
        tokens={"sums": 40}, data={"sums": "read as pairs: 'q' is the prompt; 4 of 5 rows used, 40 tokens."},
    )  # fmt: skip
    assert event_text(event).full[-1] == "Task sums: read as pairs: 'q' is the prompt; 4 of 5 rows used, 40 tokens."
