"""What a person may ask of a running worker; it reads them from run.db at every step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, assert_never

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Pause(_Command):
    """Save a checkpoint and leave, so that the GPU is free; Resume goes on exactly."""

    kind: Literal["Pause"] = "Pause"


class Resume(_Command):
    """Take back a Pause or Stop that was not acted on yet; a run that has left needs a new worker."""

    kind: Literal["Resume"] = "Resume"


class Stop(_Command):
    """End at the next step with a checkpoint and an adapter."""

    kind: Literal["Stop"] = "Stop"


class EvaluateNow(_Command):
    """Score every task after this step."""

    kind: Literal["EvaluateNow"] = "EvaluateNow"


class SampleNow(_Command):
    """Answer a held-out prompt of each task, or `prompt` where given, after this step."""

    kind: Literal["SampleNow"] = "SampleNow"
    prompt: str | None = None


class CheckpointNow(_Command):
    """Save a checkpoint after this step."""

    kind: Literal["CheckpointNow"] = "CheckpointNow"


Command = Annotated[Pause | Resume | Stop | EvaluateNow | SampleNow | CheckpointNow, Field(discriminator="kind")]

_COMMAND: TypeAdapter[Command] = TypeAdapter(Command)


def command_from_json(body: str) -> Command:
    """Read one command; raises pydantic.ValidationError if `body` is not one."""
    return _COMMAND.validate_json(body)


Leave = Literal["", "pause", "stop"]


def taken_back(commands: Iterable[Command]) -> bool:
    """Whether the last word of these commands on leaving is that the run is to go on after all."""
    words = [command for command in commands if isinstance(command, (Pause, Stop, Resume))]
    return bool(words) and isinstance(words[-1], Resume)


def leave_asked(commands: Iterable[Command]) -> Leave:
    """Whether these commands, in their order, ask to leave, and how; the last word counts, and Resume takes it back."""
    asked: Leave = ""
    for command in commands:
        match command:
            case Pause():
                asked = "pause"
            case Stop():
                asked = "stop"
            case Resume():
                asked = ""
            case EvaluateNow() | SampleNow() | CheckpointNow():
                pass
            case _:
                assert_never(command)
    return asked
