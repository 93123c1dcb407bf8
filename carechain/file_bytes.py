"""Files that somebody gives: their bytes, as far as they are not too many, or opened to be read piece by piece."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Self

from carechain.errors import CarechainError


def read_bytes(path: Path, max_bytes: int, mend: str) -> bytes:
    """The bytes of a file.

    Raises CarechainError when it cannot be read or is larger than `max_bytes`; `mend` says what to do about
    its size.
    """
    try:
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise CarechainError(str(path), f"cannot be read ({error.strerror})", "check the path") from None
    if len(content) > max_bytes:
        raise CarechainError(str(path), f"is larger than {max_bytes:,} bytes", mend)
    return content


class OpenedFile:
    """A file that is read while it is open, and closed at the end of a with statement."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        """For `open`, which says what is raised."""
        self.path, self._file = path, file

    @classmethod
    def open(cls, path: Path) -> Self:
        """Opens the file. Raises CarechainError when it cannot be read, or is not what the class is for."""
        try:
            file = path.open("rb")
        except OSError as error:
            raise CarechainError(str(path), f"cannot be read ({error.strerror})", "check the path") from None
        try:
            return cls(path, file)
        except BaseException:
            file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
