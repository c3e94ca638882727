"""Several runs trained at once over one base model, each in its own folder and as it would be trained alone."""
