"""A conversation with one or several models, token by token, and the experts that each token was sent to."""
