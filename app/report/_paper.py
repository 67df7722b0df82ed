"""The sheet of a report: A4, its margins and the sizes of its texts, in points."""

from __future__ import annotations

PT_PER_MM = 72 / 25.4
WIDTH_PT, HEIGHT_PT = 210 * PT_PER_MM, 297 * PT_PER_MM
MARGIN_PT = 15 * PT_PER_MM
CONTENT_PT = WIDTH_PT - 2 * MARGIN_PT
# The baseline of the footer, and where the last line above it may stand.
FOOTER_PT = HEIGHT_PT - MARGIN_PT
BOTTOM_PT = FOOTER_PT - 7 * PT_PER_MM
TITLE_PT, HEADING_PT, TEXT_PT, SMALL_PT = 16.0, 13.0, 7.6, 6.6
