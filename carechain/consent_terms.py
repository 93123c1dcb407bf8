"""The terms of one recorded consent: a 256-bit word, its meaning, and exact subtraction of exceptions.

Layout from the low end: stamp 32 bits | dataTo 16 | dataFrom 16 | notAfter 32 | notBefore 32 | categories 64 |
purposes 60 | zero 3 | byPatient 1. The Solidity twin is contracts/types/ConsentTerms.sol.

Terms are a box: a use is covered when its purpose, its class, its labels, the time of the use and the
clinical day of the data all lie inside. What an exception leaves of a box is no box, but it is a union of a
few; `subtract` finds them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from carechain import data_categories, purpose_of_use
from carechain.data_categories import ALL_CLASSES, ALL_LABELS, FIRST_LABEL_BIT, RESTRICTED
from carechain.errors import CarechainError

OPEN_ENDED = 0xFFFFFFFF
"""notAfter of a consent without an end (Unix seconds; in effect 7 February 2106)."""
DAY_UNBOUNDED = 0xFFFF
"""dataTo of a consent for data of any later day."""
FIRST_DAY = date(1900, 1, 1)
"""Day 0. It also stands for every earlier day, as day 65535 stands for every later one."""

# Field, lowest bit, width in bits. The three zero bits are read with the purposes, so that no word loses a bit on
# the way; `validate` refuses terms that set them.
_LAYOUT = (
    ("stamp", 0, 32),
    ("data_to", 32, 16),
    ("data_from", 48, 16),
    ("not_after", 64, 32),
    ("not_before", 96, 32),
    ("categories", 128, 64),
    ("purposes", 192, 63),
    ("by_patient", 255, 1),
)


@dataclass(frozen=True)
class Use:
    """One use of one piece of data. The registry judges uses; `covers` and `denies` say by this what it must answer.

    `purpose` is a bit number of purpose_of_use, `categories` has exactly one class bit and any label bits,
    `at` is in Unix seconds, `data_day` is the clinical day of the data in days since 1900-01-01, held within
    0 to 65535.
    """

    purpose: int
    categories: int
    at: int
    data_day: int


@dataclass(frozen=True)
class ConsentTerms:
    """What one recorded consent permits.

    `purposes` and `categories` are masks; `not_before` (inclusive) and `not_after` (exclusive) are Unix
    seconds; `data_from` and `data_to` are inclusive days since 1900-01-01. The registry sets `stamp` (when
    the consent was given, Unix seconds) and `by_patient` (by the patient's own key, not by a
    representative).
    """

    purposes: int
    categories: int
    not_before: int = 0
    not_after: int = OPEN_ENDED
    data_from: int = 0
    data_to: int = DAY_UNBOUNDED
    stamp: int = 0
    by_patient: bool = False

    @property
    def classes(self) -> int:
        """The mask of the granted resource classes."""
        return self.categories & ALL_CLASSES

    @property
    def labels(self) -> int:
        """The mask of the granted sensitive labels."""
        return self.categories & ALL_LABELS

    def pack(self) -> int:
        """The word. Raises CarechainError when a field does not fit its bits."""
        word = 0
        for name, low, width in _LAYOUT:
            value: int = getattr(self, name)
            if not 0 <= value < 1 << width:
                raise CarechainError(f"The consent's {name}", f"does not fit {width} bits", "correct the value")
            word |= value << low
        return word

    @classmethod
    def unpack(cls, word: int) -> ConsentTerms:
        """Reads a word; `pack` of the result is the same word. Raises CarechainError beyond 256 bits."""
        if not 0 <= word < 1 << 256:
            raise CarechainError("The consent word", "does not fit 256 bits", "give the value of one storage slot")
        fields = {name: word >> low & (1 << width) - 1 for name, low, width in _LAYOUT}
        by_patient = bool(fields.pop("by_patient"))
        return cls(**fields, by_patient=by_patient)

    def validate(self) -> None:
        """Raises CarechainError when these terms cannot be a consent that covers anything."""
        self.pack()
        if self.purposes == 0:
            raise CarechainError("The consent's purposes", "are empty", "grant at least one purpose of use")
        if self.purposes & ~purpose_of_use.GRANTABLE:
            raise CarechainError(
                "The consent's purposes",
                "include one that no consent can grant (PurposeOfUse itself, BTG or an unassigned bit)",
                "grant specific purposes; emergency access has its own register",
            )
        if self.classes == 0:
            raise CarechainError(
                "The consent's categories", "name no class of data", "grant at least one resource type"
            )
        if self.not_before >= self.not_after:
            raise CarechainError("The consent's period", "is empty", "let notAfter be later than notBefore")
        if self.data_from > self.data_to:
            raise CarechainError("The consent's data period", "is empty", "let dataTo be no earlier than dataFrom")

    def covers(self, use: Use) -> bool:
        """Whether these terms cover `use`; its categories must hold exactly one class.

        The meaning of terms as a reference, which tests hold the registry, `subtract` and the FHIR reader to.
        """
        one_class = (use.categories & ALL_CLASSES).bit_count() == 1
        return (
            one_class
            and purpose_of_use.covers(self.purposes, use.purpose)
            and use.categories & ~self.categories == 0
            and self.not_before <= use.at < self.not_after
            and self.data_from <= use.data_day <= self.data_to
        )

    def contains(self, other: ConsentTerms) -> bool:
        """Whether every use that `other` covers is covered here too."""
        return (
            other.categories & ~self.categories == 0
            and self.not_before <= other.not_before
            and other.not_after <= self.not_after
            and self.data_from <= other.data_from
            and other.data_to <= self.data_to
            and purpose_of_use.expand(other.purposes) & ~purpose_of_use.expand(self.purposes) == 0
        )

    def describe(self) -> str:
        """The terms in words for people."""
        return "; ".join(
            (
                "for " + _purposes_in_words(self.purposes),
                _classes_in_words(self.classes) + ", " + _labels_in_words(self.labels),
                _period_in_words(self.not_before, self.not_after),
                _data_period_in_words(self.data_from, self.data_to),
            )
        )


@dataclass(frozen=True)
class Denial:
    """An exception to a consent: a use is denied when it lies in every dimension of it.

    None leaves a dimension unconstrained. `labels` denies data that carries any of them. Units as in
    ConsentTerms.
    """

    purposes: int | None = None
    classes: int | None = None
    labels: int | None = None
    not_before: int = 0
    not_after: int = OPEN_ENDED
    data_from: int = 0
    data_to: int = DAY_UNBOUNDED

    def touched_purposes(self) -> int:
        """The mask of purposes whose use the denial makes impossible."""
        if self.purposes is None:
            return purpose_of_use.GRANTABLE
        return purpose_of_use.touched_by_denial(self.purposes)

    def extent(self) -> int:
        """A measure that is larger for the one of two denials that contains the other, and means nothing else."""
        return (
            self.touched_purposes().bit_count()
            + (ALL_CLASSES if self.classes is None else self.classes).bit_count()
            + (ALL_CLASSES | ALL_LABELS if self.labels is None else self.labels).bit_count()
            + max(self.not_after - self.not_before, 0)
            + max(self.data_to - self.data_from + 1, 0)
        )

    def denies(self, use: Use) -> bool:
        """Whether `use` lies in the exception: the meaning of a denial as a reference for tests of `subtract`."""
        return (
            self.touched_purposes() >> use.purpose & 1 == 1
            and (self.classes is None or use.categories & ALL_CLASSES & self.classes != 0)
            and (self.labels is None or use.categories & ALL_LABELS & self.labels != 0)
            and self.not_before <= use.at < self.not_after
            and self.data_from <= use.data_day <= self.data_to
        )


def subtract(permit: ConsentTerms, denial: Denial) -> list[ConsentTerms]:
    """Terms whose union covers exactly the uses that `permit` covers and `denial` does not deny.

    The terms may overlap: each is as large as it can be, so that none of them lies within another.
    """
    covered = purpose_of_use.expand(permit.purposes)
    touched = covered & denial.touched_purposes()
    denied_classes = permit.classes if denial.classes is None else permit.classes & denial.classes
    overlaps = (
        touched
        and denied_classes
        and (denial.labels is None or permit.labels & denial.labels)
        and max(permit.not_before, denial.not_before) < min(permit.not_after, denial.not_after)
        and max(permit.data_from, denial.data_from) <= min(permit.data_to, denial.data_to)
    )
    if not overlaps:
        return [permit]

    left = []
    if covered & ~touched:
        left.append(replace(permit, purposes=purpose_of_use.reduce(covered & ~touched)))
    if permit.classes & ~denied_classes:
        left.append(replace(permit, categories=permit.categories & ~denied_classes))
    if denial.labels is not None:
        left.append(replace(permit, categories=permit.categories & ~denial.labels))
    if permit.not_before < denial.not_before:
        left.append(replace(permit, not_after=denial.not_before))
    if denial.not_after < permit.not_after:
        left.append(replace(permit, not_before=denial.not_after))
    if permit.data_from < denial.data_from:
        left.append(replace(permit, data_to=denial.data_from - 1))
    if denial.data_to < permit.data_to:
        left.append(replace(permit, data_from=denial.data_to + 1))
    return left


def intersect(one: ConsentTerms, other: ConsentTerms) -> ConsentTerms | None:
    """The terms that cover what both cover, with the stamp of `one`; None when nothing."""
    both = replace(
        one,
        purposes=purpose_of_use.reduce(purpose_of_use.expand(one.purposes) & purpose_of_use.expand(other.purposes)),
        categories=one.categories & other.categories,
        not_before=max(one.not_before, other.not_before),
        not_after=min(one.not_after, other.not_after),
        data_from=max(one.data_from, other.data_from),
        data_to=min(one.data_to, other.data_to),
    )
    empty = not both.purposes or not both.classes or both.not_before >= both.not_after or both.data_from > both.data_to
    return None if empty else both


def prune(boxes: list[ConsentTerms]) -> list[ConsentTerms]:
    """The same union without terms that lie within another; the order is kept, the first of equals stays."""
    kept: list[ConsentTerms] = []
    for box in dict.fromkeys(boxes):
        if any(other.contains(box) for other in kept):
            continue
        kept = [other for other in kept if not box.contains(other)] + [box]
    return kept


def day_number(day: date) -> int:
    """Days since 1900-01-01, held within 0 to 65535 as the registry holds them."""
    return min(max((day - FIRST_DAY).days, 0), DAY_UNBOUNDED)


def _purposes_in_words(purposes: int) -> str:
    return ", ".join(
        purpose_of_use.NAMES[index] if index < len(purpose_of_use.NAMES) else f"unassigned purpose {index}"
        for index in purpose_of_use.indices(purposes)
    ) or "no purpose"  # fmt: skip


def _classes_in_words(classes: int) -> str:
    names = data_categories.CLASSES
    granted = [name for index, name in enumerate(names) if classes >> index & 1]
    missing = [name for index, name in enumerate(names) if not classes >> index & 1]
    if not missing:
        return "all classes of data"
    if not granted:
        return "no class of data"
    if len(missing) <= 6:
        return "all classes of data but " + ", ".join(missing)
    return ", ".join(granted)


def _labels_in_words(labels: int) -> str:
    names = [name for index, name in enumerate(data_categories.LABEL_NAMES) if labels >> (FIRST_LABEL_BIT + index) & 1]
    if labels & RESTRICTED:
        names.append("restricted or unlabelled sensitivity")
    return "also if sensitive for " + ", ".join(names) if names else "nothing sensitive"


def _period_in_words(not_before: int, not_after: int) -> str:
    start = "from now on" if not_before == 0 else f"from {_instant(not_before)}"
    return start + (" without end" if not_after == OPEN_ENDED else f" until just before {_instant(not_after)}")


def _data_period_in_words(data_from: int, data_to: int) -> str:
    if data_from == 0 and data_to == DAY_UNBOUNDED:
        return "data of any date"
    since = "" if data_from == 0 else f" from {_day(data_from)}"
    until = "" if data_to == DAY_UNBOUNDED else f" up to {_day(data_to)}"
    return "data" + since + until


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _day(number: int) -> str:
    return (FIRST_DAY + timedelta(days=number)).isoformat()
