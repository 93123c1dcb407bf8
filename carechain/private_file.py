"""Files that only their owner may read, written whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def new_private_file(path: Path, replace: bool = False) -> Iterator[IO[bytes]]:
    """A file of mode 0600, to be written and read, that is at `path`, and on the disk, once all was written. It is made
    beside it; folders that it makes are 0700.

    Raises FileExistsError when a file is there and `replace` is not set, and OSError when it cannot be written.
    """
    if not replace and path.exists():
        raise FileExistsError(17, "File exists", str(path))
    make_private_folder(path.parent)
    beside = path.with_name(f".{secrets.token_hex(8)}.new")
    descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if replace:
            beside.replace(path)
        else:
            os.link(beside, path)  # fails where a file is there by now, unlike a rename
    finally:
        beside.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)  # or the file's name could be lost with the power
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_private(path: Path, text: str, replace: bool = False) -> None:
    """Writes UTF-8 text as `new_private_file` does, and raises what it raises."""
    with new_private_file(path, replace) as file:
        file.write(text.encode())


def make_private_folder(folder: Path) -> None:
    """Makes a folder, and those it is to stand in, of mode 0700; one that is there stays as it is.

    One by one: Path.mkdir gives its mode to the last folder alone.
    """
    if folder.is_dir():
        return
    make_private_folder(folder.parent)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if not folder.is_dir():  # else somebody else has just made it
            raise NotADirectoryError(20, "Not a directory", str(folder)) from None
