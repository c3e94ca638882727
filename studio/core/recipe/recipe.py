"""The Recipe: everything that decides a run, declared once.

The form, the command line, the checks and their remedies are all read from the fields below: a field's
`description` is its sentence, its bounds are its range, `json_schema_extra` says how the form shows it
(`unit`, `advanced`). The fields of [method] are declared by the methods that use them, in `studio.core.methods`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from studio.core.fault_text import FieldFaultError
from studio.core.methods.registry import DEFAULT, METHODS, MethodFields, MethodName
from studio.core.recipe.column_mapping import ColumnMapping
from studio.core.recipe.data_path import is_text_encoding
from studio.core.recipe.machine_table import MachineTable
from studio.core.recipe_table import Table, shown
from studio.core.words import mark, tr

DataFormat = Literal[
    "auto",
    "messages",
    "sharegpt",
    "alpaca",
    "prompt-completion",
    "text",
    "multiple-choice",
    "classification",
    "preference",
]
Precision = Literal["auto", "fp32", "bf16", "fp16", "int8", "nf4"]
MetricName = Literal["auto", "exact-match", "answer", "number", "json", "label", "choice", "acc", "acc_norm", "loss"]
HeldOutShare = Annotated[float, Field(gt=0, lt=1)]
HeldOutRows = Annotated[int, Field(ge=1, le=1_000_000)]


DataNames = (
    Annotated[str, Field(min_length=1)] | Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
)


class ModelTable(Table):
    """Which model is adapted, and in which precision its frozen weights are held."""

    source: str = Field(
        "demo",
        min_length=1,
        title=mark("Model"),
        description=mark('The base model: "demo", a local folder, a .gguf file, or a hub id such as "owner/name".'),
    )
    precision: Precision = Field(
        "auto",
        title=mark("Precision of the weights"),
        description=mark("How the frozen weights are held; auto takes the best that fits the budget."),
    )
    revision: str = Field(
        "main",
        title=mark("Version on the hub"),
        description=mark("The hub revision to take; ignored for local models."),
        json_schema_extra=shown(advanced=True),
    )
    adapter: str | None = Field(
        None,
        min_length=1,
        title=mark("Start from an adapter"),
        description=mark(
            "An adapter that training starts from, in place of fresh weights: its folder or a run's,"
            " or the name of an imported one."
        ),
        json_schema_extra=shown(advanced=True),
    )


class TaskTable(Table):
    """One named data set in the mix, with its own weight, evaluation and curve."""

    name: str = Field(
        min_length=1,
        max_length=60,
        pattern=r"^[^\s/\\:]+$",
        title=mark("Name"),
        description=mark("What curves and tables call this task: a name without spaces, slashes and colons."),
    )
    train: DataNames = Field(
        title=mark("Training data"),
        description=mark(
            "The training file (json, jsonl, csv, parquet, arrow, txt), a folder, a pattern such as"
            ' "data/*.jsonl", a list of them, or a hub set.'
        ),
    )
    evaluate: DataNames | HeldOutRows | HeldOutShare | None = Field(
        None,
        title=mark("Held-out data"),
        description=mark(
            "The held-out file that the task is scored on; or how much of the training rows is held out for"
            " it: a share such as 0.1, or a number of rows such as 200."
        ),
    )
    format: Annotated[
        Annotated[DataFormat, Tag("_name")] | Annotated[ColumnMapping, Tag("_columns")],
        Discriminator(lambda given: "_columns" if isinstance(given, (dict, ColumnMapping)) else "_name"),
    ] = Field(
        "auto",
        title=mark("How a row is read"),
        description=mark(
            "How a row is read; auto looks at its columns. For columns of other names, say which is what:"
            ' { prompt = "question", completion = "reply" }.'
        ),
    )
    encoding: str = Field(
        "auto",
        title=mark("Text encoding"),
        description=mark(
            'What a text file was saved in, such as "windows-1252"; auto is UTF-8, or UTF-16 where it says so.'
        ),
        json_schema_extra=shown(advanced=True),
    )
    skip_faulty: bool = Field(
        False,
        title=mark("Skip unreadable rows"),
        description=mark("Leave out rows that cannot be read, and count them, instead of refusing the file."),
        json_schema_extra=shown(advanced=True),
    )
    weight: float = Field(
        1.0,
        gt=0,
        le=100,
        title=mark("Weight in the mix"),
        description=mark("How many times an epoch goes through this task's rows."),
    )
    metric: MetricName = Field(
        "auto",
        title=mark("How answers are scored"),
        description=mark("How an answer is scored; auto chooses by the rows and says what it chose."),
        json_schema_extra=shown(advanced=True),
    )
    evaluate_rows: int = Field(
        100,
        ge=1,
        le=100_000,
        title=mark("Rows scored while training"),
        description=mark(
            "At most so many held-out rows are scored while training; after it all that five minutes allow."
        ),
        json_schema_extra=shown(advanced=True),
    )

    @field_validator("encoding")
    @classmethod
    def _is_an_encoding_of_text(cls, name: str) -> str:
        if name != "auto" and not is_text_encoding(name):
            what = tr("there is no encoding {name!r}.", name=name)
            remedy = tr("Name one such as windows-1252, latin-1, gb18030, cp932.")
            raise FieldFaultError("", what, remedy)
        return name


class _NameField(Table):
    """Which method it is."""

    name: MethodName = Field(
        DEFAULT,
        title=mark("Method"),
        description=mark(
            "How the model is adapted: mixlora routes each token to experts; lora is simpler, and learned no less where"
            " it was measured."
        ),
    )


class MethodTable(MethodFields, _NameField):
    """How the model is adapted."""

    @model_validator(mode="after")
    def _goes_together(self) -> MethodTable:
        if found := next(METHODS[self.name].impossible(dict(self)), None):
            raise FieldFaultError(*found)
        if self.targets != "all" and not self.targets:
            what, remedy = tr("the list is empty, so nothing would be trained."), tr('Name projections, or "all".')
            raise FieldFaultError("targets", what, remedy)
        return self


def fewest_slots(method: MethodTable) -> int:
    """The fewest experts that a routed method sends a token to."""
    return method.top_k if method.routing == "top-k" else 1


class TrainingTable(Table):
    """How long and how fast the adapter learns."""

    epochs: float = Field(
        2,
        gt=0,
        le=1000,
        title=mark("Passes over the data"),
        description=mark("How often all rows are learned; a number of steps goes before it."),
    )
    max_steps: int | None = Field(
        None, ge=1, title=mark("Steps at most"), description=mark("Stop after so many optimiser steps.")
    )
    mixing_temperature: float = Field(
        1.0,
        ge=1,
        le=1000,
        title=mark("Evenness of the mix"),
        description=mark(
            "How evenly tasks are mixed: at 1 by their rows times weight, higher gives small tasks a larger"
            " share, as rows^(1/temperature)."
        ),
        json_schema_extra=shown(advanced=True),
    )
    max_length: int = Field(
        512,
        ge=8,
        le=1_048_576,
        title=mark("Longest row"),
        description=mark("The most tokens of a row."),
        json_schema_extra=shown(mark("tokens")),
    )
    batch_size: int = Field(
        16,
        ge=1,
        le=65_536,
        title=mark("Rows in a step"),
        description=mark("Rows that the optimiser sees at each step."),
        json_schema_extra=shown(mark("rows")),
    )
    micro_batch: Literal["auto"] | Annotated[int, Field(ge=1, le=65_536)] = Field(
        "auto",
        title=mark("Rows at once"),
        description=mark(
            "Rows computed at once; it only divides batch_size. The result is the same but for rounding, for"
            " dropout's random draws, and for the contrastive and the pooled balance loss."
        ),
        json_schema_extra=shown(mark("rows"), advanced=True),
    )
    packing: bool = Field(
        False,
        title=mark("Pack rows"),
        description=mark(
            "Lay rows end to end, so that no time goes into padding; no row sees another. The result is the"
            " same but for rounding and for dropout's random draws."
        ),
    )
    learning_rate: float = Field(
        2e-4,
        gt=0,
        le=1,
        title=mark("Learning rate"),
        description=mark("Peak learning rate."),
        json_schema_extra=shown(
            found=mark(
                "In our laboratory MixLoRA's best was LoRA's with four experts, 1.7 times that with eight of rank 4."
            )
        ),
    )
    schedule: Literal["linear", "cosine", "constant"] = Field(
        "linear",
        title=mark("Fall of the learning rate"),
        description=mark("How the learning rate falls after warm-up."),
        json_schema_extra=shown(advanced=True),
    )
    warmup: float = Field(
        0.03,
        ge=0,
        le=0.5,
        title=mark("Warm-up"),
        description=mark("Share of the steps over which the learning rate rises."),
        json_schema_extra=shown(advanced=True),
    )
    weight_decay: float = Field(
        0.0,
        ge=0,
        le=1,
        title=mark("Weight decay"),
        description=mark("AdamW's weight decay."),
        json_schema_extra=shown(advanced=True),
    )
    clip: float = Field(
        1.0,
        ge=0,
        le=1000,
        title=mark("Gradient clipping"),
        description=mark("Gradients are scaled down to this norm; 0 never clips."),
        json_schema_extra=shown(advanced=True),
    )
    optimizer: Literal["auto", "adamw", "adamw-8bit", "adamw-paged-8bit"] = Field(
        "auto",
        title=mark("Optimiser"),
        description=mark("Auto is AdamW, or its 8-bit form where memory is short."),
        json_schema_extra=shown(advanced=True),
    )
    checkpointing: Literal["auto"] | bool = Field(
        "auto",
        title=mark("Recompute activations"),
        description=mark("Recompute activations in the backward pass: less memory, about a third more time."),
        json_schema_extra=shown(advanced=True),
    )
    save_every: int = Field(
        100,
        ge=1,
        title=mark("Checkpoint every"),
        description=mark("Steps between checkpoints."),
        json_schema_extra=shown(mark("steps")),
    )
    keep: int = Field(
        2,
        ge=1,
        le=1000,
        title=mark("Checkpoints kept"),
        description=mark("Newest checkpoints kept on the disk."),
        json_schema_extra=shown(advanced=True),
    )
    keep_best: Literal["loss", "score", "none"] = Field(
        "loss",
        title=mark("Best checkpoint by"),
        description=mark(
            "The best checkpoint is kept too: of lowest mean held-out loss, of highest mean score, or none."
        ),
        json_schema_extra=shown(advanced=True),
    )
    evaluate_every: int = Field(
        100,
        ge=1,
        title=mark("Score every"),
        description=mark("Steps between evaluations."),
        json_schema_extra=shown(mark("steps")),
    )
    patience: int | None = Field(
        None,
        ge=1,
        le=10_000,
        title=mark("Stop early after"),
        description=mark(
            "Stop after so many evaluations without a better one by keep_best, whose checkpoint is then the"
            " result; without it, training goes on to its last step."
        ),
        json_schema_extra=shown(mark("evaluations"), advanced=True),
    )

    @model_validator(mode="after")
    def _patience_knows_better(self) -> TrainingTable:
        if self.patience is not None and self.keep_best == "none":
            what = tr('it needs to know which evaluation is better, and keep_best is "none".')
            remedy = tr('Set keep_best to "loss" or "score".')
            raise FieldFaultError("patience", what, remedy)
        return self


class Recipe(Table):
    """Everything that decides a run; read by form, command line and worker alike."""

    name: str = Field(
        "untitled", min_length=1, max_length=80, title=mark("Name"), description=mark("What the run is called.")
    )
    seed: int = Field(
        42,
        ge=0,
        le=2**32 - 1,
        title=mark("Seed"),
        description=mark("Fixes data order, initialisation and dropout."),
        json_schema_extra=shown(advanced=True),
    )
    model: ModelTable = Field(default_factory=ModelTable)
    tasks: tuple[TaskTable, ...] = Field(
        min_length=1,
        strict=False,  # TOML's arrays are lists; the tasks in it stay strict
        title=mark("Tasks"),
        description=mark("The data sets that are mixed, each under a [[tasks]] of its own."),
    )
    method: MethodTable = Field(default_factory=MethodTable)
    training: TrainingTable = Field(default_factory=TrainingTable)
    machine: MachineTable = Field(default_factory=MachineTable)

    @model_validator(mode="after")
    def _distinct_tasks(self) -> Recipe:
        names = [task.name for task in self.tasks]
        for index, name in enumerate(names):
            if name in names[:index]:
                what = tr("two tasks are called {name!r}.", name=name)
                remedy = tr("Give each task its own name.")
                raise FieldFaultError(f"tasks.{index}.name", what, remedy)
        return self

    @property
    def rows_of_a_process(self) -> int:
        """The most rows of a batch that fall to one process."""
        return -(-self.training.batch_size // self.machine.all_processes)

    @model_validator(mode="after")
    def _packed_weights_stay_whole(self) -> Recipe:
        if self.machine.shard is True and self.model.precision in ("int8", "nf4"):
            what = tr("weights held as {kind} cannot be divided over processes.", kind=self.model.precision)
            remedy = tr('Set model.precision to "bf16", or machine.shard to false.')
            raise FieldFaultError("machine.shard", what, remedy)
        return self

    @model_validator(mode="after")
    def _divided_layers_stay(self) -> Recipe:
        if self.machine.shard is True and self.machine.layers_in_ram not in ("auto", 0):
            what = tr("layers that are divided over processes cannot lie in the machine's memory as well.")
            raise FieldFaultError("machine.layers_in_ram", what, tr("Set it or machine.shard to auto."))
        return self

    @model_validator(mode="after")
    def _each_process_has_rows(self) -> Recipe:
        batch, processes = self.training.batch_size, self.machine.all_processes
        if batch < processes:
            what = tr("a batch of {rows} rows cannot be divided among {n} processes.", rows=batch, n=processes)
            remedy = tr("Set it to {n} or more, or machine.processes to {rows} or fewer.", n=processes, rows=batch)
            raise FieldFaultError("training.batch_size", what, remedy)
        return self

    @model_validator(mode="after")
    def _patience_has_scores(self) -> Recipe:
        if self.training.patience is not None and not any(task.evaluate for task in self.tasks):
            what = tr("no task has held-out rows, so nothing shows whether training still helps.")
            remedy = tr("Give a task held-out rows (evaluate = 0.1), or leave patience out.")
            raise FieldFaultError("training.patience", what, remedy)
        return self
