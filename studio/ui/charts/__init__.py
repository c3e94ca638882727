"""The live charts: loss, experts, metrics."""
