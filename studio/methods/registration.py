"""Adds a method to PEFT, whose list of method names is a closed enumeration."""

from __future__ import annotations

from typing import Any

from peft import PeftType
from peft.mapping import PEFT_TYPE_TO_TUNER_MAPPING
from peft.utils import register_peft_method


def add_peft_type(name: str) -> Any:
    """Return the member of PeftType called `name` in capitals, made first where PEFT does not have it.

    PEFT asks `getattr(PeftType, NAME)`, iterates over the members and looks members up by value, so all three
    must know the new one. Enum offers no door for it on purpose; a test runs this on every supported Python.
    """
    key = name.upper()
    if key in PeftType._member_map_:
        return PeftType._member_map_[key]
    member = str.__new__(PeftType, key)
    member._name_ = key
    member._value_ = key
    member._sort_order_ = len(PeftType._member_names_)
    PeftType._member_names_.append(key)
    PeftType._member_map_[key] = member
    PeftType._value2member_map_[key] = member
    # Python 3.12 finds members as class attributes; EnumType.__setattr__ would refuse, type's does not.
    type.__setattr__(PeftType, key, member)
    return member


def register_method(*, name: str, config_cls: type, model_cls: type) -> None:
    """Register a method once, however often its package is imported again."""
    member = add_peft_type(name)
    if member not in PEFT_TYPE_TO_TUNER_MAPPING:
        register_peft_method(
            name=name, config_cls=config_cls, model_cls=model_cls, prefix=getattr(model_cls, "prefix", None)
        )
