"""How alike two pictures of a window are: blind to how a machine draws its letters, and not to what is drawn where."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

Picture = NDArray[np.uint8]  # [height, width, 3]
CELL = 8  # pixels: a small letter's height
# A pixel counts by how far it lies outside of the colours that the other picture has within one pixel of it, so letters
# with other edges, or a pixel aside, count next to nothing. Measured: the other hinting of all letters reaches 6, a
# button moved by eight pixels is above the limit. `test_pictures` holds both ends.
WORST_CELL = 16.0
# A large area in another colour changes no cell by much, and all of them.
WHOLE = 2.0


def pixels(image: QImage) -> Picture:
    """An image as numbers, whatever its format is."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), 2::-1].copy()


def difference(one: Picture, other: Picture) -> NDArray[np.float64]:
    """How far the pictures lie apart in each cell of 8 × 8 pixels, 0 to 255: [rows, columns]; of the same size both."""
    apart = np.maximum(_outside(one, other), _outside(other, one))
    high, wide = (-(-length // CELL) * CELL for length in apart.shape)
    padded = np.zeros((high, wide))
    padded[: apart.shape[0], : apart.shape[1]] = apart
    cells: NDArray[np.float64] = padded.reshape(high // CELL, CELL, wide // CELL, CELL).mean(axis=(1, 3))
    return cells


def unlike(one: Picture, other: Picture) -> str:
    """In which way the pictures are not alike; empty where they are."""
    if one.shape != other.shape:
        return f"it has {one.shape[1]}x{one.shape[0]} pixels in place of {other.shape[1]}x{other.shape[0]}"
    cells = difference(one, other)
    row, column = np.unravel_index(int(cells.argmax()), cells.shape)
    if cells.max() > WORST_CELL:
        place = f"x {CELL * column}, y {CELL * row}"
        return f"around {place} it differs by {cells.max():.0f} of 255 (at most {WORST_CELL:.0f})"
    if cells.mean() > WHOLE:
        return f"on the whole it differs by {cells.mean():.1f} of 255 (at most {WHOLE:.0f})"
    return ""


def shown(one: Picture, other: Picture) -> QImage:
    """The picture `one`, dimmed but for the cells that differ."""
    cells = difference(one, other) if one.shape == other.shape else np.full((1, 1), 255.0)
    strong = np.kron(np.clip(cells / WORST_CELL, 0.15, 1), np.ones((CELL, CELL)))
    high, wide = one.shape[:2]
    weight = np.ones((high, wide)) if one.shape != other.shape else strong[:high, :wide]
    lit = np.ascontiguousarray((one * weight[..., None]).astype(np.uint8))
    return QImage(lit.data, wide, high, 3 * wide, QImage.Format.Format_RGB888).copy()


def _outside(one: Picture, other: Picture) -> NDArray[np.float64]:
    """How far each pixel of `one` lies outside of the colours around its place in `other`: [height, width]."""
    low, high = other.astype(np.int16), other.astype(np.int16)
    for axis in (0, 1):
        before, after = np.roll(low, 1, axis), np.roll(low, -1, axis)
        low = np.minimum(low, np.minimum(before, after))
        before, after = np.roll(high, 1, axis), np.roll(high, -1, axis)
        high = np.maximum(high, np.maximum(before, after))
    seen = one.astype(np.int16)
    return np.maximum(np.maximum(seen - high, low - seen), 0).max(axis=-1).astype(float)
