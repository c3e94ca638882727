"""What strangers wrote, read within limits: JSON, safetensors headers, paths, names, and a model's own code."""
