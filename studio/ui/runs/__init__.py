"""All runs: watched in a thread, listed at the left."""
