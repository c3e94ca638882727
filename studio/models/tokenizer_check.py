"""Whether a model and its loaded tokenizer fit each other, checked before the weights are read.

What the files' headers alone show is checked by `studio.planner.model_check`, which the plan and the window use too.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from studio.core.problem import Problem, ProblemError
from studio.core.words import tr
from studio.data.tasks import LoadedTasks
from studio.planner.model_check import no_end_problem, tokenizer_problems, tokenizer_warnings
from studio.planner.model_files import ModelFiles, read_headers
from studio.planner.tokenizer_files import NAMES, TokenizerFacts


def refuse_unknown(folder: Path, config: dict[str, Any]) -> None:
    """Raise ProblemError for a model type without a causal language model in transformers or in its own code."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    kind = config.get("model_type")
    if kind in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES or isinstance(config.get("auto_map"), dict):
        return
    import transformers

    raise ProblemError.at(
        str(folder / "config.json"),
        tr(
            "transformers {version} has no language model of the type {kind!r}.",
            version=transformers.__version__,
            kind=kind,
        ),
        tr("Choose a decoder, such as a llama, mistral, qwen, gemma or phi model."),
    )


def check_tokenizer(tokenizer: Any, folder: Path) -> list[Problem]:
    """Raise ProblemError where a tokenizer does not fit the model beside it; returns harmless oddities as warnings."""
    files, facts = read_headers(folder), facts_of(tokenizer)
    problems = list(tokenizer_problems(folder, facts, files))
    if not facts.names.get("eos_token"):
        problems.append(no_end_problem(folder))
    ProblemError.raise_any(problems)
    return list(tokenizer_warnings(folder, facts, files))


def facts_of(tokenizer: Any) -> TokenizerFacts:
    """The facts of a loaded tokenizer, of any class."""
    added = {int(id): token for id, token in tokenizer.added_tokens_decoder.items()}
    texts = {str(token) for token in added.values()}
    vocabulary = tokenizer.get_vocab()
    own = max((id for text, id in vocabulary.items() if text not in texts), default=-1) + 1
    names = {name: str(text) for name in NAMES if (text := getattr(tokenizer, name, None)) is not None}
    template = tokenizer.chat_template or ""
    return TokenizerFacts(
        own=own,
        added={id: str(token) for id, token in added.items()},
        special=frozenset({id for id, token in added.items() if token.special} | set(tokenizer.all_special_ids)),
        names=names,
        ids={name: vocabulary[text] for name, text in names.items() if text in vocabulary},
        template=template if isinstance(template, str) else "\n".join(map(str, template.values())),
        certain=False,
    )


def check_rows(tasks: LoadedTasks, files: ModelFiles, tokenizer: Any) -> None:
    """Raise ProblemError for the first row of each task with a token that the model's embedding has no row for."""
    if not files.rows:
        return
    problems = []
    for task in tasks.tasks:
        for part, rows in (("training", task.train), ("held-out", [question.row for question in task.held_out])):
            found = _first_beyond(rows, files.rows)
            if found is not None:
                number, id = found
                text = tokenizer.convert_ids_to_tokens(id)
                values = {"number": number + 1, "text": text, "id": id, "rows": files.rows}
                what = (
                    tr(
                        "training row {number} has the token {text!r} ({id:,}), but the embedding of its model has"
                        " {rows:,} rows.",
                        **values,
                    )
                    if part == "training"
                    else tr(
                        "held-out row {number} has the token {text!r} ({id:,}), but the embedding of its model has"
                        " {rows:,} rows.",
                        **values,
                    )
                )
                remedy = tr("Remove it from the data, or resize the model's embedding to its tokenizer.")
                problems.append(Problem(tr("task {name}", name=task.name), what, remedy))
    ProblemError.raise_any(problems)


def refuse_beyond(ids: Iterable[int], model: Any, tokenizer: Any) -> None:
    """Raise ProblemError for a prompt with a token that the loaded model has no row for."""
    rows = model.get_input_embeddings().weight.shape[0]
    beyond = next((id for id in ids if id >= rows), None)
    if beyond is not None:
        text = tokenizer.convert_ids_to_tokens(beyond)
        what = tr(
            "the token {text!r} ({beyond:,}) is not known to the model, whose embedding has {rows:,} rows.",
            text=text,
            beyond=beyond,
            rows=rows,
        )
        raise ProblemError.at("chat", what, tr("Write the message without that token."))


def _first_beyond(rows: Iterable[Any], most: int) -> tuple[int, int] | None:
    """The first row, from 0, and its first id that is `most` or more."""
    for number, row in enumerate(rows):
        beyond = row.input_ids[row.input_ids >= most]
        if len(beyond):
            return number, int(np.asarray(beyond)[0])
    return None
