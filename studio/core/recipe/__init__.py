"""The recipe: its fields, and its file."""
