"""The tables of the laboratory's page, made from the results that are committed beside it."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

from tests.bench.learning.figures import Figure, figure, paired
from tests.bench.learning.search import best_rung, rate
from tests.bench.learning.store import KEPT, Store
from tests.bench.learning.tables import ARMS, TABLES, Arm, Table, table_trials, trials_of, tried
from tests.bench.learning.texts import FamilyName
from tests.bench.learning.trial import CURVE, FEW

PAGE = Path(__file__).parent / "README.md"
END = "<!-- end -->"
NOTHING = "Not measured yet.\n"
Setting = tuple[FamilyName, int, str]


def write_page(store: Store, page: Path = PAGE, kept: Path = KEPT) -> None:
    """Keep the results that the tables rest on, and put the tables between the page's marks."""
    store.keep((trial for table in TABLES.values() for trial in trials_of(table, store)), kept)
    text = page.read_text(encoding="utf-8")
    blocks = {name: (recovery_text if table.recovery else table_text)(table, store) for name, table in TABLES.items()}
    blocks |= {"rates": rates_text(store), "curves": curves_text(TABLES["methods"], store)}
    for name, block in blocks.items():
        before, mark, rest = text.partition(f"<!-- {name} -->\n")
        text = before + mark + block + rest[rest.index(END) :]
    page.write_text(text, encoding="utf-8", newline="\n")


def table_text(table: Table, store: Store) -> str:
    """One table in Markdown: a line for each arm and setting, compared with the first arm's."""
    lines = [
        "| | tasks | parameters | seeds | right, % | minus the first, paired | loss at the end | told | evenness |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    heads = len(lines)
    for setting in table.settings:
        first = _results(ARMS[table.arms[0]], setting, table, store)
        rest = {name: found for name in table.arms[1:] if (found := _results(ARMS[name], setting, table, store))}
        if first and rest:
            lines.append(_line(table.arms[0], setting, first, {}))
            lines += [_line(name, setting, found, first) for name, found in rest.items()]
    return "\n".join(lines) + "\n" if len(lines) > heads else NOTHING


RECOVERED = 0.5
"""The evenness from which experts count as used again; without a collapse it is 0.7 at the end."""

SHOWN = (0, 4, 9, 14, 19)
"""The parts of `FEW` steps whose evenness is shown."""


def recovery_text(table: Table, store: Store) -> str:
    """How fast each arm's experts are used alike again, compared with the first arm's; a line for each arm."""
    parts = [f"{FEW * each + 1}–{FEW * (each + 1)}" for each in SHOWN]
    heads = ["", "seeds", *(f"evenness, {part}" for part in parts), "its mean", "minus the first"]
    rows = [[*heads, f"steps until {RECOVERED}", "minus the first", "right, %", "minus the first"]]
    first: dict[int, dict[str, Any]] = {}
    for name in table.arms:
        if not (found := _results(ARMS[name], table.settings[0], table, store)):
            continue
        first = first or found
        both = sorted(found.keys() & first.keys())
        means = [statistics.fmean(each["evenness"][part] for each in found.values()) for part in SHOWN]
        lower, slower, better = (
            paired([of(found[mix]) for mix in both], [of(first[mix]) for mix in both]) if found is not first else None
            for of in (mean_evenness, steps_until_even, lambda each: each["test"])
        )
        even = figure([mean_evenness(each) for each in found.values()])
        steps = figure([steps_until_even(each) for each in found.values()])
        right = figure([each["test"] for each in found.values()])
        rows.append([name, str(len(found)), *(f"{mean:.2f}" for mean in means)])
        rows[-1] += [_with_error(even, 3), _apart(lower, 3), _with_error(steps, 0), _apart(slower, 0)]
        rows[-1] += [_percent(right), _difference(better) if better else ""]
    return _markdown(rows)


def steps_until_even(found: dict[str, Any]) -> float:
    """The steps until the evenness is `RECOVERED` again; all there were, where it never is."""
    parts = found["evenness"]
    return FEW * next((place + 1 for place, value in enumerate(parts) if value >= RECOVERED), len(parts))


def mean_evenness(found: dict[str, Any]) -> float:
    return statistics.fmean(found["evenness"])


def curves_text(table: Table, store: Store) -> str:
    """The mean training loss of each tenth of the steps, of every arm."""
    rows = [["", *(f"{10 * part} %" for part in range(1, CURVE + 1))]]
    for name in table.arms:
        if found := _results(ARMS[name], table.settings[0], table, store):
            losses = zip(*(each["losses"] for each in found.values()), strict=True)
            rows.append([name, *(f"{statistics.fmean(part):.2f}" for part in losses)])
    return _markdown(rows)


def _markdown(rows: list[list[str]]) -> str:
    """Rows of cells, the first its heads, as a table; where there is no other, a word instead."""
    if len(rows) < 2:
        return NOTHING
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _with_error(value: Figure, places: int) -> str:
    return f"{value.mean:.{places}f}" + (f" ± {value.error:.{places}f}" if value.count > 1 else "")


def _apart(value: Figure | None, places: int) -> str:
    """A difference with half its 95 % interval, in bold where that excludes 0; nothing for the row compared with."""
    if value is None:
        return ""
    if value.count < 2:
        return f"{value.mean:+.{places}f}"
    told = f"{value.mean:+.{places}f} ± {value.half:.{places}f}"
    return f"**{told}**" if value.shows else told


def _results(arm: Arm, setting: Setting, table: Table, store: Store) -> dict[int, dict[str, Any]]:
    """The results there are, by the tasks' draw, which pairs them with another arm's."""
    trials = table_trials(arm, setting, table.seeds, store, table.first)
    return {trial.mix: found for trial in trials if (found := store.get(trial)) is not None}


def _line(name: str, setting: Setting, found: dict[int, dict[str, Any]], first: dict[int, dict[str, Any]]) -> str:
    family, count, size = setting
    both = sorted(found.keys() & first.keys())
    difference = paired([found[mix]["test"] for mix in both], [first[mix]["test"] for mix in both]) if both else None
    loss = statistics.fmean(each["losses"][-1] for each in found.values())
    told = [statistics.fmean(each["told"]) for each in found.values() if "told" in each]
    spread = [statistics.fmean(each["spread"]) for each in found.values() if "spread" in each]
    diverged = sum("diverged_at" in each for each in found.values())
    cells = [
        name + (f" ({diverged} diverged)" if diverged else ""),
        f"{count} {family}" + (f", {size}" if size != "medium" else ""),
        f"{next(iter(found.values()))['parameters']:,}",
        str(len(found)),
        _percent(figure([each["test"] for each in found.values()])),
        _difference(difference) if difference else "",
        f"{loss:.3f}",
        f"{statistics.fmean(told):.2f}" if told else "",
        f"{statistics.fmean(spread):.2f}" if spread else "",
    ]
    return f"| {' | '.join(cells)} |"


def _percent(value: Figure) -> str:
    return f"{100 * value.mean:.1f} ± {100 * value.error:.1f}" if value.count > 1 else f"{100 * value.mean:.1f}"


def _difference(value: Figure) -> str:
    """In points."""
    return _apart(Figure(100 * value.mean, 100 * value.error, 100 * value.half, value.count), 1)


def rates_text(store: Store) -> str:
    """Every search for a learning rate: validation scores by rate, the chosen one in bold."""
    lines = ["| | tried: rate, % right of the validation rows |", "|---|---|"]
    for arm in ARMS.values():
        if arm.rate_of or not (scores := tried(arm, store)):
            continue
        best = best_rung(scores)
        told = [f"{rate(rung):g}: {100 * score:.1f}" for rung, score in sorted(scores.items())]
        told = [f"**{text}**" if rung == best else text for text, rung in zip(told, sorted(scores), strict=True)]
        lines.append(f"| {arm.name} | {', '.join(told)} |")
    return "\n".join(lines) + "\n" if len(lines) > 2 else NOTHING
