"""Which addresses that come from data may become links."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit


def safe_link(url: Any) -> str | None:
    """Let only a web address become a link; anything else stays text."""
    try:
        parts = urlsplit(str(url or ""))
    except ValueError:
        return None
    return str(url) if parts.scheme in ("http", "https") and parts.hostname else None
