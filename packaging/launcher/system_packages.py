"""Which system package holds a missing library, and how to get it on Debian, Fedora and Arch."""

from __future__ import annotations

import shutil
from collections.abc import Iterable

from launcher.command import ask
from launcher.problem import LaunchError, say

# The library's name without its version -> its package on Debian and Ubuntu, Fedora, Arch.
PACKAGES: dict[str, tuple[str, str, str]] = {
    "libEGL.so": ("libegl1", "libglvnd-egl", "libglvnd"),
    "libGL.so": ("libgl1", "libglvnd-glx", "libglvnd"),
    "libGLX.so": ("libglx0", "libglvnd-glx", "libglvnd"),
    "libOpenGL.so": ("libopengl0", "libglvnd-opengl", "libglvnd"),
    "libX11.so": ("libx11-6", "libX11", "libx11"),
    "libX11-xcb.so": ("libx11-xcb1", "libX11-xcb", "libx11"),
    "libICE.so": ("libice6", "libICE", "libice"),
    "libSM.so": ("libsm6", "libSM", "libsm"),
    "libdbus-1.so": ("libdbus-1-3", "dbus-libs", "dbus"),
    "libfontconfig.so": ("libfontconfig1", "fontconfig", "fontconfig"),
    "libfreetype.so": ("libfreetype6", "freetype", "freetype2"),
    "libglib-2.0.so": ("libglib2.0-0", "glib2", "glib2"),
    "libgthread-2.0.so": ("libglib2.0-0", "glib2", "glib2"),
    "libstdc++.so": ("libstdc++6", "libstdc++", "gcc-libs"),
    "libgomp.so": ("libgomp1", "libgomp", "gcc-libs"),
    "libwayland-client.so": ("libwayland-client0", "libwayland-client", "wayland"),
    "libwayland-cursor.so": ("libwayland-cursor0", "libwayland-cursor", "wayland"),
    "libwayland-egl.so": ("libwayland-egl1", "libwayland-egl", "wayland"),
    "libxcb.so": ("libxcb1", "libxcb", "libxcb"),
    "libxcb-cursor.so": ("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    "libxcb-glx.so": ("libxcb-glx0", "libxcb", "libxcb"),
    "libxcb-icccm.so": ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    "libxcb-image.so": ("libxcb-image0", "xcb-util-image", "xcb-util-image"),
    "libxcb-keysyms.so": ("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    "libxcb-randr.so": ("libxcb-randr0", "libxcb", "libxcb"),
    "libxcb-render.so": ("libxcb-render0", "libxcb", "libxcb"),
    "libxcb-render-util.so": ("libxcb-render-util0", "xcb-util-renderutil", "xcb-util-renderutil"),
    "libxcb-shape.so": ("libxcb-shape0", "libxcb", "libxcb"),
    "libxcb-shm.so": ("libxcb-shm0", "libxcb", "libxcb"),
    "libxcb-sync.so": ("libxcb-sync1", "libxcb", "libxcb"),
    "libxcb-util.so": ("libxcb-util1", "xcb-util", "xcb-util"),
    "libxcb-xfixes.so": ("libxcb-xfixes0", "libxcb", "libxcb"),
    "libxcb-xinerama.so": ("libxcb-xinerama0", "libxcb", "libxcb"),
    "libxcb-xkb.so": ("libxcb-xkb1", "libxcb", "libxcb"),
    "libxkbcommon.so": ("libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    "libxkbcommon-x11.so": ("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    "libz.so": ("zlib1g", "zlib-ng-compat", "zlib"),
    "libzstd.so": ("libzstd1", "libzstd", "zstd"),
    # Not libraries: a font to draw with, and the virtual display of the tests.
    "a font": ("fonts-dejavu-core", "dejavu-sans-fonts", "ttf-dejavu"),
    "Xvfb": ("xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb"),
}

INSTALLERS = (
    ("apt-get", "sudo apt-get install -y", 0),
    ("dnf", "sudo dnf install -y", 1),
    ("pacman", "sudo pacman -S --needed", 2),
)


def packages_for(missing: Iterable[str], family: int) -> tuple[list[str], list[str]]:
    """The packages that hold what is missing, and what no package is known for; family as in INSTALLERS."""
    packages: set[str] = set()
    unknown: list[str] = []
    for thing in missing:
        name = thing.partition(".so")[0] + ".so" if ".so" in thing else thing
        if name in PACKAGES:
            packages.add(PACKAGES[name][family])
        else:
            unknown.append(thing)
    return sorted(packages), sorted(unknown)


def line_that_installs(missing: Iterable[str], installer: str | None) -> str:
    """The one line to type on this system; where no known installer is, the three that there are."""
    missing = sorted(missing)
    lines = []
    for program, command, family in INSTALLERS:
        packages, unknown = packages_for(missing, family)
        line = " ".join([command, *packages]) if packages else ""
        if unknown:
            line = f"{line}   # and the packages that hold {', '.join(unknown)}".strip()
        if program == installer:
            return line
        lines.append(line)
    return "\n        ".join(lines)


def installer_here() -> str | None:
    """The package installer of this system, of those that are known here."""
    return next((program for program, _, _ in INSTALLERS if shutil.which(program)), None)


def install(packages: list[str]) -> None:
    """As root on Debian: refresh the lists, then install; raises LaunchError with apt's own last words."""
    steps = (["apt-get", "-q", "update"], ["apt-get", "-q", "install", "-y", "--no-install-recommends", *packages])
    for step in steps:
        done = ask(step, environ={"DEBIAN_FRONTEND": "noninteractive"})
        if done.returncode != 0:
            words = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("E:", "Err:"))]
            raise LaunchError(
                " ".join(step),
                f"It failed: {words[-1] if words else 'it said nothing'}",
                "Check the network and the disk, run that line yourself, and start again.",
            )


def obtain(missing: list[str], what_for: str, may_install: bool) -> None:
    """Install what is missing where that is allowed, else raise LaunchError with the line that does."""
    packages, unknown = packages_for(missing, 0)
    if may_install and packages and not unknown:
        say(f"Missing for {what_for}: {', '.join(missing)}. Installing {' '.join(packages)}.")
        install(packages)
        return
    raise LaunchError(
        f"{what_for} on this system",
        f"Missing: {', '.join(missing)}.",
        f"Install them and start again:\n        {line_that_installs(missing, installer_here())}",
    )
