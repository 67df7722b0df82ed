"""Answer with a part of a body where a part is asked for (RFC 9110, 14).

Programs read a Cloud-Optimised GeoTIFF in parts: its head, and then the pieces that they show.
"""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

# One range; of several the whole is given, as the standard allows.
_ONE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})\Z", re.ASCII)


def in_parts(request: Request, response: Response) -> Response:
    """Cut a whole answer down to the range that is asked for, if it is one that can be given."""
    if response.status_code != 200:
        return response
    response.headers["Accept-Ranges"] = "bytes"
    wanted = _ONE.match(request.headers.get("range", ""))
    condition = request.headers.get("if-range")
    if wanted is None or (condition is not None and condition != response.headers.get("etag")):
        return response
    body = bytes(response.body)
    first, last = _bounds(wanted[1], wanted[2], len(body))
    headers = {name: v for name, v in response.headers.items() if name != "content-length"}
    if first > last:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{len(body)}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
    return Response(body[first : last + 1], status_code=206, headers=headers)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Give the first and last byte of a range; an empty one ends before it begins."""
    if first:
        return int(first), min(int(last), size - 1) if last else size - 1
    if not last or last.strip("0") == "":
        return size, 0
    return max(size - int(last), 0), size - 1
