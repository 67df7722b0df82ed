"""Pictures of tiles, drawn on the server as the web map draws them.

`contents` is what a tile is drawn of and how it is read, `draw` makes the picture, `sprite` draws
the icons that the web map loads. Colours and sizes all come from `geo.styles`.
"""
