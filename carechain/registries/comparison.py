"""Outcomes as they were registered against those that were reported: what was kept, changed, left out, and added.

This is how outcome switching shows: a primary outcome that became secondary, one measured at another time, one that is
nowhere in the results, one that was never registered. It compares words, not meanings:
- what is said in quite other words comes as one that is missing and one that is added, and is for a person to judge;
- a word that was put in or left out can be what matters ("pain", "back pain"), and is only a change of words here;
- what the registration itself was changed to before the results came is not seen: that takes earlier versions of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum

from carechain.registries.record import Outcome

THRESHOLD = 0.8
"""From which share of common words, in their order, two measures can be the same one in other words: 0 to 1."""

MOST_WORDS = 2_000
"""Measures of more words are only the same, or not: to align them takes too long."""

_CLOSE = 0.8
"""From which share of common letters a word can be another form of the other: tumor, tumour; 0 to 1."""

_STEM = 4
"""Letters that forms of a word have in common at their beginning."""

_WORD = re.compile(r"[^\W_]+(?:[.,](?=\d)[^\W_]+)*|[^\w\s]|_")

_SMALL = frozenset("a an and as at by for from in of on or per the to".split())
_NEGATIONS = frozenset("no non not without".split())
_SAME = {
    **dict.fromkeys(("participants", "patients", "subjects"), "people"),
    **dict.fromkeys(("percent", "percentage", "proportion"), "%"),
}
"""Words that mean the same in every outcome."""


class Finding(Enum):
    """What became of an outcome."""

    REPORTED = "reported"
    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"


class Change(Enum):
    """In what a reported outcome differs from the registered one."""

    KIND = "kind"
    TIME_FRAME = "time frame"
    MEASURE = "measure"


@dataclass(frozen=True)
class OutcomeFinding:
    """What became of one outcome. MISSING ones have no `reported`, ADDED ones no `registered`; CHANGED ones say how."""

    finding: Finding
    registered: Outcome | None
    reported: Outcome | None
    changes: tuple[Change, ...] = ()


def compare(registered: Sequence[Outcome], reported: Sequence[Outcome]) -> list[OutcomeFinding]:
    """What became of each registered outcome, in their order, and then what was added, in the order of the report.

    Each outcome has one partner at most. Pairs are made from the most alike on: by the share of common words of their
    measures, which is 1 where they are the same and has to be THRESHOLD; then by the same time frame, the same kind,
    and the order of both lists. Measures are not the same where a word stands for quite another ("systolic",
    "diastolic"), or where one of them has a "not" or "without" more; numbers, small words and forms of a word may
    differ, which is a change. Letters and digits are compared without regard to case, width, blanks and punctuation;
    signs such as < and % count. A time frame on one side alone is a change.
    """
    partners = _partners(registered, reported)
    findings = []
    for index, outcome in enumerate(registered):
        if index not in partners:
            findings.append(OutcomeFinding(Finding.MISSING, outcome, None))
            continue
        other = reported[partners[index]]
        changes = _changes(outcome, other)
        findings.append(OutcomeFinding(Finding.CHANGED if changes else Finding.REPORTED, outcome, other, changes))
    matched = set(partners.values())
    added = [outcome for index, outcome in enumerate(reported) if index not in matched]
    return findings + [OutcomeFinding(Finding.ADDED, None, outcome) for outcome in added]


def words(text: str) -> tuple[str, ...]:
    """The words of a text that are compared: NFKC, without case and punctuation."""
    found = _WORD.findall(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()))
    return tuple(word for word in found if word == "%" or not unicodedata.category(word[0]).startswith(("P", "Z", "C")))


def _usual(text: str) -> tuple[str, ...]:
    """The words of a text, with one word for those that mean the same."""
    return tuple(_SAME.get(word, word) for word in words(text))


def _partners(registered: Sequence[Outcome], reported: Sequence[Outcome]) -> dict[int, int]:
    ours, theirs = [_usual(each.measure) for each in registered], [_usual(each.measure) for each in reported]
    times = [words(each.time_frame) for each in registered], [words(each.time_frame) for each in reported]
    pairs = []
    matcher: SequenceMatcher[str] = SequenceMatcher(autojunk=False)
    for second, their_words in enumerate(theirs):
        matcher.set_seq2(their_words)
        for first, our_words in enumerate(ours):
            alike = 1.0 if our_words == their_words else _alike(matcher, our_words, their_words)
            if alike >= THRESHOLD:
                other_words = words(registered[first].measure) != words(reported[second].measure)
                other_time = times[0][first] != times[1][second]
                other_kind = registered[first].kind is not reported[second].kind
                pairs.append((other_words, -alike, other_time, other_kind, first, second))
    partners: dict[int, int] = {}
    taken: set[int] = set()
    for *_, first, second in sorted(pairs):
        if first not in partners and second not in taken:
            partners[first] = second
            taken.add(second)
    return partners


def _alike(matcher: SequenceMatcher[str], ours: tuple[str, ...], theirs: tuple[str, ...]) -> float:
    """The share of common words, 0 where it is below THRESHOLD or they are not the same measure."""
    if max(len(ours), len(theirs)) > MOST_WORDS:
        return 0.0
    matcher.set_seq1(ours)
    if matcher.real_quick_ratio() < THRESHOLD or matcher.quick_ratio() < THRESHOLD or matcher.ratio() < THRESHOLD:
        return 0.0
    for what, begin, end, their_begin, their_end in matcher.get_opcodes():
        if what != "equal" and not _are_forms(ours[begin:end], theirs[their_begin:their_end]):
            return 0.0
    return matcher.ratio()


def _are_forms(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Whether words that stand in the same place can be the same in other words; one of the two may be empty."""
    if not _NEGATIONS.isdisjoint(ours) or not _NEGATIONS.isdisjoint(theirs):
        return False
    if not ours or not theirs:
        return True
    return all(
        word in _SMALL or any(_is_form(word, other) for other in others)
        for these, others in ((ours, theirs), (theirs, ours))
        for word in these
    )


def _is_form(word: str, other: str) -> bool:
    if word[0].isdigit() and other[0].isdigit():
        return True
    first, second = sorted(each.replace("ae", "e").replace("oe", "e") for each in (word, other))
    if first[:_STEM] != second[:_STEM]:  # what makes the opposite stands in front: hypo, hyper; uni, bi
        return False
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= _CLOSE


def _changes(ours: Outcome, theirs: Outcome) -> tuple[Change, ...]:
    differences = (
        (Change.KIND, ours.kind is not theirs.kind),
        (Change.TIME_FRAME, words(ours.time_frame) != words(theirs.time_frame)),
        (Change.MEASURE, words(ours.measure) != words(theirs.measure)),
    )
    return tuple(change for change, differs in differences if differs)
