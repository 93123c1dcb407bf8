"""The lots of which a party can tell serial numbers from units: by the files it made itself (serial trees), or by the
passports of packs that it was given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from carechain.errors import CarechainError
from carechain.private_file import write_private
from carechain.supply.passport import LotDetails, Passport
from carechain.supply.serial_tree import SerialTree

SERIALS = ".serials"
PASSPORTS = ".passports"

_BLANKS = re.compile(r"\s*")
_DECODER = json.JSONDecoder()


class LotBook:
    """A folder of serial trees (`<gtin>-<lot>.serials`) and of passports, one JSON object after the other
    (`….passports`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._trees: dict[Path, SerialTree] = {}
        self._passports: dict[tuple[str, str], Passport] | None = None

    def path_of(self, details: LotDetails) -> Path:
        """Where the serial tree of a lot is, or is to be."""
        return self.folder / f"{details.gtin}-{quote(details.lot, safe='')}{SERIALS}"

    def trees(self, gtin: str | None = None) -> Iterator[SerialTree]:
        """The serial trees, or those of one product. Raises CarechainError for a damaged file."""
        for path in sorted(self.folder.glob(f"{gtin or '*'}-*{SERIALS}")):
            if path not in self._trees:
                self._trees[path] = SerialTree.open(path)
            yield self._trees[path]

    def tree(self, gtin: str, lot: str) -> SerialTree | None:
        """The serial tree of a lot, if it is here."""
        return next((tree for tree in self.trees(gtin) if tree.details.lot == lot), None)

    def passport(self, gtin: str, serial: str, lot: str | None = None) -> Passport | None:
        """The passport of a pack: made from a serial tree, or one that was given; None if the pack is in neither."""
        for tree in self.trees(gtin):
            if lot is not None and tree.details.lot != lot:
                continue
            try:
                return tree.passport(tree.find(serial))
            except CarechainError as error:
                if "has no unit" not in error.problem:
                    raise
        return self._given().get((gtin, serial))

    def given(self, gtin: str, lot: str) -> list[Passport]:
        """The passports of a lot that were given."""
        return [each for each in self._given().values() if (each.gtin, each.lot) == (gtin, lot)]

    def keep(self, passports: list[Passport], name: str) -> Path:
        """Keeps passports that were given, in a file of their own. Raises FileExistsError if it is there."""
        path = self.folder / f"{quote(name, safe='')}{PASSPORTS}"
        lines = (" ".join(each.to_json().split()) + "\n" for each in passports)
        write_private(path, "".join(lines))
        self._passports = None
        return path

    def _given(self) -> dict[tuple[str, str], Passport]:
        if self._passports is None:
            self._passports = {}
            for path in sorted(self.folder.glob(f"*{PASSPORTS}")):
                for found in read_passports(path):
                    self._passports[found.gtin, found.serial] = found
        return self._passports

    def close(self) -> None:
        for tree in self._trees.values():
            tree.close()
        self._trees.clear()


def read_passports(path: Path) -> Iterator[Passport]:
    """The passports of a file: JSON objects, one after the other, each in a line or in many.

    Raises CarechainError, naming the line, for anything else, and when the file cannot be read.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise CarechainError(str(path), f"cannot be read ({error.strerror})", "check the path") from None
    except UnicodeDecodeError:
        raise CarechainError(str(path), "is not UTF-8", "ask for the passports again") from None
    at, line = 0, 1
    while (start := _end_of_blanks(text, at)) < len(text):
        line += text.count("\n", at, start)
        place = f"{path}: line {line}"
        try:
            value, at = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            raise CarechainError(place, "is not JSON", "ask for the passport again") from None
        line += text.count("\n", start, at)
        yield Passport.from_value(value, place)


def _end_of_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at
