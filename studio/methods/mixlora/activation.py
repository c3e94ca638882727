"""Activations forward in place and backward from the saved input, by torch's own fused kernels where it has them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from studio.methods.mixlora.feedforward import Activation

# Names of transformers' activation classes; the exact class decides, so a look-alike falls to the general way.
_SILU = {"SiLU", "SiLUActivation"}
_GELU_TANH = {"GELUTanh", "PytorchGELUTanh", "NewGELUActivation", "FastGELUActivation"}
_GELU = {"GELUActivation"}
_RELU = {"ReLU"}


def kind_of(activation: Activation) -> str:
    """Return silu, gelu_tanh, gelu, relu, or other."""
    name = type(activation).__name__
    if isinstance(activation, nn.GELU):
        return "gelu_tanh" if activation.approximate == "tanh" else "gelu"
    for kind, names in (("silu", _SILU), ("gelu_tanh", _GELU_TANH), ("gelu", _GELU), ("relu", _RELU)):
        if name in names:
            return kind
    return "other"


def activate(activation: Activation, x: Tensor) -> Tensor:
    """Return the activation of x; x itself may be overwritten only where torch does it in place."""
    kind = kind_of(activation)
    if kind == "silu":
        return F.silu(x)
    if kind == "gelu_tanh":
        return F.gelu(x, approximate="tanh")
    if kind == "gelu":
        return F.gelu(x)
    if kind == "relu":
        return F.relu(x)
    return activation(x)


def activation_backward(activation: Activation, grad: Tensor, x: Tensor) -> Tensor:
    """Return grad · activation'(x), both of any one shape."""
    kind = kind_of(activation)
    if kind == "silu":
        return torch.ops.aten.silu_backward(grad, x)
    if kind == "gelu_tanh":
        return torch.ops.aten.gelu_backward(grad, x, approximate="tanh")
    if kind == "gelu":
        return torch.ops.aten.gelu_backward(grad, x)
    if kind == "relu":
        return torch.ops.aten.threshold_backward(grad, x, 0)
    with torch.enable_grad():
        x = x.detach().requires_grad_(True)
        (result,) = torch.autograd.grad(activation(x), x, grad)
    return result
