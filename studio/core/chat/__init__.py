"""What a conversation with a model is made of, in plain values: its settings, its tokens, and experts switched off."""
