"""The kernels' trial in a child: what it finds is kept, and a kernel that kills its process kills no run."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from studio.core import places
from studio.core.words import speak_through
from studio.methods.mixlora.forms import blocks, choice, trial
from studio.methods.mixlora.forms import proof as proofs
from studio.methods.mixlora.forms import verdict as verdicts
from studio.methods.mixlora.forms.blocks import Blocks, Tiles
from studio.methods.mixlora.forms.proof import Case, Widths
from studio.methods.mixlora.forms.verdict import Verdict

CARD = torch.device("cuda", 0)
WIDTHS = Widths(64, 192)
CASE = Case(torch.bfloat16, "silu", 2, 4, 16, True, (True, True, True), dropout=False)
SOUND = '{"verdict": {"against": "", "fused_ms": 1.0, "masked_ms": 2.0}}'


class Child:
    """Stands for the process that tries the kernels: it counts its starts and says and does what it is told."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._starts = folder / "starts"
        self._monkeypatch = monkeypatch

    def does(self, *lines: str, then: str = "") -> None:
        said = "\n".join(f"print('{line}', flush=True)" for line in lines)
        script = f"import os\nopen({str(self._starts)!r}, 'a').write('x')\n{said}\n{then}"
        self._monkeypatch.setattr(verdicts, "COMMAND", ("-c", script))

    @property
    def starts(self) -> int:
        return len(self._starts.read_text()) if self._starts.exists() else 0


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Child:
    """A machine with a card that torch knows, whose home is empty."""
    monkeypatch.setenv("MIXLORA_STUDIO_HOME", str(tmp_path / "a home"))
    card = SimpleNamespace(name="RTX", total_memory=24 << 30, major=8, minor=6)
    monkeypatch.setattr(verdicts, "unfit", lambda *_: "")
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: card)
    monkeypatch.setattr(torch._C, "_cuda_getDriverVersion", lambda: 13000, raising=False)
    monkeypatch.setattr(verdicts, "proof", lambda *_: "tried within the run")
    verdicts.verdict.cache_clear()
    return Child(tmp_path, monkeypatch)


def new_process() -> None:
    verdicts.verdict.cache_clear()


def test_that_a_verdict_is_kept_for_both_cases_of_a_run(child: Child) -> None:
    child.does('{"began": "cuda:0"}', SOUND, SOUND)
    assert verdicts.verdict(CARD, CASE, WIDTHS) == Verdict("", 1.0, 2.0)
    new_process()
    assert verdicts.verdict(CARD, CASE, WIDTHS) == Verdict("", 1.0, 2.0)
    with_dropout = Case(**{**{name: getattr(CASE, name) for name in CASE.__slots__}, "dropout": True})
    assert verdicts.verdict(CARD, with_dropout, WIDTHS) == Verdict("", 1.0, 2.0)
    assert child.starts == 1


def test_that_the_fastest_tiles_are_kept_and_launched_by_every_later_process(
    child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "_fastest", {})
    tiles = Tiles(Blocks(32, 64, 8, 128), Blocks(32, 64, 8), Blocks(16, 64, 4))
    better = json.dumps({"case": 0, "better": asdict(Verdict("", 0.5, 2.0, tiles))})
    child.does('{"began": "cuda:0"}', SOUND, SOUND, better)
    for _ in range(2):
        blocks._fastest.clear()
        assert verdicts.verdict(CARD, CASE, WIDTHS) == Verdict("", 0.5, 2.0, tiles)
        assert blocks.tiles_for(CASE.kind) == tiles
        assert blocks.tiles_for(replace(CASE, dropout=True).kind) == blocks.first_tiles(CASE.kind)
        new_process()
    assert child.starts == 1


def test_that_other_tiles_which_kill_the_child_take_nothing_back(child: Child) -> None:
    child.does('{"began": "cuda:0"}', SOUND, SOUND, then="os._exit(9)")
    assert verdicts.verdict(CARD, CASE, WIDTHS) == Verdict("", 1.0, 2.0)


def test_that_only_tiles_that_are_faster_and_right_replace_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "_fastest", {})
    first = blocks.first_tiles(CASE.kind)
    token_tiles = list(blocks.candidates(CASE.kind, first))
    wrong, quick = token_tiles[0], token_tiles[1]

    def said(device: torch.device, case: Case) -> str:
        return "off by far" if blocks.tiles_for(case.kind).backward == wrong.backward else ""

    def taken(passes: Any) -> list[float]:
        now = blocks.tiles_for(CASE.kind)
        return [0.1 if now.backward == wrong.backward else 0.7 if now == quick else 0.69]  # 0.69 is hardly less

    monkeypatch.setattr(trial, "proof_of_tiles", said)
    monkeypatch.setattr(trial, "milliseconds", taken)
    monkeypatch.setattr(trial, "some_problem", lambda *_: SimpleNamespace(passes=print))
    assert trial.faster(CARD, CASE, WIDTHS, Verdict("", 1.0, 2.0)) == Verdict("", 0.7, 2.0, quick)
    assert blocks.tiles_for(CASE.kind) == quick


def test_that_another_driver_or_other_widths_are_tried_anew(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    child.does('{"began": "cuda:0"}', SOUND, SOUND)
    verdicts.verdict(CARD, CASE, WIDTHS)
    verdicts.verdict(CARD, CASE, Widths(64, 208))
    assert child.starts == 2
    new_process()
    monkeypatch.setattr(torch._C, "_cuda_getDriverVersion", lambda: 13010, raising=False)
    verdicts.verdict(CARD, CASE, WIDTHS)
    assert child.starts == 3


def test_that_kernels_which_kill_their_process_are_not_used_and_not_tried_again(child: Child) -> None:
    child.does('{"began": "cuda:0"}', then="os._exit(77)")
    why = "The fused kernels ended the process that tried them (exit code 77)."
    assert verdicts.verdict(CARD, CASE, WIDTHS).against == why
    new_process()
    assert verdicts.verdict(CARD, CASE, WIDTHS).against == why
    assert child.starts == 1


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], r"ended before it began \(exit code 77\)"),
        (['{"began": "cuda:0"}', '{"lacks": "memory"}'], "memory does not suffice for a second process"),
    ],
)
def test_that_an_end_for_other_reasons_is_said_and_no_verdict_is_kept(
    child: Child, lines: list[str], said: str
) -> None:
    child.does(*lines, then="os._exit(77)")
    with pytest.warns(RuntimeWarning, match=said):
        assert verdicts.verdict(CARD, CASE, WIDTHS) == Verdict("tried within the run")
    assert not places.kernel_verdicts().exists()


@pytest.mark.parametrize("where", ["proof", "some_problem"])
def test_that_memory_that_ran_out_is_no_verdict_whoever_says_so(
    where: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")

    cases = [{**asdict(CASE), "dtype": "bfloat16"}]
    asked = {"device": "cpu", "widths": asdict(WIDTHS), "cases": cases}
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(asked)))
    if where == "proof":
        monkeypatch.setattr(proofs.SomeProblem, "passes", full)
        proofs.proof.cache_clear()
        trial.main()
        assert capsys.readouterr().out.splitlines() == ['{"began": "cpu"}', '{"lacks": "memory"}']
    else:
        monkeypatch.setattr(trial, "some_problem", full)
        monkeypatch.setattr(trial, "proof", lambda *_: "")
        assert trial._tried(torch.device("cuda"), CASE, WIDTHS) == Verdict()


def test_that_a_missing_triton_is_said_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "_has_triton", lambda: False)
    verdicts.verdict.cache_clear()
    said = verdicts.verdict(CARD, CASE, WIDTHS).against
    verdicts.verdict.cache_clear()
    assert said == "Triton is not installed; `python packaging/launch.py` installs it."


def test_that_a_verdict_is_kept_whichever_package_brings_triton(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    def lacks(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(verdicts, "version", lacks)
    child.does('{"began": "cuda:0"}', SOUND, SOUND)
    assert verdicts.verdict(CARD, CASE, WIDTHS) == Verdict("", 1.0, 2.0)


def test_that_a_damaged_file_is_said_and_written_anew(child: Child) -> None:
    child.does('{"began": "cuda:0"}', SOUND, SOUND)
    places.kernel_verdicts().parent.mkdir(parents=True)
    places.kernel_verdicts().write_text('{"a": ', encoding="utf-8")
    with pytest.warns(UserWarning, match="cannot be read"):
        assert not verdicts.verdict(CARD, CASE, WIDTHS).against
    new_process()
    assert not verdicts.verdict(CARD, CASE, WIDTHS).against
    assert child.starts == 1


@pytest.mark.parametrize(
    ("found", "asked", "form"),
    [
        (Verdict("", 1.0, 2.0), "auto", "fused"),
        (Verdict("", 2.0, 1.0), "auto", "masked"),
        (Verdict("", 2.0, 1.0), "fused", "fused"),
        (Verdict(""), "auto", "fused"),
        (Verdict("", 1.0, 2.0), "masked", "masked"),
    ],
)
def test_that_auto_takes_the_faster_form_and_a_wish_is_granted(
    found: Verdict, asked: str, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "verdict", lambda *_: found)
    assert choice.choose_form(asked, CARD, CASE, WIDTHS) == (form, "")


@pytest.mark.slow
def test_that_the_trial_itself_proves_the_kernels_in_tritons_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("triton")
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    cases: list[Any] = [Case(torch.float32, "silu", 1, 2, 16, True, (True, True, True), dropout=False)]
    assert verdicts.tried(torch.device("cpu"), cases, WIDTHS) == [Verdict()]


def test_that_a_kept_verdict_is_said_in_the_language_of_whoever_reads_it(child: Child) -> None:
    child.does('{"began": "cuda:0"}', then="import sys; sys.exit(3)")
    found = verdicts.verdict(CARD, CASE, WIDTHS)
    assert found.against == "The fused kernels ended the process that tried them (exit code 3)."
    verdicts.verdict.cache_clear()
    speak_through(lambda source, about, count: source.upper().replace("{CODE}", "{code}"))
    try:
        again = verdicts.verdict(CARD, CASE, WIDTHS)
    finally:
        speak_through(None)
    assert child.starts == 1
    assert again.against == found.against.upper()
