"""The window."""

# Pydantic comes before PySide6, whose import hook inspects modules that are half imported.
import studio.core.recipe.recipe  # noqa: F401
from studio.ui.overrides import keep_errors_whole

keep_errors_whole()
