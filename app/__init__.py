"""The service: settings, routes, maps and the `atlas` command."""
