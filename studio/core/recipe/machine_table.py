"""The recipe's table of the machine: which device, how much of its memory, and how many processes share each batch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from studio.core.fault_text import FieldFaultError
from studio.core.recipe_table import Table, shown
from studio.core.words import mark, tr

MEETING_VARIABLE = "MIXLORA_STUDIO_MEETING"
"""Where several machines meet today, in place of `rendezvous`: a job that continues a run may have others."""


class MachineTable(Table):
    """What the run may use of this machine."""

    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        title=mark("Train on"),
        description=mark('Where it trains: "auto", "cpu", "cuda", "cuda:1" or "mps".'),
    )
    memory_budget: str = Field(
        "auto",
        pattern=r"^(auto|\d+(\.\d+)?\s*(B|KiB|MiB|GiB|TiB))$",
        title=mark("Memory budget"),
        description=mark('Memory the run may take, such as "24GiB"; auto is what is free, less a reserve.'),
    )
    processes: int = Field(
        1,
        ge=1,
        le=64,
        title=mark("Processes"),
        description=mark("Processes that share each batch, a card for each; several are started through torchrun."),
        json_schema_extra=shown(advanced=True),
    )
    nodes: int = Field(
        1,
        ge=1,
        le=64,
        title=mark("Machines"),
        description=mark("Machines of a cluster, each with as many processes; they see the run's folder alike."),
        json_schema_extra=shown(advanced=True),
    )
    rendezvous: str = Field(
        "",
        pattern=r"^([A-Za-z0-9._-]+:\d{1,5})?$",
        title=mark("Meeting point"),
        description=mark('Where several machines meet: the first one\'s name and a free port, such as "node1:29500".'),
        json_schema_extra=shown(advanced=True),
    )

    shard: Literal["auto"] | bool = Field(
        "auto",
        title=mark("Divide the model"),
        description=mark(
            "Each process holds a part of the frozen layers (FSDP2); auto does where one card is too small."
        ),
        json_schema_extra=shown(advanced=True),
    )

    layers_in_ram: Literal["auto"] | Annotated[int, Field(ge=0, le=1024)] = Field(
        "auto",
        title=mark("Layers in RAM"),
        description=mark(
            "Frozen layers that lie in the machine's memory and come to the card when they are needed, and with any of"
            " them the input embedding; auto takes as few as fit, where nothing else does."
        ),
        json_schema_extra=shown(mark("layers"), advanced=True),
    )

    @property
    def divides(self) -> bool:
        """Whether the frozen layers are divided; needs a table without "auto"."""
        return self.shard is True and self.all_processes > 1

    @property
    def all_processes(self) -> int:
        """The processes of all machines."""
        return self.processes * self.nodes

    @model_validator(mode="after")
    def _machines_meet(self) -> MachineTable:
        if self.nodes > 1 and not self.rendezvous:
            what = tr("several machines need a point to meet at.")
            remedy = tr('Name the first one and a free port of it, such as "node1:29500".')
            raise FieldFaultError("rendezvous", what, remedy)
        return self


def budget_bytes(text: str) -> int | None:
    """Bytes of a `machine.memory_budget` such as "24GiB"; None for "auto"."""
    if text == "auto":
        return None
    powers = {"TiB": 40, "GiB": 30, "MiB": 20, "KiB": 10, "B": 0}
    unit = next(unit for unit in powers if text.endswith(unit))
    return int(float(text.removesuffix(unit)) * 2 ** powers[unit])
