"""The one error type of Carechain: where, what is wrong, and how to mend it."""

from __future__ import annotations


class CarechainError(Exception):
    """Something a person can mend.

    `place` names the file and element ("consent.json: Consent.provision.purpose[0]"), `problem` completes a
    sentence about it ("is not a purpose of use"), `mend` says what to do. None of the three holds health
    data.
    """

    def __init__(self, place: str, problem: str, mend: str = "") -> None:
        super().__init__(place, problem, mend)
        self.place = place
        self.problem = problem
        self.mend = mend

    def __str__(self) -> str:
        return sentence(self.place, self.problem, self.mend)


class NodeUnreachable(CarechainError):  # noqa: N818 - what happened, not what went wrong here
    """The node does not answer, or a transaction is still under way: nothing is known of what was asked."""


def sentence(place: str, problem: str, mend: str = "") -> str:
    """One or two readable sentences from a place, a problem and a mend."""
    first = f"{place} {problem.removesuffix('.')}."
    if not mend:
        return first
    return f"{first} {mend[0].upper()}{mend[1:].removesuffix('.')}."
