"""What a run took (memory and time), what was warned of, and how its adapter is used."""

from __future__ import annotations

from studio.core.export_formats import EXPORT_FORMATS
from studio.core.methods.registry import METHODS
from studio.core.state.run_state import RESUMABLE
from studio.core.units import count_text, duration, memory
from studio.report.facts import RunFacts
from studio.report.markup import Markup, code, element, facts, joined, paragraphs, section, table
from studio.report.use import package_of, peft_use

_REST = ("activations", "transient", "correction")  # what comes and goes, which is measured as one
_ITEMS = {"rest": "activations and what comes and goes", "optimizer": "optimiser"}


def memory_part(run: RunFacts) -> Markup:
    """The peak as planned and as measured, and its parts."""
    if not run.memory:
        return Markup("")
    planned = run.memory[0]
    peak = max(run.memory, key=lambda event: event.measured_peak_bytes)
    at_most = "at most " if peak.at_most else ""
    known = [
        ("Planned peak", memory(planned.predicted_peak_bytes)),
        ("Measured peak", f"{at_most}{memory(peak.measured_peak_bytes)}"),
        ("Budget", memory(planned.budget_bytes) if planned.budget_bytes else ""),
        ("Peak of an evaluation", memory(planned.evaluation_peak_bytes) if planned.evaluation_peak_bytes else ""),
    ]
    plan, measured = dict(planned.items), planned.measured_items
    if measured:
        plan = {name: size for name, size in plan.items() if name not in _REST}
        plan["rest"] = sum(planned.items.get(name, 0) for name in _REST)
    names = dict.fromkeys((*plan, *measured))
    rows = [
        (_ITEMS.get(name, name), *(memory(each[name]) if name in each else "–" for each in (plan, measured)))
        for name in names
    ]
    sentence = paragraphs(run.words(planned.sentence)) if planned.sentence else ""
    return section("Memory", facts(known), sentence, table("Its parts", ("part", "planned", "measured"), rows))


def time_part(run: RunFacts) -> Markup:
    """How long the steps and the evaluations took."""
    spent = run.spent
    pace = f"{count_text(spent.tokens / spent.training)} tokens/s" if spent.training and spent.tokens else ""
    known = [
        ("Training steps", duration(spent.training) if spent.training else ""),
        ("Evaluations", duration(spent.scoring) if spent.scoring else ""),
        ("Tokens read", count_text(spent.tokens) if spent.tokens else ""),
        ("Pace", pace),
    ]
    return section("Time", facts(known))


def warnings_part(run: RunFacts) -> Markup:
    """Every warning and fallback."""
    rows = [("start" if step is None else f"{step:,}", run.words(said)) for step, said in run.warnings]
    return section("Warnings", table("What was told while it trained", ("step", "warning"), rows))


def use_part(run: RunFacts) -> Markup:
    """Lines to copy that try, export and load the adapter."""
    title = "Use it"
    if not run.has_adapter:
        tried = " Its newest checkpoint can be tried." if run.can_be_tried else ""
        lines = [f"mixlora-studio chat {run.id}"] if run.can_be_tried else []
        lines += [f"mixlora-studio resume {run.id}"] if run.state.state in RESUMABLE else []
        return section(title, paragraphs(f"It has no adapter yet.{tried}"), code("\n".join(lines)) if lines else "")
    tries = code(f"mixlora-studio chat {run.id} --base\nmixlora-studio export {run.id} OUT --to FORMAT")
    formats = table("What it can be exported to", ("FORMAT", "is"), list(EXPORT_FORMATS.items()))
    loads: list[str] = []
    if run.recipe is not None and run.base is not None:
        method = METHODS[run.recipe.method.name]
        use = peft_use(run.base, method.adapter.kind, package_of(method))
        where = f"The folder {element('code', 'adapter')} of the run is in PEFT's format."
        loads = [element("p", Markup(where)), paragraphs(use.needs.replace("`", "")), code(use.python)]
    refusing = "Not every model and method can become each: --sizes lists what this run can, with the sizes."
    return section(title, tries, formats, paragraphs(refusing), joined(loads))
