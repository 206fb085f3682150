"""The partition that Kafka clients choose for a key."""

from functools import lru_cache

from aiokafka.partitioner import murmur2


@lru_cache(maxsize=100_000)
def partition_of(key: str, count: int) -> int:
    """The partition of ``count`` for a key, as the default partitioner of every client computes it."""
    chosen: int = (murmur2(key.encode()) & 0x7FFFFFFF) % count
    return chosen
