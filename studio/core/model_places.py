"""Where models are looked for on a machine: the places' names, for window and desk."""

from __future__ import annotations

from studio.core.words import mark

DEMO, FOLDERS, HUB_CACHE, LM_STUDIO, OLLAMA = "demo", "folders", "hub-cache", "lm-studio", "ollama"
PLACES = {
    DEMO: mark("With the studio"),
    FOLDERS: mark("Your folders"),
    HUB_CACHE: mark("Hub cache"),
    LM_STUDIO: "LM Studio",
    OLLAMA: "Ollama",
}
"""The places in the order in which they are looked in, and what a person calls them."""
HUB = "hub"  # what a search finds: not on this machine yet
