"""Checkpoints: what they hold, how they are written, and where a run resumes from."""
