"""What every drawing of the layers looks like: one truth for the web, PNG tiles and legends.

`look` resolves a layer's declaration against a theme; `scale` gives radii by zoom; `document`
writes it all as a MapLibre style, `legend` in words, `sprite` as a list of icons to be drawn.
"""
