"""The service: settings, routes, maps and the `atlas` command."""

VERSION = "0.1.0"
