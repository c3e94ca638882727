"""The translation files hold exactly what the source says, translated, with the same values in it."""

from __future__ import annotations

import ast
import shutil
import string
from pathlib import Path

import pytest
import translate
from PySide6.QtCore import QTranslator

from tests.translations.spoken import calls, sources

FILES = sorted(translate.FOLDER.glob("*.ts"))
CURE = "run `python packaging/translate.py`, translate what it lists, and run it again"
each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
PUNCTUATION = "，。：；！？（）"  # beside which no space stands


def translations(file: Path) -> dict[tuple[str, str], str]:
    """The words of each message; a plural of another language than Chinese has several forms, one after the other."""
    return {
        key: "".join(form.text or "" for form in message.iter("numerusform"))
        if message.get("numerus") == "yes"
        else message.findtext("translation", "")
        for key, message in translate.messages(file)
    }


def values(text: str) -> set[tuple[str, str, str]]:
    """The named values of a text, each with its format and its conversion."""
    return {(name, spec or "", how or "") for _, name, spec, how in string.Formatter().parse(text) if name is not None}


@each_file
def test_that_it_has_every_text_of_the_source_and_no_other(file: Path, tmp_path: Path) -> None:
    fresh = tmp_path / file.name
    shutil.copy(file, fresh)
    translate.update(fresh)
    there, wanted = translations(file).keys(), translations(fresh).keys()
    assert wanted - there == set(), f"not in the file: {CURE}"
    assert there - wanted == set(), f"no longer said: {CURE}"


@each_file
def test_that_every_text_is_translated(file: Path) -> None:
    assert [key for key, message in translate.messages(file) if not translate.is_finished(message)] == [], CURE


@each_file
def test_that_a_translation_has_the_values_of_its_source(file: Path) -> None:
    wrong = []
    for (source, plural), said in translations(file).items():
        if not said:
            continue  # which the test above reports
        # A plural that says "one" in words has no {n}.
        known = values(source) | (values(plural) if "{n" in plural else set())
        if values(said) - known or {name for name, *_ in known - values(said)} - {"n"}:
            wrong.append((source, said))
    assert wrong == []


@each_file
def test_that_no_space_stands_beside_full_width_punctuation(file: Path) -> None:
    odd = [f" {mark}" for mark in PUNCTUATION] + [f"{mark} " for mark in PUNCTUATION]
    assert [said for said in translations(file).values() if any(each in said for each in odd)] == []


@each_file
def test_that_the_compiled_file_says_the_same(file: Path) -> None:
    compiled = QTranslator()
    assert compiled.load(str(file.with_suffix(".qm"))), CURE
    words = translations(file)
    assert {key: said for key, said in words.items() if (compiled.translate("", *key, 2) or "") != said} == {}, CURE


def test_that_lupdate_finds_what_the_syntax_tree_says(tmp_path: Path) -> None:
    """Where it overlooks one, such as a call inside an f-string's braces, that is noticed."""
    fresh = tmp_path / "fresh_zh_CN.ts"
    translate.update(fresh)
    written = set()
    for file in sources("studio"):
        text = file.read_text(encoding="utf-8")
        if "core.words import" in text or file.name == "words.py":
            heads = [call.args[0] for call in calls(ast.parse(text)) if call.args]
            written |= {head.value for head in heads if isinstance(head, ast.Constant)}
    assert {source for source, _ in translations(fresh)} == written


def test_that_words_of_others_are_taken_where_there_are_none(tmp_path: Path) -> None:
    head = (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE TS><TS version="2.1" language="zh_CN"><context><name></name>'
    )
    message = "<message><source>{}</source><translation{}>{}</translation></message>"
    mine, other = tmp_path / "mine.ts", tmp_path / "other.ts"
    ours = [message.format("Close", "", "关闭"), message.format("Open", ' type="unfinished"', "")]
    theirs = [message.format("Close", "", "合上"), message.format("Open", "", "打开"), message.format("Old", "", "旧")]
    mine.write_text(f"{head}{''.join(ours)}</context></TS>", encoding="utf-8")
    other.write_text(f"{head}{''.join(theirs)}</context></TS>", encoding="utf-8")
    translate.take(mine, other)
    assert translations(mine) == {("Close", ""): "关闭", ("Open", ""): "打开"}
