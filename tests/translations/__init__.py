"""That the window speaks its other languages wholly: every word is wrapped, translated, and shown."""
