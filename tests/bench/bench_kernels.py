"""What the fused kernels need from each card, without the card: compiled ahead of time by the ptxas in Triton's wheel.

    python -m tests.bench.bench_kernels [--capability 86] [--dtype bf16] [--rank 16] [--slots 2] [--json PATH]

Each row is one kernel with the tiles that come first, or with `--all` each that a card may be tried with: registers
and spilled bytes of a thread, shared memory of a block, how many blocks share a multiprocessor, and instructions an
element: those of the whole code, of all warps, for the elements of one tile, however often a loop runs.
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

from studio.methods.mixlora.forms.blocks import (
    Kind,
    Tiles,
    candidates,
    candidates_over_experts,
    first_tiles,
    padded_rank,
    power_of_two,
)
from tests.bench.measure import print_table, write_json

CAPABILITIES = (80, 86, 89, 90, 120)  # A100; RTX 30, RTX 40, H100, RTX 50
MOST_SHARED = {80: 163, 86: 99, 89: 99, 90: 227, 120: 99}  # KiB that one block may have; it takes one more
MOST_WARPS = {80: 64, 86: 48, 89: 48, 90: 64, 120: 48}  # of a multiprocessor
REGISTERS, PORTION = 65_536, 256  # of a multiprocessor, and by how many a warp takes them
DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
PART_OF = {"_forward": "forward", "_backward_tokens": "backward", "_backward_experts": "experts"}
KERNELS = tuple(PART_OF)
_INTEGERS = ("TOKENS", "INNER", "TILES", "seed")
_INDICES = ("IDX", "ORDER", "MET", "COUNT", "SLOT", "OFFSET")
_INSTRUCTION = re.compile(r"^\s*/\*[0-9a-f]{4,}\*/\s+\S", re.MULTILINE)
_SUMS = ("W", "Z", "DW", "DRG", "DRU", "DBG", "DBU", "DAD")


@dataclass(frozen=True, slots=True)
class Needs:
    """What one compiled kernel takes: shared memory in bytes a block, registers and spilled bytes a thread.

    instructions: of its code, of all warps, for each element of a tile.
    """

    shared: int
    registers: int
    spilled: int
    instructions: float

    def blocks_a_multiprocessor(self, capability: int, warps: int) -> int:
        """Return how many blocks of so many warps share one."""
        by_registers = REGISTERS // (-(-self.registers * 32 // PORTION) * PORTION * warps)
        by_shared = (MOST_SHARED[capability] + 1) * 1024 // (self.shared + 1024)
        return min(by_registers, by_shared, MOST_WARPS[capability] // warps)


def kind_of(slots: int, rank: int, dtype: str) -> Kind:
    return Kind(slots, padded_rank(rank), DTYPES[dtype], True)


def every_tile(kind: Kind) -> list[Tiles]:
    """Return the first tiles and every other that a card may be tried with."""
    first = first_tiles(kind)
    return [first, *candidates(kind, first), *candidates_over_experts(kind, first)]


def compiled_needs(
    kernel: str, capability: int, dtype: str, rank: int, slots: int, experts: int = 8, tiles: Tiles | None = None
) -> Needs:
    """Compile one kernel for one card, as gated SiLU with dropout, which is the largest; raises what Triton raises.

    With the first tiles, or with those that are given.
    """
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from studio.methods.mixlora.forms import kernels

    function = getattr(kernels, kernel)
    tiles = tiles or first_tiles(kind_of(slots, rank, dtype))
    blocks = getattr(tiles, PART_OF[kernel])
    padded = padded_rank(rank)
    constants = {
        "SLOTS": slots, "EXPERTS": experts, "RANK": padded, "WIDE": power_of_two(slots * padded), "PARTS": 2, "ACT": 0,
        "HAS_UP": True, "HAS_RG": True, "HAS_RU": True, "HAS_DOWN": True,
        "DROPOUT": True, "PRECISION": "tf32x3", "BT": blocks.tokens, "BF": blocks.inner,
    }  # fmt: skip
    options = {"num_warps": blocks.warps, "num_stages": 1}
    options |= {"maxnreg": blocks.registers} if blocks.registers else {}
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
    made = triton.compile(source, target=GPUTarget("cuda", capability, 32), options=options)
    tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    with tempfile.TemporaryDirectory() as folder:
        binary = Path(folder) / "kernel.cubin"
        binary.write_bytes(made.asm["cubin"])
        said, code = (
            subprocess.run([tool, ask, binary], capture_output=True, text=True, check=True, timeout=60).stdout
            for ask in ("-res-usage", "-sass")
        )
    found = re.search(r"REG:(\d+) STACK:(\d+)", said)
    assert found is not None, said
    an_element = len(_INSTRUCTION.findall(code)) * blocks.warps / (blocks.tokens * blocks.inner)
    return Needs(made.metadata.shared, int(found[1]), int(found[2]), an_element)


def run(args: argparse.Namespace) -> dict[str, Any]:
    rows = []
    for capability in args.capability or CAPABILITIES:
        for dtype in args.dtype or DTYPES:
            for rank in args.rank or (16, 64):
                for slots in args.slots or (2,):
                    rows += _rows_of(capability, dtype, rank, slots, args.all)
    print_table("fused kernels, compiled ahead of time", rows)
    return {"bench": "kernels", "rows": rows}


def _rows_of(capability: int, dtype: str, rank: int, slots: int, every: bool) -> list[dict[str, Any]]:
    kind = kind_of(slots, rank, dtype)
    wanted = every_tile(kind) if every else [first_tiles(kind)]
    rows = []
    for kernel, part in PART_OF.items():
        for blocks in dict.fromkeys(getattr(tiles, part) for tiles in wanted):
            tiles = next(tiles for tiles in wanted if getattr(tiles, part) == blocks)
            start = time.perf_counter()
            needs = compiled_needs(kernel, capability, dtype, rank, slots, tiles=tiles)
            limit = f", at most {blocks.registers} registers" if blocks.registers else ""
            rows.append(
                {
                    "capability": capability / 10,
                    "dtype": dtype,
                    "rank": rank,
                    "slots": slots,
                    "kernel": kernel,
                    "block": f"{blocks.tokens}x{blocks.inner}, {blocks.warps} warps{limit}",
                    "shared KiB": needs.shared / 1024,
                    "registers": needs.registers,
                    "spilled bytes": needs.spilled,
                    "blocks": needs.blocks_a_multiprocessor(capability, blocks.warps),
                    "instructions": round(needs.instructions, 1),
                    "compiled in s": time.perf_counter() - start,
                }
            )
            print("  ".join(str(value) for value in rows[-1].values()), flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--capability", action="append", type=int, choices=CAPABILITIES)
    parser.add_argument("--dtype", action="append", choices=DTYPES)
    parser.add_argument("--rank", action="append", type=int)
    parser.add_argument("--slots", action="append", type=int)
    parser.add_argument("--all", action="store_true", help="every tile that a card may be tried with")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    write_json(args.json, run(args))


if __name__ == "__main__":
    main()
