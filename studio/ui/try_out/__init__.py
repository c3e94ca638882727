"""Trying a run's model: questions and answers side by side, token by token, expert by expert."""
