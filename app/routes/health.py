"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from app.deps import DatabaseDep, only_known_parameters

router = APIRouter(prefix="/health", tags=["health"], dependencies=[Depends(only_known_parameters)])
NEVER_KEPT = {"Cache-Control": "no-store"}


@router.get("/live", summary="The process runs")
async def live() -> Response:
    return Response('{"status":"alive"}', media_type="application/json", headers=NEVER_KEPT)


@router.get("/ready", summary="The service can answer: its database is there and filled")
async def ready(database: DatabaseDep) -> Response:
    await database.check()
    return Response('{"status":"ready"}', media_type="application/json", headers=NEVER_KEPT)
