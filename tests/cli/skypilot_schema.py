"""Check a job file, from standard input, against the schemas of an installed SkyPilot; run by any Python that has one.

It needs `pip install --no-deps skypilot` and `pip install jsonschema pyyaml packaging`: of SkyPilot only the modules
that hold and read its schemas are imported, and stand-ins for what those import, which no job file of ours meets.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

READ = {"sky.utils.schemas", "sky.utils.validator", "sky.utils.kubernetes_enums", "sky.skylet.constants"}


class _StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> Any:
        if name in READ or not name.startswith("sky."):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: Any) -> Any:
        return MagicMock(name=spec.name, __path__=[], __spec__=spec)

    def exec_module(self, module: Any) -> None:
        """Nothing of it is run."""


def main() -> int:
    found = importlib.util.find_spec("sky")
    if found is None or found.submodule_search_locations is None:
        print("SkyPilot is not installed", file=sys.stderr)
        return 3
    root = Path(next(iter(found.submodule_search_locations)))
    for name in ("sky", "sky.skylet", "sky.utils"):
        package: Any = types.ModuleType(name)
        package.__path__ = [str(root.joinpath(*name.split(".")[1:]))]
        package.__version__ = importlib.metadata.version("skypilot")
        sys.modules[name] = package
    sys.meta_path.insert(0, _StandIns())
    schemas, checks = (importlib.import_module(f"sky.utils.{name}") for name in ("schemas", "validator"))
    job = importlib.import_module("yaml").safe_load(sys.stdin)
    checked = checks.get_schema_validator()
    checked(schemas.get_task_schema()).validate(job)
    checked(schemas.get_resources_schema()).validate(job["resources"])
    print(importlib.metadata.version("skypilot"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
