"""Which GLN stands for which accredited organisation: how the parties and places of EPCIS documents are known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from carechain import strict_yaml
from carechain.errors import CarechainError
from carechain.gs1 import keys
from carechain.gs1.identifiers import Gln, identifier

MAX_ORGANISATION = 2**32 - 1
_MEND = 'write lines such as "9506000000018": 8 under `organisations:`, a GLN in quotes and an organisation\'s number'
_OWN = "urn:carechain:organisation:"
"""Before the number of an organisation that has no GLN here."""
_NUMBER = re.compile(r"[1-9][0-9]{0,9}", re.ASCII)


@dataclass(frozen=True)
class Parties:
    """Organisation numbers by GLN, of 13 digits."""

    organisations: Mapping[str, int]

    @classmethod
    def load(cls, path: Path) -> Parties:
        """Reads a YAML file with the one key `organisations`. Raises CarechainError for anything else in it, and for a
        GLN with a wrong check digit."""
        content = strict_yaml.load(path, _MEND)
        entries = content.get("organisations") if isinstance(content, dict) else None
        if not isinstance(entries, dict) or set(content) != {"organisations"}:
            raise CarechainError(str(path), "has no organisations by GLN, or something beside them", _MEND)
        for gln, number in entries.items():
            place = f"{path}: organisations.{gln}"
            if not isinstance(gln, str):
                raise CarechainError(place, "is not a GLN in quotes", _MEND)
            keys.gln(gln, place)
            if type(number) is not int or not 0 < number <= MAX_ORGANISATION:
                raise CarechainError(place, "is not an organisation's number", "use 1 to 2**32 - 1")
        return cls(entries)

    def of_uri(self, uri: str, place: str) -> int | None:
        """The organisation whose party or place a URI names; None where none is known. Raises CarechainError for a
        malformed GLN."""
        own = uri.removeprefix(_OWN)
        if own != uri:
            return int(own) if _NUMBER.fullmatch(own) and int(own) <= MAX_ORGANISATION else None
        found = identifier(uri, place)
        return self.organisations.get(found.gln) if isinstance(found, Gln) else None

    def uri_of(self, organisation: int, party: bool = True) -> str:
        """The URI of an organisation, as a party or as a place: of its first GLN, or else of its number."""
        for gln, number in self.organisations.items():
            if number == organisation:
                return Gln(gln, party=party).link()
        return f"{_OWN}{organisation}"
