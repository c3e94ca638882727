"""Training that gives the card to a game by itself, and takes it back afterwards."""
