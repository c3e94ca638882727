"""How much is computed at once: what the engine and the planner's arithmetic must agree on."""

from __future__ import annotations

LOGITS_AT_ONCE = 2**24
"""Logits that are held at once: 64 MiB of float32."""

ROWS_AT_ONCE = 64
TOKENS_A_ROW = 64
"""An evaluation computes so many rows together, and of all of them so many tokens for each; long rows in smaller
groups."""
