"""What an API key allows. A small module, since commands that name a scope import it."""

from enum import StrEnum


class Scope(StrEnum):
    """What a key of the HTTP API allows. `ADMIN` includes all others, `DESK` includes `READ`."""

    READ = "read"  # stories, articles, alerts
    PUSH = "push"  # send articles in
    DESK = "desk"  # tracks, receivers, corrections
    ADMIN = "admin"
