"""The window in Chinese: no page shows an English sentence, and Qt's own words are Chinese too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from studio.core import places
from studio.core.recipe.recipe import Recipe
from studio.core.recipe.recipe_file import dump_recipe
from studio.core.settings import Settings
from studio.core.words import tr
from studio.ui import app as app_module
from studio.ui import translations as translations_module
from studio.ui.dialogs.about import AboutDialog
from studio.ui.dialogs.export import ExportDialog
from studio.ui.dialogs.settings import SettingsDialog
from studio.ui.new_run.columns_dialog import ColumnsDialog
from studio.ui.new_run.offer_cards import OfferCard
from studio.ui.new_run.rows_dialog import RowsDialog
from studio.ui.translations import AUTO, CHINESE, ENGLISH, Translations, language_of, translations
from studio.ui.window import MainWindow
from tests.fake_run import TASKS, FakeRun
from tests.planner.machines import LLAMA_3_8B, SMALL, config_folder, processor_only
from tests.ui.test_window import PAGES, show_page, visible

# What is the same in every language: names of people's things, of programs, formats, methods, and units.
NAMES = re.compile(
    r"\b(?:MixLoRA|LoRA|DoRA|MoELoRA|Studio|GGUF|GPU|CPU|token|tokens|Python|PySide6|Ollama|LM|vLLM|llama\.cpp|Hugging|Face"
    r"|transformers|peft|PEFT|accelerate|bitsandbytes|torch|pyqtgraph|Mixtral|Qt|Ctrl|Return|Shift|Alt|Esc|Del|Dropout"
    r"|dropout|alpha|softmax|logits|demo|owner|name|[KMGT]iB|min|exact-match|rsLoRA|AdamW|JSON|UTF|config|Apache|OFL|AND"
    r"|mixlora|moelora|lora|dora|top-k|top-p|Top-k|Top-p|moe-peft|RunStarted|AMD|EPYC|Intel|Xeon|Core|NVIDIA|GeForce|Laptop|Ada|Generation|SUPER|Super|Blackwell|Processor)\b"
)
SENTENCE = re.compile(r"[A-Za-z]{2,}(?:[ ,;:'’]+[a-z]{2,}){2,}")  # three words in a row
CHINESE_LETTER = re.compile(r"[\u4e00-\u9fff]")
WORD = re.compile(r"[A-Za-z][a-z]{2,}")
# What is shown in them is a file's, a person's or another program's.
FOREIGN = ("recipe_text", "worker_log", "field_", "records", "answer_", "read_", "example", "run_list", "task_name")


def texts(widget: QWidget) -> Iterator[str]:
    """What a widget shows, says to those who listen, and has in its tooltip."""
    yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription())
    if isinstance(widget, (QLabel, QAbstractButton)):
        yield widget.text()
    if isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(row) for row in range(widget.count()))
    if isinstance(widget, QTabBar):
        yield from (widget.tabText(tab) for tab in range(widget.count()))
    if isinstance(widget, QHeaderView) and widget.model() is not None:
        orientation = widget.orientation()
        yield from (str(widget.model().headerData(each, orientation) or "") for each in range(widget.count()))


def english_in(text: str, names: tuple[str, ...]) -> bool:
    """Whether a text has an English sentence, or English words and no Chinese ones."""
    for name in names:
        text = text.replace(name, "")
    text = NAMES.sub("", re.sub(r"\S*[/\\_.=<>]\S*", "", text))  # paths, keys and file names
    return bool(SENTENCE.search(text)) or bool(WORD.search(text) and not CHINESE_LETTER.search(text))


def english_of(widgets: list[QWidget], *names: str) -> list[str]:
    found = []
    for widget in widgets:
        if any(part in widget.objectName() for part in FOREIGN) or isinstance(widget, (QTextEdit, QAbstractItemView)):
            continue
        said = [text for text in texts(widget) if english_in(text, (*TASKS, *names))]
        found += [f"{type(widget).__name__} {widget.objectName()}: {text}" for text in said]
    return found


@pytest.mark.parametrize("page", [*PAGES, "begin"])
def test_that_no_page_shows_an_english_sentence(
    qtbot: QtBot, chinese: None, runs: Path, open_window: Callable[..., MainWindow], page: str
) -> None:
    with FakeRun(runs, total_steps=60, layers=4, name="三个任务") as run:
        run.start().evaluate("before").train(21).evaluate().sample()
        window = open_window()
        show_page(qtbot, window, page)
        assert "\n".join(english_of(visible(window))) == ""


@pytest.mark.parametrize(
    ("model", "card"), [(SMALL, ""), (LLAMA_3_8B, ""), (SMALL, "L40 48GB"), (LLAMA_3_8B, "RTX A4000 16GB")]
)
def test_that_no_plan_is_told_in_english(
    qtbot: QtBot,
    chinese: None,
    open_window: Callable[..., MainWindow],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    model: dict[str, Any],
    card: str,
) -> None:
    """One that fits and one that does not, for this machine and for a card elsewhere, with offers and details."""
    monkeypatch.setattr("studio.hardware.detect", lambda: processor_only(16))
    data, file = tmp_path / "data.jsonl", tmp_path / "recipe.toml"
    data.write_text('{"prompt": "1", "completion": "2"}\n', encoding="utf-8")
    source = str(config_folder(tmp_path / "model", model))
    asked = Recipe.model_validate({"tasks": [{"name": "units", "train": str(data)}], "model": {"source": source}})
    file.write_text(dump_recipe(asked), encoding="utf-8")
    window = open_window(file)
    qtbot.waitUntil(lambda: window.pages.new_run is not None)
    page = window.pages.new_run
    assert page is not None
    box = page.findChild(QComboBox, "plan_card")
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findText(card) if card else 0)
    assert box.currentIndex() >= 0
    qtbot.waitUntil(lambda: page._planned is not None and page._planned.plan is not None and page._planned.whole)
    page.foot.plan.more.setChecked(True)
    for chip in page.foot.plan.legend.chips:
        chip.click()
    assert "\n".join(english_of(visible(window), str(tmp_path))) == ""
    # The comma of lists, 、, would bind closer than the commas within each fact.
    assert [each.price.text() for each in window.findChildren(OfferCard) if "、" in each.price.text()] == []


@pytest.mark.parametrize("make", [SettingsDialog, AboutDialog, ExportDialog, ColumnsDialog, RowsDialog])
def test_that_no_dialog_shows_an_english_sentence(qtbot: QtBot, chinese: None, make: Callable[..., QWidget]) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = make(Settings(), parent) if make is SettingsDialog else make(parent)
    dialog.show()
    assert "\n".join(english_of([dialog, *dialog.findChildren(QWidget)])) == ""
    for each in (dialog,):
        if isinstance(each, ExportDialog):
            each.leave()


def test_that_the_english_words_of_a_page_are_noticed(qtbot: QtBot) -> None:
    """The other tests can fail: a page in English has plenty of them."""
    dialog = SettingsDialog(Settings())
    qtbot.addWidget(dialog)
    assert len(english_of([dialog, *dialog.findChildren(QWidget)])) > 20
    assert english_in("Open the folder", ())
    assert english_in("步骤 one after another", ())
    assert english_in("step", ())
    assert not english_in("打开 three tasks 的 runs/a b.toml", ("three tasks",))
    assert not english_in("2.1 GiB", ())


def test_that_qts_own_words_are_chinese_too(qapp: QApplication, chinese: None) -> None:
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "取消"


def test_that_english_comes_back(qapp: QApplication, chinese: None) -> None:
    translations.load(ENGLISH)
    assert (translations.language, translations.family, translations.problems) == (ENGLISH, "", ())
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Cancel"


@pytest.mark.parametrize(
    ("choice", "system", "language"),
    [
        (AUTO, ["zh-Hans-CN", "en-US"], CHINESE),
        (AUTO, ["zh_CN"], CHINESE),
        (AUTO, ["de-DE", "zh-CN"], CHINESE),
        (AUTO, ["en-GB", "zh-CN"], ENGLISH),
        (AUTO, ["C"], ENGLISH),
        (AUTO, [], ENGLISH),
        (ENGLISH, ["zh-CN"], ENGLISH),
        (CHINESE, ["en-US"], CHINESE),
    ],
)
def test_that_auto_is_the_first_of_the_systems_languages_that_there_is(
    choice: str, system: list[str], language: str
) -> None:
    assert language_of(choice, system) == language


@pytest.mark.parametrize("wrong", ["no font", "no file", "damaged"])
def test_that_a_window_that_cannot_speak_chinese_speaks_english_and_says_why(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setattr(translations_module, "family_for", lambda language: "" if wrong == "no font" else "Any")
    if wrong == "damaged":
        (tmp_path / "studio_zh_CN.qm").write_bytes(b"no translations" * 20)
    made = Translations()
    made.load(CHINESE, tmp_path)
    assert made.language == ENGLISH
    [problem] = made.problems
    assert "the window is in English" in problem.what
    assert problem.remedy


def test_that_an_update_of_the_words_under_an_open_window_changes_nothing(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translations_module, "family_for", lambda language: "Any")
    file = tmp_path / "studio_zh_CN.qm"
    file.write_bytes((places.resources() / "translations" / file.name).read_bytes())
    made = Translations()
    made.load(CHINESE, tmp_path)
    with file.open("r+b") as opened:
        opened.truncate(0)  # a mapped file's pages would be gone
    assert tr("Close") == "关闭"
    made.unload()


def test_that_the_window_says_once_that_it_lacks_a_font(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translations_module, "family_for", lambda language: "")
    before = qapp.font()
    app_module.speak(qapp, CHINESE)
    window = app_module.make_window(Settings(), [], tmp_path, None, remember=False)
    qtbot.addWidget(window)
    assert ["Chinese characters" in notice.what for notice in window.notices.notices()] == [True]
    window.close()
    translations.unload()
    qapp.setFont(before)


def test_that_chinese_is_drawn_by_a_font_that_has_it(qapp: QApplication, chinese: None) -> None:
    there = QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese)
    if not there:
        pytest.skip("no font here has Chinese characters")
    assert translations.family in there
    assert qapp.font().families()[1] == translations.family or qapp.font().families()[0] == translations.family
