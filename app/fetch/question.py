"""What is asked of a service: days and countries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.fetch.failure import FetchFailed
from geo.errors import UnknownThing


@dataclass(frozen=True, kw_only=True, slots=True)
class Country:
    """A country in the words of each service."""

    acled: str
    ucdp: str  # the number of Gleditsch and Ward
    hapi: str  # ISO 3166-1, three letters


# Mali, its neighbours, and the coast that the war has reached.
COUNTRIES = {
    country.acled.casefold(): country
    for country in (
        Country(acled="Algeria", ucdp="615", hapi="DZA"),
        Country(acled="Benin", ucdp="434", hapi="BEN"),
        Country(acled="Burkina Faso", ucdp="439", hapi="BFA"),
        Country(acled="Chad", ucdp="483", hapi="TCD"),
        Country(acled="Ghana", ucdp="452", hapi="GHA"),
        Country(acled="Guinea", ucdp="438", hapi="GIN"),
        Country(acled="Ivory Coast", ucdp="437", hapi="CIV"),
        Country(acled="Mali", ucdp="432", hapi="MLI"),
        Country(acled="Mauritania", ucdp="435", hapi="MRT"),
        Country(acled="Niger", ucdp="436", hapi="NER"),
        Country(acled="Nigeria", ucdp="475", hapi="NGA"),
        Country(acled="Senegal", ucdp="433", hapi="SEN"),
        Country(acled="Togo", ucdp="461", hapi="TGO"),
    )
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """The first and the last day, and the countries as ACLED names them; without any: all."""

    first: date
    last: date
    countries: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise FetchFailed(f"{self.first} to {self.last} ends before it begins")
        for country in self.countries:
            # In a question to ACLED these would join or open a filter.
            if not country.strip() or not country.isprintable() or set(country) & set("|:&="):
                raise FetchFailed(f"{country!r} is not the name of a country, like 'Mali'")

    @property
    def words(self) -> str:
        """Say what is asked, for people."""
        where = " and ".join(self.countries) or "all countries"
        return f"{where}, {self.first} to {self.last}"


def ucdp_number(country: str) -> str:
    """Give UCDP's number of a country; a number stays as it is."""
    return country if country.isdecimal() else _known(country, "432").ucdp


def hapi_code(country: str) -> str:
    """Give HDX's code of a country; a code stays as it is."""
    is_code = len(country) == 3 and country.isascii() and country.isupper()
    return country if is_code else _known(country, "MLI").hapi


def _known(name: str, example: str) -> Country:
    known: Mapping[str, Country] = COUNTRIES
    if name.casefold() not in known:
        names = [country.acled for country in known.values()]
        raise UnknownThing(f"country (name, or code like {example})", name, names)
    return known[name.casefold()]
