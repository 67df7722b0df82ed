"""The geospatial core: what a layer is, how it is stored, queried, loaded and written."""
