"""A Problem is a thing that the user can fix: where it is, what is wrong, and the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from studio.core.said import Sentence
from studio.core.words import sentences, tr

EXIT_DONE = 0
EXIT_OUR_FAULT = 1
EXIT_USER_CAN_FIX = 2
EXIT_DOES_NOT_FIT = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that the user can fix.

    `where` names the place ("recipe.toml, line 7: method.top_k"), `what` says in a sentence what is wrong,
    `remedy` says in a sentence what to do about it. A Problem that the user can answer at once has a stable `kind`
    ("model-code": see `studio.core.foreign.consent`), and in `about` what the answer needs.
    """

    where: Sentence
    what: Sentence
    remedy: Sentence
    kind: str = ""
    about: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.remedy}".strip()

    @property
    def sentence(self) -> str:
        """All of it, one after another, as a sentence that can be translated."""
        return sentences(tr("{where}: {what}", where=self.where, what=self.what), self.remedy)

    def as_dict(self) -> dict[str, str]:
        """The three sentences, and `kind` and `about` where they are set."""
        return {name: value for name, value in asdict(self).items() if value or name in ("where", "what", "remedy")}


class ProblemError(Exception):
    """Raised with every Problem found, so that a user can fix them all at once."""

    exit_code = EXIT_USER_CAN_FIX

    def __init__(self, *problems: Problem) -> None:
        if not problems:
            raise ValueError("a ProblemError needs at least one Problem")
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))

    @classmethod
    def at(cls, where: str, what: str, remedy: str) -> ProblemError:
        """Build the common case of a single Problem."""
        return cls(Problem(where, what, remedy))

    @classmethod
    def raise_any(cls, problems: Iterable[Problem]) -> None:
        """Raise all of `problems` together, or return when there are none."""
        found = tuple(problems)
        if found:
            raise cls(*found)


class DoesNotFitError(ProblemError):
    """The recipe needs more memory than the budget; its remedies say what would fit."""

    exit_code = EXIT_DOES_NOT_FIT
