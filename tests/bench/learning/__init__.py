"""The laboratory: which method learns better, asked of a base so small that a training takes half a minute."""
