"""What a run's router loads say: figures of each layer, a verdict in words, and alerts while it trains."""
