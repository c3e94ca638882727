"""The crew: the processes that train one run together, of which the first leads; alone, a crew of one.

Each has the whole model and computes the gradient of its part of the optimiser's batch; gradients are summed once a
step, so that all take the same step. The leader alone writes run.db, takes commands and saves; what it decides, it
shares. Nothing of it waits within a forward, so that memory may run out in one process, and all of them hear of it.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from studio.core.at_once import BUCKET_BYTES
from studio.core.out_of_memory import is_out_of_memory, trouble_of
from studio.core.problem import DoesNotFitError
from studio.core.process.lost_process import meeting
from studio.core.words import tr

Thing = TypeVar("Thing")
PATIENCE = datetime.timedelta(days=1)
"""How long one waits for the others: longer than any evaluation. The worker sees earlier that one is lost or hangs."""


class OutOfMemoryInOne(MemoryError):
    """Memory ran out in one process of the crew, as all of them know."""


@dataclass(slots=True)
class Sent:
    """Bytes that this process handed over to be summed, since it began: gradients, and losses with loads."""

    gradients: int = 0
    figures: int = 0


@dataclass(slots=True)
class Crew:
    """`rank` is this process's number among `count`, from 0; `local_rank` that among those of its machine.

    `node` is its machine's number; only the first one opens run.db. `worker` is the process that started those of this
    machine, and on the first one holds the run's lock; it looks at `pulse`, the file of one that does not lead.
    `sharded`: the frozen layers are divided, so that the processes wait for one another in each of them: all run the
    same forwards, and memory that runs out in one ends the run.
    """

    rank: int = 0
    count: int = 1
    local_rank: int = 0
    local_count: int = 1
    node: int = 0
    worker: int = field(default_factory=os.getpid)
    pulse: Path | None = None
    sharded: bool = False
    sent: Sent = field(default_factory=Sent)

    @classmethod
    def of_environment(cls) -> Crew:
        """The crew that torchrun started this process for."""
        number = {
            name: int(os.environ[name])
            for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "GROUP_RANK")
        }
        return cls(
            number["RANK"],
            number["WORLD_SIZE"],
            number["LOCAL_RANK"],
            number["LOCAL_WORLD_SIZE"],
            number["GROUP_RANK"],
            int(os.environ.get(WORKER_VARIABLE, os.getpid())),
        )

    @property
    def leads(self) -> bool:
        return self.rank == 0

    @property
    def alone(self) -> bool:
        return self.count == 1

    def join(self, on_cards: bool) -> None:
        """Meet the others; before that nothing can be shared. Imports torch."""
        if self.alone:
            return
        import torch.distributed as dist

        if dist.is_initialized():
            return
        backend = "cpu:gloo,cuda:nccl" if on_cards and dist.is_nccl_available() else "gloo"
        with meeting():
            dist.init_process_group(backend, timeout=PATIENCE)

    def share(self, thing: Thing) -> Thing:
        """The leader's `thing`, in every process."""
        if self.alone:
            return thing
        import torch.distributed as dist

        held = [thing]
        with meeting():
            dist.broadcast_object_list(held, src=0)
        return held[0]

    def gather(self, thing: Thing) -> list[Thing]:
        """Every process's `thing`, in order, in every process."""
        if self.alone:
            return [thing]
        import torch.distributed as dist

        held: list[Any] = [None] * self.count
        with meeting():
            dist.all_gather_object(held, thing)
        return held

    def any(self, is_so: bool) -> bool:
        """Whether it is so in any process."""
        return self.most(int(is_so)) > 0

    def most(self, number: int) -> int:
        """The largest of all processes' numbers."""
        if self.alone:
            return number
        import torch
        import torch.distributed as dist

        whole = torch.tensor([number], dtype=torch.int64)
        with meeting():
            dist.all_reduce(whole, op=dist.ReduceOp.MAX)
        return int(whole)

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Within, memory that runs out in one process has run out in all: each raises an error that says so.

        Every process must come by here. Inside, none may wait for another but in a guard again.
        """
        if self.alone:
            yield
            return
        if self.sharded:
            with self.ending():
                yield
            return
        trouble: BaseException | None = None
        try:
            yield
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error) or isinstance(error, OutOfMemoryInOne):
                raise
            trouble = error
        if self.any(trouble is not None):
            said = self.gather("" if trouble is None else trouble_of(trouble))
            rank = next(number for number, each in enumerate(said) if each)
            raise OutOfMemoryInOne(f"out of memory in process {rank + 1} of {self.count}: {said[rank]}")

    def can_take_less(self, error: BaseException) -> bool:
        """Whether memory ran out as all processes know, so that all go on with less.

        Where one alone knows, the others wait for it in another place: it has to end, and the run with it.
        """
        return is_out_of_memory(error) and (self.alone or isinstance(error, OutOfMemoryInOne))

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Within, memory that runs out ends a divided run: the others wait for this process inside a forward."""
        if not self.sharded:
            yield
            return
        try:
            yield
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise DoesNotFitError.at(
                "memory",
                tr(
                    "it ran out in process {n} of {count} ({trouble}), among which the model is divided, so that none"
                    " can go on with less alone.",
                    n=self.rank + 1,
                    count=self.count,
                    trouble=trouble_of(error),
                ),
                tr("Lower training.micro_batch or max_length, or turn training.checkpointing on; then resume."),
            ) from None

    def sum_figures(self, figures: Sequence[Any]) -> list[Any]:
        """The sums of all processes' tensors, float64 on the processor; sent as one."""
        import torch

        flat = torch.cat([each.detach().to("cpu", torch.float64).reshape(-1) for each in figures])
        if not self.alone:
            import torch.distributed as dist

            self.sent.figures += flat.nbytes
            with meeting():
                dist.all_reduce(flat)
        parts = flat.split([each.numel() for each in figures])
        return [part.view(each.shape) for part, each in zip(parts, figures, strict=True)]

    def sum_gradients(self, parameters: Iterable[Any]) -> None:
        """Add up all processes' gradients, a bucket at a time; what has none anywhere keeps none."""
        if self.alone:
            return
        import torch
        import torch.distributed as dist

        trained = list(parameters)
        known = torch.tensor([each.grad is not None for each in trained], dtype=torch.int32)
        with meeting():
            dist.all_reduce(known, op=dist.ReduceOp.MAX)
        wanted = [each for each, some in zip(trained, known.tolist(), strict=True) if some]
        with self.guard():
            for each in wanted:
                if each.grad is None:
                    each.grad = torch.zeros_like(each)
        with torch.no_grad():
            for bucket in _buckets([each.grad for each in wanted]):
                self._sum(bucket)

    def _sum(self, gradients: list[Any]) -> None:
        import torch
        import torch.distributed as dist

        alone = len(gradients) == 1 and gradients[0].is_contiguous()
        with self.guard():
            flat = gradients[0].view(-1) if alone else torch.cat([each.reshape(-1) for each in gradients])
            by_card = flat.is_cuda and "nccl" in str(dist.get_backend_config())
            sent = flat if by_card or not flat.is_cuda else flat.cpu()  # on Windows torch has no NCCL
        self.sent.gradients += sent.nbytes
        with meeting():
            dist.all_reduce(sent)
        for gradient, part in zip(gradients, sent.split([each.numel() for each in gradients]), strict=True):
            if part.data_ptr() != gradient.data_ptr():
                gradient.copy_(part.view_as(gradient))

    def seed_step(self, seed: int, step: int) -> None:
        """Let each process draw its own random numbers in each step; a resumed run draws the same again."""
        if self.alone:
            return
        import numpy as np
        import torch

        torch.manual_seed(int(np.random.SeedSequence((seed, step, self.rank)).generate_state(1, np.uint64)[0] >> 1))

    def part(self) -> None:
        """Wait for the others at the very end; the group is not taken down, since the process ends."""
        self.any(False)


WORKER_VARIABLE = "MIXLORA_STUDIO_WORKER"
"""The worker's process, told to those that it starts."""


def _buckets(gradients: Sequence[Any]) -> Iterator[list[Any]]:
    """Gradients of one type in buckets of at most `BUCKET_BYTES`; a larger one alone."""
    bucket: list[Any] = []
    for gradient in gradients:
        full = sum(each.nbytes for each in bucket) + gradient.nbytes > BUCKET_BYTES
        if bucket and (full or gradient.dtype != bucket[0].dtype):
            yield bucket
            bucket = []
        bucket.append(gradient)
    if bucket:
        yield bucket
