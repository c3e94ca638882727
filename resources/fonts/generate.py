"""Makes the studio's fonts from the variable ones of their authors: needs fonttools, and is run by hand.

`python resources/fonts/generate.py "Inter[opsz,wght].ttf" "JetBrainsMono[wght].ttf"`, with Inter 4.001 and JetBrains
Mono 2.211 as Google Fonts has them. Both are free to be changed under the SIL Open Font License 1.1, which lies beside
the results and names no reserved name.

Each weight is a file of its own, since not every platform draws the weights of a variable font; scripts that the
system's fonts have are left out, and so are ligatures, because "->" must be shown as it is written. Inter's digits
become those of one width, so that columns and running numbers stand still. The families are called "... Studio",
so that they are not mixed with another version that is installed on the machine.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

# Latin, Greek, Cyrillic, their punctuation; currencies, arrows, mathematics, boxes, and the marks of the window.
RANGES = (
    (0x20, 0x24F),
    (0x259, 0x259),
    (0x2BB, 0x2DD),
    (0x300, 0x36F),
    (0x370, 0x3FF),
    (0x400, 0x52F),
    (0x1E00, 0x1EFF),
    (0x2000, 0x206F),
    (0x2070, 0x20BF),
    (0x2100, 0x23FF),
    (0x2500, 0x25FF),
    (0x2713, 0x2717),
    (0xFFFD, 0xFFFD),
)
FEATURES = ("kern", "mark", "mkmk", "ccmp", "locl")
WEIGHTS = {"Regular": 400, "Medium": 500, "SemiBold": 600}


def tabular_digits(font: TTFont) -> None:
    """Let the digits be those of one width by themselves; the feature "tnum" would widen hyphens and full stops too."""
    table = font["GSUB"].table
    lookups = {
        at
        for each in table.FeatureList.FeatureRecord
        if each.FeatureTag == "tnum"
        for at in each.Feature.LookupListIndex
    }
    swaps: dict[str, str] = {}
    for at in lookups:
        for part in table.LookupList.Lookup[at].SubTable:
            swaps.update(getattr(part, "ExtSubTable", part).mapping)
    for cmap in font["cmap"].tables:
        for code in range(ord("0"), ord("9") + 1):
            if code in cmap.cmap:
                cmap.cmap[code] = swaps.get(cmap.cmap[code], cmap.cmap[code])  # tables may share their entries


def named(font: TTFont, family: str, style: str) -> None:
    """Name the font so that old and new systems see one family with this style."""
    plain = style == "Regular"
    names = {
        1: family if plain else f"{family} {style}",
        2: "Regular",
        4: f"{family} {style}",
        6: f"{family}-{style}".replace(" ", ""),
        16: None if plain else family,
        17: None if plain else style,
        25: None,
    }
    for number, text in names.items():
        font["name"].removeNames(nameID=number)
        if text is not None:
            font["name"].setName(text, number, 3, 1, 0x409)


def made(source: Path, family: str, style: str, tabular: bool) -> TTFont:
    """One weight of a variable font, with what the window needs of it."""
    font = TTFont(source)
    axes = {"wght": WEIGHTS[style], "opsz": 14}
    font = instantiateVariableFont(font, {axis.axisTag: axes[axis.axisTag] for axis in font["fvar"].axes})
    if tabular:
        tabular_digits(font)
    options = subset.Options(layout_features=list(FEATURES), name_IDs=["*"], notdef_outline=True)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
    cutter.subset(font)
    font["OS/2"].usWeightClass = WEIGHTS[style]
    named(font, family, style)
    return font


def main() -> None:
    inter, mono = (Path(name) for name in sys.argv[1:3])
    here = Path(__file__).resolve().parent
    for style in WEIGHTS:
        made(inter, "Inter Studio", style, tabular=True).save(here / f"InterStudio-{style}.ttf")
    made(mono, "JetBrains Mono Studio", "Regular", tabular=False).save(here / "JetBrainsMonoStudio-Regular.ttf")


if __name__ == "__main__":
    main()
