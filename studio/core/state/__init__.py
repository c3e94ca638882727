"""What a run is doing now, derived from what its folder holds."""
