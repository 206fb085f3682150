"""What keeps a track from sending at once, in words."""

from datetime import UTC, datetime

from streams.contract.messages import Track


def state(track: Track, now: datetime) -> str:
    """What keeps the track from sending at once, for people; "" if nothing does."""
    parts = ["paused"] if track.paused else []
    if track.expires_at is not None:
        parts.append(f"{'expired' if track.expires_at <= now else 'expires'} {_iso(track.expires_at)}")
    if track.snoozed_until is not None and track.snoozed_until > now:
        parts.append(f"snoozed until {_iso(track.snoozed_until)}")
    parts += [f"quiet {', '.join(f'{one.start}-{one.end}' for one in track.quiet)}"] if track.quiet else []
    if track.digest is not None:
        parts.append("digest hourly" if track.digest.hourly else f"digest {', '.join(track.digest.at)}")
    parts += [f"at most {track.most_per_hour} an hour"] if track.most_per_hour else []
    muted = len(track.muted.sources) + len(track.muted.stories) + len(track.muted.articles)
    parts += [f"muted: {muted}"] if muted else []
    return ", ".join(parts)


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}Z"
