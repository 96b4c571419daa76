"""Which documents go together in one call? As many as it takes."""

from collections.abc import Iterable, Iterator

__all__ = ["batches"]


def batches(documents: Iterable[bytes], *, largest: int, most: int) -> Iterator[list[bytes]]:
    """`largest` in bytes, with one more for each document; one that is too large goes alone, and is refused alone.

    >>> list(batches([b"aaa", b"bb", b"c"], largest=7, most=10))
    [[b'aaa', b'bb'], [b'c']]
    """
    batch: list[bytes] = []
    size = 0
    for document in documents:
        if batch and (len(batch) == most or size + len(document) + 1 > largest):
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += len(document) + 1
    if batch:
        yield batch
