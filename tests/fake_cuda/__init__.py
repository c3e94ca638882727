"""The training step on CUDA tensors that compute nothing: what a card would be asked to do, counted without one."""
