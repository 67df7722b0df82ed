"""Reckon with colours: contrast, how far apart they look, and to whom."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Rgb = tuple[int, int, int]
Sight = Literal["full", "protanopia", "deuteranopia", "tritanopia"]
# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
_SIGHTS: dict[Sight, NDArray[np.float64]] = {
    "full": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])


def rgb(colour: str) -> Rgb:
    """Read #RRGGBB."""
    return (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16))


def hexadecimal(parts: Iterable[float]) -> str:
    """Write three numbers from 0 to 255 as #RRGGBB."""
    return "#" + "".join(f"{round(min(max(part, 0), 255)):02X}" for part in parts)


def over(colour: str, ground: str, opacity: float) -> str:
    """Give what is seen of a colour that lets some of the ground through."""
    pairs = zip(rgb(colour), rgb(ground), strict=True)
    return hexadecimal(opacity * above + (1 - opacity) * below for above, below in pairs)


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours, from 1 to 21 (WCAG 2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def distance(one: str, other: str, sight: Sight = "full") -> float:
    """Give how far apart two colours look, in CIE Lab of 1976."""
    return float(np.linalg.norm(_lab(one, sight) - _lab(other, sight)))


@cache
def on_dark(colour: str) -> str:
    """Turn a colour that stands out on a light ground into one of its hue for a dark ground.

    What is darkest becomes lightest, so that colours that differ in lightness still do; chroma
    gives way where the screen has no such colour.
    """
    lightness, a, b = _lab(colour, "full")
    lightness = 96.0 - 0.84 * lightness
    for chroma in np.linspace(1.15, 0.0, 47):
        linear = _linear_of_lab(np.array([lightness, a * chroma, b * chroma]))
        if linear.min() >= -1e-9 and linear.max() <= 1 + 1e-9:
            break
    shares = np.clip(linear, 0, 1)
    curved = np.where(shares <= 0.0031308, 12.92 * shares, 1.055 * shares ** (1 / 2.4) - 0.055)
    return hexadecimal(255 * float(share) for share in curved)


def _linear(colour: str) -> NDArray[np.float64]:
    shares = np.array(rgb(colour), dtype=np.float64) / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def _luminance(colour: str) -> float:
    return float(_linear(colour) @ np.array([0.2126, 0.7152, 0.0722]))


def _lab(colour: str, sight: Sight) -> NDArray[np.float64]:
    seen = np.clip(_SIGHTS[sight] @ _linear(colour), 0, 1)
    x, y, z = (_root(float(share)) for share in (_TO_XYZ @ seen) / _WHITE)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def _root(share: float) -> float:
    return share ** (1 / 3) if share > (6 / 29) ** 3 else share / (3 * (6 / 29) ** 2) + 4 / 29


def _linear_of_lab(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    y = (lab[0] + 16) / 116
    roots = np.array([y + lab[1] / 500, y, y - lab[2] / 200])
    low = 3 * (6 / 29) ** 2 * (roots - 4 / 29)
    found: NDArray[np.float64] = np.linalg.solve(
        _TO_XYZ, np.where(roots > 6 / 29, roots**3, low) * _WHITE
    )
    return found
