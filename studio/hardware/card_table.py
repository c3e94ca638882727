"""NVIDIA cards that a recipe can be planned for without having one: published figures, one row a card.

Memory is what the maker writes on the box (GB, meaning GiB); the sixth column is what the driver reports in MiB where
that is less: error correction takes a sixteenth of GDDR6, and parts of HBM are switched off. Bandwidth is in GB/s.
TFLOPS are of dense bfloat16 products summed in float32, which is what training runs; None where a card has no bfloat16
(compute capability 7.x), where the figure depends on the laptop's power limit, or where NVIDIA does not publish it.
From NVIDIA's data sheets and its whitepapers on Turing, Ampere (GA102), Ada, Hopper and Blackwell.
"""

from __future__ import annotations

from typing import NamedTuple

from studio.core.words import mark


class Card(NamedTuple):
    """One row of the table; a data centre's card has no display."""

    family: str
    name: str
    gb: int
    capability: tuple[int, int]
    bandwidth: float | None = None
    reported_mib: int | None = None
    tflops: float | None = None

    @property
    def short_name(self) -> str:
        """The name as a person asks for it, with the memory that distinguishes versions: "RTX 4060 Ti 16GB"."""
        return f"{self.name} {self.gb}GB"

    @property
    def full_name(self) -> str:
        return f"{GEFORCE if self.family == GEFORCE else 'NVIDIA'} {self.short_name}"

    @property
    def total_bytes(self) -> int:
        """What the driver reports as the card's memory, in bytes."""
        return (self.reported_mib or self.gb << 10) << 20


GEFORCE, WORKSTATION, DATA_CENTRE = "GeForce", "workstation", mark("data centre")

CARDS = (
    # GeForce RTX 50
    Card(GEFORCE, "RTX 5090", 32, (12, 0), 1792, None, 209.5),
    Card(GEFORCE, "RTX 5090 D", 32, (12, 0), 1792),
    Card(GEFORCE, "RTX 5080", 16, (12, 0), 960, None, 112.6),
    Card(GEFORCE, "RTX 5070 Ti", 16, (12, 0), 896, None, 87.9),
    Card(GEFORCE, "RTX 5070", 12, (12, 0), 672, None, 61.7),
    Card(GEFORCE, "RTX 5060 Ti", 16, (12, 0), 448, None, 47.4),
    Card(GEFORCE, "RTX 5060 Ti", 8, (12, 0), 448, None, 47.4),
    Card(GEFORCE, "RTX 5060", 8, (12, 0), 448, None, 38.4),
    Card(GEFORCE, "RTX 5050", 8, (12, 0), 320),
    Card(GEFORCE, "RTX 5090 Laptop", 24, (12, 0), 896),
    Card(GEFORCE, "RTX 5080 Laptop", 16, (12, 0), 896),
    Card(GEFORCE, "RTX 5070 Ti Laptop", 12, (12, 0), 672),
    Card(GEFORCE, "RTX 5070 Laptop", 8, (12, 0)),
    Card(GEFORCE, "RTX 5060 Laptop", 8, (12, 0)),
    Card(GEFORCE, "RTX 5050 Laptop", 8, (12, 0)),
    # GeForce RTX 40
    Card(GEFORCE, "RTX 4090", 24, (8, 9), 1008, None, 165.2),
    Card(GEFORCE, "RTX 4090 D", 24, (8, 9), 1008),
    Card(GEFORCE, "RTX 4080 SUPER", 16, (8, 9), 736, None, 104.4),
    Card(GEFORCE, "RTX 4080", 16, (8, 9), 717, None, 97.5),
    Card(GEFORCE, "RTX 4070 Ti SUPER", 16, (8, 9), 672, None, 88.2),
    Card(GEFORCE, "RTX 4070 Ti", 12, (8, 9), 504, None, 80.2),
    Card(GEFORCE, "RTX 4070 SUPER", 12, (8, 9), 504, None, 71.0),
    Card(GEFORCE, "RTX 4070", 12, (8, 9), 504, None, 58.3),
    Card(GEFORCE, "RTX 4060 Ti", 16, (8, 9), 288, None, 44.1),
    Card(GEFORCE, "RTX 4060 Ti", 8, (8, 9), 288, None, 44.1),
    Card(GEFORCE, "RTX 4060", 8, (8, 9), 272, None, 30.2),
    Card(GEFORCE, "RTX 4090 Laptop", 16, (8, 9), 576),
    Card(GEFORCE, "RTX 4080 Laptop", 12, (8, 9), 432),
    Card(GEFORCE, "RTX 4070 Laptop", 8, (8, 9), 256),
    Card(GEFORCE, "RTX 4060 Laptop", 8, (8, 9), 256),
    Card(GEFORCE, "RTX 4050 Laptop", 6, (8, 9), 192),
    # GeForce RTX 30
    Card(GEFORCE, "RTX 3090 Ti", 24, (8, 6), 1008, None, 80.0),
    Card(GEFORCE, "RTX 3090", 24, (8, 6), 936, None, 71.2),
    Card(GEFORCE, "RTX 3080 Ti", 12, (8, 6), 912, None, 68.2),
    Card(GEFORCE, "RTX 3080", 12, (8, 6), 912, None, 61.3),
    Card(GEFORCE, "RTX 3080", 10, (8, 6), 760, None, 59.5),
    Card(GEFORCE, "RTX 3070 Ti", 8, (8, 6), 608, None, 43.5),
    Card(GEFORCE, "RTX 3070", 8, (8, 6), 448, None, 40.6),
    Card(GEFORCE, "RTX 3060 Ti", 8, (8, 6), 448, None, 32.4),
    Card(GEFORCE, "RTX 3060", 12, (8, 6), 360, None, 25.5),
    Card(GEFORCE, "RTX 3060", 8, (8, 6), 240, None, 25.5),
    Card(GEFORCE, "RTX 3050", 8, (8, 6), 224, None, 18.2),
    Card(GEFORCE, "RTX 3050", 6, (8, 6), 168),
    Card(GEFORCE, "RTX 3080 Ti Laptop", 16, (8, 6), 512),
    Card(GEFORCE, "RTX 3080 Laptop", 16, (8, 6), 448),
    Card(GEFORCE, "RTX 3080 Laptop", 8, (8, 6), 448),
    Card(GEFORCE, "RTX 3070 Ti Laptop", 8, (8, 6), 448),
    Card(GEFORCE, "RTX 3070 Laptop", 8, (8, 6), 448),
    Card(GEFORCE, "RTX 3060 Laptop", 6, (8, 6), 336),
    Card(GEFORCE, "RTX 3050 Ti Laptop", 4, (8, 6), 192),
    Card(GEFORCE, "RTX 3050 Laptop", 6, (8, 6)),
    Card(GEFORCE, "RTX 3050 Laptop", 4, (8, 6), 192),
    Card(GEFORCE, "RTX 2050 Laptop", 4, (8, 6), 112),  # an Ampere chip in spite of its number
    # GeForce RTX 20
    Card(WORKSTATION, "TITAN RTX", 24, (7, 5), 672),
    Card(GEFORCE, "RTX 2080 Ti", 11, (7, 5), 616),
    Card(GEFORCE, "RTX 2080 SUPER", 8, (7, 5), 496),
    Card(GEFORCE, "RTX 2080", 8, (7, 5), 448),
    Card(GEFORCE, "RTX 2070 SUPER", 8, (7, 5), 448),
    Card(GEFORCE, "RTX 2070", 8, (7, 5), 448),
    Card(GEFORCE, "RTX 2060 SUPER", 8, (7, 5), 448),
    Card(GEFORCE, "RTX 2060", 12, (7, 5), 336),
    Card(GEFORCE, "RTX 2060", 6, (7, 5), 336),
    Card(GEFORCE, "RTX 2080 SUPER Laptop", 8, (7, 5)),
    Card(GEFORCE, "RTX 2080 Laptop", 8, (7, 5)),
    Card(GEFORCE, "RTX 2070 SUPER Laptop", 8, (7, 5)),
    Card(GEFORCE, "RTX 2070 Laptop", 8, (7, 5)),
    Card(GEFORCE, "RTX 2060 Laptop", 6, (7, 5)),
    # Workstations
    Card(WORKSTATION, "RTX PRO 6000 Blackwell", 96, (12, 0), 1792),
    Card(WORKSTATION, "RTX 6000 Ada", 48, (8, 9), 960, None, 364.2),
    Card(WORKSTATION, "RTX 5000 Ada", 32, (8, 9), 576),
    Card(WORKSTATION, "RTX 4500 Ada", 24, (8, 9), 432),
    Card(WORKSTATION, "RTX 4000 Ada", 20, (8, 9), 360),
    Card(WORKSTATION, "RTX 2000 Ada", 16, (8, 9), 224),
    Card(WORKSTATION, "RTX A6000", 48, (8, 6), 768, None, 154.8),
    Card(WORKSTATION, "RTX A5500", 24, (8, 6), 768),
    Card(WORKSTATION, "RTX A5000", 24, (8, 6), 768, None, 111.1),
    Card(WORKSTATION, "RTX A4500", 20, (8, 6), 640),
    Card(WORKSTATION, "RTX A4000", 16, (8, 6), 448, None, 76.7),
    Card(WORKSTATION, "RTX A2000", 12, (8, 6), 288),
    Card(WORKSTATION, "RTX A2000", 6, (8, 6), 288),
    # Data centres
    Card(DATA_CENTRE, "H200 SXM", 141, (9, 0), 4800, 143771, 989.4),
    Card(DATA_CENTRE, "H100 NVL", 94, (9, 0), 3900, 95830, 835.5),
    Card(DATA_CENTRE, "H100 SXM", 80, (9, 0), 3350, 81559, 989.4),
    Card(DATA_CENTRE, "H100 PCIe", 80, (9, 0), 2000, 81559, 756.0),
    Card(DATA_CENTRE, "A100 SXM", 80, (8, 0), 2039, None, 312.0),
    Card(DATA_CENTRE, "A100 PCIe", 80, (8, 0), 1935, None, 312.0),
    Card(DATA_CENTRE, "A100", 40, (8, 0), 1555, None, 312.0),
    Card(DATA_CENTRE, "A40", 48, (8, 6), 696, 46068, 149.7),
    Card(DATA_CENTRE, "A30", 24, (8, 0), 933, None, 165.0),
    Card(DATA_CENTRE, "A10", 24, (8, 6), 600, 23028, 125.0),
    Card(DATA_CENTRE, "A10G", 24, (8, 6), 600, 23028),
    Card(DATA_CENTRE, "L40S", 48, (8, 9), 864, 46068, 362.0),
    Card(DATA_CENTRE, "L40", 48, (8, 9), 864, 46068, 181.0),
    Card(DATA_CENTRE, "L4", 24, (8, 9), 300, 23034, 121.0),
    Card(DATA_CENTRE, "T4", 16, (7, 5), 320, 15360),
    Card(DATA_CENTRE, "V100", 32, (7, 0), 900),
    Card(DATA_CENTRE, "V100", 16, (7, 0), 900),
)
