"""What the config of a routed method may hold, told in sentences where it holds something else."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from studio.core.problem import Problem

# Fields of PEFT's LoraConfig that ask for a variant of plain LoRA; taken silently they would be lost on the experts.
_VARIANTS = (
    "alora_invocation_tokens",
    "arrow_config",
    "fan_in_fan_out",
    "kasa_config",
    "layer_replication",
    "megatron_config",
    "monteclora_config",
    "target_parameters",
    "use_bdlora",
    "use_qalora",
    "velora_config",
)


@dataclass(frozen=True, slots=True)
class Limit:
    """What one number may be: `low` to `high`, whole or not; `above`: not `low` itself; `optional`: None too."""

    low: float
    high: float = math.inf
    whole: bool = False
    above: bool = False
    optional: bool = False

    def allows(self, value: Any) -> bool:
        """Say whether `value` is such a number; True and False, nan and infinity are none."""
        kind = Integral if self.whole else Real
        if not isinstance(value, kind) or isinstance(value, bool):
            return False
        number = float(value)
        return math.isfinite(number) and self.low <= number <= self.high and not (self.above and number == self.low)

    def __str__(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        if self.above:
            return f"{kind} above {self.low:g}"
        return f"{kind}, {self.low:g} or more" if math.isinf(self.high) else f"{kind}, {self.low:g} to {self.high:g}"


def out_of_range(where: str, value: Any, allowed: object) -> Problem:
    """Return the Problem of a field that is not what is allowed."""
    return Problem(where, f"It is {value!r}.", f"Choose {allowed}.")


def broken_limits(config: Any, limits: Mapping[str, Limit]) -> Iterator[Problem]:
    """Find every field that breaks its limit; a list must keep it in each entry."""
    for name, limit in limits.items():
        value = getattr(config, name)
        entries = value if isinstance(value, list) else [value]
        if value is None and limit.optional:
            continue
        if not entries or not all(limit.allows(entry) for entry in entries):
            yield out_of_range(f"{type(config).__name__}.{name}", value, limit)


def plain_loras_own(config: Any, method: str) -> Iterator[Problem]:
    """Find what PEFT's LoraConfig offers and `method` has not."""
    where = type(config).__name__
    if config.bias != "none" or config.lora_bias:
        yield Problem(f"{where}.bias", f"{method} trains no biases.", 'Leave bias at "none".')
    if config.init_lora_weights is not True:
        yield out_of_range(
            f"{where}.init_lora_weights",
            config.init_lora_weights,
            "True: A Kaiming-uniform, B zero",
        )
    for name in _VARIANTS:
        if getattr(config, name, None):  # a version of PEFT may not have it
            yield Problem(f"{where}.{name}", f"{method} has no such variant.", "Leave it out, or use the method lora.")
