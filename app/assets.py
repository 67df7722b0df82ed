"""What the web pages load is made by a build; say so where it was not run."""

from __future__ import annotations

from geo.errors import AtlasError


class AssetsMissing(AtlasError):
    """The web assets have not been built."""
