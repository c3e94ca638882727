"""Runs side by side: the table of what each method gave, and their curves over one another."""
