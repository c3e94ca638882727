"""The queue in the window: what waits and in which order, and gaming mode."""
