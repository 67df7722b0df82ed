"""The press loads what draws by itself, and not before the service is up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from app.settings import ROOT

# In a process of its own: in this one other tests have loaded matplotlib already.
_SCRIPT = """
import asyncio, sys
from pathlib import Path
import app.main
from app.figures._press import Press

async def serve(after_s):
    press = Press(Path(sys.argv[1]))
    waiting = press.warm_later(after_s)
    await asyncio.sleep(0.05)
    waiting.cancel()
    await asyncio.to_thread(press.close)

for after_s in (60, 0):
    asyncio.run(serve(after_s))
    print(after_s, "matplotlib.figure" in sys.modules, "fontTools" in sys.modules)
"""


def test_what_draws_is_loaded_after_the_start_and_not_with_it(fonts: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(fonts)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert done.stdout.splitlines() == ["60 False False", "0 True True"]
