#!/usr/bin/env python3
"""Install MixLoRA Studio beside this file and start it, or check it: `launch.py`, `launch.py test`."""

# Only this file must be readable by any Python 3, so that an old one is told what it lacks.
import sys

if sys.version_info < (3, 11):  # noqa: UP036
    found = ".".join(str(part) for part in sys.version_info[:3])
    sys.stderr.write(
        "\nwhere   " + sys.executable + "\n"
        "what    This is Python " + found + "; MixLoRA Studio needs 3.11 or newer.\n"
        "remedy  Install Python 3.12 and start this file with it: "
        + ("py -3.12 " if sys.platform == "win32" else "python3.12 ")
        + sys.argv[0]
        + "\n"
    )
    sys.exit(2)

from launcher.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
