"""The search for dead cycles is made rare while rows are made, and is as it was when the last user has left."""

from __future__ import annotations

import gc
from contextlib import ExitStack

import pytest

from studio.data.rare_collections import AT_ONCE, rare_collections


def test_that_two_users_that_overlap_leave_the_threshold_as_it_was() -> None:
    before = gc.get_threshold()
    first, second = ExitStack(), ExitStack()
    first.enter_context(rare_collections())
    second.enter_context(rare_collections())
    first.close()
    assert gc.get_threshold()[0] == AT_ONCE
    second.close()
    assert gc.get_threshold() == before


def test_that_the_threshold_is_as_it_was_after_a_fault() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="a row"), rare_collections():
        raise ValueError("a row")
    assert gc.get_threshold() == before
