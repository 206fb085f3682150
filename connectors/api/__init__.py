"""The HTTP API of `storywatch serve`."""
