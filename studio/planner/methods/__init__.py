"""The arithmetic of each method: what it trains, keeps and needs for a moment."""
