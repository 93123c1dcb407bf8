"""Who bills, who is insured with whom, and who the patient is: the loops above a claim (837)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from carechain.claims.document import Identifier, Order
from carechain.x12.hierarchy import Level
from carechain.x12.order import PATIENT, PROVIDER, SUBSCRIBER, Grammar, Loop, loops
from carechain.x12.segments import Segment
from carechain.x12.values import MEMBERS, PAYERS, PROVIDERS, birth_date, currency_of, identifier, person

ORDERS = {"P": Order.PRIMARY, "S": Order.SECONDARY, "T": Order.TERTIARY}
_RELATIONSHIPS = {"01": "spouse", "19": "child"}
_SELF = "18"
# Claim filing indicators (SBR09): automobile and other liability insurance, workers' compensation.
_LIABILITY = ("AM", "LI", "LM", "WC")


@dataclass(frozen=True)
class Parties:
    """What the loops above a claim say of it."""

    provider: Identifier
    currency: str
    payer: Identifier
    order: Order
    member: Identifier = field(repr=False)
    relationship: str
    birth_date: date | None = field(repr=False)
    patient_name: tuple[str, str] | None = field(repr=False)
    related_cause: bool


def parties(level: Level, today: date) -> Parties:
    """The parties of the claims below a level. Raises CarechainError when one is missing or says nothing of use."""
    provider, subscriber = level.find("20"), level.find("22")
    if provider is None or subscriber is None:
        level.head.refuse(3, "is no level that a claim stands below", "put claims below a subscriber or patient")
    billing, below_billing = _read(provider, PROVIDER)
    insured, below_insured = _read(subscriber, SUBSCRIBER)
    sbr = _needed(insured, "SBR", subscriber.head, "insurance")
    filed = sbr.text(1)
    if filed not in ORDERS:
        sbr.refuse(1, "is not P, S or T", "claim against the first three payers alone")
    member_loop = _name(below_insured, "IL", subscriber.head, "subscriber")
    member = identifier(member_loop.head, MEMBERS, "subscriber")
    patient = member_loop
    liable = sbr.text(9) in _LIABILITY or _has_casualty_number(below_insured)
    if level.code == "23":
        relationship, patient, own = _dependant(level, sbr)
        member = own or member
        liable = liable or bool(patient.all("REF", "Y4"))
    else:
        relationship = "self"
        if sbr.text(2) != _SELF:
            sbr.refuse(2, "does not say that the subscriber is the patient", "say 18, or send the patient's level")
    return Parties(
        provider=identifier(_name(below_billing, "85", provider.head, "billing provider").head, PROVIDERS, "provider"),
        currency=currency_of(billing.one("CUR")),
        payer=identifier(_name(below_insured, "PR", subscriber.head, "payer").head, PAYERS, "payer"),
        order=ORDERS[filed],
        member=member,
        relationship=relationship,
        birth_date=birth_date(patient.one("DMG"), today),
        patient_name=person(patient.head),
        related_cause=liable,
    )


def _dependant(level: Level, sbr: Segment) -> tuple[str, Loop, Identifier | None]:
    """Relationship, name loop and own member number of a patient who is not the subscriber."""
    head, below = _read(level, PATIENT)
    related = _needed(head, "PAT", level.head, "patient's relationship to the subscriber")
    code = related.needed(1, mend="say who the patient is to the subscriber")
    if sbr.text(2) or code == _SELF:
        sbr.refuse(2, "is given, and a patient's level follows", "leave it out, or put the claim below the subscriber")
    loop = _name(below, "QC", level.head, "patient")
    own = identifier(loop.head, MEMBERS, "patient") if loop.head.text(9) else None
    return _RELATIONSHIPS.get(code, "other"), loop, own


def _read(level: Level, grammar: Grammar) -> tuple[Loop, list[Loop]]:
    """The level's own loop, and the names below it, without its claims."""
    ends = next((at for at, each in enumerate(level.segments) if each.name == "CLM"), len(level.segments))
    first, *names = loops(level.segments[:ends], grammar)
    return first, names


def _needed(loop: Loop, name: str, place: Segment, what: str) -> Segment:
    found = loop.one(name)
    if found is None:
        place.refuse(0, f"has no {name} below it, the {what}", "send it")
    return found


def _name(found: list[Loop], qualifier: str, place: Segment, what: str) -> Loop:
    """The one loop of a name, by its qualifier (NM101)."""
    named = [loop for loop in found if loop.head.text(1) == qualifier]
    if not named:
        place.refuse(0, f"has no NM1*{qualifier} below it, the {what}", "send it")
    if len(named) > 1:
        named[1].head.refuse(1, "was there before on this level", "name each party once")
    return named[0]


def _has_casualty_number(found: list[Loop]) -> bool:
    return any(loop.all("REF", "Y4") for loop in found if loop.head.text(1) == "IL")
