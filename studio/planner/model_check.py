"""Whether a model's files match one another, judged by their headers before any weight is read.

Otherwise a folder that mixes two models, was cut short by a full disk, or is not a language model fails inside some
library after gigabytes were read, or does not fail and learns nonsense.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from studio.core.foreign.untrusted_json import read_object
from studio.core.problem import Problem, ProblemError
from studio.core.words import mark, plural, tr
from studio.planner.config_tensors import Shapes, known, tensors_of_config
from studio.planner.model_files import AGAIN, ModelFiles, embedding_rows, read_headers
from studio.planner.shape import VISION, text_config
from studio.planner.tokenizer_files import TokenizerFacts, read_tokenizer

_OF_ONE = mark("Download or copy the model again: config.json, weights and tokenizer must belong to the same model.")
_LAYER = re.compile(r"(?:^|\.)layers\.(\d+)\.")
# A text model's tokenizer may have a token for which only its multimodal variants have a row.
_PLACEHOLDER = re.compile(r"image|audio|video|vision|img", re.IGNORECASE)
_ENDS = ("eos_token_id", "pad_token_id", "bos_token_id")


def read_model(folder: Path) -> ModelFiles:
    """Read the headers of a model's folder; raises ProblemError naming everything that does not match the rest."""
    files = read_headers(folder)
    ProblemError.raise_any(_misfits(folder, files))
    return files


def _misfits(folder: Path, files: ModelFiles) -> Iterator[Problem]:
    config = folder / "config.json"
    # Packed weights have shapes of their own; a phi with norms over its heads names them as the plan does not.
    packed = any(files.config.get(name) for name in ("quantization_config", "quantization", "qk_layernorm"))
    if files.tensors is not None and not packed:
        yield from shape_problems(str(config), files.config, files.tensors)
    generation = folder / "generation_config.json"
    asked = read_object(generation, tr(AGAIN)) if generation.is_file() else {}
    yield from id_problems(str(config), files.config, files.rows)
    yield from id_problems(str(generation), asked, files.rows)
    facts = read_tokenizer(folder)
    if facts is not None:
        yield from tokenizer_problems(folder, facts, files)


def shape_problems(where: str, config: Mapping[str, Any], tensors: Shapes) -> Iterator[Problem]:
    """Where the tensors of a known architecture are not those that its config describes; of others, the embedding."""
    text = text_config(config)
    if not known(text):
        rows, size = embedding_rows(tensors), text.get("vocab_size")
        if rows and isinstance(size, int) and size != rows and not config.get("auto_map"):
            what = tr(
                "its vocab_size is {size:,}, but the embedding in the weights has {rows:,} rows.", size=size, rows=rows
            )
            yield Problem(where, what, tr(_OF_ONE))
        return
    try:
        expected = {_plain(name): shape for name, shape in tensors_of_config(text).items()}
    except (LookupError, TypeError, ValueError, ArithmeticError):
        return  # what its config lacks is reported where its shape is read
    if not all(width for shape in expected.values() for width in shape):
        return  # so is a width of zero
    found = {_plain(name): tuple(shape) for name, shape in tensors.items() if not VISION.search(name)}
    wrong = [name for name, shape in expected.items() if name in found and found[name] != shape]
    if wrong:
        name = wrong[0]
        said = tr(
            "it describes {tensor} as {shape}, but the weights hold {other}",
            tensor=name,
            shape=_times(expected[name]),
            other=_times(found[name]),
        )
        more = len(wrong) - 1
        what = tr("{said} (and {n} more differ).", said=said, n=more) if more else tr("{said}.", said=said)
        yield Problem(where, what, tr(_OF_ONE))
    layers = int(text["num_hidden_layers"])
    held = {int(match[1]) for name in found if (match := _LAYER.search(name))}
    if held and max(held) >= layers:
        yield Problem(
            where,
            plural(
                "it has {n} layer, but the weights hold {held}.",
                "it has {n} layers, but the weights hold {held}.",
                layers,
                held=max(held) + 1,
            ),
            tr(_OF_ONE),
        )
    if absent := sorted(expected.keys() - found.keys()):
        what = plural(
            "its weights lack {n} tensor, such as {tensor}, which would be random.",
            "its weights lack {n} tensors, such as {tensor}, which would be random.",
            len(absent),
            tensor=absent[0],
        )
        yield Problem(str(Path(where).parent), what, tr(AGAIN))


def id_problems(where: str, config: Mapping[str, Any], rows: int) -> Iterator[Problem]:
    """Token ids in a configuration that the embedding has no row for; negative ones stand for none."""
    for table in (config, text_config(config)) if text_config(config) is not config else (config,):
        for name in _ENDS:
            beyond = [id for id in _ids(table.get(name)) if id >= rows > 0]
            if beyond:
                what = tr(
                    "{name} is {id:,}, but the embedding has {rows:,} rows, for the ids 0 to {last:,}.",
                    name=name,
                    id=beyond[0],
                    rows=rows,
                    last=rows - 1,
                )
                yield Problem(where, what, tr(_OF_ONE))


def tokenizer_problems(folder: Path, facts: TokenizerFacts, files: ModelFiles) -> Iterator[Problem]:
    """Where a tokenizer gives ids for which the model has no row, or has no end token that the model knows."""
    rows, where = files.rows, str(folder)
    if rows and facts.own > rows:
        what = tr(
            "its tokenizer has {entries:,} entries, but the embedding of its model has {rows:,} rows.",
            entries=facts.entries,
            rows=rows,
        )
        yield Problem(where, what, tr(_OF_ONE))
    else:
        used = {id: tr("which its chat template writes") for id, text in facts.added.items() if text in facts.template}
        used |= {id: tr("its {name}", name=name) for name, id in facts.ids.items()}
        for id, use in used.items():
            if id >= rows > 0:
                what = tr(
                    "its tokenizer has {entries:,} entries, but the embedding of its model has {rows:,} "
                    "rows: none for {token} ({id:,}), {use}.",
                    entries=facts.entries,
                    rows=rows,
                    token=facts.text_of(id),
                    id=id,
                    use=use,
                )
                remedy = tr("Resize the embedding to the tokenizer, or use the tokenizer that belongs to the model.")
                yield Problem(where, what, remedy)
    if facts.certain and "eos_token" not in facts.names:
        yield no_end_problem(folder)
    yield from _end_problems(folder, facts, files.config)


def no_end_problem(folder: Path) -> Problem:
    """A tokenizer without an end token."""
    return Problem(
        str(folder / "tokenizer_config.json"),
        tr("its tokenizer has no end token (eos_token), so the model would not learn to end an answer."),
        tr('Set "eos_token" to the token that ends an answer, such as "</s>" or "<|im_end|>".'),
    )


def tokenizer_warnings(folder: Path, facts: TokenizerFacts, files: ModelFiles) -> Iterator[Problem]:
    """What is odd about a tokenizer and its model, but harmless unless the data contains it."""
    unused = [id for id in facts.added if id >= files.rows > 0 and not _PLACEHOLDER.search(facts.added[id])]
    if unused and facts.own <= files.rows:
        first = ", ".join(facts.text_of(id) for id in unused[:3]) + (", …" if len(unused) > 3 else "")
        yield Problem(
            str(folder),
            tr(
                "{unused} of the tokenizer's {entries:,} entries ({first}) have no row in the "
                "embedding of its model, which has {rows:,}.",
                unused=len(unused),
                entries=facts.entries,
                first=first,
                rows=files.rows,
            ),
            tr("Nothing to do unless your data contains them; then resize the embedding."),
        )
    end, named, file = _named_ends(folder, facts, files.config)
    if end is not None and named and end not in named and named & facts.special:
        yield Problem(
            str(file),
            tr(
                "its end token is {own}, the tokenizer's {other}.",
                own=", ".join(map(facts.text_of, sorted(named))),
                other=facts.text_of(end),
            ),
            tr(
                "Answers are trained to end with the tokenizer's; add its id to eos_token_id for programs that read it."
            ),
        )


def _end_problems(folder: Path, facts: TokenizerFacts, config: Mapping[str, Any]) -> Iterator[Problem]:
    end, named, file = _named_ends(folder, facts, config)
    if end is None or not named or end in named or named & facts.special:
        return
    yield Problem(
        str(file),
        tr(
            "its eos_token_id is {ids}, which is not the tokenizer's end token: that is {token!r} ({end:,}).",
            ids=", ".join(f"{id:,}" for id in sorted(named)),
            token=facts.names["eos_token"],
            end=end,
        ),
        tr("Set eos_token_id to {end}, or use the tokenizer that belongs to the model.", end=end),
    )


def _named_ends(folder: Path, facts: TokenizerFacts, config: Mapping[str, Any]) -> tuple[int | None, set[int], Path]:
    """The tokenizer's end token, those that the model's configurations name, and the file that names them."""
    file = folder / "generation_config.json"
    asked = read_object(file, tr(AGAIN)) if file.is_file() else {}
    named = {*_ids(asked.get("eos_token_id"))}
    if not named:
        file = folder / "config.json"
    named |= {*_ids(config.get("eos_token_id")), *_ids(text_config(config).get("eos_token_id"))}
    return facts.ids.get("eos_token"), {id for id in named if id >= 0}, file


def _ids(value: Any) -> Iterable[int]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, int) and not isinstance(each, bool)]


def _plain(name: str) -> str:
    """A tensor's name without what stands before its layer, or before its module outside of the layers."""
    match = _LAYER.search(name)
    return name[match.start() :].removeprefix(".") if match else ".".join(name.split(".")[-2:])


def _times(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{width:,}" for width in shape) or tr("a single number")
