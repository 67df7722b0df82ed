"""The `atlas` command: one verb per file."""
