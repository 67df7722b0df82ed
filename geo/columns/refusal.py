"""Say that columns cannot answer, so that SQL is asked."""

from __future__ import annotations


class NotInColumns(Exception):
    """What is asked is not in the columns, or not surely the same there."""
