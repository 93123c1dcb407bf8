"""Files that only their owner may read, written whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_private(path: Path, text: str, replace: bool = False) -> None:
    """Writes UTF-8 text to a file of mode 0600, by way of a new file beside it; folders it makes are 0700.

    Raises FileExistsError when the file is there and `replace` is not set, and OSError when it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            beside.replace(path)
        else:
            os.link(beside, path)  # fails where a file is there already, unlike a rename
    finally:
        beside.unlink(missing_ok=True)
