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
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from functools import lru_cache

from carechain.registries.record import Outcome

THRESHOLD = 0.8
"""From which share of common words, in their order, two measures can be the same one in other words: 0 to 1."""

MOST_WORDS = 2_000
"""Measures of more words are only the same, or not: to align them takes too long."""

_CLOSE = 0.8
"""From which share of common letters a word can be another form of the other: tumor, tumour; 0 to 1."""

_MOST_LETTERS = 200
"""Longer words are only the same, or not."""

_STEM = 4
"""Letters that forms of a word have in common at their beginning."""

_WORD = re.compile(r"[^\W_]+(?:[.,](?=\d)[^\W_]+)*|[^\w\s]|_")
_MIDDLE_DOT = re.compile(r"(?<=\d)·(?=\d)")
_BEFORE = r"(?:(?<=[\s(\[{<>≤≥=≈~±+/,;:])|^)"
"""What stands before a number that begins with a sign or a point; after anything else, they part words and ranges."""
_MINUS = "\u2212"
_ANY_MINUS = re.compile(_BEFORE + r"[-\u2010-\u2015\u2212](?=[.,·]?\d)")
_POINT = re.compile(r"(?:(?<=\u2212)|" + _BEFORE + r")[.,·](?=\d)")
_SIGNS = "%‰‱"

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
    signs such as < and %, and the minus of a number, count. Measures without any words have no partner. A time frame on
    one side alone is a change.
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
    """The words of a text that are compared: NFKC, without case and punctuation. A minus is a word, and .5 is 0.5."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = _POINT.sub("0.", _ANY_MINUS.sub(_MINUS, _MIDDLE_DOT.sub(".", plain)))
    return tuple(
        word
        for word in _WORD.findall(plain)
        if word in _SIGNS or not unicodedata.category(word[0]).startswith(("P", "Z", "C"))
    )


class _Measure:
    """The words of a measure, with one word for those that mean the same, and what finds them in another."""

    def __init__(self, outcome: Outcome) -> None:
        self.said = words(outcome.measure)
        self.words = tuple(_SAME.get(word, word) for word in self.said)
        self.counts = Counter(self.words)
        self.row_bytes = len(self.words) // 8 + 1
        places: dict[str, int] = {}
        for place, word in enumerate(self.words):
            places[word] = places.get(word, 0) | 1 << place
        self.rows = {word: bits.to_bytes(self.row_bytes, "little") for word, bits in places.items()}
        """For each word a bit for each of its places."""


def _partners(registered: Sequence[Outcome], reported: Sequence[Outcome]) -> dict[int, int]:
    ours, theirs = [_Measure(each) for each in registered], [_Measure(each) for each in reported]
    times = [words(each.time_frame) for each in registered], [words(each.time_frame) for each in reported]
    pairs = []
    for first, our in enumerate(ours):
        for second, their in enumerate(theirs):
            alike = _alike(our, their)
            if alike >= THRESHOLD:
                other_words = our.said != their.said
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


def _alike(ours: _Measure, theirs: _Measure) -> float:
    """The share of common words, 0 where it is below THRESHOLD or they are not the same measure."""
    if not ours.words or not theirs.words:
        return 0.0
    if ours.words == theirs.words:
        return 1.0
    fewer, more = sorted((len(ours.words), len(theirs.words)))
    both = fewer + more
    if more > MOST_WORDS or 2.0 * fewer / both < THRESHOLD:
        return 0.0
    if 2.0 * sum(min(count, theirs.counts[word]) for word, count in ours.counts.items()) / both < THRESHOLD:
        return 0.0
    blocks = _common_blocks(ours, theirs)
    if blocks is None:
        return 0.0
    end = their_end = 0
    for begin, their_begin, length in (*blocks, (len(ours.words), len(theirs.words), 0)):
        if not _are_forms(ours.words[end:begin], theirs.words[their_end:their_begin]):
            return 0.0
        end, their_end = begin + length, their_begin + length
    return 2.0 * sum(length for *_, length in blocks) / both


def _common_blocks(ours: _Measure, theirs: _Measure) -> list[tuple[int, int, int]] | None:
    """The runs of common words, each by where it begins in both, and its length; None where they are too few.

    They are those of difflib.SequenceMatcher: the longest, the first of several, and so on before and behind it. A
    number has a bit for each word of ours and each of theirs, which is set where they are the same.
    """
    width = 8 * theirs.row_bytes  # a bit more than their words at least, so that no run goes on in the next row
    none = bytes(theirs.row_bytes)
    table = int.from_bytes(b"".join(theirs.rows.get(word, none) for word in ours.words), "little")
    both = len(ours.words) + len(theirs.words)
    possible = min(len(ours.words), len(theirs.words))
    left = [(0, len(ours.words), 0, len(theirs.words))]
    blocks = []
    while left:
        first, last, their_first, their_last = left.pop()
        columns = (1 << their_last) - (1 << their_first)
        mask = int.from_bytes(columns.to_bytes(theirs.row_bytes, "little") * (last - first), "little")
        row, column, length = _longest_run(table >> first * width & mask, width)
        possible -= min(last - first, their_last - their_first) - length
        if length:
            begin, their_begin = first + row, column
            blocks.append((begin, their_begin, length))
            for rest in (
                (first, begin, their_first, their_begin),
                (begin + length, last, their_begin + length, their_last),
            ):
                size = min(rest[1] - rest[0], rest[3] - rest[2])
                if size:
                    left.append(rest)
                    possible += size
        if 2.0 * possible / both < THRESHOLD:
            return None
    return sorted(blocks)


def _longest_run(table: int, width: int) -> tuple[int, int, int]:
    """The row and column where the longest diagonal of set bits begins, the first of several, and its length."""
    if not table:
        return 0, 0, 0
    runs = [table]  # the bits at which diagonals of at least 1, 2, 4 … end
    while longer := runs[-1] & runs[-1] << (width + 1) * (1 << len(runs) - 1):
        runs.append(longer)
    ends = runs.pop()
    length = 1 << len(runs)
    while runs:
        shorter = runs.pop()
        if longer := ends & shorter << (width + 1) * length:
            ends = longer
            length += 1 << len(runs)
    row, column = divmod((ends & -ends).bit_length() - 1, width)
    return row - length + 1, column - length + 1, length


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


@lru_cache(maxsize=1 << 14)
def _is_form(word: str, other: str) -> bool:
    if word[0].isdigit() and other[0].isdigit():
        return True
    first, second = sorted(each.replace("ae", "e").replace("oe", "e") for each in (word, other))
    if max(len(word), len(other)) > _MOST_LETTERS:
        return False
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
