"""The story of one pack of medicine as plain values: who held it, how warm it was, and what stopped it."""

from __future__ import annotations

from dataclasses import dataclass

from carechain.errors import CarechainError


@dataclass(frozen=True)
class Step:
    """What happened at a time (Unix seconds): `what` is a word of GS1's Core Business Vocabulary or like one
    (commissioned, shipped, received, refused, dispensed, recalled), `partner` is to or from whom, and `transaction`
    is that of the chain, where there is one."""

    at: int
    what: str
    holder: str
    partner: str | None = None
    note: str = ""
    transaction: str | None = None


@dataclass(frozen=True)
class Temperatures:
    """The readings of a device as (Unix seconds, degrees Celsius), ascending in time, and the limits for them."""

    series: tuple[tuple[int, float], ...]
    low: float
    high: float
    device: str


@dataclass(frozen=True)
class Hold:
    """A time in which the pack was not to be supplied, in Unix seconds; `until` is None while it goes on."""

    since: int
    until: int | None
    reason: str


@dataclass(frozen=True)
class Pedigree:
    """All of it. `unit` is the canonical text of the pack, `status` a word or two on where it stands now.

    Raises CarechainError when there are no steps, or steps or readings are not in the order of time.
    """

    unit: str
    product: str
    status: str
    steps: tuple[Step, ...]
    temperatures: Temperatures | None = None
    holds: tuple[Hold, ...] = ()

    def __post_init__(self) -> None:
        if not self.steps:
            raise CarechainError("The pedigree", "has no steps", "give at least one")
        times = [step.at for step in self.steps]
        if times != sorted(times):
            raise CarechainError("The pedigree", "has steps that do not ascend in time", "sort them")
        if self.temperatures is not None:
            times = [at for at, _ in self.temperatures.series]
            if times != sorted(times):
                raise CarechainError("The pedigree", "has readings that do not ascend in time", "sort them")
