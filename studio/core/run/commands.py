"""What a person may ask of a running worker, which reads the commands from run.db at every step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Literal, assert_never

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Pause(_Command):
    """Save a checkpoint and leave, which frees the GPU; Resume continues from exactly there."""

    kind: Literal["Pause"] = "Pause"


class Resume(_Command):
    """Take back a Pause or Stop that the worker has not acted on yet; a run without a worker needs a new one."""

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


@dataclass(slots=True)
class Requests:
    """What commands, read in order, ask of a run: `leave` is how to leave, "" if not; the last one counts.

    `taken_back` says that a Resume came last. `samples` holds the prompts to answer, None for held-out ones.
    """

    leave: Leave = ""
    taken_back: bool = False
    evaluate: bool = False
    checkpoint: bool = False
    samples: list[str | None] = field(default_factory=list)

    @classmethod
    def of(cls, commands: Iterable[Command]) -> Requests:
        requests = cls()
        for command in commands:
            requests.add(command)
        return requests

    def add(self, command: Command) -> None:
        match command:
            case Pause():
                self.leave, self.taken_back = "pause", False
            case Stop():
                self.leave, self.taken_back = "stop", False
            case Resume():
                self.leave, self.taken_back = "", True
            case EvaluateNow():
                self.evaluate = True
            case SampleNow(prompt=prompt):
                self.samples.append(prompt)
            case CheckpointNow():
                self.checkpoint = True
            case _ as unknown:
                assert_never(unknown)
