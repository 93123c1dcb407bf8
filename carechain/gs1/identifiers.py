"""Names of things in EPCIS events as plain values, whichever way they are written.

A pack is urn:epc:id:sgtin:… or https://…/01/…/21/…: both are the same Sgtin here. EPC Tag Data Standard, sections 6
and 7 (URNs), GS1 Digital Link: URI Syntax, section 4 (links of any domain). What is based on no GTIN, SSCC or GLN, such
as an asset or a name of one's own, is no Identifier and not checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from carechain.errors import CarechainError
from carechain.gs1 import keys

_LINK = "https://id.gs1.org"
_UNRESERVED = "-._~"
_URN = re.compile(r"urn:epc:(id|class|idpat):(sgtin|lgtin|sscc|sgln|pgln):(.*)", re.ASCII | re.DOTALL)
_PREFIX = re.compile(r"[0-9]{6,12}", re.ASCII)
_DIGITS = re.compile(r"[0-9]*", re.ASCII)
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SCHEMES = {"sgtin": ("id", "idpat"), "lgtin": ("class",), "sscc": ("id",), "sgln": ("id",), "pgln": ("id",)}
_LINK_KEYS = {"01": (8, 12, 13, 14), "00": (18,), "414": (13,), "417": (13,)}
_CORRECT = "correct it by the EPC Tag Data Standard"


@dataclass(frozen=True)
class Gtin:
    """A trade item of whatever serial number: GTIN-14."""

    gtin: str

    def link(self) -> str:
        """Its canonical GS1 Digital Link."""
        return f"{_LINK}/01/{self.gtin}"


@dataclass(frozen=True)
class Sgtin:
    """One pack: GTIN-14 and serial number, decoded."""

    gtin: str
    serial: str

    def link(self) -> str:
        """Its canonical GS1 Digital Link."""
        return f"{_LINK}/01/{self.gtin}/21/{quote(self.serial, safe=_UNRESERVED)}"


@dataclass(frozen=True)
class Lgtin:
    """A lot: GTIN-14 and lot number, decoded."""

    gtin: str
    lot: str

    def link(self) -> str:
        """Its canonical GS1 Digital Link."""
        return f"{_LINK}/01/{self.gtin}/10/{quote(self.lot, safe=_UNRESERVED)}"


@dataclass(frozen=True)
class Sscc:
    """A logistic unit, such as a case or a pallet: 18 digits."""

    sscc: str

    def link(self) -> str:
        """Its canonical GS1 Digital Link."""
        return f"{_LINK}/00/{self.sscc}"


@dataclass(frozen=True)
class Gln:
    """A party or a place: 13 digits, and for a place within it an extension of its own."""

    gln: str
    extension: str | None = None
    party: bool = False

    def link(self) -> str:
        """Its canonical GS1 Digital Link: AI 417 for a party, 414 for a place."""
        within = f"/254/{quote(self.extension, safe=_UNRESERVED)}" if self.extension else ""
        return f"{_LINK}/{'417' if self.party else '414'}/{self.gln}{within}"


Identifier = Gtin | Sgtin | Lgtin | Sscc | Gln


def identifier(uri: str, place: str) -> Identifier | None:
    """The value that a URI names; None where it names nothing by a GTIN, SSCC or GLN.

    Raises CarechainError where it does but is malformed, or has a wrong check digit.
    """
    if uri.startswith("urn:epc:"):
        found = _URN.fullmatch(uri)
        if not found or found[1] not in _SCHEMES[found[2]]:
            return None
        return _of_urn(found[2], found[1], found[3], place)
    if uri.startswith(("https://", "http://")):
        elements = link_elements(uri, place)
        return _of_link(elements, place) if elements else None
    return None


def link_elements(uri: str, place: str) -> list[tuple[str, str]]:
    """The pairs of application identifier and decoded value in the path and query of a GS1 Digital Link, in order.

    They are empty when the path has no GTIN (01), SSCC (00), GLN (414) or party (417). The path may have other folders
    in front. Raises CarechainError for broken percent-encoding, or a path of which some value has no identifier.
    """
    try:
        parts = urlsplit(uri)
    except ValueError:
        return []
    segments = parts.path.split("/")
    of_gs1 = parts.netloc == "id.gs1.org"
    start = next((i for i in range(len(segments) - 1) if _starts_key(segments[i:], of_gs1)), None)
    if start is None:
        return []
    path = [each for each in segments[start:] if each]
    if len(path) % 2:
        raise CarechainError(place, "is a GS1 Digital Link with a value missing", "give each identifier a value")
    pairs = list(zip(path[::2], path[1::2], strict=True))
    for part in parts.query.replace(";", "&").split("&"):
        name, equals, value = part.partition("=")
        if equals and _DIGITS.fullmatch(name) and 2 <= len(name) <= 4:
            pairs.append((name, value))
    return [(name, _decoded(value, place)) for name, value in pairs]


def urn(value: Sgtin | Lgtin | Sscc | Gln, prefix_digits: int) -> str:
    """The EPC URN of a value, whose GS1 company prefix has that many digits (6 to 12), which no key itself tells.

    Raises CarechainError for another number of digits, and for a GTIN-8, which has no company prefix.
    """
    if not 6 <= prefix_digits <= 12:
        raise CarechainError("A company prefix", "does not have 6 to 12 digits", "ask GS1 whose prefix it is")
    if isinstance(value, Sscc):
        digits = value.sscc
        return f"urn:epc:id:sscc:{digits[1 : 1 + prefix_digits]}.{digits[0]}{digits[1 + prefix_digits : -1]}"
    if isinstance(value, Gln):
        digits = f"{value.gln[:prefix_digits]}.{value.gln[prefix_digits:-1]}"
        if value.party:
            return f"urn:epc:id:pgln:{digits}"
        return f"urn:epc:id:sgln:{digits}.{_escaped(value.extension or '0')}"
    if value.gtin.startswith("000000"):
        raise CarechainError("A GTIN-8", "has no company prefix, and so no URN", "name it by a GS1 Digital Link")
    digits = f"{value.gtin[1 : 1 + prefix_digits]}.{value.gtin[0]}{value.gtin[1 + prefix_digits : -1]}"
    if isinstance(value, Sgtin):
        return f"urn:epc:id:sgtin:{digits}.{_escaped(value.serial)}"
    return f"urn:epc:class:lgtin:{digits}.{_escaped(value.lot)}"


def _of_urn(scheme: str, namespace: str, rest: str, place: str) -> Identifier:
    prefix, _, after = rest.partition(".")
    reference, dot, tail = after.partition(".")
    length = {"sgtin": 13, "lgtin": 13, "sscc": 17, "sgln": 12, "pgln": 12}[scheme]
    if not _PREFIX.fullmatch(prefix) or not _DIGITS.fullmatch(reference) or len(prefix + reference) != length:
        raise CarechainError(place, f"is not an EPC of {scheme.upper()}: it has wrong digits", _CORRECT)
    if bool(dot) != (scheme in ("sgtin", "lgtin", "sgln")):
        raise CarechainError(place, f"is not an EPC of {scheme.upper()}: it has too many or too few parts", _CORRECT)
    if scheme == "sscc":
        return Sscc(keys.with_check_digit(reference[0] + prefix + reference[1:]))
    if scheme in ("sgln", "pgln"):
        number = keys.with_check_digit(prefix + reference)
        if scheme == "pgln":
            return Gln(number, party=True)
        extension = keys.text20(_decoded(tail, place), place, "GLN extension")
        return Gln(number, None if extension == "0" else extension)
    gtin = keys.with_check_digit(reference[0] + prefix + reference[1:])
    if namespace == "idpat":
        if tail != "*":
            raise CarechainError(place, "is a pattern of more than one GTIN or of single serials", _CORRECT)
        return Gtin(gtin)
    if scheme == "sgtin":
        return Sgtin(gtin, keys.text20(_decoded(tail, place), place, "serial number"))
    return Lgtin(gtin, keys.text20(_decoded(tail, place), place, "lot number"))


def _of_link(elements: list[tuple[str, str]], place: str) -> Identifier:
    (key, number), *others = elements
    more = dict(others)
    if key == "00":
        return Sscc(keys.sscc(number, place))
    if key in ("414", "417"):
        extension = more.get("254") if key == "414" else None
        return Gln(
            keys.gln(number, place), extension and keys.text20(extension, place, "GLN extension"), party=key == "417"
        )
    gtin = keys.gtin14(number, place)
    if "21" in more:
        return Sgtin(gtin, keys.text20(more["21"], place, "serial number"))
    if "10" in more:
        return Lgtin(gtin, keys.text20(more["10"], place, "lot number"))
    return Gtin(gtin)


def _starts_key(segments: list[str], of_gs1: bool) -> bool:
    """Whether a key of GS1 starts here, and not a folder of another's site that happens to have such a name."""
    name, value, *after = segments
    if name not in _LINK_KEYS:
        return False
    whole = bool(_DIGITS.fullmatch(value)) and len(value) in _LINK_KEYS[name]
    return of_gs1 or whole or after[:1] in (["21"], ["10"], ["254"])


def _decoded(text: str, place: str) -> str:
    if _BROKEN_PERCENT.search(text):
        raise CarechainError(place, "has a % that starts no percent-encoding", "write % itself as %25")
    return unquote(text)


def _escaped(text: str) -> str:
    """Text in a URN: what its grammar cannot hold is percent-encoded (EPC Tag Data Standard, section 6)."""
    return quote(text, safe="!'()*+,-.:;=_")
