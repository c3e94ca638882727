"""HTML built from values: every text is escaped, made visible and freed of private parts where it is put in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from studio.core.foreign.visible_text import visible
from studio.report.portable import without_paths


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def plain(text: str) -> Markup:
    """A text of anybody's, as HTML."""
    return Markup(escape(without_paths(visible(text))))


def element(name: str, *children: str, **attributes: str) -> Markup:
    """An element with its children; texts among them are escaped. `class_` and the like lose their underscore."""
    given = "".join(f' {key.rstrip("_")}="{plain(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{given}>{joined(children)}</{name}>")


def joined(parts: Iterable[str], between: str = "") -> Markup:
    """Parts one after another, escaped where they are plain text."""
    return Markup(between.join(part if isinstance(part, Markup) else plain(part) for part in parts))


def section(title: str, *children: str) -> Markup:
    """A part of the page under a heading; "" where it has nothing to say."""
    inside = joined(children)
    return element("section", element("h2", title), inside) if inside else Markup("")


def table(caption: str, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    """A table with a caption and headers of columns and rows; "" without rows."""
    lines = [
        element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:])) for row in rows
    ]
    if not lines:
        return Markup("")
    head = element("thead", element("tr", *(element("th", header, scope="col") for header in headers)))
    inside = (element("caption", caption), head, element("tbody", *lines))
    return element("div", element("table", *inside), class_="wide")


def facts(pairs: Iterable[tuple[str, str]]) -> Markup:
    """A list of names and values; those with an empty value are left out."""
    known = [element("div", element("dt", name), element("dd", value)) for name, value in pairs if value]
    return element("dl", *known) if known else Markup("")


def folded(summary: str, *children: str) -> Markup:
    """Something that a click opens; "" where nothing is inside."""
    inside = joined(children)
    return element("details", element("summary", summary), inside) if inside else Markup("")


def paragraphs(*sentences: str) -> Markup:
    """Each sentence that is not empty as a paragraph."""
    return joined(element("p", sentence) for sentence in sentences if sentence)


def code(text: str) -> Markup:
    """Lines to copy."""
    return element("pre", element("code", text))
