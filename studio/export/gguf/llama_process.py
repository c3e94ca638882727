"""The fresh process of a GGUF file's proof: llama.cpp itself, without a line of this package but this file.

It is run by its path, `python llama_process.py FILE WORK [alone]`, reads asked.json in the folder WORK, and writes
found.json and llama.safetensors (its logits) there. With `alone` the file holds one expert, and only the rows that each
expert sees by itself are asked.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

MARGIN = 16  # tokens of context beside what is asked


def main(arguments: list[str]) -> None:
    file, work = arguments[0], Path(arguments[1])
    found = answers(file, work, "alone" in arguments)
    (work / "found.json").write_text(json.dumps(found), encoding="utf-8")


def answers(file: str, work: Path, alone: bool = False) -> dict[str, Any]:
    """What llama.cpp answers to what was asked; `broken` alone where its package cannot be imported."""
    try:
        from llama_cpp import Llama
    except (ImportError, OSError, RuntimeError) as error:  # its library, or what that needs, is not there
        return {"broken": str(error)}
    from safetensors.numpy import save_file

    asked = json.loads((work / "asked.json").read_text(encoding="utf-8"))
    rows = asked["rows"][: asked["single_rows"]] if alone else asked["rows"]
    lengths = [len(row) for row in rows]
    if not alone:
        lengths += [len(row) + most for row, most in zip(asked["prompts"], asked["most"], strict=True)]
    threads = int(os.environ.get("OMP_NUM_THREADS") or 0) or None
    context = max(lengths) + MARGIN
    model = Llama(file, n_ctx=context, n_batch=context, n_threads=threads, logits_all=True, verbose=False)
    logits = {f"row{number}": logits_of(model, row) for number, row in enumerate(rows)}
    save_file(logits, work / "llama.safetensors")
    if alone:
        return {}
    return {
        "ids": [model.tokenize(text.encode("utf-8"), add_bos=False, special=False) for text in asked["texts"]],
        "chat_ids": model.tokenize(asked["chat_text"].encode("utf-8"), add_bos=True, special=True),
        "answers": [generated(model, row, most) for row, most in zip(asked["prompts"], asked["most"], strict=True)],
        "template": model.metadata.get("tokenizer.chat_template"),
        "context": int(model.metadata[f"{model.metadata['general.architecture']}.context_length"]),
    }


def logits_of(model: Any, row: list[int]) -> np.ndarray[Any, Any]:
    """A row's logits [tokens, vocabulary] in float32."""
    model.reset()
    model.eval(row)
    return np.array(model.scores[: len(row)], dtype=np.float32)


def generated(model: Any, row: list[int], most: int) -> dict[str, Any]:
    """What follows a row greedily: `tokens`, and whether llama.cpp takes the last for the end (`ended`)."""
    import llama_cpp

    vocabulary = llama_cpp.llama_model_get_vocab(model.model)
    model.reset()
    model.eval(row)
    tokens: list[int] = []
    ended = False
    while len(tokens) < most and not ended:
        tokens.append(int(np.argmax(model.scores[model.n_tokens - 1])))
        ended = bool(llama_cpp.llama_vocab_is_eog(vocabulary, tokens[-1]))
        if not ended:
            model.eval(tokens[-1:])
    return {"tokens": tokens, "ended": ended}


if __name__ == "__main__":
    main(sys.argv[1:])
