"""What identifies a tokenizer together with its chat template."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any


def fingerprint(tokenizer: Any) -> str:
    """What identifies a tokenizer with its template; a template that writes the date is another one each day."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    vocabulary = backend.to_str() if backend is not None else json.dumps(sorted(tokenizer.get_vocab().items()))
    template = str(tokenizer.chat_template)
    day = time.strftime("%Y-%m-%d") if "strftime_now" in template else ""
    added = {int(id): repr(token) for id, token in tokenizer.added_tokens_decoder.items()}
    values = [type(tokenizer).__name__, vocabulary, template, str(tokenizer.special_tokens_map), added, day]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()
