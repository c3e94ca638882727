"""How an answer's tokens are chosen."""

from __future__ import annotations

from pydantic import Field, ValidationError

from studio.core.fault_text import fault_text
from studio.core.problem import Problem, ProblemError
from studio.core.recipe_table import Table
from studio.core.words import mark, tr

MOST_TOKENS = 256


class Sampling(Table):
    """Greedy unless the temperature says otherwise: the likeliest token, each time the same answer."""

    temperature: float = Field(
        0.0,
        ge=0,
        le=5,
        title=mark("Temperature"),
        description=mark("0 takes the likeliest token always; higher is more varied, above 1 wild."),
    )
    top_p: float = Field(
        1.0,
        gt=0,
        le=1,
        title=mark("Top p"),
        description=mark("Only the likeliest tokens that reach this probability together may be drawn."),
    )
    top_k: int = Field(
        0,
        ge=0,
        le=10_000,
        title=mark("Top k"),
        description=mark("Only so many likeliest tokens may be drawn; 0 is all of them."),
    )
    max_new_tokens: int = Field(
        MOST_TOKENS, ge=1, le=16_384, title=mark("Max new tokens"), description=mark("Where an answer is cut off.")
    )
    seed: int = Field(
        0, ge=0, le=2**31 - 1, title=mark("Seed"), description=mark("The same seed draws the same answer again.")
    )


def read_sampling(values: dict[str, object]) -> Sampling:
    """Settings from names and values; raises ProblemError with one Problem for each that cannot be."""
    try:
        return Sampling.model_validate(values)
    except ValidationError as error:
        raise ProblemError(
            *(
                Problem(
                    f"sampling: {'.'.join(map(str, found['loc']))}",
                    fault_text(found),
                    _remedy(str(found["loc"][0]) if found["loc"] else ""),
                )
                for found in error.errors()
            )
        ) from None


def _remedy(name: str) -> str:
    field = Sampling.model_fields.get(name)
    return (
        str(field.description)
        if field
        else tr("Choose among {model_fields}.", model_fields=", ".join(Sampling.model_fields))
    )
