"""The two halves of the table of export formats: what is shown of a format, and what writes and loads it."""

from __future__ import annotations

from studio.core.export_formats import EXPORT_FORMATS
from studio.export.formats import FORMATS


def test_that_every_format_that_is_offered_can_be_written_and_loaded() -> None:
    assert list(EXPORT_FORMATS) == list(FORMATS)
