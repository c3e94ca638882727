"""What commands ask of a run, read in the order in which they were sent."""

from __future__ import annotations

import pytest

from studio.core.run.commands import (
    CheckpointNow,
    Command,
    EvaluateNow,
    Leave,
    Pause,
    Requests,
    Resume,
    SampleNow,
    Stop,
)


@pytest.mark.parametrize(
    ("commands", "leave", "taken_back"),
    [
        ([], "", False),
        ([EvaluateNow(), CheckpointNow()], "", False),
        ([Pause()], "pause", False),
        ([Pause(), Stop()], "stop", False),
        ([Stop(), Pause(), SampleNow()], "pause", False),
        ([Stop(), Resume()], "", True),
        ([Pause(), Resume(), Stop()], "stop", False),
        ([Resume(), EvaluateNow()], "", True),
    ],
)
def test_that_the_last_word_on_leaving_counts(commands: list[Command], leave: Leave, taken_back: bool) -> None:
    requests = Requests.of(commands)
    assert (requests.leave, requests.taken_back) == (leave, taken_back)


def test_that_what_is_asked_beside_leaving_adds_up_and_is_not_taken_back_by_a_resume() -> None:
    requests = Requests.of([SampleNow(prompt="Why?"), EvaluateNow(), Pause(), SampleNow(), CheckpointNow(), Resume()])
    assert (requests.evaluate, requests.checkpoint, requests.samples) == (True, True, ["Why?", None])
