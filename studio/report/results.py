"""What came out of a run: scores, loss curves and the experts' loads."""

from __future__ import annotations

import numpy as np

from studio.core.routing.verdict import Verdict
from studio.core.run.events import EvaluationEnded, TaskScore
from studio.core.units import difference_text, number_text, percent_text
from studio.report.facts import RunFacts
from studio.report.markup import Markup, element, folded, paragraphs, section, table
from studio.report.pictures import Curve, load_picture, loss_picture
from studio.report.scores import TRAINING, told

NO_BREAK = "\N{NO-BREAK SPACE}"  # a number and its unit stay on one line
_XML = ' xmlns="http://www.w3.org/2000/svg"'  # HTML knows its own
_STARTS = {"base": "base model", "start": "adapter it began with", "before": "before training"}


def scores_part(run: RunFacts) -> Markup:
    """Every task's score before and after, and those between."""
    before = _newest(run, first=True)
    after = _newest(run, first=False)
    rows = []
    for name in after or before:
        first, last = before.get(name), after.get(name)
        score = last or first
        assert score is not None
        figures = (_first(first), told(last) if last else "not yet", _gain(last), *_of(score))
        rows.append((name, score.metric, *(figure.replace(" ", NO_BREAK) for figure in figures)))
    headers = ("task", "metric", _STARTS[run.began_with], "this model", "difference", "majority", "rows")
    said = ["On rows held out from training; ± is one standard error."] if rows else []
    if any(score.base is not None for score in after.values()):
        said.append("The difference is measured on the rows that both were scored on.")
    return section(
        "Scores",
        table("Before and after training", headers, rows) or paragraphs("Nothing was scored on held-out rows."),
        paragraphs(" ".join(said)),
        folded("Every evaluation", _course(run)),
    )


def curves_part(run: RunFacts) -> Markup:
    """The smoothed training loss and the held-out losses over the steps."""
    curves = [smoothed(curve) if curve[0] == TRAINING else curve for curve in run.curves]
    if not (picture := loss_picture(curves)):
        return Markup("")
    rows = [
        (name, f"{steps[0]:,}", number_text(values[0]), f"{steps[-1]:,}", number_text(values[-1]), _least(values))
        for name, steps, values in curves
    ]
    headers = ("curve", "first step", "loss", "last step", "loss", "lowest")
    said = "Each point of the training loss is the mean of the steps before it." if curves[0] != run.curves[0] else ""
    return section("Loss", _figure(picture, said), table("The curves' ends", headers, rows))


def experts_part(run: RunFacts) -> Markup:
    """How the experts shared the tokens, and the verdict on it; "" for a method without a router."""
    if run.loads is None or not run.loads.size:
        return Markup("")
    layers, experts = run.loads.shape
    said = f"How {experts} experts shared the tokens in {layers} layers in the last steps; 1 is an expert's fair share."
    of = ("", "On answers alone: ")
    words = [
        paragraphs(f"{which}{each.sentence} {each.advice}".strip(), each.basis)
        for which, each in zip(of, run.verdicts, strict=False)
    ]
    each_layer = folded("Each layer", _layers(run.verdicts[0])) if run.verdicts else ""
    return section("Experts", *words, _figure(load_picture(run.loads), said), each_layer)


def smoothed(curve: Curve) -> Curve:
    """A noisy curve's course: at each step the mean of the last ones, a thirtieth of the curve; fewer at its start."""
    name, steps, values = curve
    wide = max(1, min(100, len(values) // 30))
    if wide < 2:
        return curve
    known = np.asarray(values, dtype=np.float64)
    there = np.isfinite(known)
    sums, counts = (np.cumsum(np.concatenate([[0.0], each])) for each in (np.where(there, known, 0.0), there))
    low = np.maximum(0, np.arange(len(known)) + 1 - wide)
    total, number = sums[1:] - sums[low], counts[1:] - counts[low]
    means = np.divide(total, number, out=np.full(len(known), np.nan), where=number > 0)
    return f"{name}, mean of {wide}", steps, means.tolist()


def _newest(run: RunFacts, first: bool) -> dict[str, TaskScore]:
    found = [event.tasks for event in run.evaluations if (event.when == "before") == first]
    return found[-1] if found else {}


def _first(score: TaskScore | None) -> str:
    return told(score) if score is not None else "not scored"


def _gain(score: TaskScore | None) -> str:
    if score is None or score.base is None:
        return "–"
    return difference_text(score.metric, score.base.difference, score.base.difference_stderr)


def _of(score: TaskScore) -> tuple[str, str]:
    majority = percent_text(score.majority) if score.majority is not None else "–"
    of = f" of {score.of_rows:,}" if score.of_rows is not None and score.rows < score.of_rows else ""
    return majority, f"{score.rows:,}{of}"


def _course(run: RunFacts) -> Markup:
    """Each task's score in each evaluation."""
    names = list(dict.fromkeys(name for event in run.evaluations for name in event.tasks))
    rows = [(_when(event), *(_cell(event, name) for name in names)) for event in run.evaluations]
    return table("Scores over the steps", ("evaluation", *names), rows)


def _when(event: EvaluationEnded) -> str:
    return f"step {event.step:,}" if event.when == "during" else f"{event.when} training"


def _cell(event: EvaluationEnded, name: str) -> str:
    score = event.tasks.get(name)
    if score is None:
        return "–"
    loss = f", loss {number_text(score.loss)}" if score.loss is not None and score.metric != "loss" else ""
    return told(score) + loss


def _layers(verdict: Verdict) -> Markup:
    rows = [(each.name, each.kind, each.sentence.partition(": ")[2]) for each in verdict.layers]
    return table(f"Over steps {verdict.first:,}–{verdict.last:,}", ("layer", "verdict", "what it rests on"), rows)


def _least(values: object) -> str:
    known = np.asarray(values, dtype=np.float64)
    return number_text(float(np.nanmin(known))) if np.isfinite(known).any() else number_text(None)


def _figure(picture: str, said: str = "") -> Markup:
    drawn = Markup(picture.replace(_XML, "", 1).strip())
    return element("figure", drawn, element("figcaption", said) if said else Markup(""))
