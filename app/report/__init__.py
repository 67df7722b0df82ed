"""The atlas of a region: a few printed pages of what is recorded there, with every source.

`_question` what is asked for, `_read` all of it in one read, `_charts` and `_map` the drawn pages,
`_tables` and `_sheets` the written ones, `_bind` one file of them, `_make` the order of it all.
"""
