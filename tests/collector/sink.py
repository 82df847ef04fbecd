"""Stands for the two ends of a parser: a stream in pieces of any size, and a draft."""

import hashlib
import io
import random
from collections.abc import Sequence


class Sink:
    """Stands for a draft: takes dumps, keeps them."""

    def __init__(self) -> None:
        self.dumps: dict[str, io.BytesIO] = {}

    def dump(self, name: str) -> "Written":
        assert name not in self.dumps
        self.dumps[name] = io.BytesIO()
        return Written(self.dumps[name])


class Written:
    def __init__(self, file: io.BytesIO) -> None:
        self.write = file.write
        self._file = file

    @property
    def size(self) -> int:
        return len(self._file.getvalue())

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self._file.getvalue()).hexdigest()


class Dribbling:
    """A stream that gives as little or as much as it likes."""

    def __init__(
        self, body: bytes, seed: int, sizes: Sequence[int] = (1, 2, 7, 50, 100_000)
    ) -> None:
        self._file = io.BytesIO(body)
        self._random = random.Random(seed)
        self._sizes = sizes

    def read(self, size: int) -> bytes:
        return self._file.read(min(size, self._random.choice(self._sizes)))
