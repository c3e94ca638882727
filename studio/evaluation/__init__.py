"""A model scored on tasks, tried in a chat, and its answers graded."""
