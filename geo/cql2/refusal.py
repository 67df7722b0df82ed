"""Say what is wrong with a filter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from geo.errors import BadParameter


def refused(
    node: Any, problem: str, allowed: str | Sequence[str] | None = None, name: str = "filter"
) -> BadParameter:
    """Make the error of a filter, or of what else is read as one, from the part that is wrong."""
    shown = node if isinstance(node, str) else json.dumps(node, ensure_ascii=False, default=str)
    return BadParameter(name, shown, problem, allowed=allowed)
