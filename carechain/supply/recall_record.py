"""Reads the enforcement records of openFDA: what is recalled, how gravely, why, and which lots the text names.

The elements have the names of the drug enforcement API (`code_info`) or those of its earlier files (`code-info`). A
record is written by people: lots, GTINs and the reason are found in its text carefully rather than cleverly. What is
not certain is left out, and the text itself is given along.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any

from carechain.errors import CarechainError
from carechain.fhir import json_reading
from carechain.file_bytes import read_bytes
from carechain.gs1 import keys

MAX_BYTES = 200_000_000
"""Largest file read, in bytes."""

_MOST_OF_REASON = 4_000
"""Characters of a reason that are looked at; those of openFDA are shorter."""

_WANTED = "openFDA enforcement records"
_PLACE_DIGITS = 9
_CLASSES = {"class i": 1, "class ii": 2, "class iii": 3}
_DATES = ("%Y%m%d", "%m/%d/%Y", "%Y-%m-%d")
_MEDICINES = {"drugs", "biologics"}

_RECALL_NUMBER = re.compile(r"Recall\s*#\s*([A-Z]-\d{3,4}-\d{2,4})")
# The labeller, product and package codes of an NDC have 4-4-2, 5-3-2 or 5-4-1 digits (21 CFR 207.33). One of 11 digits,
# as payers write it, is not read: nobody can tell which of its zeros was put in.
_NDC = r"(?:\d{4}-\d{4}-\d{2}|\d{5}-\d{3}-\d{2}|\d{5}-\d{4}-\d)(?![\d-])"
_NDCS = re.compile(
    rf"\bNDCs?\b[\s#:.]*(?:(?:numbers?|nos?|codes?)\b[\s#:.]*)?({_NDC}(?:(?:\s*[,;&]|\s+and\b)\s*{_NDC})*)", re.I
)
_UPC = re.compile(r"\bUPC\b[\s#:.]*(?:(?:number|no|code)\b[\s#:.]*)?(\d(?:[ -]?\d){11})(?![ -]?\d)", re.I)

_LOT_LABEL = re.compile(
    r"\b(?:lots?|batch(?:es)?)(?:\(s\))?(?:[\s/]+(?:lots?|batch(?:es)?|numbers?|nos?|codes?)\b(?:\(s\))?)*[\s#:.]*(?:'?s\b)?"
    r"[\s#:.]*(?:from\b)?",
    re.I,
)
_OTHER_LABEL = re.compile(
    r"\b(?:units?|serials?|models?|NDCs?|UPCs?|item|catalog|product|part|recall)\b(?:\s+(?:numbers?|nos?|codes?))?[\s#:.]",
    re.I,
)
_SEPARATOR = re.compile(r"[,;&\n]|\band\b|\bor\b|\b(?:\d{1,2}|[a-z])\)\s", re.I)  # the last is "1) " or "a) "
_BEHIND_LOT = re.compile(
    r"\(|\b(?:exp\w*|use\b|best\b|sell\b|mfg|manufactur\w*|produc\w*|distribut\w*|dated?\b|packag\w*|bottles?\b).*",
    re.I | re.S,
)
_RANGE = re.compile(r"\s*(\d{1,20})\s+(?:through|thru|to)\s+(\d{1,20})\b", re.I)
_WORD = re.compile(r"[A-Z0-9](?:[A-Z0-9._/-]*[A-Z0-9])?")
_MONTH = r"(?:JAN|FEB|MAR|APR|MAY|JUNE?|JULY?|AUG|SEPT?|OCT|NOV|DEC)[A-Z]*"
_DATE = re.compile(
    rf"\d{{1,2}}/\d{{1,2}}/\d{{2,4}}|\d{{1,2}}[/-](?:\d{{2}}|20\d{{2}})|20\d{{2}}[/-]\d{{1,2}}(?:[/-]\d{{1,2}})?"
    rf"|\d{{1,2}}-\d{{1,2}}-\d{{4}}|{_MONTH}[-/]?\d{{0,4}}|\d{{1,2}}[-/]?{_MONTH}[-/]?\d{{0,4}}"
)


class RecallReason(IntEnum):
    """Why something is recalled, in the kinds that the chain knows."""

    OTHER = 0
    STERILITY = 1
    CONTAMINATION = 2
    POTENCY = 3
    MISLABELLING = 4
    CONTAINER = 5
    TEMPERATURE = 6
    COUNTERFEIT = 7
    STABILITY = 8
    MANUFACTURING = 9


# In this order: a tablet of a wrong strength is often found by its label, and leaks make a product unsterile.
_REASONS = {
    RecallReason.COUNTERFEIT: r"counterfeit|falsified|stolen|illegitimate",
    RecallReason.STERILITY: r"non-?sterility|(?<!non-)(?<!non)steril",
    RecallReason.TEMPERATURE: r"temperature (?:abuse|excursion)"
    r"|(?:stor|ship|transport|expos)\w{0,12}\b[^.]{0,60}temperature"
    r"|improper(?:ly)? stor|cold chain|refrigerat|\bfr[oe]ez|\bfrozen",
    RecallReason.CONTAMINATION: r"contaminat|adulterat|microbial|listeria|salmonella|bacteri|\bmou?ld\b|endotoxin"
    r"|foreign (?:substance|matter|material|object|tablet|capsule)|particulate|particles|nitrosamine|\bND[ME]A\b",
    RecallReason.STABILITY: r"stability|degradation|impurit|dissolution|crystalli[sz]|discolou?r",
    RecallReason.POTENCY: r"potent|potency|\bassay\b|content uniformity|strength",
    RecallReason.MISLABELLING: r"label|misbrand|declare|ingredient statement|package insert|misprint",
    RecallReason.CONTAINER: r"container|closure|\bleak|\bseal|\bcracked|defective (?:delivery|packag)|\bpackaging",
    RecallReason.MANUFACTURING: r"\bc?gmp\b|manufactur|processing|out of spec|specification|out of sequence|thickness",
}


@dataclass(frozen=True)
class RecallRecord:
    """One record. Texts are as they stand there, and empty where it has none.

    `recall_class` is 1 (grave) to 3. `numbers` are its recall numbers: the older records have one for each product.
    `gtins` have 14 digits: of the NDCs that the text or the openfda element names, and for medicines of their UPCs.
    `lots` are the lot numbers that the text names, without blanks; `ranges` are numbers "from … through …", as written.
    """

    place: str
    recall_class: int
    status: str
    numbers: tuple[str, ...]
    product: str
    code_info: str
    reason_text: str
    reason: RecallReason
    report_date: date | None
    gtins: tuple[str, ...]
    lots: tuple[str, ...]
    ranges: tuple[tuple[str, str], ...]

    def names_lot(self, lot: str) -> bool:
        """Whether the text names this very lot number, in capitals or not.

        A number within a range is not named: "from 00112 through 10412" can be days of a year, and then most of the
        numbers in between are no lots at all. Who reads the text decides.
        """
        return lot.upper() in self.lots


def read_recalls(path: Path) -> tuple[RecallRecord, ...]:
    """All records of a file: one JSON object, an object a line, or an answer of the API with its `results`.

    Raises CarechainError, naming record and element, when it cannot be read.
    """
    return tuple(_record(place, found) for place, found in _objects(path))


def read_recall(path: Path, which: str) -> RecallRecord:
    """One record of a file, by its place (0 is the first) or its recall number; the others are not looked into.

    Raises CarechainError as `read_recalls` does, and when no record or more than one is meant.
    """
    objects = _objects(path)
    if which.isdecimal():
        if len(which) > _PLACE_DIGITS or int(which) >= len(objects):
            raise CarechainError(path.name, f"has {len(objects)} records", f"give 0 to {len(objects) - 1}")
        return _record(*objects[int(which)])
    meant = [(place, found) for place, found in objects if which.upper() in _numbers(place, found)]
    if len(meant) != 1:
        problem = "has no record" if not meant else f"has {len(meant)} records"
        raise CarechainError(path.name, f"{problem} of this recall number", "give the place of the record: 0, 1, …")
    return _record(*meant[0])


def reason_of(text: str) -> RecallReason:
    """The kind of a reason in words. FDA begins with a category and a colon, which counts before what follows."""
    text = text[:_MOST_OF_REASON]
    for part in (text.partition(":")[0], text):
        for reason, words in _REASONS.items():
            if re.search(words, part, re.I):
                return reason
    return RecallReason.OTHER


def _objects(path: Path) -> list[tuple[str, Mapping[str, Any]]]:
    """The objects of the file with their places, their elements under the names of the API."""
    content = read_bytes(path, MAX_BYTES, "give the records in several files")
    lines = [(n, line) for n, line in enumerate(content.splitlines(), 1) if line.strip()]
    if len(lines) > 1 and all(line.lstrip().startswith(b"{") and line.rstrip().endswith(b"}") for _, line in lines):
        found = [
            (f"{path.name}: line {n}", json_reading.parse(line, f"{path.name}: line {n}", _WANTED)) for n, line in lines
        ]
    else:
        whole = json_reading.parse(content, path.name, _WANTED)
        results = whole.get("results") if isinstance(whole, dict) else whole
        if isinstance(results, list):
            found = [(f"{path.name}: results[{n}]", result) for n, result in enumerate(results)]
        else:
            found = [(path.name, whole)]
    for place, record in found:
        if not isinstance(record, dict):
            raise CarechainError(place, "is not a JSON object", f"give {_WANTED}")
    return [(place, {name.replace("-", "_"): value for name, value in record.items()}) for place, record in found]


def _record(place: str, found: Mapping[str, Any]) -> RecallRecord:
    classification = _text(place, found, "classification")
    recall_class = _CLASSES.get(" ".join(classification.lower().split()))
    if recall_class is None:
        raise CarechainError(
            f"{place}: classification", "is not Class I, II or III", "wait until FDA has classified it"
        )
    product, code_info = _text(place, found, "product_description"), _text(place, found, "code_info")
    reason = _text(place, found, "reason_for_recall")
    lots, ranges = _lots(code_info)
    return RecallRecord(
        place=place,
        recall_class=recall_class,
        status=_text(place, found, "status"),
        numbers=_numbers(place, found),
        product=product,
        code_info=code_info,
        reason_text=reason,
        reason=reason_of(reason),
        report_date=_date(place, _text(place, found, "report_date")),
        gtins=tuple(dict.fromkeys(_gtins(place, found, f"{product}\n{code_info}"))),
        lots=lots,
        ranges=ranges,
    )


def _text(place: str, found: Mapping[str, Any], name: str) -> str:
    value = found.get(name) or ""
    if not isinstance(value, str):
        raise CarechainError(f"{place}: {name}", "is not a text", "send the record as openFDA gives it")
    return value.strip()


def _texts(place: str, value: Any) -> list[str]:
    """A list of texts, which may be left out or null."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise CarechainError(place, "is not a list of texts", "send the record as openFDA gives it")
    return value


def _numbers(place: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    """The recall number of the API, or those that an older record has in the description of its products."""
    number = _text(place, found, "recall_number")
    if number:
        return (number.upper(),)
    return tuple(dict.fromkeys(_RECALL_NUMBER.findall(_text(place, found, "product_description"))))


def _date(place: str, text: str) -> date | None:
    for form in _DATES:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day of a calendar, at no hour
        except ValueError:
            continue
    if text:
        raise CarechainError(f"{place}: report_date", "is not a date", "write it as YYYYMMDD")
    return None


def _gtins(place: str, found: Mapping[str, Any], text: str) -> Iterator[str]:
    listed = found.get("openfda") or {}
    if not isinstance(listed, dict):
        raise CarechainError(f"{place}: openfda", "is not an object", "send the record as openFDA gives it")
    for codes in _NDCS.findall(text):
        for code in re.findall(_NDC, codes):
            yield keys.ndc_gtin(code, place)
    for code in _texts(f"{place}: openfda.package_ndc", listed.get("package_ndc")):
        if re.fullmatch(_NDC, code):
            yield keys.ndc_gtin(code, f"{place}: openfda")
    if _text(place, found, "product_type").lower() in _MEDICINES:
        codes = [re.sub(r"[ -]", "", code) for code in _UPC.findall(text)]
        for code in [*codes, *_texts(f"{place}: openfda.upc", listed.get("upc"))]:
            if re.fullmatch(r"\d{12}", code, re.ASCII) and keys.with_check_digit(code[:-1]) == code:
                yield f"00{code}"


def _lots(text: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The lot numbers, and the ranges of them, in what follows each "lot" or "batch" until another label."""
    lots: dict[str, None] = {}
    ranges = []
    labels = list(_LOT_LABEL.finditer(text))
    for place, label in enumerate(labels):
        end = labels[place + 1].start() if place + 1 < len(labels) else len(text)
        part = text[label.end() : end]
        if other := _OTHER_LABEL.search(part):
            part = part[: other.start()]
        for piece in _SEPARATOR.split(part):
            if bounds := _RANGE.match(piece):
                ranges.append((bounds[1], bounds[2]))
                lots |= {bounds[1]: None, bounds[2]: None}
            elif lot := _lot(_BEHIND_LOT.split(piece, maxsplit=1)[0]):
                lots[lot] = None
    return tuple(lots), tuple(ranges)


def _lot(text: str) -> str:
    """A lot number from its words, which may be several, or nothing: a date, or words of a sentence."""
    words = []
    for word in text.strip(" \t\r.:#'\"-").split():
        is_prose = word.upper() != word and not any(map(str.isdigit, word))
        if is_prose or not _WORD.fullmatch(word.rstrip(".").upper()) or _DATE.fullmatch(word.upper()):
            break
        words.append(word.rstrip(".").upper())
    lot = "".join(words)
    return lot if any(map(str.isdigit, lot)) and len(lot) <= 20 else ""
