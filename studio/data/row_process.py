"""One of several processes that make rows: `python -m studio.data.row_process`, asked through its standard input.

Both ways go length-prefixed pickles between two processes of the same program: first the tokenizer and the settings,
then conversations, answered by what became of them. It ends when its input does, so none outlives who started it.
"""

from __future__ import annotations

import os
import pickle
import struct
import sys
from typing import IO, Any

_LENGTH = struct.Struct("<Q")


def send(pipe: IO[bytes], value: Any) -> None:
    """Write one value; raises OSError where nobody reads, and pickle's errors for what cannot be sent."""
    content = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(content)))
    pipe.write(content)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Any:
    """Read one value; raises EOFError where the other side has ended."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    content = pipe.read(length)
    if len(content) < length:
        raise EOFError
    return pickle.loads(content)


def main() -> None:
    """Answer until the input ends."""
    # What a library prints must not come between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    asked = sys.stdin.buffer
    try:
        tokenizer, max_length, scored = receive(asked)
        from studio.data.chat_text import ChatText
        from studio.data.made_rows import MadeRows
        from studio.data.rare_collections import rare_collections
        from studio.data.row_maker import RowMaker

        maker = RowMaker(ChatText(tokenizer), max_length, scored)
        with rare_collections():
            while True:
                send(answers, MadeRows.of(maker.make(receive(asked))))
    except (EOFError, BrokenPipeError):
        return


if __name__ == "__main__":
    main()
