"""Collect what a folder declares: one object a module, named as its file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Collection
from types import ModuleType
from typing import Protocol, TypeVar

from geo.errors import BadDeclaration
from geo.spec import Layer, LayerView


class Named(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=Named)


def collect(
    package: ModuleType,
    attribute: str,
    kind: type[T] | tuple[type[T], ...],
    *,
    skip: Collection[str] = (),
) -> dict[str, T]:
    """Import every module of `package` but `_framework` ones and `skip`; take its declaration."""
    found: dict[str, T] = {}
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
        if module.name.startswith("_") or module.name in skip:
            continue
        name = f"{package.__name__}.{module.name}"
        declared = getattr(importlib.import_module(name), attribute, None)
        if not isinstance(declared, kind):
            raise BadDeclaration(
                f"{name} declares no {attribute}; add one or name the file _{module.name}.py"
            )
        if declared.id != module.name:
            raise BadDeclaration(f"{name} declares {declared.id!r}; the file's name is the id")
        found[declared.id] = declared
    return found


def collect_layers(package: ModuleType) -> dict[str, Layer]:
    """Collect the layers, with every view made whole from its parent."""
    declared: dict[str, Layer | LayerView] = collect(package, "LAYER", (Layer, LayerView))
    layers: dict[str, Layer] = {}
    for name, layer in declared.items():
        if isinstance(layer, LayerView):
            parent = declared.get(layer.parent)
            if not isinstance(parent, Layer):
                raise BadDeclaration(
                    f"layers.{name} looks at {layer.parent!r}, which is no stored layer"
                )
            layer = layer.over(parent)
        layers[name] = layer
    return layers
