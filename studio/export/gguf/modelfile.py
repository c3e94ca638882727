"""Ollama's Modelfile: which file, how a conversation is written, where an answer ends."""

from __future__ import annotations

import json
from collections.abc import Sequence

from studio.export.gguf.chat_turns import ChatTurns

MODELFILE = "Modelfile"


def modelfile(file: str, turns: ChatTurns | None, stops: Sequence[str], context: int, begins: str) -> str:
    """The text of a Modelfile beside the GGUF `file`.

    turns: the chat template taken apart; without, Ollama goes by the one in the file, which it knows or does not.
    stops: what ends an answer. context: tokens that the model reads at most. begins: the token that Ollama itself puts
    before a prompt, so that the template here does not; "" where it puts none.
    """
    lines = [f"FROM ./{file}"]
    if turns is not None:
        lines += ["", f'TEMPLATE """{_template(turns, begins)}"""']
        if turns.standard_system:
            lines += ["", f'SYSTEM """{turns.standard_system}"""']
    lines += ["", f"PARAMETER num_ctx {min(context, 8192)}", "PARAMETER temperature 0"]
    lines += [f"PARAMETER stop {json.dumps(stop, ensure_ascii=False)}" for stop in stops]
    return "\n".join(lines) + "\n"


def _template(turns: ChatTurns, begins: str) -> str:
    """The turns in Go's template language; every literal is quoted, so that no line break of the layout counts."""
    first = _literal(turns.first.removeprefix(begins))
    return f"""{first}{{{{- range $i, $_ := .Messages }}}}
{{{{- $last := eq (len (slice $.Messages $i)) 1 }}}}
{{{{- if eq .Role "system" }}}}{_around(turns.system)}
{{{{- else if eq .Role "user" }}}}{_around(turns.user)}
{{{{- else if eq .Role "assistant" }}}}{_literal(turns.assistant[0])}{{{{ .Content }}}}
{{{{- if not $last }}}}{_literal(turns.assistant[1])}{{{{ end }}}}
{{{{- end }}}}
{{{{- if and $last (ne .Role "assistant") }}}}{_literal(turns.opening)}{{{{ end }}}}
{{{{- end }}}}"""


def _around(turn: tuple[str, str]) -> str:
    return f"{_literal(turn[0])}{{{{ .Content }}}}{_literal(turn[1])}"


def _literal(text: str) -> str:
    return f"{{{{ {json.dumps(text, ensure_ascii=False)} }}}}" if text else ""
