from datetime import UTC, datetime


def utc_now() -> datetime:
    """The only clock: nothing else asks what time it is."""
    return datetime.now(UTC)
