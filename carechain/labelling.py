"""A custodian's labelling policy: what a code of a code system says about how sensitive data is.

The policy speaks of codes, never of words: a code that it does not know says nothing, and data about which
nothing is said is treated as restricted. Rules only ever add. Where several know a code, all of their labels
count, so a custodian's own rule cannot make data less sensitive than another rule does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carechain import strict_yaml
from carechain.data_categories import CLASSES, LABELS, LABELS_WITHOUT_BIT, RESTRICTED, labels_of
from carechain.errors import CarechainError

_SECTIONS = {"rules", "administrative", "types"}
_MEND = "see examples/labelling.yaml"
# Letters and digits, once the dot and the dagger or asterisk of ICD are away: a code, not a span of codes.
_PLAIN = re.compile(r"[A-Z0-9]+", re.ASCII)
_ICD_MARKS = "+*!#†‡"
# ICD-10 and what grew out of it: with its dot, or without it as long as a span such as A00B20 cannot be meant.
_ICD10 = re.compile(r"[A-Z]\d[0-9AB](?:\.[0-9A-Z]{1,4}|[0-9X]{1,3}[0-9A-Z]?)?", re.ASCII)


@dataclass(frozen=True)
class Meaning:
    """What the policy says of a code: its label bits (0: ordinary), and whether it only administers.

    An administrative code (a status, a category, a kind of identifier) is known but does not say what the
    data is about, so it cannot label a record alone.
    """

    labels: int
    administrative: bool


@dataclass(frozen=True)
class _Rule:
    """`codes` is None for every code of the system. `ranges` are inclusive and compare the first characters."""

    codes: frozenset[str] | None
    prefixes: tuple[str, ...]
    ranges: tuple[tuple[str, str], ...]
    meaning: Meaning

    def knows(self, system: str, code: str) -> bool:
        if self.codes is None or code in self.codes:
            return True
        if not self.prefixes and not self.ranges:
            return False
        if "icd-10" in system and not _ICD10.fullmatch(_unmarked(code)):
            return False
        plain = _plain(code)
        if not _PLAIN.fullmatch(plain):
            return False
        return plain.startswith(self.prefixes) or any(
            len(plain) >= len(low) and low <= plain[: len(low)] <= high for low, high in self.ranges
        )


class Labelling:
    """The policy of one file."""

    def __init__(self, rules: Mapping[str, tuple[_Rule, ...]], types: Mapping[str, int]) -> None:
        self._rules = rules
        self._types = types
        self._known: dict[tuple[str, str], Meaning | None] = {}

    @classmethod
    def load(cls, path: Path) -> Labelling:
        """Reads a policy in YAML.

        `rules` and `administrative` list code systems: `system` (one URI or a list), one or more of `codes` (a
        list, or `all`), `prefixes` and `ranges` (pairs of equal length, inclusive; dots are looked through,
        and in a system of ICD-10 they know no code that is not of its form),
        `labels` (sensitivity codes of HL7 v3 ActCode, empty for ordinary; rules only) and `source`. `types`
        lists resource types that are labelled although they hold no clinical code: `type`, `labels`, `source`.

        Raises CarechainError naming the entry and field that is wrong.
        """
        content = strict_yaml.load(path, _MEND)
        if not isinstance(content, dict) or not content or not set(content) <= _SECTIONS:
            raise CarechainError(str(path), "has no sections, or others than rules, administrative and types", _MEND)
        rules: dict[str, tuple[_Rule, ...]] = {}
        for section in ("rules", "administrative"):
            for place, entry in _entries(path, content, section):
                rule = _rule(place, entry, administrative=section == "administrative")
                for system in _texts(f"{place}.system", entry, "system"):
                    rules[system] = (*rules.get(system, ()), rule)
        types: dict[str, int] = {}
        for place, entry in _entries(path, content, "types"):
            _only(place, entry, {"type", "labels", "source"})
            kind = entry.get("type")
            if kind not in CLASSES:
                raise CarechainError(
                    f"{place}.type", f"is not one of the {len(CLASSES)} resource types with a class", _MEND
                )
            types[kind] = types.get(kind, 0) | _labels(place, entry)
        return cls(rules, types)

    def of_code(self, system: str, code: str) -> Meaning | None:
        """What the policy says of this code; None when it does not know it."""
        key = (system, code)
        if key not in self._known:
            known = [rule.meaning for rule in self._rules.get(system, ()) if rule.knows(system, code)]
            labels = 0
            for meaning in known:
                labels |= meaning.labels
            administrative = all(meaning.administrative for meaning in known)
            self._known[key] = Meaning(labels, administrative) if known else None
        return self._known[key]

    def of_type(self, resource_type: str) -> int | None:
        """The label bits of every resource of this type; None when its codes must speak."""
        return self._types.get(resource_type)


def _unmarked(code: str) -> str:
    return code.strip().rstrip(_ICD_MARKS).upper()


def _plain(code: str) -> str:
    return _unmarked(code).replace(".", "")


def _entries(path: Path, content: dict[str, Any], section: str) -> list[tuple[str, dict[str, Any]]]:
    entries = content.get(section, [])
    if not isinstance(entries, list):
        raise CarechainError(f"{path}: {section}", "is not a list", _MEND)
    found = []
    for index, entry in enumerate(entries):
        place = f"{path}: {section}[{index}]"
        if not isinstance(entry, dict):
            raise CarechainError(place, "is not a rule", _MEND)
        source = entry.get("source")
        if not isinstance(source, str) or not source.strip():
            raise CarechainError(f"{place}.source", "is missing", "say where it is written that this is so")
        found.append((place, entry))
    return found


def _rule(place: str, entry: dict[str, Any], administrative: bool) -> _Rule:
    fields = {"system", "codes", "prefixes", "ranges", "source"}
    _only(place, entry, fields if administrative else fields | {"labels"})
    if not {"codes", "prefixes", "ranges"} & set(entry):
        raise CarechainError(place, "names no codes", "write codes, prefixes or ranges, or `codes: all`")
    every = entry.get("codes") == "all"
    codes = [] if every or "codes" not in entry else _texts(f"{place}.codes", entry, "codes")
    prefixes = [] if "prefixes" not in entry else _texts(f"{place}.prefixes", entry, "prefixes")
    meaning = Meaning(0 if administrative else _labels(place, entry), administrative)
    return _Rule(
        codes=None if every else frozenset(codes),
        prefixes=tuple(_limit(f"{place}.prefixes", prefix) for prefix in prefixes),
        ranges=_ranges(f"{place}.ranges", entry.get("ranges", [])),
        meaning=meaning,
    )


def _only(place: str, entry: dict[str, Any], fields: set[str]) -> None:
    if not set(entry) <= fields:
        raise CarechainError(place, f"has fields other than {', '.join(sorted(fields))}", _MEND)


def _labels(place: str, entry: dict[str, Any]) -> int:
    labels = entry.get("labels")
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise CarechainError(f"{place}.labels", "is not a list of sensitivity codes", "write [] for ordinary data")
    unknown = set(labels) - set(LABELS) - LABELS_WITHOUT_BIT
    if unknown:
        raise CarechainError(f"{place}.labels", "has a code that is no sensitivity", "see docs/RECORD_FORMATS.md")
    named = labels_of(*(label for label in labels if label in LABELS))
    return named | (RESTRICTED if LABELS_WITHOUT_BIT & set(labels) else 0)


def _texts(place: str, entry: dict[str, Any], name: str) -> list[str]:
    value = entry.get(name)
    texts = [value] if isinstance(value, str) and name == "system" else value
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
        raise CarechainError(place, "is not a list of texts", "write codes in quotes, so that 08 stays 08")
    return texts


def _limit(place: str, text: str) -> str:
    plain = _plain(text)
    if not _PLAIN.fullmatch(plain):
        raise CarechainError(place, "has a limit that is not letters and digits", _MEND)
    return plain


def _ranges(place: str, ranges: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(ranges, list):
        raise CarechainError(place, "is not a list of pairs", _MEND)
    found = []
    for pair in ranges:
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(limit, str) for limit in pair):
            raise CarechainError(place, "has something that is not a pair of texts", "write pairs such as [F01, F99]")
        low, high = (_limit(place, limit) for limit in pair)
        if len(low) != len(high) or low > high:
            raise CarechainError(place, "has a pair of unequal length or in the wrong order", "write [F01, F99]")
        found.append((low, high))
    return tuple(found)
