"""Run servers side by side and give them load: ours, tipg, and PostgreSQL by itself.

`wrk` and `pgbench` make the load, so that no client in Python eats a core.
"""

from __future__ import annotations

import os
import re
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from app.settings import ROOT

CLIENTS = 8
STARTS_WITHIN_S = 60
# What app/cli/serve.py sets, for another program under Uvicorn.
LIKE_OURS = (
    *("--loop", "uvloop", "--http", "httptools", "--ws", "none", "--no-access-log"),
    *("--log-level", "warning", "--no-proxy-headers", "--no-server-header"),
)

Side = Callable[[], float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A server that runs, and where."""

    port: int
    pid: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server(
    command: Sequence[str], environment: Mapping[str, str], ready: str, folder: Path = ROOT
) -> Iterator[Server]:
    """Run a server on a free port until the block ends."""
    port = free_port()
    process = subprocess.Popen(
        [*command, "--port", str(port)], env={**os.environ, **environment}, cwd=folder
    )
    try:
        ends = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < ends and process.poll() is None:
            try:
                get(port, ready)
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        else:
            raise RuntimeError(f"{command[0]} did not answer {ready} in {STARTS_WITHIN_S} s")
        yield Server(port=port, pid=process.pid)
    finally:
        process.terminate()
        process.wait(timeout=20)


def get(port: int, path: str, headers: Mapping[str, str] | None = None) -> bytes:
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=dict(headers or {}))
    with urllib.request.urlopen(asked, timeout=120) as answer:
        body: bytes = answer.read()
        return body


def our_command(workers: int) -> list[str]:
    """Say how the service is run: as `./atlas serve` does."""
    return [sys.executable, "-m", "app.cli", "serve", "--workers", str(workers)]


def our_environment(url: str, cache: Path, **settings: str) -> dict[str, str]:
    named = {f"ATLAS_{name.upper()}": value for name, value in settings.items()}
    return {"ATLAS_DATABASE_URL": url, "ATLAS_CACHE": str(cache), **named}


def tipg_command(folder: Path, workers: int) -> list[str]:
    """Install tipg into a virtual environment of its own, and say how it is run."""
    programs = folder / "bin"
    if not (programs / "uvicorn").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        packages = ["tipg", "uvicorn[standard]"]
        subprocess.run([programs / "pip", "install", "--quiet", *packages], check=True)
    return [str(programs / "uvicorn"), "tipg.main:app", "--workers", str(workers), *LIKE_OURS]


def tipg_environment(url: str, schema: str) -> dict[str, str]:
    """Point tipg at the same database, also where that listens on a socket only."""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    if "host" in options:
        port = options.get("port", ["5432"])[0]
        host = quote(options["host"][0], safe="")
        url = f"postgresql://{parts.username or ''}@{host}:{port}{parts.path}"
    return {"DATABASE_URL": url, "TIPG_DB_SCHEMAS": f'["{schema}"]'}


def wrk(port: int, script: str, seconds: int, folder: Path) -> float:
    """Give the requests a second that are answered; `script` is Lua that defines `request`."""
    path = folder / f"asked-{port}.lua"
    path.write_text(script)
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--timeout", "60s", "-s", str(path)]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=True
    )
    if "Non-2xx" in done.stdout:
        raise RuntimeError(done.stdout)
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if found is None or float(found[1]) == 0:
        raise RuntimeError(f"nothing was answered in {seconds} s; give more --seconds")
    return float(found[1])


def pgbench(url: str, scripts: Sequence[str], seconds: int, folder: Path) -> float:
    """Give the scripts a second that PostgreSQL runs, each as often as the others.

    With values known only when a statement is run and a plan made each time, as our pool has it.
    """
    files = []
    for number, script in enumerate(scripts):
        path = folder / f"script-{number}.sql"
        path.write_text(script)
        files += ["-f", str(path)]
    command = ["pgbench", "-n", "-M", "prepared", f"-c{CLIENTS}", "-j1", f"-T{seconds}"]
    options = "-c plan_cache_mode=force_custom_plan -c jit=off -c timezone=UTC"
    environment = {**os.environ, "PGOPTIONS": options}
    done = subprocess.run(
        [*command, *files, url], capture_output=True, text=True, check=False, env=environment
    )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or found is None:
        raise RuntimeError(done.stderr[:2_000])
    return float(found[1])


def in_turns(sides: Mapping[str, Side], rounds: int) -> dict[str, float]:
    """Give each side's median of some rounds, in which the sides take turns."""
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            rates[name].append(side())
    return {name: statistics.median(each) for name, each in rates.items()}
