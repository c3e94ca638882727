"""How much is computed at once, on which the engine and the planner's arithmetic must agree."""

from __future__ import annotations

LOGITS_AT_ONCE = 2**24
"""Logits that are held at once: 64 MiB of float32."""

ROWS_AT_ONCE = 64
TOKENS_A_ROW = 64
"""An evaluation computes so many rows together, each of so many tokens on average; long rows in smaller groups."""
