"""What the fused kernels need from each card, without the card: compiled ahead of time by the ptxas in Triton's wheel.

    python -m tests.bench.bench_kernels [--capability 86] [--dtype bf16] [--rank 16] [--slots 2] [--json PATH]

Each row is one kernel with the block sizes that would really be chosen: shared memory of one block, registers and
spilled bytes of one thread. A block may have 99 KiB on compute capabilities 8.6, 8.9 and 12.0.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from studio.methods.mixlora.forms.blocks import Blocks, blocks_for, expert_blocks_for, padded_rank, power_of_two
from tests.bench.measure import print_table, write_json

CAPABILITIES = (80, 86, 89, 90, 120)  # A100; RTX 30, RTX 40, H100, RTX 50
MOST_SHARED = {80: 163, 86: 99, 89: 99, 90: 227, 120: 99}  # KiB that one block may have
DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
KERNELS = ("_forward", "_backward_tokens", "_backward_experts")
_INTEGERS = ("TOKENS", "INNER", "TILES", "seed")
_INDICES = ("IDX", "ORDER", "PRESENT", "SLOT", "OFFSET")
_SUMS = ("W", "Z", "DW", "DRG", "DRU", "DBG", "DBU", "DAD")


@dataclass(frozen=True, slots=True)
class Needs:
    """What one compiled kernel takes: shared memory in bytes a block, registers and spilled bytes a thread."""

    shared: int
    registers: int
    spilled: int


def blocks_of(kernel: str, slots: int, rank: int, dtype: str) -> Blocks:
    """Return the block sizes with which `fused` launches this kernel."""
    if kernel == "_backward_experts":
        return expert_blocks_for(rank, DTYPES[dtype])
    return blocks_for(slots, rank, DTYPES[dtype])


def compiled_needs(kernel: str, capability: int, dtype: str, rank: int, slots: int, experts: int = 8) -> Needs:
    """Compile one kernel for one card, as gated SiLU with dropout, which is the largest; raises what Triton raises."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from studio.methods.mixlora.forms import kernels

    function = getattr(kernels, kernel)
    blocks = blocks_of(kernel, slots, rank, dtype)
    padded = padded_rank(rank)
    constants = {
        "SLOTS": slots, "EXPERTS": experts, "RANK": padded, "WIDE": power_of_two(slots * padded),
        "PLACES": power_of_two(slots), "ACT": 0, "HAS_UP": True, "HAS_RG": True, "HAS_RU": True, "HAS_DOWN": True,
        "DROPOUT": True, "PRECISION": "tf32x3", "BT": blocks.tokens, "BF": blocks.inner,
    }  # fmt: skip
    signature = {}
    for name in function.arg_names:
        if name in constants:
            signature[name] = "constexpr"
        elif name in _INTEGERS:
            signature[name] = "i32"
        elif name == "p":
            signature[name] = "fp32"
        else:
            signature[name] = "*i32" if name in _INDICES else "*fp32" if name in _SUMS else f"*{dtype}"
    # As at a launch: tensors lie on multiples of 16 bytes, and so does each of their rows.
    aligned = {
        (place,): [["tt.divisibility", 16]]
        for place, name in enumerate(function.arg_names)
        if signature[name].startswith("*") or name == "INNER"
    }
    source = ASTSource(function, signature, {k: v for k, v in constants.items() if k in signature}, aligned)
    made = triton.compile(source, target=GPUTarget("cuda", capability, 32), options={"num_warps": blocks.warps})
    tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    with tempfile.TemporaryDirectory() as folder:
        binary = Path(folder) / "kernel.cubin"
        binary.write_bytes(made.asm["cubin"])
        said = subprocess.run([tool, "-res-usage", binary], capture_output=True, text=True, check=True, timeout=60)
    found = re.search(r"REG:(\d+) STACK:(\d+)", said.stdout)
    assert found is not None, said.stdout
    return Needs(made.metadata.shared, int(found[1]), int(found[2]))


def run(args: argparse.Namespace) -> dict[str, Any]:
    rows = []
    for capability in args.capability or CAPABILITIES:
        for dtype in args.dtype or DTYPES:
            for rank in args.rank or (16, 64):
                for slots in args.slots or (2,):
                    for kernel in KERNELS:
                        blocks = blocks_of(kernel, slots, rank, dtype)
                        start = time.perf_counter()
                        needs = compiled_needs(kernel, capability, dtype, rank, slots)
                        rows.append(
                            {
                                "capability": capability / 10,
                                "dtype": dtype,
                                "rank": rank,
                                "slots": slots,
                                "kernel": kernel,
                                "block": f"{blocks.tokens}x{blocks.inner}, {blocks.warps} warps",
                                "shared KiB": needs.shared / 1024,
                                "registers": needs.registers,
                                "spilled bytes": needs.spilled,
                                "compiled in s": time.perf_counter() - start,
                            }
                        )
                        print("  ".join(str(value) for value in rows[-1].values()), flush=True)
    print_table("fused kernels, compiled ahead of time", rows)
    return {"bench": "kernels", "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--capability", action="append", type=int, choices=CAPABILITIES)
    parser.add_argument("--dtype", action="append", choices=DTYPES)
    parser.add_argument("--rank", action="append", type=int)
    parser.add_argument("--slots", action="append", type=int)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    write_json(args.json, run(args))


if __name__ == "__main__":
    main()
