"""A run on one self-contained page, and what the page shares with the model card of an export; needs no torch."""
