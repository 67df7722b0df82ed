"""Cite a figure or a map: in words, as BibTeX and as RIS, with the day it was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.wording import bind_signs, day_words
from geo.spec import Language, Text

NAME = "Conflict Atlas"
_PLAIN = Text(
    en="{name}. “{title}.” {what}, data as of {state}. {url} (accessed {accessed}).",
    fr="{name}. « {title} ». {what}, données au {state}. {url} (consulté le {accessed}).",
)
# What would end or change a field of BibTeX.
_BIBTEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        **{sign: f"\\{sign}" for sign in "{}%&#_$"},
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cited:
    """A figure or map of one state of the data, at the address that gives it again."""

    key: str
    title: str
    what: str
    url: str
    state: date
    accessed: date
    source: str
    language: Language

    def plain(self) -> str:
        """Cite in words."""
        return bind_signs(_PLAIN.in_language(self.language)).format(
            name=NAME,
            title=self.title.rstrip("."),
            what=self.what,
            state=day_words(self.state, self.language),
            url=self.url,
            accessed=day_words(self.accessed, self.language),
        )

    def bibtex(self) -> str:
        """Cite for LaTeX; the address stands as it is, for `url` is read verbatim."""
        fields = {
            "author": f"{{{NAME}}}",
            "title": f"{{{self.title.translate(_BIBTEX)}}}",
            "year": str(self.state.year),
            "howpublished": self.what.translate(_BIBTEX),
            "note": f"{self.source.translate(_BIBTEX)}",
            # Braces would end the field.
            "url": self.url.replace("{", "%7B").replace("}", "%7D"),
            "urldate": self.accessed.isoformat(),
            "language": "french" if self.language == "fr" else "english",
        }
        lines = (f"  {name} = {{{value}}}," for name, value in fields.items())
        return "\n".join((f"@misc{{{self.key},", *lines, "}"))

    def ris(self) -> str:
        """Cite for reference managers."""
        tags = {
            "TY": "FIGURE",
            "AU": NAME,
            "TI": self.title,
            "PY": str(self.state.year),
            "DA": f"{self.state:%Y/%m/%d}",
            "N1": f"{self.what}. {self.source}",
            "UR": self.url,
            "Y2": f"{self.accessed:%Y/%m/%d}",
            "LA": self.language,
        }
        said = (f"{tag}  - {' '.join(value.split())}" for tag, value in tags.items())
        return "\r\n".join((*said, "ER  - "))
