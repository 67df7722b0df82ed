"""The layers of the atlas, one file each: a file's name is the layer's name in every URL."""
