"""transformers' Trainer with our step inside: one batch of its loop is one whole optimiser batch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from transformers import Trainer, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from studio.core.out_of_memory import is_out_of_memory, trouble_of
from studio.core.recipe.recipe import TrainingTable
from studio.methods.protocols import routed_method
from studio.training.checkpoint.state import RandomStates, method_buffers
from studio.training.memory.oom_recovery import Recovery
from studio.training.step import StepComputer, StepFigures


class NotFiniteError(Exception):
    """The loss or its gradient is no number any more; `step` counts from 1, `rows` are (task, row from 0)."""

    def __init__(self, step: int, what: str, rows: list[tuple[str, int]]) -> None:
        super().__init__(f"{what} of step {step} is not a finite number")
        self.step, self.what, self.rows = step, what, rows


class StepNumbers:
    """What the Trainer iterates over: the numbers of the steps that are left; `first` is set when a run resumes."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.first = 0

    def __len__(self) -> int:
        return self.total

    def __iter__(self) -> Iterator[dict[str, int]]:
        return iter([{"step": step} for step in range(self.first, self.total)])


class StudioTrainer(Trainer):
    """Trainer whose training step computes the optimiser's batch in micro-batches of any size.

    Accumulation lies inside the step and not in the Trainer's loop, so the loss is exact over the batch, and a step
    that ran out of memory is simply computed again with fewer rows at once. `figures` and `gradient_norm` tell of
    the last step.
    """

    def __init__(
        self,
        model: nn.Module,
        arguments: TrainingArguments,
        numbers: StepNumbers,
        compute: StepComputer,
        recovery: Recovery,
        clip: float,
    ) -> None:
        super().__init__(model=model, args=arguments)
        self.remove_callback(PrinterCallback)
        self.numbers = numbers
        self.compute = compute
        self.recovery = recovery
        self.clip = clip
        self.figures = StepFigures(0)
        self.gradient_norm = 0.0
        self.learning_rate = 0.0
        self._random = RandomStates.capture()
        self._memories = list(method_buffers(model).values())
        self._remembered = [memory.clone() for memory in self._memories]

    def get_train_dataloader(self) -> Any:
        return self.numbers

    def training_step(self, model: nn.Module, inputs: dict[str, Any], num_items_in_batch: Any = None) -> torch.Tensor:
        """Compute the gradient of one optimiser batch, clipped; raises NotFiniteError before any weight is touched."""
        step = inputs["step"]
        self._random = RandomStates.capture()
        self._remembered = [memory.clone() for memory in self._memories]
        while True:
            model.train()
            try:
                self.figures = self.compute(step, self.recovery.micro_batch)
                self.gradient_norm = self.clip_gradients() if math.isfinite(self.figures.loss) else 0.0
                break
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                trouble = trouble_of(error)
            # Outside of the except block the failed step's tensors are no longer held by its traceback.
            self.undo_step()
            self.recovery.reduce(step + 1, trouble)
        if not math.isfinite(self.figures.loss):
            raise NotFiniteError(step + 1, "the loss", self.compute.rows(step))
        if not math.isfinite(self.gradient_norm):
            raise NotFiniteError(step + 1, "the gradient", self.compute.rows(step))
        assert self.optimizer is not None
        self.learning_rate = float(self.optimizer.param_groups[0]["lr"])
        return torch.tensor(self.figures.loss, device=self.args.device)

    def undo_step(self) -> None:
        """Put back what a step that failed before the optimiser moved has changed: gradients, randomness, memories."""
        assert self.model is not None
        self.model.zero_grad()
        self._random.restore()
        with torch.no_grad():
            for memory, before in zip(self._memories, self._remembered, strict=True):
                memory.copy_(before)
        if (routed := routed_method(self.model)) is not None:
            routed.forget_step()

    def clip_gradients(self) -> float:
        """Clip the gradients to the recipe's norm, and return the norm that they had."""
        assert self.model is not None
        trained = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        return float(nn.utils.clip_grad_norm_(trained, self.clip or math.inf))

    def _get_grad_norm(self, model: nn.Module, grad_norm: Any = None) -> float:
        return self.gradient_norm  # known already; the Trainer would go through all gradients once more

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        return 0  # a step's number has no length to estimate from


def arguments_for(training: TrainingTable, folder: str, total_steps: int, seed: int, device: str) -> TrainingArguments:
    """The Trainer's arguments: it steps, schedules and counts; saving, evaluating and recording are ours."""
    arguments = TrainingArguments(
        output_dir=folder,
        max_steps=total_steps,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=1,
        learning_rate=training.learning_rate,
        lr_scheduler_type="constant_with_warmup" if training.schedule == "constant" else training.schedule,
        warmup_steps=math.ceil(training.warmup * total_steps),
        weight_decay=training.weight_decay,
        max_grad_norm=0.0,
        optim=_OPTIMIZERS[training.optimizer],
        save_strategy="no",
        eval_strategy="no",
        logging_strategy="no",
        logging_nan_inf_filter=False,
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        remove_unused_columns=False,
        seed=seed,
        use_cpu=device == "cpu",
        log_level="error",
    )
    if arguments.n_gpu > 1:
        arguments._n_gpu = 1  # a second card in the machine is no wish for DataParallel
    return arguments


_OPTIMIZERS = {
    "auto": "adamw_torch",
    "adamw": "adamw_torch",
    "adamw-8bit": "adamw_bnb_8bit",
    "adamw-paged-8bit": "paged_adamw_8bit",
}
