"""The bytes of a file that somebody gives, as far as they are not too many."""

from __future__ import annotations

from pathlib import Path

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
