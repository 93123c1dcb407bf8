"""Which FHIR references and identifiers stand for which accredited organisations."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from carechain.errors import CarechainError

_MAX_ORGANISATION = (1 << 240) - 1
_MEND = "write lines such as `Organization/f001: 3` or `system|value: 3` under `organisations:`"


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice: PyYAML would keep the last and say nothing."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(set(keys)) != len(keys):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


@dataclass(frozen=True)
class Directory:
    """Accredited organisation numbers by FHIR reference and by "system|value" of an identifier."""

    organisations: Mapping[str, int]

    @classmethod
    def load(cls, path: Path) -> Directory:
        """Reads a YAML file with the one key `organisations`.

        Raises CarechainError when the file cannot be read or an entry is not a reference or identifier with
        an organisation number (1 to 2**240 - 1).
        """
        try:
            content = yaml.load(path.read_text(encoding="utf-8"), _StrictLoader)
        except OSError as error:
            raise CarechainError(str(path), f"cannot be read ({error.strerror})", "check the path") from None
        except (UnicodeDecodeError, yaml.YAMLError, RecursionError):
            raise CarechainError(str(path), "is not YAML in UTF-8, or has a key twice", _MEND) from None
        entries = content.get("organisations") if isinstance(content, dict) else None
        if not isinstance(entries, dict) or set(content) != {"organisations"}:
            raise CarechainError(str(path), "has no list of organisations, or something beside it", _MEND)
        for name, number in entries.items():
            if not isinstance(name, str) or not isinstance(number, int) or isinstance(number, bool):
                raise CarechainError(f"{path}: organisations", "has an entry that is not a name and a number", _MEND)
            if not 0 < number <= _MAX_ORGANISATION:
                raise CarechainError(f"{path}: organisations.{name}", "is not an organisation number", "use 1 or more")
        return cls(entries)

    def find(self, reference: Mapping[str, object]) -> int | None:
        """The organisation a FHIR Reference stands for, or None.

        A literal reference counts as it is written: a version, a server or a contained resource is never
        looked through. Raises CarechainError when reference and identifier stand for different
        organisations.
        """
        found: set[int] = set()
        literal = reference.get("reference")
        if isinstance(literal, str) and literal in self.organisations:
            found.add(self.organisations[literal])
        identifier = reference.get("identifier")
        if isinstance(identifier, dict):
            key = f"{identifier.get('system')}|{identifier.get('value')}"
            if key in self.organisations:
                found.add(self.organisations[key])
        if len(found) > 1:
            raise CarechainError(
                "The reference",
                "and its identifier stand for different organisations",
                "correct the document or the directory",
            )
        return found.pop() if found else None
