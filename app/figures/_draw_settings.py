"""How matplotlib writes its files: the same input gives the same bytes, with the letters inside."""

from __future__ import annotations

from typing import Any

SETTINGS: Any = {
    # What a glyph, hatch or clip is named by; without it names would be random.
    "svg.hashsalt": "conflict-atlas",
    "svg.fonttype": "path",
    # TrueType inside: text that can be selected, searched and edited.
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "path.simplify": False,
    "text.usetex": False,
    # Letters stand where they were measured, at any size and fineness.
    "text.hinting": "no_hinting",
    "axes.unicode_minus": True,
    "font.family": ["DejaVu Sans"],
}
