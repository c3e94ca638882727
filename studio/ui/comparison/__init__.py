"""Runs side by side: the table of each method's results, and their curves over one another."""
