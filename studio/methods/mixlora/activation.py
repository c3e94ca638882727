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


def activate_into(activation: Activation, x: Tensor, out: Tensor) -> Tensor:
    """Return the activation of x in `out`, a buffer of the same shape; x is left as it is."""
    kind = kind_of(activation)
    if kind == "silu":
        return torch.ops.aten.silu.out(x, out=out)
    if kind in ("gelu", "gelu_tanh"):
        return torch.ops.aten.gelu.out(x, approximate="tanh" if kind == "gelu_tanh" else "none", out=out)
    return out.copy_(activate(activation, x))


def activation_backward_into(activation: Activation, grad: Tensor, x: Tensor, out: Tensor) -> Tensor:
    """Return grad · activation'(x) in `out`, a buffer of the same shape that is neither of the two."""
    kind = kind_of(activation)
    if kind == "silu":
        return torch.ops.aten.silu_backward.grad_input(grad, x, grad_input=out)
    if kind in ("gelu", "gelu_tanh"):
        approximate = "tanh" if kind == "gelu_tanh" else "none"
        return torch.ops.aten.gelu_backward.grad_input(grad, x, approximate=approximate, grad_input=out)
    return out.copy_(activation_backward(activation, grad, x))
