"""The list of all runs, read in a thread."""
