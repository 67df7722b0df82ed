"""Keep a spreadsheet from running what was meant as text (CWE-1236)."""

from __future__ import annotations

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Spreadsheets show what follows it as text, and do not show the sign itself.
SHIELD = "'"


def starts_formula(text: str | None) -> bool:
    """Say whether a spreadsheet would take a text for a formula."""
    return text is not None and text.startswith(FORMULA_STARTS)


def shielded(text: str) -> str:
    """Write a text so that a spreadsheet takes it for one."""
    return SHIELD + text if starts_formula(text) else text
