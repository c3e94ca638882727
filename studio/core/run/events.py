"""Everything that can happen in a run: one closed union of small typed events.

Events are written to run.db by the worker and read by everyone else; what a curve needs at every step lies
in the scalars and loads tables beside them (see `run_db`).
"""

from __future__ import annotations

import json
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from studio.core.foreign.safe_path import is_inside
from studio.core.kept_words import SAID, english_of, recalled, remembered
from studio.core.problem import Problem
from studio.core.said import Sentence

Phase = Literal["loading", "tokenising", "probing", "training", "evaluating", "sampling", "saving", "exporting"]
Outcome = Literal["finished", "stopped", "failed"]


def _inside(path: str) -> str:
    if path and not is_inside(path):
        raise ValueError("it leads out of the run's folder")
    return path


# A run's database may be a stranger's: numbers stay within what a database, a machine word and a picture hold, paths
# within the run's folder.
Step = Annotated[int, Field(ge=0, lt=2**53)]
Whole = Annotated[int, Field(gt=-(2**63), lt=2**63)]
Inside = Annotated[str, AfterValidator(_inside)]


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="constants")


class RunStarted(_Event):
    """The run's first worker has started; each later worker writes RunResumed instead."""

    kind: Literal["RunStarted"] = "RunStarted"
    pid: Whole
    host: str
    total_steps: Step | None = None


class RunResumed(_Event):
    """A later worker continued the run after `step` finished steps."""

    kind: Literal["RunResumed"] = "RunResumed"
    pid: Whole
    host: str
    step: Step
    checkpoint: Inside | None


class PhaseStarted(_Event):
    """The worker began a phase of its work, or made progress in it.

    `done` of `total` parts are finished where the phase has countable parts; runs of older versions have neither.
    """

    kind: Literal["PhaseStarted"] = "PhaseStarted"
    phase: Phase
    detail: Sentence = ""
    done: Whole | None = None
    total: Whole | None = None


class ModelReady(_Event):
    """The adapted model is ready: what is trained, where and how; `data` says of each task how its rows are read.

    `experts` is the number of the layer with the most, `layer_experts` each layer's own, and `top_k` the fewest slots
    that a token takes; earlier versions said neither of the last two.
    """

    kind: Literal["ModelReady"] = "ModelReady"
    device: str
    device_name: str
    precision: str
    method: str
    form: str
    trainable_parameters: Whole
    total_parameters: Whole
    layers: tuple[str, ...] = ()
    experts: Annotated[int, Field(ge=0, le=2**16)] = 0
    layer_experts: tuple[Annotated[int, Field(ge=0, le=2**16)], ...] = ()
    top_k: Annotated[int, Field(ge=0, le=2**16)] = 0
    tasks: tuple[str, ...]
    total_steps: Step
    rows: dict[str, Whole]
    tokens: dict[str, Whole]
    data: dict[str, Sentence] = Field(default_factory=dict)


class PlanMeasured(_Event):
    """What was predicted of the memory, and what it then took; bytes, on an accelerator without the device's context.

    `stage` "probe" is one step on the longest rows before the first real one, "run" what the run itself has taken so
    far. `predicted_peak_bytes` is what the plan said, after the correction that past runs taught (`computed_peak_bytes`
    is before it), and `items` its parts. `measured_items` sum to `measured_peak_bytes`: what stays held is counted
    exactly under the plan's own names, and what comes and goes (activations, transients) is "rest". `ratio` is measured
    by predicted, `seconds` the time that measuring took, `sentence` the result in words. `at_most` is set where the
    system's peak still includes what loading took: the run's own peak was then no higher, and perhaps lower.
    """

    kind: Literal["PlanMeasured"] = "PlanMeasured"
    predicted_peak_bytes: Whole
    measured_peak_bytes: Whole
    items: dict[str, Whole] = Field(default_factory=dict)
    stage: Literal["probe", "run"] = "run"
    computed_peak_bytes: Whole | None = None
    measured_items: dict[str, Whole] = Field(default_factory=dict)
    evaluation_peak_bytes: Whole | None = None
    budget_bytes: Whole | None = None
    ratio: float | None = None
    at_most: bool = False
    seconds: float = 0.0
    sentence: Sentence = ""


class StepEnded(_Event):
    """One optimiser step has finished; its curves are in the scalars of the same step, written together with it."""

    kind: Literal["StepEnded"] = "StepEnded"
    step: Step
    total_steps: Step
    epoch: float
    loss: float
    seconds: float
    tokens: Whole


class Figure(_Event):
    """A mean over rows with its standard error."""

    value: float
    stderr: float


class AgainstBase(_Event):
    """A task's metric beside the base model's, on the `rows` that both were scored on.

    A run that goes on from an adapter has that adapter's in its place. `value` and `stderr` are the base model's,
    `difference` is what this model has more, row by row, with its own standard error.
    """

    rows: Whole
    value: float
    stderr: float
    difference: float
    difference_stderr: float


class TaskScore(_Event):
    """One task's held-out score: its loss, and its metric's mean with the standard error over `rows` of `of_rows`.

    `also` has further figures of the same answers by their names: "acc", "acc_norm", "macro_f1", "fields". `majority`
    is what the most frequent expected answer would score. `steady` is the metric's mean, and `steady_loss` the loss, on
    the rows that evaluations during training use, where this one had more. Runs of earlier versions have none of these.
    """

    metric: str
    value: float
    stderr: float
    rows: Whole
    loss: float | None = None
    of_rows: Whole | None = None
    also: dict[str, Figure] = Field(default_factory=dict)
    majority: float | None = None
    base: AgainstBase | None = None
    steady: float | None = None
    steady_loss: float | None = None


class EvaluationEnded(_Event):
    """Every task was scored on its held-out rows; `when` is before, during or after training.

    `task_seconds` is what each task took of the `seconds`; runs of earlier versions have none. `scored_by` is the id of
    the run beside this one that scored the base model for it, and empty where it did so itself.
    """

    kind: Literal["EvaluationEnded"] = "EvaluationEnded"
    step: Step
    when: Literal["before", "during", "after"] = "during"
    tasks: dict[str, TaskScore]
    seconds: float
    task_seconds: dict[str, float] = Field(default_factory=dict)
    scored_by: str = ""


class KeptAnswer(_Event):
    """One held-out row's answer: `row` is its place among the task's held-out rows, `line` where it stands in the file.

    Long texts are cut to their beginning.
    """

    row: Whole
    line: Whole
    prompt: str
    answer: str
    expected: str
    right: bool | None = None


class AnswersKept(_Event):
    """One task's answers of an evaluation, for reading and for pairing.

    `rows` are the places of all rows that were scored, in the file's order, with the summed `losses` of each and what
    its answer is worth in `values` (1 is right; empty where the metric is the loss). `answers` has some in full.
    """

    kind: Literal["AnswersKept"] = "AnswersKept"
    step: Step
    when: Literal["before", "during", "after"] = "during"
    task: str
    rows: tuple[Whole, ...] = ()
    values: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()
    answers: tuple[KeptAnswer, ...] = ()


class Tally(_Event):
    """What one task's rows have shown so far: `done` of about `of`, of which so many were `right` and `wrong`."""

    done: Whole = 0
    of: Whole = 0
    right: Whole = 0
    wrong: Whole = 0


class LiveAnswer(KeptAnswer):
    """An answer that an evaluation has just given, or, where it is not `whole`, is still giving."""

    task: str = ""
    whole: bool = True


class RowsScored(_Event):
    """How far the evaluation that is under way has come, in tallies by task and its newest answers, newest first.

    Written every second or so, and only the newest of one worker is kept: EvaluationEnded has the result.
    """

    kind: Literal["RowsScored"] = "RowsScored"
    step: Step
    when: Literal["before", "during", "after"] = "during"
    tasks: dict[str, Tally] = Field(default_factory=dict)
    answers: tuple[LiveAnswer, ...] = ()


class SampleMade(_Event):
    """The model answered a held-out prompt, so that a person sees what it learns."""

    kind: Literal["SampleMade"] = "SampleMade"
    step: Step
    task: str
    prompt: str
    answer: str
    expected: str
    right: bool | None = None


class CheckpointSaved(_Event):
    """A checkpoint is complete; `path` is relative to the run's folder."""

    kind: Literal["CheckpointSaved"] = "CheckpointSaved"
    step: Step
    path: Inside
    bytes: Whole


class WarningRaised(_Event):
    """Something the user should know that does not end the run; every fallback is one."""

    kind: Literal["WarningRaised"] = "WarningRaised"
    step: Step | None = None
    where: Sentence
    what: Sentence
    remedy: Sentence = ""


class MemoryReduced(_Event):
    """Memory ran out (or would have), and the run continues with less; the optimiser's batch stays the same.

    At step 0 the probe found it. `evaluation_rows` is set where it is an evaluation that uses less.
    """

    kind: Literal["MemoryReduced"] = "MemoryReduced"
    step: Step
    change: Sentence
    micro_batch: Whole
    checkpointing: bool
    evaluation_rows: Whole | None = None
    layers_in_ram: Whole = 0


class RunPaused(_Event):
    """The worker saved a checkpoint and left; resuming continues from exactly there."""

    kind: Literal["RunPaused"] = "RunPaused"
    step: Step
    checkpoint: Inside


class RunEnded(_Event):
    """The run is over; `reason` is a whole sentence, `problems` what the user can fix."""

    kind: Literal["RunEnded"] = "RunEnded"
    outcome: Outcome
    reason: Sentence
    step: Step
    adapter: Inside | None = None
    problems: tuple[Problem, ...] = ()
    exit_code: Whole = 0


Event = Annotated[
    RunStarted
    | RunResumed
    | PhaseStarted
    | ModelReady
    | PlanMeasured
    | StepEnded
    | EvaluationEnded
    | AnswersKept
    | RowsScored
    | SampleMade
    | CheckpointSaved
    | WarningRaised
    | MemoryReduced
    | RunPaused
    | RunEnded,
    Field(discriminator="kind"),
]

EVENT_KINDS: tuple[str, ...] = tuple(each.model_fields["kind"].default for each in get_args(get_args(Event)[0]))
"""The `kind` of every event, in the order of the union."""

_EVENT: TypeAdapter[Event] = TypeAdapter(Event)


def event_from_json(body: str) -> Event:
    """Read one event; raises pydantic.ValidationError if `body` is not one."""
    event = _EVENT.validate_json(body)
    if f'"{SAID}":' not in body:
        return event
    found = json.loads(body)
    return _EVENT.validate_python(recalled(found, found.get(SAID)))


def json_of_event(event: Event) -> str:
    """An event as it is written, with what the sentences in it remember."""
    body, kept = event.model_dump_json(), remembered(event)
    if not kept:
        return body
    # Also what the window writes, which may speak another language.
    plain = english_of(json.loads(body), event)
    return json.dumps(plain | {SAID: kept}, ensure_ascii=False, separators=(",", ":"))
