"""Machines to decide about."""

from __future__ import annotations

from dataclasses import replace

from launcher.machine import Machine

LINUX = Machine("Linux", "x86_64", display=True, nvidia_driver=False)
WINDOWS = replace(LINUX, system="Windows", arch="AMD64")
MAC = replace(LINUX, system="Darwin", arch="arm64")
