"""Read how a drawn tile shall look."""

from __future__ import annotations

from dataclasses import dataclass

from app.tiles.ask import Ask
from geo.drawing.draw import SIZES_PX
from geo.errors import BadParameter
from geo.spec import LANGUAGES, Language
from geo.styles.themes import LIGHT, THEMES, Theme

# What the address of a drawn tile takes beside what every tile does.
PARAMETERS = frozenset(("theme", "lang", "size", "transparent"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """The theme, language and size of a drawn tile; each pixel is of `scale` by `scale` dots."""

    theme: Theme
    language: Language
    size_px: int
    scale: int
    is_transparent: bool

    def canonical(self) -> str:
        """Write it so that two equal ones give the same text."""
        return repr((self.theme.id, self.language, self.size_px, self.scale, self.is_transparent))


def read_look(ask: Ask, *, scale: int) -> Look:
    """Read the parameters of a request that say how its tile looks."""
    given = dict(ask.parameters)
    theme = _one_of("theme", given, [LIGHT.id, *THEMES])
    language = _one_of("lang", given, LANGUAGES)
    size = _one_of("size", given, [str(size) for size in SIZES_PX])
    return Look(
        theme=THEMES[theme],
        language="fr" if language == "fr" else "en",
        size_px=int(size),
        scale=scale,
        is_transparent=_one_of("transparent", given, ["0", "1"]) == "1",
    )


def _one_of(name: str, given: dict[str, str], known: list[str] | tuple[str, ...]) -> str:
    value = given.get(name, known[0])
    if value not in known:
        raise BadParameter(name, value, "is not one of those known", allowed=sorted(set(known)))
    return value
