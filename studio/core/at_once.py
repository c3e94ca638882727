"""How much is computed at once, on which the engine and the planner's arithmetic must agree."""

from __future__ import annotations

LOGITS_AT_ONCE = 2**24
"""Logits that are held at once: 64 MiB of float32."""

MOST_LOGITS_AT_ONCE = 2**26
"""On a card with room: each chunk reads the whole head twice, which for a small model is a fifth of its step."""

ROWS_AT_ONCE = 64
TOKENS_A_ROW = 64
"""An evaluation computes so many rows together, each of so many tokens on average; long rows in smaller groups."""

BUCKET_BYTES = 25 * 2**20
"""The most of the gradients that a process copies at once to send it to the others."""


def card_length(tokens: int) -> int:
    """Return the tokens that a micro-batch is filled up to on a card: to an eighth of its own size, 8 to 64.

    Every new shape leaves gaps in the allocator's blocks. Of rows of up to 2,048 tokens, eight at once, this makes 36
    shapes instead of 232 for 2 % more tokens; a multiple of 64 would more than double rows of 70.
    """
    multiple = min(64, max(8, (1 << max(tokens, 1).bit_length() - 1) // 8))
    return -(-tokens // multiple) * multiple
