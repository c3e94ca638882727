"""A button with English words alone fails here: every word of the window goes through `tr`, `plural` or `mark`."""

from __future__ import annotations

import ast

import pytest

from tests.translations.spoken import CALLS, ROOT, calls, marked_names, name_of, shown_as_marked, sources, unwrapped

# Whole files whose words are not the window's, and why.
ENGLISH_FILES = {
    "studio/ui/__main__.py": "the command line, which is English",
    "studio/ui/fonts.py": "names of fonts and their files",
    "studio/ui/translations.py": "said only where the window stays English",
    "studio/ui/style.py": "names of Qt's styles and classes",
    "studio/ui/screenshot.py": "the command line",
    "studio/ui/on_windows.py": "Windows' name of the program",
}
# Single texts, and why each is the same in every language.
SAME_EVERYWHERE = {
    "names of programs, packages and files": (
        *("MixLoRA Studio", "worker.log", "owner/name", "PySide6-Essentials", "Python", "Modelfile", "License"),
        *("License-Expression", "Fusion"),
    ),
    "commands to copy": (
        *("mixlora-studio chat {}", 'python -c "{}"', "vllm serve {}", 'llama-cli -m "{}" -cnv', 'lms import "{}"'),
        "ollama create {} -f {}",
        "from transformers import pipeline; print(pipeline('text-generation', r'{}')('Hello'))",
        "from mixlora import MixLoraModelForCausalLM as M; M.from_pretrained(r'{}')",
    ),
    "units and names of measures": ("CPU {} %", "GPU {} %", "Top-p", "Top-k", "max_length {}", "max_length {} →"),
    "places of Problems and causes of notices, which are keys": (
        *("run {}", "gone {}", "ended {}", "queue {}", "group {}", "folder of runs", "{}: tasks.{}.train"),
        *("{}: tasks.{}.{}", "model {} {}"),
    ),
    "reports of bugs, which are sent in English": (
        *("What: {}", "Where: {}", "Remedy: {}", "Run: {}", "On: {}, Python {}, {} {}"),
    ),
    "printed before there is a window": (
        "No font is installed, so no text can be shown. On Debian or Ubuntu: sudo apt-get install fonts-dejavu-core",
    ),
    "the head of a file of numbers": (
        *("{} less {}", "# {}; 1 is an expert's fair share", "expert {}", "{}, smoothed", "{}, held-out"),
    ),
    "keys of tables and tabs whose words are marked where they stand": (
        *("Task", "Metric", "All answers", "left out", "to come", "Live", "Memory"),
        *("Recipe", "Try"),
    ),
}
KNOWN = {text for texts in SAME_EVERYWHERE.values() for text in texts}
RULE = "wrap it in tr() of studio/core/words.py, or say in this test why it is the same in every language"


@pytest.fixture(scope="module")
def left() -> list[tuple[str, int, str]]:
    """The file, line and text of each literal of the window that looks like words and that no call translates."""
    found = []
    for file in sources("studio/ui"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        found += [(file.relative_to(ROOT).as_posix(), line, text) for line, text in unwrapped(tree)]
    return found


def test_that_no_word_of_the_window_is_english_alone(left: list[tuple[str, int, str]]) -> None:
    found = [each for each in left if each[0] not in ENGLISH_FILES and each[2] not in KNOWN]
    assert found == [], RULE


def test_that_marked_words_are_translated_where_they_are_shown() -> None:
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in sources("studio/ui")}
    marked = {name for tree in trees.values() for name in marked_names(tree)}
    assert len(marked) > 20
    wrong = [(file.name, *each) for file, tree in trees.items() for each in shown_as_marked(tree, marked)]
    assert wrong == [], "tr(NAME)"


@pytest.mark.parametrize(
    "source",
    [
        "label.setText(NOTHING)",
        'notes = [tr("Nothing has this name.") if words else NOTHING]',
        'found = Problem("", mark("It cannot be read."), "")',
    ],
)
def test_that_a_marked_word_that_is_shown_in_english_is_found(source: str) -> None:
    assert list(shown_as_marked(ast.parse(source), {"NOTHING"}))


def test_that_nothing_is_allowed_that_is_gone(left: list[tuple[str, int, str]]) -> None:
    assert KNOWN - {text for _, _, text in left} == set()
    assert all((ROOT / name).is_file() for name in ENGLISH_FILES)


@pytest.mark.parametrize(
    "source",
    [
        'button("stop", "Stop now")',
        'label.setText(f"{n} runs left")',
        'Notice("Done", remedy)',
        'TITLE = "How it learns"',
        'made = {"a": "Close it"}',
        'x.setToolTip("Close" if there else "Open the list")',
        'label = Text("step", "faint")',
        'painter.drawText(box, flags, "layer")',
    ],
)
def test_that_english_words_are_found(source: str) -> None:
    assert list(unwrapped(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        'button("stop", tr("Stop now"))',
        'label.setText(plural("{n} run left", "{n} runs left", n))',
        'log.warning("Something is odd: %s", error)',
        '"""A docstring."""',
        'button("stop", tr("Stop"), shortcut="Ctrl+S")',
        'button.setObjectName("The button")',
        'row: Literal["Some text"] = "a"',
        'f"pin_{path}"',
        'label = Text(tr("step"), "faint")',
        'box.addItem(tr(choice), "auto")',
    ],
)
def test_that_names_and_translated_words_are_not(source: str) -> None:
    assert not list(unwrapped(ast.parse(source)))


def test_that_lupdate_can_read_every_call() -> None:
    """It reads literals alone: no f-string, nothing computed, and no escape by a character's name."""
    wrong, used = [], set()
    for file in sources("studio"):
        text = file.read_text(encoding="utf-8")
        if "studio.core.words import" not in text:
            continue
        for call in calls(ast.parse(text)):
            kind = name_of(call.func)
            used.add(kind)
            # A name stands for words that `mark` was given; plurals and marks are never computed.
            bad = (ast.JoinedStr, ast.BinOp) if kind == "tr" else ()
            words = call.args[: 2 if kind == "plural" else 1]
            fine = all(not isinstance(each, bad) if bad else isinstance(each, ast.Constant) for each in words)
            lines = text.splitlines()[call.lineno - 1 : call.end_lineno]
            if any(r"\N{" in line for line in lines):  # rarely: finding the call's own text is slow
                fine = fine and r"\N{" not in (ast.get_source_segment(text, call) or "")
            if not fine:
                wrong.append(f"{file.relative_to(ROOT)}:{call.lineno}")
    assert wrong == []
    assert used == set(CALLS)
