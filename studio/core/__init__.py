"""What a run is, in plain values: neither torch nor Qt."""
