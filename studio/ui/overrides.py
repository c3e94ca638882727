"""Errors in what overrides Qt, kept whole, so that they are raised or told instead of ending the process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import wraps
from types import FunctionType
from typing import Any

from shiboken6 import Shiboken

# Before 3.12 an error that C code raised was kept as its class and its text until something caught it.
ERRORS_ARE_OBJECTS = (3, 12)


def keep_errors_whole() -> None:
    """Let every class derived from one of Qt's from now on catch and raise again what its overrides raise.

    PySide (6.9 to 6.11) takes what an override of a Qt method raises for an object. With Python 3.11 it is none where
    C code raised it, as in `int("a")`, `1 / 0` or `[][1]`, and the process ended with a segmentation fault.
    """
    if sys.version_info < ERRORS_ARE_OBJECTS:
        setattr(Shiboken.Object, "__init_subclass__", classmethod(_on_subclass))  # noqa: B010  typed as a method


def _on_subclass(cls: type, /, **keywords: Any) -> None:
    super(Shiboken.Object, cls).__init_subclass__(**keywords)  # type: ignore[misc]
    for name, function in list(_functions(cls)):
        if not name.startswith("__") and _is_qts(cls, name):
            setattr(cls, name, whole(function))


def _functions(cls: type) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The class's own functions, and those that it has from classes beside Qt's."""
    beside = [base for base in cls.__mro__[1:] if not issubclass(base, Shiboken.Object) and base is not object]
    for owner in (cls, *beside):
        for name, value in vars(owner).items():
            used = getattr(cls, name, None)
            if isinstance(used, FunctionType) and used is value:
                yield name, used


def _is_qts(cls: type, name: str) -> bool:
    return any(name in vars(base) for base in cls.__mro__ if base.__module__.startswith("PySide6."))


def whole(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, whose errors are objects when they leave it: catching one makes it one."""

    @wraps(function)
    def caught(*arguments: Any, **keywords: Any) -> Any:
        try:
            return function(*arguments, **keywords)
        except BaseException:  # noqa: TRY203  see above
            raise

    return caught
