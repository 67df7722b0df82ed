"""Seal the bytes of a figure with a digest of themselves, by which a later change shows.

The seal is no signature: it shows what a careless hand or another program did, not who did it.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib

_PNG = b"\x89PNG\r\n\x1a\n"
_BYTES = 16
# What the record holds while the figure is written.
UNSEALED = "0" * (2 * _BYTES)
# In a PDF signs may be written as octal numbers (ISO 32000-2, 7.3.4.2).
_QUOTE, _COLON = rb'(?:"|\\042)', rb"(?::|\\072)"
_SEAL = re.compile(
    b"".join((_QUOTE, b"seal", _QUOTE, _COLON, _QUOTE, b"([0-9a-f]{%d})" % (2 * _BYTES), _QUOTE))
)


def sealed(body: bytes) -> bytes:
    """Write the seal into a figure that has a place for it."""
    found = _SEAL.search(body)
    return body if found is None else _with_seal(body, found.start(1), _digest(body))


def is_intact(body: bytes) -> bool | None:
    """Say whether a file is byte for byte what was written; None where it bears no seal."""
    found = _SEAL.search(body)
    if found is None:
        return None
    blank = _with_seal(body, found.start(1), UNSEALED.encode())
    return found[1] == _digest(blank)


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_BYTES).hexdigest().encode()


def _with_seal(body: bytes, at: int, seal: bytes) -> bytes:
    changed = body[:at] + seal + body[at + len(seal) :]
    return _with_checksum(changed, at) if body.startswith(_PNG) else changed


def _with_checksum(png: bytes, at: int) -> bytes:
    """Bring the checksum of the chunk around a place up to date (PNG, 5.3)."""
    start = len(_PNG)
    while start + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, start)
        end = start + 8 + length
        if start <= at < end:
            checksum = struct.pack(">I", zlib.crc32(png[start + 4 : end]))
            return png[:end] + checksum + png[end + 4 :]
        start = end + 4
    return png
