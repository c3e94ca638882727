"""Decoder layers that are computed again: the same gradients, and on Windows never broken off within a nested part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import peft
import pytest
import torch
from torch import Tensor

from studio.methods.recomputing import checkpoint_options
from tests.methods.conftest import checkpoint, gradients

Adapted = Callable[..., peft.PeftModel]


@pytest.mark.parametrize(
    ("platform", "magnitudes", "expected"),
    [
        ("win32", True, {"use_reentrant": False, "early_stop": False}),
        ("win32", False, {"use_reentrant": False}),
        ("linux", True, {"use_reentrant": False}),
    ],
)
def test_that_only_windows_and_only_nested_parts_take_the_whole_second_pass(
    platform: str, magnitudes: bool, expected: dict[str, Any], adapted: Adapted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.methods.recomputing.sys.platform", platform)
    assert checkpoint_options([None, adapted(use_dora=magnitudes)]) == expected


@pytest.mark.parametrize("platform", ["win32", "linux"])
def test_that_magnitudes_have_the_gradients_of_a_pass_that_kept_all(
    platform: str, adapted: Adapted, batch: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.methods.recomputing.sys.platform", platform)
    loss, expected = gradients(adapted(use_dora=True).train(), batch)
    again, found = gradients(checkpoint(adapted(use_dora=True).train(), reentrant=False), batch)
    assert again == loss
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-6, atol=1e-7)
