"""Bring rows into the store: a reader makes raw rows, normalise checks them, load writes them."""
