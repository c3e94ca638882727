"""The Recipe: everything that decides a run, declared once.

The form, the command line, the checks and their remedies are all read from the fields below: a field's
`description` is its sentence, its bounds are its range, `json_schema_extra` says how the form shows it
(`unit`, `advanced`, `methods` that use it).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

MethodName = Literal["mixlora", "moelora", "lora", "dora"]
DataFormat = Literal["auto", "messages", "sharegpt", "alpaca", "prompt-completion", "text", "multiple-choice"]
Precision = Literal["auto", "fp32", "bf16", "int8", "nf4"]

ROUTED_METHODS: tuple[MethodName, ...] = ("mixlora", "moelora")


def _shown(unit: str = "", advanced: bool = False, methods: tuple[MethodName, ...] = ()) -> dict[str, Any]:
    """How the form shows a field: its unit, whether it hides under "advanced", and the methods that use it."""
    return {"unit": unit, "advanced": advanced, "methods": list(methods)}


class Table(BaseModel):
    """One table of a recipe: frozen, and closed to keys that it does not declare and to values of another type."""

    # Strict: TOML has types of its own, so a number in quotes, or true for 1, is a slip and not a spelling.
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, strict=True)


class ModelTable(Table):
    """Which model is adapted, and in which precision its frozen weights are held."""

    source: str = Field(
        "demo",
        min_length=1,
        description='The base model: "demo", a local folder, a .gguf file, or a hub id such as "owner/name".',
    )
    precision: Precision = Field(
        "auto", description="How the frozen weights are held; auto takes the best that fits the budget."
    )
    revision: str = Field(
        "main",
        description="The hub revision to take; ignored for local models.",
        json_schema_extra=_shown(advanced=True),
    )


class TaskTable(Table):
    """One named data set in the mix, with its own weight, evaluation and curve."""

    name: str = Field(
        min_length=1,
        max_length=60,
        pattern=r"^[^\s/\\:]+$",
        description="What curves and tables call this task.",
    )
    train: str = Field(min_length=1, description="The training file (json, jsonl, csv, parquet, txt) or hub set.")
    evaluate: str | None = Field(None, description="The held-out file that the task is scored on.")
    format: DataFormat = Field("auto", description="How a row is read; auto looks at its columns.")
    weight: float = Field(1.0, gt=0, le=100, description="How many times an epoch goes through this task's rows.")
    metric: Literal["auto", "exact-match", "json", "choice", "loss"] = Field(
        "auto",
        description="How an answer is scored; auto picks by format.",
        json_schema_extra=_shown(advanced=True),
    )
    evaluate_rows: int = Field(
        100,
        ge=1,
        le=100_000,
        description="At most so many held-out rows are scored while training.",
        json_schema_extra=_shown(advanced=True),
    )


class MethodTable(Table):
    """How the model is adapted."""

    name: MethodName = Field("mixlora", description="The method; the others are its baselines and its cousin.")
    experts: int = Field(
        8,
        ge=2,
        le=256,
        description="Experts in each routed layer.",
        json_schema_extra=_shown(methods=ROUTED_METHODS),
    )
    top_k: int = Field(
        2,
        ge=1,
        le=256,
        description="Experts that each token is sent to.",
        json_schema_extra=_shown(methods=ROUTED_METHODS),
    )
    rank: int = Field(16, ge=1, le=1024, description="Rank of every low-rank pair (moelora: of all its experts).")
    alpha: float = Field(32, gt=0, le=8192, description="Scaling numerator: updates are scaled by alpha / rank.")
    dropout: float = Field(0.05, ge=0, lt=1, description="Dropout before the low-rank pair, in training only.")
    balance: float = Field(
        0.01,
        ge=0,
        le=10,
        description="Weight of the load-balance loss, which weighs each step with the experts' loads of the last one.",
        json_schema_extra=_shown(methods=ROUTED_METHODS),
    )
    contrastive: float = Field(
        0.01,
        ge=0,
        le=10,
        description="Weight of the contrastive loss, which draws the experts apart; 0 leaves it out. It compares within"
        " the rows computed at once, so its result depends on micro_batch.",
        json_schema_extra=_shown(methods=("moelora",)),
    )
    temperature: float = Field(
        0.07,
        ge=0.01,
        le=10,
        description="Temperature of the contrastive loss: lower minds the nearest vectors more.",
        json_schema_extra=_shown(advanced=True, methods=("moelora",)),
    )
    memory: int = Field(
        128,
        ge=0,
        le=65_536,
        description="Earlier vectors of each expert that the contrastive loss compares with.",
        json_schema_extra=_shown("vectors", advanced=True, methods=("moelora",)),
    )
    pairs: int = Field(
        128,
        ge=0,
        le=1_048_576,
        description="(Token, expert) pairs contrasted in each layer and forward, spread evenly; 0 takes all of them.",
        json_schema_extra=_shown(advanced=True, methods=("moelora",)),
    )
    routing: Literal["top-k", "top-p", "switch"] = Field(
        "top-k",
        description="How experts are chosen: the k best, the fewest that reach top_p, or one with a capacity.",
        json_schema_extra=_shown(advanced=True, methods=("mixlora",)),
    )
    top_p: float = Field(
        0.8,
        gt=0,
        le=1,
        description="Probability that the experts chosen by top-p routing reach.",
        json_schema_extra=_shown(advanced=True, methods=("mixlora",)),
    )
    capacity: int = Field(
        32,
        ge=1,
        le=1_048_576,
        description="Tokens of one row that an expert takes under switch routing; the rest pass unchanged.",
        json_schema_extra=_shown("tokens", advanced=True, methods=("mixlora",)),
    )
    balance_scope: Literal["layer", "pooled"] = Field(
        "layer",
        description="Each layer balances for itself, or all layers together within the rows computed at once, as in the"
        " reference; the result then depends on micro_batch.",
        json_schema_extra=_shown(advanced=True, methods=("mixlora",)),
    )
    balance_bias: float = Field(
        0.0,
        ge=0,
        le=0.1,
        description="Step of the loss-free balancing bias, which only selection sees; 0 leaves it out.",
        json_schema_extra=_shown(advanced=True, methods=("mixlora",)),
    )
    z_loss: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Weight of the router's z-loss, which keeps its logits small; 0 leaves it out.",
        json_schema_extra=_shown(advanced=True, methods=("mixlora",)),
    )
    jitter: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="In training the routed input is multiplied by a random factor this far from 1.",
        json_schema_extra=_shown(advanced=True, methods=("mixlora",)),
    )
    magnitudes: bool = Field(
        False,
        description="Train DoRA's magnitudes in every expert too (MixDoRA): often better, and slower.",
        json_schema_extra=_shown(advanced=True, methods=("mixlora",)),
    )
    rank_stabilised: bool = Field(
        False,
        description="Scale updates by alpha / sqrt(rank) (rsLoRA), which suits high ranks.",
        json_schema_extra=_shown(advanced=True, methods=("mixlora", "lora", "dora")),
    )
    goat_scaling: bool = Field(
        False,
        description="Scale experts by sqrt(3 x inputs / rank) instead of by alpha (GOAT); alpha is then unused there.",
        json_schema_extra=_shown(advanced=True, methods=("mixlora",)),
    )
    attention_rank: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="Rank in the attention where it differs from the experts'; its scaling stays the experts'.",
        json_schema_extra=_shown(advanced=True, methods=("mixlora",)),
    )
    layer_experts: list[int] | None = Field(
        None,
        description="Experts of each layer, first layer first, instead of the one number for all.",
        json_schema_extra=_shown(advanced=True, methods=("mixlora",)),
    )
    layer_ranks: list[int] | None = Field(
        None,
        description="Rank of each layer's experts, first layer first, instead of the one rank for all.",
        json_schema_extra=_shown(advanced=True, methods=("mixlora",)),
    )
    targets: Literal["all"] | list[str] = Field(
        "all", description='Adapted projections: "all", or names such as ["q_proj", "up_proj"].'
    )

    @model_validator(mode="after")
    def _possible_pairs(self) -> MethodTable:
        if self.name in ROUTED_METHODS and self.top_k > self.experts:
            raise ValueError(
                f"top_k|{self.top_k} experts for each token, but there are {self.experts}."
                f"|Set top_k to {self.experts} or less, or experts to {self.top_k} or more."
            )
        if self.name == "moelora":
            share, rest = divmod(self.rank, self.experts)
            if rest or share < 2:
                raise ValueError(
                    f"rank|moelora splits rank {self.rank} over {self.experts} experts; each needs a whole share"
                    " of 2 or more, since experts of rank 1 have nothing to contrast."
                    f"|Set rank to a multiple of {self.experts}, at least {2 * self.experts}."
                )
            if self.top_k == 1:
                raise ValueError(
                    "top_k|moelora's gates are a softmax over the chosen experts only: with one it is always 1,"
                    " so that the router would learn nothing from the answers.|Set top_k to 2 or more."
                )
        if self.targets != "all" and not self.targets:
            raise ValueError('targets|the list is empty, so nothing would be trained.|Name projections, or "all".')
        return self


class TrainingTable(Table):
    """How long and how fast the adapter learns."""

    epochs: float = Field(2, gt=0, le=1000, description="Passes through the mix; max_steps overrides it.")
    max_steps: int | None = Field(None, ge=1, description="Stop after so many optimiser steps.")
    max_length: int = Field(512, ge=8, le=1_048_576, description="Longest row.", json_schema_extra=_shown("tokens"))
    batch_size: int = Field(
        16,
        ge=1,
        le=65_536,
        description="Rows that the optimiser sees at each step.",
        json_schema_extra=_shown("rows"),
    )
    micro_batch: Literal["auto"] | Annotated[int, Field(ge=1, le=65_536)] = Field(
        "auto",
        description="Rows computed at once; it only divides batch_size. The result is the same but for rounding, for"
        " dropout's random draws, and for the contrastive and the pooled balance loss.",
        json_schema_extra=_shown("rows", advanced=True),
    )
    learning_rate: float = Field(2e-4, gt=0, le=1, description="Peak learning rate.")
    schedule: Literal["linear", "cosine", "constant"] = Field(
        "linear",
        description="How the learning rate falls after warm-up.",
        json_schema_extra=_shown(advanced=True),
    )
    warmup: float = Field(
        0.03,
        ge=0,
        le=0.5,
        description="Share of the steps over which the learning rate rises.",
        json_schema_extra=_shown(advanced=True),
    )
    weight_decay: float = Field(
        0.0, ge=0, le=1, description="AdamW's weight decay.", json_schema_extra=_shown(advanced=True)
    )
    clip: float = Field(
        1.0,
        ge=0,
        le=1000,
        description="Gradients are scaled down to this norm; 0 never clips.",
        json_schema_extra=_shown(advanced=True),
    )
    optimizer: Literal["auto", "adamw", "adamw-8bit", "adamw-paged-8bit"] = Field(
        "auto",
        description="Auto is AdamW, or its 8-bit form where memory is short.",
        json_schema_extra=_shown(advanced=True),
    )
    checkpointing: Literal["auto"] | bool = Field(
        "auto",
        description="Recompute activations in the backward pass: less memory, about a third more time.",
        json_schema_extra=_shown(advanced=True),
    )
    save_every: int = Field(100, ge=1, description="Steps between checkpoints.", json_schema_extra=_shown("steps"))
    keep: int = Field(
        2,
        ge=1,
        le=1000,
        description="Newest checkpoints kept on the disk.",
        json_schema_extra=_shown(advanced=True),
    )
    keep_best: Literal["loss", "score", "none"] = Field(
        "loss",
        description="The best checkpoint is kept too: of lowest mean held-out loss, of highest mean score, or none.",
        json_schema_extra=_shown(advanced=True),
    )
    evaluate_every: int = Field(100, ge=1, description="Steps between evaluations.", json_schema_extra=_shown("steps"))


class MachineTable(Table):
    """What the run may use of this machine."""

    device: str = Field(
        "auto",
        pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$",
        description='Where it trains: "auto", "cpu", "cuda", "cuda:1" or "mps".',
    )
    memory_budget: str = Field(
        "auto",
        pattern=r"^(auto|\d+(\.\d+)?\s*(B|KiB|MiB|GiB|TiB))$",
        description='Memory the run may take, such as "24GiB"; auto is what is free, less a reserve.',
    )
    processes: int = Field(
        1,
        ge=1,
        le=64,
        description="Training processes; more than one is started through torchrun.",
        json_schema_extra=_shown(advanced=True),
    )


class Recipe(Table):
    """Everything that decides a run; read by form, command line and worker alike."""

    name: str = Field("untitled", min_length=1, max_length=80, description="What the run is called.")
    seed: int = Field(
        42,
        ge=0,
        le=2**32 - 1,
        description="Fixes data order, initialisation and dropout.",
        json_schema_extra=_shown(advanced=True),
    )
    model: ModelTable = Field(default_factory=ModelTable)
    tasks: tuple[TaskTable, ...] = Field(
        min_length=1,
        strict=False,  # TOML's arrays are lists; the tasks in it stay strict
        description="The data sets that are mixed, each under a [[tasks]] of its own.",
    )
    method: MethodTable = Field(default_factory=MethodTable)
    training: TrainingTable = Field(default_factory=TrainingTable)
    machine: MachineTable = Field(default_factory=MachineTable)

    @model_validator(mode="after")
    def _distinct_tasks(self) -> Recipe:
        names = [task.name for task in self.tasks]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise ValueError(f"tasks.{index}.name|two tasks are called {name!r}.|Give each task its own name.")
        return self


def budget_bytes(text: str) -> int | None:
    """Bytes of a `machine.memory_budget` such as "24GiB"; None for "auto"."""
    if text == "auto":
        return None
    powers = {"TiB": 40, "GiB": 30, "MiB": 20, "KiB": 10, "B": 0}
    unit = next(unit for unit in powers if text.endswith(unit))
    return int(float(text.removesuffix(unit)) * 2 ** powers[unit])
