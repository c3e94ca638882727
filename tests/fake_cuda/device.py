"""A CUDA device on a processor-only torch: enough for autograd over fake tensors, and nothing that computes.

`open_device` has to be called before torch is imported, so it runs in a process of its own: `tests.fake_cuda.step`.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("guard.cpp")


def build_guard(folder: Path) -> Path | None:
    """Compile the device's guard and hooks into `folder`; None where there is no g++."""
    compiler, torch = shutil.which("g++"), find_spec("torch")
    if compiler is None or torch is None or torch.origin is None:
        return None
    home = Path(torch.origin).parent
    library = folder / "libguard.so"
    headers = [f"-I{home / 'include'}", f"-I{home / 'include/torch/csrc/api/include'}"]
    linked = [f"-L{home / 'lib'}", f"-Wl,-rpath,{home / 'lib'}", "-ltorch_cpu", "-lc10"]
    options = ["-O1", "-shared", "-fPIC", "-std=c++20", "-D_GLIBCXX_USE_CXX11_ABI=1"]
    subprocess.run([compiler, *options, *headers, str(SOURCE), "-o", str(library), *linked], check=True)
    return library


def open_device(library: Path) -> None:
    """Load the guard, and let torch, transformers and PEFT believe in one card of compute capability 8.6."""
    ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    import torch
    import transformers
    import transformers.masking_utils

    import studio.training.answer_loss  # noqa: F401  first: bitsandbytes asks at its import for more than is feigned

    cuda: Any = torch.cuda
    cuda.is_available = cuda.is_initialized = cuda.is_bf16_supported = lambda *_, **__: True
    cuda.get_device_capability = lambda *_: (8, 6)
    cuda.device_count, cuda.current_device, cuda._lazy_init = (lambda: 1), (lambda: 0), (lambda: None)
    for kind in (torch.nn.Module, transformers.PreTrainedModel):
        setattr(kind, "to", _moved)  # noqa: B010  a method of another signature
    # Under fake tensors transformers would build every mask, as when it is traced.
    setattr(transformers.masking_utils, "is_tracing", lambda *_: False)  # noqa: B010
    setattr(torch.nn.functional, "scaled_dot_product_attention", _attention)  # noqa: B010
    # One kernel each on a card; without an entry there, they would fall apart into many.
    _LIBRARIES.append(torch.library.Library("aten", "IMPL"))
    for name in ("silu_backward", "_fused_rms_norm", "_fused_rms_norm_backward"):
        _LIBRARIES[0].impl(name, _never, "CUDA")


_LIBRARIES: list[Any] = []  # an implementation lasts as long as its library


def _never(*_: Any) -> Any:
    raise AssertionError("a fake tensor has no kernels")


def _moved(module: Any, *asked: Any, **named: Any) -> Any:
    """`Module.to` by new parameters: swapping a fake tensor's device in place is not possible."""
    import torch

    device, dtype, _, _ = torch._C._nn._parse_to(*asked, **named)
    for part in module.modules():
        for tensors in (part._parameters, part._buffers):
            for name, tensor in list(tensors.items()):
                if tensor is None:
                    continue
                wanted = dtype if tensor.is_floating_point() else None
                moved = tensor.detach().to(device=device, dtype=wanted)
                known = isinstance(tensor, torch.nn.Parameter)
                tensors[name] = torch.nn.Parameter(moved, tensor.requires_grad) if known else moved
    return module


def _attention(
    q: Any, k: Any, v: Any, attn_mask: Any = None, dropout_p: float = 0.0, is_causal: bool = False,
    scale: float | None = None, enable_gqa: bool = False,
) -> Any:  # fmt: skip
    """The kernel that torch takes on a card: flash without a mask, the memory-efficient one with it."""
    import torch

    if attn_mask is None:
        return torch.ops.aten._scaled_dot_product_flash_attention(q, k, v, dropout_p, is_causal, scale=scale)[0]
    if enable_gqa:
        times = q.shape[1] // k.shape[1]
        k, v = k.repeat_interleave(times, 1), v.repeat_interleave(times, 1)
    if attn_mask.dtype == torch.bool:
        attn_mask = torch.zeros_like(attn_mask, dtype=q.dtype).masked_fill_(attn_mask.logical_not(), float("-inf"))
    attn_mask = attn_mask.expand(q.shape[0], q.shape[1], q.shape[2], k.shape[2])
    efficient = torch.ops.aten._scaled_dot_product_efficient_attention
    return efficient(q, k, v, attn_mask, True, dropout_p, is_causal, scale=scale)[0]
