"""Answer with bytes made before, and do nothing else: what a server of Python could reach at most.

`RAW_TILES` names a file with what `kept` gives, pickled.
"""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

Header = tuple[bytes, bytes]
Answer = tuple[int, list[Header], bytes]


def service() -> Any:
    """Make the callable; its answers are chosen by path alone."""
    answers: dict[str, Answer] = pickle.loads(Path(os.environ["RAW_TILES"]).read_bytes())

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        status, headers, body = answers[scope["path"]]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer
