"""Where the filter form of a page goes: it becomes a proper query, and the browser is sent there.

Forms without JavaScript send empty fields, which /items refuses (`app.pages._form` says why).
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from app import http
from app.deps import LayerDep, known_parameters_or_properties
from app.pages._form import FIRST_DAY, LAST_DAY, asked_by

# Not a resource: the definition of the API leaves it out.
router = APIRouter(
    prefix="/collections/{layer}/find",
    include_in_schema=False,
    dependencies=[Depends(known_parameters_or_properties)],
)
_Text = Annotated[str | None, Query()]


async def fields(
    first_day: Annotated[str | None, Query(alias=FIRST_DAY)] = None,
    last_day: Annotated[str | None, Query(alias=LAST_DAY)] = None,
    bbox: _Text = None,
    bbox_crs: Annotated[str | None, Query(alias="bbox-crs")] = None,
    condition: Annotated[str | None, Query(alias="filter")] = None,
    filter_lang: Annotated[str | None, Query(alias="filter-lang")] = None,
    filter_crs: Annotated[str | None, Query(alias="filter-crs")] = None,
    as_of: _Text = None,
    limit: _Text = None,
    sortby: _Text = None,
    properties: _Text = None,
    lang: _Text = None,
) -> None:
    """Name what a form may send beside the layer's properties; /items reads the values."""


@router.get("", dependencies=[Depends(fields)])
async def find(request: Request, layer: LayerDep) -> Response:
    asked = asked_by(request.query_params)
    url = http.link_to(request, f"/collections/{layer.id}/items", asked)
    return RedirectResponse(url, status_code=303, headers={"Cache-Control": "no-store"})
