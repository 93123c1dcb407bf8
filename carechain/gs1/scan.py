"""What a scanner, or a person, gives for one pack: a GTIN and a serial number, mostly with lot and expiry.

Read are bracketed element strings "(01)…(21)…" in any order, the raw text of a GS1 DataMatrix or GS1-128 with or
without its symbology identifier, GS1 Digital Links, and SGTIN URNs. GS1 General Specifications, sections 3 (application
identifiers), 7.8 (separators), 7.12 (century of a date) and 5.1 (symbology identifiers). A serial number names a
patient's pack, so no message repeats it.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from biip import ParseConfig, ParseError
from biip.gs1_application_identifiers import GS1ApplicationIdentifier
from biip.gs1_element_strings import GS1ElementString

from carechain.errors import CarechainError
from carechain.gs1 import keys
from carechain.gs1.identifiers import Sgtin, identifier, link_elements

_PLACE = "The scan"
_SEPARATOR = "\x1d"
_SHOWN_SEPARATORS = ("\u241d", "^]", "{GS}", "<GS>")
_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9]", re.ASCII)
# GS1-128, DataBar, DataMatrix, QR, DotCode; the plain DataMatrix and QR of a Digital Link.
_SYMBOLOGIES = ("]C1", "]e0", "]d2", "]Q3", "]J1", "]d1", "]Q1")
_BRACKETED = re.compile(r"\(([0-9]{2,4})\)", re.ASCII)
_DATE = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})", re.ASCII)
_CONFIG = ParseConfig(gs1_element_strings_verify_date=False)
_NAMES = {"01": "GTIN", "21": "serial number", "10": "lot number", "17": "expiry"}


@dataclass(frozen=True)
class Scan:
    """A pack as it names itself. `expiry` is the last day on which it may be used."""

    gtin: str
    serial: str
    lot: str | None = None
    expiry: date | None = None

    def text(self) -> str:
        """The canonical text "(01)GTIN14(21)serial(10)lot(17)YYMMDD", without what the scan did not have."""
        lot = f"(10){self.lot}" if self.lot is not None else ""
        expiry = f"(17){self.expiry:%y%m%d}" if self.expiry is not None else ""
        return f"(01){self.gtin}(21){self.serial}{lot}{expiry}"


def read_scan(text: str, today: date) -> Scan:
    """The pack that was scanned. `today` decides the century of its expiry.

    Raises CarechainError for text of no such form, a wrong check digit, a wrong length or character, a missing GTIN or
    serial number, and for two elements that contradict each other.
    """
    given = text.strip(" \t\r\n")
    symbology = _SYMBOLOGY.match(given)
    if symbology:
        if symbology[0] not in _SYMBOLOGIES:
            raise CarechainError(
                _PLACE, "is of a bar code that holds no serial number", "scan the two-dimensional code"
            )
        given = given[3:]
    if not given:
        raise CarechainError(_PLACE, "is empty", "scan the code again")
    if given.startswith("urn:"):
        found = identifier(given, _PLACE)
        if not isinstance(found, Sgtin):
            raise CarechainError(_PLACE, "is a URN of something else than a pack", "give the SGTIN of the pack")
        return Scan(found.gtin, found.serial)
    if given.startswith(("https://", "http://")):
        return _scan(link_elements(given, _PLACE), today)
    if given.startswith("("):
        return _scan(_bracketed(given), today)
    return _scan(_raw(given), today)


def _bracketed(text: str) -> list[tuple[str, str]]:
    """Split only at brackets with an identifier that GS1 gives out: a serial number may have brackets of its own."""
    starts = [found for found in _BRACKETED.finditer(text) if _known(found[1])]
    if not starts or starts[0].start() != 0:
        raise CarechainError(
            _PLACE, "starts with brackets of no application identifier", "start with (01) and the GTIN"
        )
    ends = [found.start() for found in starts[1:]] + [len(text)]
    pairs = [(found[1], text[found.end() : end].strip()) for found, end in zip(starts, ends, strict=True)]
    for ai, value in pairs:
        if ai == "01" and len(value) != 14:
            raise CarechainError(f"{_PLACE} (01)", "has no GTIN of 14 digits", "put zeros in front of a shorter one")
        if ai not in _NAMES and not _well_formed(ai, value):
            raise CarechainError(f"{_PLACE} ({ai})", "is not as GS1 defines it", "read the code again")
    return pairs


def _raw(text: str) -> list[tuple[str, str]]:
    """Split by the lengths that GS1 defines, and at the separators that must follow the elements of any length."""
    rest = text
    for shown in _SHOWN_SEPARATORS:
        rest = rest.replace(shown, _SEPARATOR)
    rest = rest.lstrip(_SEPARATOR)
    pairs: list[tuple[str, str]] = []
    while rest:
        try:
            element = GS1ElementString.extract(rest, config=_CONFIG)
        except ParseError:
            raise CarechainError(
                _PLACE,
                f"cannot be read after {len(pairs)} elements",
                "scan again; the scanner must send the separators (FNC1) of the code",
            ) from None
        length = len(element.ai.ai) + len(element.value)
        if element.ai.separator_required and len(rest) > length and rest[length] != _SEPARATOR:
            raise CarechainError(
                f"{_PLACE} ({element.ai.ai})",
                "is too long, or has a character that GS1 does not allow",
                "scan again; the scanner must send the separators (FNC1) of the code",
            )
        pairs.append((element.ai.ai, element.value))
        rest = rest[length:].lstrip(_SEPARATOR)
    return pairs


def _scan(pairs: Iterable[tuple[str, str]], today: date) -> Scan:
    found: dict[str, str] = {}
    for ai, value in pairs:
        if ai in _NAMES and found.setdefault(ai, value) != value:
            raise CarechainError(
                f"{_PLACE} ({ai})", f"gives the {_NAMES[ai]} twice, differently", "scan one pack alone"
            )
    for ai in ("01", "21"):
        if ai not in found:
            raise CarechainError(_PLACE, f"has no {_NAMES[ai]} ({ai})", "scan the two-dimensional code of the pack")
    return Scan(
        keys.gtin14(found["01"], f"{_PLACE} (01)"),
        keys.text20(found["21"], f"{_PLACE} (21)", _NAMES["21"]),
        keys.text20(found["10"], f"{_PLACE} (10)", _NAMES["10"]) if "10" in found else None,
        _expiry(found["17"], today) if "17" in found else None,
    )


def _expiry(text: str, today: date) -> date:
    """YYMMDD, of which DD = 00 is the last day of the month (3.4.7); the year is from 49 before to 50 after today's."""
    parts = _DATE.fullmatch(text)
    if parts:
        year, month, day = today.year // 100 * 100 + int(parts[1]), int(parts[2]), int(parts[3])
        year += 100 if year - today.year <= -50 else -100 if year - today.year > 50 else 0
        try:
            return date(year, month, day or calendar.monthrange(year, month)[1])
        except ValueError:  # IllegalMonthError is one
            pass
    raise CarechainError(f"{_PLACE} (17)", "is not a date YYMMDD", "read the expiry again")


def _known(ai: str) -> bool:
    try:
        return GS1ApplicationIdentifier.extract(ai).ai == ai
    except ParseError:
        return False


def _well_formed(ai: str, value: str) -> bool:
    try:
        GS1ElementString.parse(f"{ai}{value}", config=_CONFIG)
    except ParseError:
        return False
    return True
