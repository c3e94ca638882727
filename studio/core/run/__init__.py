"""One run: its folder, its database, its events, commands and curves."""
