"""`./atlas export lake`: the layers as GeoParquet files by year, for work beyond one machine.

`folder.py` says where they go, `files.py` writes one, `manifest.py` says what was written, `run.py`
puts it together.
"""
