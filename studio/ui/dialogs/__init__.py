"""The dialogs above the window, and what opens them."""
