"""What stands for each part of an address, so that there is something to answer with."""

PLACES = {
    "layer": "camps",
    "layers": "camps",
    "feature_id": "C001",
    "name": "overview",
    "figure": "1",
    "region": "menaka",
    "style": "light",
    "sheet": "sprite.json",
    "tileMatrixSetId": "WebMercatorQuad",
    "tileMatrix": "5",
    "tileRow": "14",
    "tileCol": "15",
    "z": "5",
    "x": "15",
    "y": "14",
}
