"""What this machine has and what it is doing now, without importing torch."""

from studio.hardware.cards import find_card, with_card
from studio.hardware.detection import detect
from studio.hardware.diagnosis import diagnose, remarks
from studio.hardware.machine import Device, Machine, Process, Torch
from studio.hardware.nvidia import see_only
from studio.hardware.reserve import automatic_budget, reserve_bytes
from studio.hardware.telemetry import CardCurves, Sampler, Telemetry, telemetry

__all__ = [
    "CardCurves",
    "Device",
    "Machine",
    "Process",
    "Sampler",
    "Telemetry",
    "Torch",
    "automatic_budget",
    "detect",
    "diagnose",
    "find_card",
    "remarks",
    "reserve_bytes",
    "see_only",
    "telemetry",
    "with_card",
]
