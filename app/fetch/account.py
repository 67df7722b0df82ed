"""What an account of a service is made of: settings that must be there to use it."""

from __future__ import annotations

from app.fetch.failure import FetchFailed
from app.settings import PREFIX, Secret, Settings


def needed(settings: Settings, name: str, *, where_from: str) -> Secret:
    """Give a credential, or say which setting is missing and where to get it."""
    secret: Secret | None = getattr(settings, name)
    if secret is None:
        raise FetchFailed(f"{PREFIX}{name.upper()} is not set; {where_from}")
    return secret


def as_header(secret: Secret, *, what: str) -> str:
    """Give a credential for a header; one that HTTP cannot carry is refused without showing it."""
    text = secret.reveal()
    if not (text.isascii() and text.isprintable()):
        raise FetchFailed(f"{what} has characters that HTTP does not carry; copy it once more")
    return text
