"""The page of one run: its header, live charts, scores, log and recipe."""
