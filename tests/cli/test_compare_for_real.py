"""`compare` with real workers on a tiny model: every method trains, and the curves hold what each method has."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.run_folder import list_runs
from tests.cli.conftest import CommandLine
from tests.cli.test_compare import recipe  # noqa: F401 - the fixture


@pytest.mark.slow
def test_that_all_four_methods_train_as_ordinary_runs(cli: CommandLine, recipe: Path, runs: Path) -> None:  # noqa: F811
    said = cli("compare", recipe, "--seeds", "1", "--json")
    assert said.code == 0, said.err
    lines = {line["method"]: line for line in said.json["methods"]}
    assert list(lines) == ["lora", "dora", "mixlora", "moelora"]
    for line in lines.values():
        assert line["parameters"] == pytest.approx(lines["mixlora"]["parameters"], rel=0.25)
        assert line["tasks"]["units"]["rows"] == 4
        assert line["peak_bytes"] > 0
    curves = {}
    for folder in list_runs(runs):
        with folder.reader() as reader:
            curves[folder.recipe().method.name] = set(reader.last_scalars())
            assert (reader.recent_loads() is None) == (folder.recipe().method.name in ("lora", "dora"))
    assert {"balance_loss", "contrastive_loss", "contrastive_floor"} <= curves["moelora"]
    assert not any("balance" in name or "contrastive" in name for name in curves["lora"] | curves["dora"])
