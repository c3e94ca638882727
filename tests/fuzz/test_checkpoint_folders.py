"""Whatever happened to a run's checkpoints, only one that is as it was saved is accepted; the others are named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.training.checkpoint.files import MANIFEST, list_checkpoints, newest_sound, step_of, write_checkpoint
from tests.fuzz.mutations import fuzz, mutated_bytes, mutated_json, pick, rounds

Content = dict[str, bytes]
STEPS = (10, 20, 30)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pristine") / "checkpoints"
    random = Random(0)
    for step in STEPS:

        def fill(partial: Path) -> None:
            for name in ("adapter_model.safetensors", "state.safetensors", "state.json"):
                (partial / name).write_bytes(random.randbytes(200))

        write_checkpoint(folder, step, fill)
    return folder


def contents(path: Path) -> Content:
    return {file.name: file.read_bytes() for file in path.iterdir() if file.name != MANIFEST}


def damage(random: Random, folder: Path) -> None:
    """One accident, or one trick of a stranger's."""
    places = [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
    if not places:
        return
    place = pick(random, sorted(places))
    files = sorted(file for file in place.iterdir() if file.is_file() and not file.is_symlink())
    action = random.randrange(10)
    other = folder / pick(
        random, ("step-000010", "step-000020", "step-000040", "step-40", "step-000030x", ".step-000050")
    )
    if action == 0:
        shutil.rmtree(place)
    elif action == 1 and not other.exists():
        place.rename(other)
    elif action == 2:
        (place / pick(random, ("foreign.bin", "evil.py", ".hidden", "x" * 200))).write_bytes(b"foreign")
    elif action == 3:
        (place / pick(random, ("folder", "state.json"))).mkdir(exist_ok=True) if not files else files[0].unlink()
    elif action == 4 and files:
        manifest = place / MANIFEST
        if manifest.is_file():
            changed = mutated_json(random, json.loads(manifest.read_bytes() or b"{}"))
            manifest.write_bytes(json.dumps(changed).encode("utf-8", "replace"))
    elif action == 5 and len(files) > 1:
        one, two = pick(random, files), pick(random, files)
        held = one.read_bytes()
        one.write_bytes(two.read_bytes())
        two.write_bytes(held)
    elif action == 6 and files:
        file = pick(random, files)
        file.rename(file.with_name(pick(random, ("state.json", "renamed", MANIFEST))))
    elif action == 7 and not other.exists():
        shutil.copytree(place, other, symlinks=True)
    elif files:
        file = pick(random, files)
        file.write_bytes(mutated_bytes(random, file.read_bytes()))


@rounds
@fuzz
@given(random=st.randoms(use_true_random=False))
def test_that_only_a_checkpoint_as_it_was_saved_is_accepted(
    random: Random, turn: int, pristine: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("damaged") / "checkpoints"
    shutil.copytree(pristine, folder)
    for _ in range(1 + random.randrange(4)):
        try:
            damage(random, folder)
        except (ValueError, OSError):
            break  # the damage itself could not be done to what earlier damage left
    found, broken = newest_sound(folder)
    seen = list_checkpoints(folder)
    newer = [path.name for path in reversed(seen) if found is None or (step_of(path) or 0) > found.step]
    assert [problem.where.removeprefix("checkpoint ") for problem in broken] == newer
    if found is not None:
        assert found.step in STEPS
        assert contents(found.path) == contents(pristine / f"step-{found.step:06d}")
    shutil.rmtree(folder.parent)
