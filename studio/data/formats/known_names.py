"""The names that files give their columns, and what each is; compared without case, spaces, dashes and underscores."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

SYSTEM = ("system", "system_prompt", "system_message")
TOOLS = ("tools", "functions")
HISTORY = ("history",)
REASONING = ("reasoning_content", "reasoning", "thinking")
CONTEXT = ("context", "passage", "background", "support", "evidence", "story", "paragraph")
DECIDES = ("answer", "final_answer", "expected_answer", "ground_truth")
"""What decides within a longer answer."""

MESSAGES = ("messages", "conversations", "conversation", "dialog", "dialogue", "chat")
PAIRS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("instruction", ("output", "response", "completion", "answer", "target")),
    ("prompt", ("completion", "response", "output", "reply", "target", "answer", "canonical_solution", "ground_truth")),
    ("question", ("response", "output", "completion", "reply", "solution", "answer", "answers", "ground_truth")),
    ("query", ("response", "output", "completion", "reply", "answer")),
    ("problem", ("solution", "answer", "generated_solution")),
    ("input", ("output", "response", "target", "completion", "answer")),
    ("inputs", ("targets", "outputs")),
    ("input_text", ("output_text", "target_text")),
    ("user", ("assistant", "bot", "model")),
    ("human", ("assistant", "gpt", "bot", "model")),
    ("source", ("target",)),
    ("src", ("tgt",)),
    ("document", ("summary",)),
    ("article", ("highlights", "summary", "abstract")),
    ("dialogue", ("summary",)),
    ("text", ("summary", "completion", "target", "highlights")),
    ("context", ("continuation", "response", "completion", "answer")),
    ("q", ("a",)),
)
"""What the model reads, and what it should answer; the first pair that a file has is taken."""

QUESTIONS = ("question", "question_stem", "query", "prompt", "stem", "ctx", "goal", "premise", "sentence", "input",
             "instruction", "problem")  # fmt: skip
CHOICES = ("choices", "options", "endings", "candidates")
RIGHT = ("answer", "answer_key", "gold", "correct", "correct_answer", "correct_option", "answer_idx", "answer_index",
         "label", "cop", "target", "correct_index")  # fmt: skip

LABELS = ("label_text", "label_name", "label", "labels", "category", "class", "sentiment", "intent", "topic",
          "emotion", "rating", "stars")  # fmt: skip
CLASSIFIED: tuple[tuple[str, ...], ...] = (
    ("premise", "hypothesis"),
    ("sentence1", "sentence2"),
    ("text1", "text2"),
    ("question1", "question2"),
    ("question", "sentence"),
    ("text",),
    ("sentence",),
    ("review",),
    ("content",),
    ("tweet",),
    ("comment",),
    ("utterance",),
    ("headline",),
    ("document",),
    ("input",),
    ("prompt",),
    ("question",),
    ("query",),
)
"""What is classified, one column or two of them."""

MARKS = ("label", "kto_tag", "desirable")
"""Whether a row's answer is a good one, where these are true or false."""
CHOSEN = ("chosen", "chosen_response", "chosen_messages", "preferred", "response_j")
REJECTED = ("rejected", "rejected_response", "rejected_messages", "dispreferred", "response_k")
TEXT = ("text", "content", "raw_content")
MEDIA = ("image", "images", "video", "videos", "audio", "audios")

TOKENS = ("input_ids",)

METADATA = frozenset(
    (
        "id", "idx", "index", "uid", "uuid", "guid", "hash", "url", "uri", "link", "timestamp", "time", "date", "year",
        "created", "added", "meta", "metadata", "source", "lang", "language", "languagescore", "license", "title",
        "author", "path", "file", "filename", "filepath", "repo", "reponame", "size", "domain", "dump", "split",
        "subset", "dataset", "version", "tokens", "tokencount", "ntokens", "length", "wordcount", "score", "quality",
        "page", "pages", "chapter",
    )
)  # fmt: skip
"""Columns that stand beside running text and say where it is from."""


def plain(name: object) -> str:
    """A name as it is compared: "Answer Key", "answer_key" and "answerKey" are one."""
    return re.sub(r"[\s_\-]+", "", str(name)).lower()


MEDIA_MARK = re.compile("<(?:image|img|video|audio)>")
"""What stands in a text where an image, a video or a sound belongs."""


class Columns:
    """The columns of a row, found by what their names mean."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self._by_plain: dict[str, str] = {}
        for name in self.names:
            self._by_plain.setdefault(plain(name), name)

    def one_of(self, known: Iterable[str]) -> str | None:
        """The file's own name of the first of `known` that it has."""
        return next((self._by_plain[plain(name)] for name in known if plain(name) in self._by_plain), None)

    def every_of(self, known: Iterable[str]) -> list[str]:
        """The file's own names of those of `known` that it has."""
        return [self._by_plain[plain(name)] for name in known if plain(name) in self._by_plain]

    def all_of(self, known: Iterable[str]) -> list[str] | None:
        """The file's own names of all of `known`, or None where one is missing."""
        found = [self.one_of((name,)) for name in known]
        return [name for name in found if name is not None] if None not in found else None


def is_metadata(name: str) -> bool:
    """Whether a column only says where its row is from."""
    short = plain(name)
    return short in METADATA or short.endswith("id") or bool(re.fullmatch(r"column\d+", short))


def has_value(values: Mapping[str, object], name: str) -> bool:
    """Whether a column holds something in this row."""
    return values.get(name) not in (None, "", [], {})
