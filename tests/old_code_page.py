"""The environment of a Python whose pipes and files have no UTF-8, as on most Windows machines."""

OLD_CODE_PAGE = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C", "PYTHONIOENCODING": ""}
"""Gives a pipe ASCII on Linux, and the ANSI code page on Windows."""
