"""Serve the atlas over HTTP."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli._base import Verb
from geo.errors import AtlasError

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from fastapi import FastAPI


class AddressRefused(AtlasError):
    """The service cannot listen where it was asked to."""


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for any free one.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 1,
) -> None:
    """Serve the atlas over HTTP until Ctrl-C."""
    # First, so that a port in use is said before a database starts.
    with listening(host, port) as listener, ThreadPoolExecutor(1) as beside:
        from app.cluster import database_url
        from app.settings import Settings

        settings = Settings.from_environment()
        # A second of imports, while the database starts.
        imported = beside.submit(import_module, "app.start" if workers > 1 else "app.main")
        with database_url(settings, exclusive=True) as url:
            imported.result()
            from app.start import prepare

            prepare(url, settings)
            os.environ["ATLAS_DATABASE_URL"] = url  # where the workers look
            print(f"Conflict Atlas is at {address(listener)}  (Ctrl-C stops it)", file=sys.stderr)
            _run(listener, workers)


def listening(host: str, port: int) -> socket.socket:
    """Take the port, so that nobody else does while the database starts."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise AddressRefused(f"cannot listen on {host}: {error.strerror}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        # Two could bind while nobody listens; connections wait here until the service is up.
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise AddressRefused(
            f"cannot listen on {host} port {port}: {error.strerror}\n"
            f"choose another: atlas serve --port {port + 1 if port < 65535 else 8000}"
        ) from error
    return listener


def address(listener: socket.socket) -> str:
    """Write the address as a person types it into a browser."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)  # noqa: S104
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"


def service() -> FastAPI:
    """Make the application; as one of several workers, see to it that none outlives the first."""
    first = multiprocessing.parent_process()
    if first is not None:
        Thread(target=_end_with, args=(first,), daemon=True).start()
    from app import main

    return main.service()


def _end_with(process: BaseProcess) -> None:
    process.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _run(listener: socket.socket, workers: int) -> None:
    import uvicorn
    from uvicorn.config import STARTUP_FAILURE
    from uvicorn.supervisors import Multiprocess

    config = uvicorn.Config(
        "app.cli.serve:service",
        factory=True,
        workers=workers,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    if workers > 1:
        supervisor = Multiprocess(config, sockets=[listener])
        supervisor.run()
        failed = any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes)
    else:
        server = uvicorn.Server(config)
        # Once stopped, Uvicorn raises the signal that stopped it again, for whoever called it.
        with suppress(KeyboardInterrupt, SystemExit):
            server.run(sockets=[listener])
        failed = not server.started
    if failed:
        raise AtlasError("the service did not start; the lines above say why")


VERB = Verb(id="serve", run=serve)
