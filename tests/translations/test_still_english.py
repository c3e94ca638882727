"""No sentence of any room is English alone, but for what only developers, logs and other programs meet.

The window's own words are in `test_wrapped`. The command line and the report stay English on purpose.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.translations.spoken import ROOT, sources, unwrapped

ROOMS = ("core", "planner", "data", "models", "training", "worker", "evaluation", "export", "hardware", "methods")
# Whole files, and why a person at a Chinese window never reads their sentences as the window's.
ENGLISH_FILES = {
    "studio/core/run/event_text.py": "a terminal's lines; `brief`, which the window shows, is translated",
    "studio/worker/asked.py": "malformed requests to the desk: the window sends none, only a developer does",
    "studio/worker/desk.py": "malformed requests to the desk",
    "studio/worker/desk_chat.py": "malformed requests to the desk",
    "studio/export/gguf_format.py": "the model card, which is published in English",
    "studio/export/model_card.py": "the model card",
    "studio/export/moe_format.py": "the model card",
    "studio/export/peft_format.py": "the model card",
    "studio/export/reference_format.py": "the model card",
    "studio/export/logits.py": "prompts that a proof reads",
    "studio/export/twin/live_answers.py": "prompts that a proof answers",
}
# Single texts, and why.
ENGLISH = {
    "It trains together with {}, in whose log is what their worker prints.\n": "written into a log",
    "Answer with the letter.": "a prompt that models are trained and scored with",
    "Demo (SmolLM2)": "a name",
    "gate_proj/up_proj/down_proj (llama, mistral, qwen2, qwen3, gemma 1-3, smollm3)": "names",
    "gate_up_proj/down_proj (phi3)": "names",
    "{} was given twice (expert {})": "an assertion of ours about a file that is being written",
}
SENTENCE = re.compile(r"[a-z]{2,}[ ,;:]+[^ ]* ?[a-z]{2,}.*[.)?!]$", re.DOTALL)  # several words, and a full stop
SQL = re.compile(r"(SELECT|INSERT|DELETE|UPDATE|CREATE|DROP|PRAGMA)\b")
CURE = "say it through tr() of studio/core/words.py as a whole sentence, or say in this test why it stays English"


def printed(tree: ast.AST) -> Iterator[int]:
    """The lines of what goes into a log or a terminal, or what only a developer reads."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "metadata":  # the help of a field of PEFT's configs
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in ("print", "_log"):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)
        if isinstance(node, ast.Assert):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


def english_of(room: str) -> Iterator[tuple[str, int, str]]:
    """The file, line and text of each sentence of a room that no call of core/words.py translates."""
    for file in sources(f"studio/{room}"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        logs = set(printed(tree))
        for line, text in unwrapped(tree):
            if SENTENCE.search(text.strip()) and not SQL.match(text) and line not in logs:
                yield file.relative_to(ROOT).as_posix(), line, text


@pytest.mark.parametrize("room", ROOMS)
def test_that_no_room_says_a_sentence_in_english_alone(room: str) -> None:
    found = [each for each in english_of(room) if each[0] not in ENGLISH_FILES and each[2] not in ENGLISH]
    assert found == [], CURE


def test_that_nothing_is_allowed_that_is_gone() -> None:
    found = [each for room in ROOMS for each in english_of(room)]
    assert set(ENGLISH_FILES) - {file for file, _, _ in found} == set()
    assert set(ENGLISH) - {text for _, _, text in found} == set()


def test_that_an_english_sentence_is_counted() -> None:
    tree = ast.parse('raise ProblemError.at("a", f"it has {rows} rows.", tr("Add some."))\nprint("it is gone away.")')
    assert [text for _, text in unwrapped(tree) if SENTENCE.search(text)] == ["it has {} rows.", "it is gone away."]
    assert set(printed(tree)) == {2}
