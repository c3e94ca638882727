"""A run's memory: measured, probed before the first step, and reduced when it runs out."""
