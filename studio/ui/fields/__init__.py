"""Settings and recipe fields: described, edited and laid out from their declarations."""
