"""YAML in which nothing is lost: a key that stands twice is refused, where PyYAML would keep the last."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from carechain.errors import CarechainError


class _StrictLoader(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(set(keys)) != len(keys):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def load(path: Path, mend: str) -> Any:
    """The content of a YAML file in UTF-8.

    Raises CarechainError with `mend`, which says what to write, when the file cannot be read, is not YAML or has a key
    twice.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _StrictLoader)
    except OSError as error:
        raise CarechainError(str(path), f"cannot be read ({error.strerror})", f"check the path, or {mend}") from None
    except (ValueError, yaml.YAMLError, RecursionError):  # PyYAML passes on that a day is in no calendar
        raise CarechainError(str(path), "is not YAML in UTF-8, or has a key twice", mend) from None
