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
    """What a number may be: `low` to `high`, a `whole` one, not `low` itself where `above`.

    `many`: it is a list of such numbers. `optional`: None is allowed too.
    """

    low: float
    high: float = math.inf
    whole: bool = False
    above: bool = False
    many: bool = False
    optional: bool = False

    def allows(self, value: Any) -> bool:
        """Say whether `value` is as it should be; True and False, nan and infinity are no numbers."""
        if value is None:
            return self.optional
        if self.many:
            return isinstance(value, (list, tuple)) and bool(value) and all(map(self._allows_one, value))
        return self._allows_one(value)

    def _allows_one(self, value: Any) -> bool:
        kind = Integral if self.whole else Real
        if not isinstance(value, kind) or isinstance(value, bool):
            return False
        number = float(value)
        return math.isfinite(number) and self.low <= number <= self.high and not (self.above and number == self.low)

    def __str__(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        kind = f"a list, each entry {kind}" if self.many else kind
        if self.above:
            return f"{kind} above {self.low:g}"
        return f"{kind}, {self.low:g} or more" if math.isinf(self.high) else f"{kind}, {self.low:g} to {self.high:g}"


def out_of_range(where: str, value: Any, allowed: object) -> Problem:
    """Return the Problem of a field that is not what is allowed."""
    return Problem(where, f"It is {value!r}.", f"Choose {allowed}.")


def broken_limits(config: Any, limits: Mapping[str, Limit]) -> Iterator[Problem]:
    """Find every field that breaks its limit."""
    for name, limit in limits.items():
        if not limit.allows(getattr(config, name)):
            yield out_of_range(f"{type(config).__name__}.{name}", getattr(config, name), limit)


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
