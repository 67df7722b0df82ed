"""Draw a map with folium as one HTML page; the only file that imports folium.

Folium as it comes loads its scripts from four other hosts, gives each element a random id and
leaves markup in names as it is. Here every element gets an id of its own name, folium's header
with its links is never written, and everything that comes from data reaches the page as escaped
JSON.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import folium
from branca.element import MacroElement
from folium.plugins import Fullscreen
from folium.template import Template
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import escape

from app.maps._assets import Assets
from app.maps._density import layer_words, shade_all
from app.maps._panel import panel
from app.maps._payload import payload
from app.maps._places import gather_all
from app.maps._scene import Scene
from app.maps._texts import TEXTS

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
MAX_ZOOM = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedMap:
    """A finished page, and the policy that lets a browser run it and nothing else."""

    html: str
    content_security_policy: str


class _Canvas(folium.Map):
    """A Leaflet map without the styles and switches that folium writes into the page."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <div class="folium-map" id={{ this.get_name()|tojson }}></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }},
            {...{{ this.options|tojavascript }}, ...{center: {{ this.location|tojson }}}});
        {% endmacro %}
        """
    )


class _FullScreenButton(Fullscreen):
    """The full-screen control of leaflet.fullscreen 5, whose factory folium does not know."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        new L.Control.FullScreen({{ this.options|tojavascript }})
            .addTo({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )


class _Drawing(MacroElement):
    """Hand the map and its groups to our script, which draws the data of the page."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        atlasMap.start({{ this._parent.get_name() }}, {
            {%- for name, group in this.groups.items() %}
            {{ name|tojson }}: {{ group }},
            {%- endfor %}
        }, {{ this.control }});
        {% endmacro %}
        """
    )

    def __init__(self, groups: Mapping[str, str], control: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Drawing"
        self.groups = dict(groups)
        self.control = control


def render(scene: Scene, assets: Assets) -> RenderedMap:
    """Draw the scene: the same scene and assets give the same bytes."""
    gathered = gather_all(scene)
    shadings = shade_all(scene)
    body, script = _canvas(scene)
    inline = scene.mode == "download"
    styles = [assets.style(name) for name in assets.styles] if inline else []
    scripts = [assets.script(name) for name in assets.scripts] if inline else []
    policy = _policy([*scripts, script], styles, embeddable=scene.mode == "embed")
    html = (
        _templates()
        .get_template("map.html")
        .render(
            scene=scene,
            panel=panel(scene, gathered, shadings),
            canvas=body,
            data=_json(payload(scene, gathered, shadings)),
            script=script,
            styles=styles,
            scripts=scripts,
            policy=policy if inline else None,
            style_urls=[] if inline else [assets.url(name) for name in assets.styles],
            script_urls=[] if inline else [assets.url(name) for name in assets.scripts],
            words={name: text.in_language(scene.language) for name, text in TEXTS.items()},
        )
    )
    return RenderedMap(html=html, content_security_policy=policy)


def _canvas(scene: Scene) -> tuple[str, str]:
    """Let folium write the map's element and the script that sets it up."""
    words = {name: text.in_language(scene.language) for name, text in TEXTS.items()}
    canvas = _Canvas(
        location=[17.5, -4.0],
        tiles=None,
        zoom_start=5,
        zoom_control=False,
        max_zoom=MAX_ZOOM,
        zoom_snap=0.25,
        attribution_control=False,
    )
    _number(canvas, scene.spec.id)
    figure: Any = canvas.get_root()
    groups = {}
    for group in scene.spec.groups:
        layer = folium.FeatureGroup(
            name=str(escape(layer_words(scene, group))),
            show=group.shown,
        )
        _number(layer, group.layer).add_to(canvas)
        groups[group.layer] = layer.get_name()
    button = _FullScreenButton(  # type: ignore[no-untyped-call]
        title=words["full_screen"], title_cancel=words["leave_full_screen"]
    )
    _number(button, "button").add_to(canvas)
    narrow = folium.JsCode(f"!atlasMap.isWide({canvas.get_name()})")
    # Folium writes the code as it stands; its signature knows only true and false.
    layer_control = folium.LayerControl(collapsed=narrow)  # type: ignore[arg-type]
    control = _number(layer_control, "control").add_to(canvas)
    _number(_Drawing(groups, control.get_name()), "drawing").add_to(canvas)
    canvas.render()  # type: ignore[no-untyped-call]
    return figure.html.render(), figure.script.render()


def _number(element: Any, name: str) -> Any:
    """Give an element a name that is the same every time, in place of folium's random one."""
    element._id = name
    return element


def _json(value: Any) -> str:
    """Write data so that no byte of it can end the script element that holds it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(character, escaped)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _policy(scripts: Iterable[str], styles: Iterable[str], *, embeddable: bool) -> str:
    """Allow the page its own files and these very inline texts, and nothing else."""
    inline_scripts = " ".join(f"'sha256-{_sha256(text)}'" for text in scripts)
    inline_styles = "".join(f" 'sha256-{_sha256(text)}'" for text in styles)
    # No value of frame-ancestors allows a page that is opened from a disk, not even a star.
    frames = () if embeddable else ("frame-ancestors 'self'",)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {inline_scripts}",
            f"style-src 'self'{inline_styles}",
            "img-src 'self' data:",
            "base-uri 'none'",
            "form-action 'none'",
            *frames,
        )
    )


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
