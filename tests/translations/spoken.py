"""What the source says to a person: the calls of `studio/core/words.py`, and the literals that escaped them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CALLS = ("tr", "plural", "mark")
# Calls whose arguments nobody sees: names, keys, logs, patterns, the command line.
UNSEEN = frozenset(
    {
        *("setObjectName", "setProperty", "property", "findChild", "findChildren", "QKeySequence", "setShortcut"),
        *("debug", "info", "warning", "error", "exception", "log", "getLogger", "add_argument", "RedactingFormatter"),
        *("getattr", "setattr", "TypeVar", "Signal", "Slot", "compile", "icon", "inherits"),
        *("startswith", "endswith", "removeprefix", "removesuffix", "replace", "partition", "rpartition", "split"),
    }
)
# Calls that show what they are given: all their arguments, or the first alone where the others are roles and names.
ALL_SHOWN = frozenset({"drawText", "paint_line", "text_width", "addTab", "insertTab"})
SHOWN = frozenset(
    {
        *("Text", "WrappedText", "ElidedText", "QLabel", "Card", "QCheckBox", "QRadioButton", "QPushButton", "Button"),
        *("setText", "setToolTip", "setAccessibleName", "setAccessibleDescription", "setPlaceholderText", "setTitle"),
        *("setWindowTitle", "addItem", "addAction", "setLabel", "setPrefix", "setSuffix", "setSpecialValueText"),
    }
)
KEY = re.compile(r"(Ctrl|Shift|Alt|Del|Esc|F\d+)\b(?! to )")
WORDS = re.compile(r"[A-Za-z]{2,}")
NAME = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z]+)+$")  # of a class, such as StepEnded


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def name_of(call: ast.AST) -> str:
    return call.attr if isinstance(call, ast.Attribute) else call.id if isinstance(call, ast.Name) else ""


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """The calls whose words are translated."""
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call) and name_of(node.func) in CALLS)


def literal(node: ast.AST) -> str | None:
    """The text of a literal, with {} for each value of an f-string; None for what is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def is_for_a_person(text: str) -> bool:
    """Whether a literal looks like words, not like a key or a name: several words, or one with a capital."""
    shown = text.strip()
    if not WORDS.search(shown) or KEY.match(shown) or NAME.match(shown):
        return False
    return " " in shown or bool(re.match(r"[A-Z][a-z]", shown))


def unwrapped(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and text of each literal that looks like words for a person and that no call translates."""
    unseen, shown = set(_unseen(tree)), set(_shown(tree))
    for node in ast.walk(tree):
        text = literal(node) if id(node) not in unseen else None
        if text is not None and (is_for_a_person(text) or (id(node) in shown and WORDS.search(text))):
            yield getattr(node, "lineno", 0), text


def _shown(tree: ast.AST) -> Iterator[int]:
    """What is surely shown, be it a single small word: literals that are given to calls which show them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) in ALL_SHOWN | SHOWN:
            for argument in node.args if name_of(node.func) in ALL_SHOWN else node.args[:1]:
                yield from map(id, _parts(argument))


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """An expression, and what it may come to: either side of a choice or of a sum."""
    yield node
    match node:
        case ast.IfExp():
            yield from (part for each in (node.body, node.orelse) for part in _parts(each))
        case ast.BoolOp():
            yield from (part for each in node.values for part in _parts(each))
        case ast.BinOp():
            yield from (part for each in (node.left, node.right) for part in _parts(each))


def _unseen(tree: ast.AST) -> Iterator[int]:
    """What nobody sees as it stands: docstrings, translated words, types, keys, and parts of f-strings."""
    for node in ast.walk(tree):
        hidden: list[ast.AST | None] = []
        match node:
            case ast.Expr(value=ast.Constant()):
                hidden = [node.value]
            case ast.Call() if name_of(node.func) in CALLS:
                hidden = list(node.args[:2])
            case ast.Call() if name_of(node.func) in UNSEEN:
                hidden = [each for argument in node.args for each in ast.walk(argument)]
            case ast.AnnAssign() | ast.arg():
                hidden = list(ast.walk(node.annotation)) if node.annotation else []
            case ast.FunctionDef() if node.returns is not None:
                hidden = list(ast.walk(node.returns))
            case ast.Assign(value=ast.Subscript()) | ast.Subscript():
                target = node.value if isinstance(node, ast.Assign) else node
                hidden = list(ast.walk(target.slice)) if isinstance(target, ast.Subscript) else []
            case ast.Dict():
                hidden = list(node.keys)
            case ast.Compare():
                hidden = [node.left, *node.comparators]
            case ast.MatchValue():
                hidden = [node.value]
            case ast.JoinedStr():
                hidden = list(node.values)
        yield from (id(each) for each in hidden if each is not None)


def marked_names(tree: ast.AST) -> Iterator[str]:
    """The constants that hold words which are translated where they are shown."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
            while pairs:
                target, value = pairs.pop()
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                    pairs += zip(target.elts, value.elts, strict=False)
                elif isinstance(target, ast.Name) and isinstance(value, ast.Call) and name_of(value.func) == "mark":
                    yield target.id


def shown_as_marked(tree: ast.AST, marked: set[str]) -> Iterator[tuple[int, str]]:
    """Where such a constant is shown as it is, in English.

    Given to a call that shows it, offered beside words that are translated, or marked within a Problem, whose words
    nobody translates any more.
    """
    shown = set(_shown(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in marked and id(node) in shown:
            yield node.lineno, node.id
        if isinstance(node, (ast.IfExp, ast.BoolOp)):
            parts = list(_parts(node))
            if any(isinstance(part, ast.Call) and name_of(part.func) in ("tr", "plural") for part in parts):
                names = (part for part in parts if isinstance(part, ast.Name) and part.id in marked)
                yield from ((name.lineno, name.id) for name in names)
        if isinstance(node, ast.Call) and name_of(node.func) in ("Problem", "Notice", "Fix"):
            given = (each for each in node.args if isinstance(each, ast.Call) and name_of(each.func) == "mark")
            yield from ((each.lineno, "mark") for each in given)
