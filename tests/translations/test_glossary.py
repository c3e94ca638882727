"""One Chinese term for one concept: where the English has a term of the glossary, the Chinese has the one for it.

The glossary is in resources/translations/README.md, for those who translate.
"""

from __future__ import annotations

import re

import pytest
import translate

from tests.translations.test_complete import translations

CHINESE = translate.FOLDER / "studio_zh_CN.ts"
# The English term, and what stands for it: several where it is a verb as well, or has a word of its own in a field.
TERMS = {
    "recipe": ("配方",),
    "task": ("任务",),
    "method": ("方法",),
    "expert": ("专家",),
    "dead expert": ("失活专家",),
    "router": ("路由器",),
    "slot": ("路由槽",),
    "adapter": ("适配器",),
    "base model": ("基座模型",),
    "checkpoint": ("检查点",),
    "worker": ("训练进程",),
    "held-out": ("留出",),
    "evaluation": ("评测",),
    "standard error": ("标准误差",),
    "learning rate": ("学习率",),
    "gradient norm": ("梯度范数",),
    "balance loss": ("均衡损失",),
    "optimiser": ("优化器",),
    "precision": ("精度",),
    "verdict": ("判断",),
    "budget": ("预算",),
    "probe": ("试跑",),
    "gaming mode": ("游戏模式",),
    "trash": ("回收站",),
    "hub": ("模型站",),
    "tokenizer": ("分词器",),
    "vocabulary": ("词表",),
    "embedding": ("词嵌入",),
    "feed-forward": ("前馈",),
    "chat template": ("聊天模板",),
    "prompt": ("提示词", "prompt"),
    "answer": ("回答", "答案", "问答", "回应", "响应"),
    "kernel": ("内核",),
    "comparison": ("对比",),
    "row": ("行",),
    "column": ("列",),
    "layer": ("层",),
    "step": ("步", "stop"),
    "folder": ("文件夹", "FOLDER"),
    "device": ("设备",),
    "export": ("导出",),
}
# What stands for none of them, or is not how this window speaks.
NOT_SAID = ("您", "标记器", "目录", "评估", "前馈网络", "拷贝", "打分", "基础模型", "词汇表")
# Sentences whose Chinese says the same without the term.
OTHERWISE = {
    "The most capable recipe that fits: {settings}.",
    "The data sets that are mixed, each under a [[tasks]] of its own.",
    "Choose a field of [method], [training] or [model].",
    "Set [method] as it was trained.",
}
NAMES = re.compile(r'\{\w+[^}]*\}|`[^`]*`|\w+\.\w+|mixlora-studio \w+|"[^"]*"')  # of values, commands, fields, files


@pytest.fixture(scope="module")
def said() -> dict[tuple[str, str], str]:
    return translations(CHINESE)


def has(term: str, source: str) -> bool:
    """Whether an English text has the term, in the singular or the plural, and not as a part of a name."""
    return bool(re.search(rf"(?<![\w./`-]){term}s?(?![\w./`:=-])", NAMES.sub("", source), re.IGNORECASE))


@pytest.mark.parametrize("term", TERMS)
def test_that_a_term_has_one_word(said: dict[tuple[str, str], str], term: str) -> None:
    found = {source: words for (source, _), words in said.items() if has(term, source)}
    assert found, "nothing says it any more"
    wrong = [each for each in found.items() if each[0] not in OTHERWISE and not any(w in each[1] for w in TERMS[term])]
    assert wrong == [], f"say {TERMS[term][0]}, or why not"


@pytest.mark.parametrize("word", NOT_SAID)
def test_that_no_other_word_is_said(said: dict[tuple[str, str], str], word: str) -> None:
    assert [each for each in said.items() if word in each[1]] == []


def test_that_the_glossary_has_these_words() -> None:
    glossary = (translate.FOLDER / "README.md").read_text(encoding="utf-8")
    assert [term for term, words in TERMS.items() if words[0] not in glossary] == []


def test_that_nothing_is_said_otherwise_that_is_gone(said: dict[tuple[str, str], str]) -> None:
    assert OTHERWISE - {source for source, _ in said} == set()


def test_that_chinese_and_latin_letters_stand_apart(said: dict[tuple[str, str], str]) -> None:
    joined = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]")
    assert [words for words in said.values() if joined.search(words)] == []


def test_that_a_sentence_ends_in_a_full_stop_where_the_english_does(said: dict[tuple[str, str], str]) -> None:
    ends = re.compile(r"[。！？…]”?$")
    assert [each for each in said.items() if each[0][0].endswith(".") and not ends.search(each[1])] == []
    assert [each for each in said.items() if not each[0][0].endswith((".", "!", "?")) and each[1].endswith("。")] == []


def test_that_a_term_is_found_as_a_word() -> None:
    assert has("expert", "Eight experts share it.")
    assert has("step", "After step {step}.")
    assert not has("expert", "method.experts")
    assert not has("step", 'Set "step".')
    assert not has("row", "grown")
