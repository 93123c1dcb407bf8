"""Reads X12 835 (005010X221A1) remittances back, ours and those of other payers.

A remittance tells of money that has moved already, so it is read with more tolerance than a claim: segments that are
not needed are passed over; components may be divided by another character than ISA16 names; the day of the payment is
that of DTM*405 where BPR16 is none; a line without a day has its claim's; a claim that does not say when it was
received was so on the day of payment at the latest. There is none in that everything balances to the cent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from carechain.claims.document import Code, Identifier
from carechain.claims.remittance import ProviderAdjustment, Remittance, RemittedClaim, RemittedLine
from carechain.errors import CarechainError
from carechain.x12.envelope import TransactionSet, only, read_sets
from carechain.x12.segments import Segment
from carechain.x12.values import (
    PROCEDURES,
    adjustments,
    currency_of,
    day,
    day_of,
    identifier,
    number,
    procedure,
    signed_amount,
)

VERSION = "005010X221A1"
_VERSIONS = (VERSION, "005010X221")
_PAYEES = {"XX": "npi", "FI": "tax", "XV": "plan"}
_HASH = (re.compile(r"[0-9a-f]{50}", re.ASCII), re.compile(r"[0-9a-f]{14}", re.ASCII))
_UNDIVIDED = re.compile(r"([A-Z0-9]{2})([^A-Za-z0-9 .+-])(.+)", re.ASCII)
_LINE_NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
_PAIRS = range(3, 14, 2)


@dataclass(frozen=True)
class _Head:
    """What the claims of a remittance take from it."""

    currency: str
    day: date


def read_remittance(content: bytes, source: str) -> tuple[Remittance, ...]:
    """The remittances of the X12 file `source`, one for each transaction set.

    Raises CarechainError when the file is not X12 835, is truncated, or lacks what a remittance must say, and when one
    does not balance: the place tells which claim, counted in its transaction set, and which line.
    """
    found = only(read_sets(content, source), "835", _VERSIONS)
    return tuple(_remittance(each) for each in found)


def _remittance(each: TransactionSet) -> Remittance:
    before, claims, after = _parts(each.body)
    bpr, trn = _needed(each, before, "BPR"), _needed(each, before, "TRN")
    if bpr.text(3) == "D":
        bpr.refuse(3, "takes money instead of paying it", "send what is recovered as a provider adjustment (PLB)")
    currency = currency_of(_first(before, "CUR"))
    head = _Head(currency, _payment_day(each, before, bpr))
    payer, provider = _party(each, before, "PR"), _party(each, before, "PE")
    remittance = Remittance(
        payer=_payer(payer, trn),
        payer_name=payer[0].text(2),
        provider=identifier(provider[0], _PAYEES, "provider", 3),
        provider_name=provider[0].text(2),
        day=head.day,
        trace=_trace(trn),
        currency=currency,
        paid=signed_amount(bpr, 2, currency),
        claims=tuple(_claim(segments, head) for segments in claims),
        adjustments=tuple(found for plb in after for found in _provider_adjustments(plb, currency)),
    )
    _check(each, remittance)
    return remittance


def _parts(body: Sequence[Segment]) -> tuple[list[Segment], list[list[Segment]], list[Segment]]:
    """What stands before the claims, each claim from CLP on, and the provider adjustments."""
    before: list[Segment] = []
    claims: list[list[Segment]] = []
    after: list[Segment] = []
    for segment in body:
        if segment.name == "PLB":
            after.append(segment)
        elif after:
            segment.refuse(0, "stands after the provider adjustments (PLB)", "send them last")
        elif segment.name == "CLP":
            claims.append([segment])
        elif claims:
            claims[-1].append(segment)
        else:
            before.append(segment)
    return before, claims, after


def _claim(segments: list[Segment], head: _Head) -> RemittedClaim:
    clp, currency = segments[0], head.currency
    starts = [at for at, segment in enumerate(segments) if segment.name == "SVC"]
    own = segments[: starts[0]] if starts else segments
    ends = [*starts[1:], len(segments)] if starts else []
    begun = _day(own, "232", "150", "472")
    received, interest = _day(own, "050"), _first(own, "AMT", "I")
    patient = _first(own, "NM1", "QC")
    return RemittedClaim(
        control_number=clp.needed(1),
        payer_control_number=clp.needed(7),
        status=clp.needed(2),
        charge=signed_amount(clp, 3, currency),
        paid=signed_amount(clp, 4, currency),
        lines=tuple(
            _line(segments[at:end], place, begun, currency)
            for place, (at, end) in enumerate(zip(starts, ends, strict=True), start=1)
        ),
        received=received or head.day,
        member=patient.text(9) if patient else "",
        frequency=clp.text(9) or "1",
        interest=signed_amount(interest, 2, currency) if interest else 0,
        adjustments=adjustments([each for each in own if each.name == "CAS"], currency),
    )


def _line(segments: list[Segment], place: int, begun: date | None, currency: str) -> RemittedLine:
    svc = segments[0]
    done = _procedure(svc)
    when = _day(segments, "472", "150") or begun
    if when is None:
        svc.refuse(0, "has no day of service, nor has its claim (DTM*472, DTM*232)", "say when it was done")
    reference = _first(segments, "REF", "6R")
    own = reference.text(2) if reference else ""
    return RemittedLine(
        number=int(own) if _LINE_NUMBER.fullmatch(own) else place,
        procedure=done,
        charge=signed_amount(svc, 2, currency),
        paid=signed_amount(svc, 3, currency) if svc.text(3) else 0,
        units=number(svc, 5) if svc.text(5) else Decimal(1),
        day=when,
        adjustments=adjustments([each for each in segments if each.name == "CAS"], currency),
    )


def _procedure(svc: Segment) -> Code:
    svc.needed(1)
    parts = _divided(svc, 1)
    if len(parts) > 1 and parts[0] in PROCEDURES and parts[1]:
        return Code(PROCEDURES[parts[0]], parts[1], tuple(filter(None, parts[2:6])))
    done = procedure(svc, 1)
    if done is None:
        svc.refuse(1, "is missing", "say what was done")
    return done


def _divided(segment: Segment, element: int) -> tuple[str, ...]:
    """The components of an element, divided by ISA16's separator or else by what follows its two-letter qualifier."""
    parts = segment.components(element)
    other = _UNDIVIDED.fullmatch(segment.text(element)) if len(parts) == 1 else None
    return (other[1], *other[3].split(other[2])) if other else parts


def _provider_adjustments(plb: Segment, currency: str) -> list[ProviderAdjustment]:
    found = []
    for element in _PAIRS:
        if plb.text(element) or plb.text(element + 1):
            plb.needed(element)
            reason, *reference = _divided(plb, element)
            amount = signed_amount(plb, element + 1, currency)
            found.append(ProviderAdjustment(reason, reference[0] if reference else "", amount))
    return found


def _payment_day(each: TransactionSet, before: list[Segment], bpr: Segment) -> date:
    stated = day_of(bpr.text(16)) or _day(before, "405")
    if stated is None:
        raise CarechainError(each.place, "has no day of payment (BPR16, DTM*405)", "send it")
    return stated


def _party(each: TransactionSet, before: list[Segment], code: str) -> list[Segment]:
    """N1 of a party, and what stands below it."""
    starts = [at for at, segment in enumerate(before) if segment.name == "N1"]
    for at, end in zip(starts, [*starts[1:], len(before)] if starts else [], strict=True):
        if before[at].text(1) == code:
            return before[at:end]
    raise CarechainError(each.place, f"has no N1*{code}", "say who pays whom")


def _payer(below: list[Segment], trn: Segment) -> Identifier:
    """By its number (REF*2U), else that of the plan, else the one it has as originator of payments."""
    reference = _first(below, "REF", "2U")
    if reference is not None:
        return Identifier("payer", reference.needed(2))
    if below[0].text(4):
        return Identifier("payer", below[0].text(4))
    return Identifier("originator", trn.needed(3))


def _trace(trn: Segment) -> str:
    first, rest = trn.needed(2), trn.text(4)
    return f"0x{first}{rest}" if _HASH[0].fullmatch(first) and _HASH[1].fullmatch(rest) else first


def _check(each: TransactionSet, remittance: Remittance) -> None:
    """As Remittance.check, but names claims by their places: what they are called is for their provider."""
    placed = tuple(replace(claim, payer_control_number=str(at)) for at, claim in enumerate(remittance.claims, start=1))
    try:
        replace(remittance, claims=placed, trace="of this transaction set").check()
    except CarechainError as error:
        raise CarechainError(
            f"{each.place}: {error.place}", error.problem, "ask the payer for one that balances"
        ) from None


def _needed(each: TransactionSet, segments: list[Segment], name: str) -> Segment:
    found = _first(segments, name)
    if found is None:
        raise CarechainError(each.place, f"has no {name} before its claims", "send the whole remittance")
    return found


def _first(segments: list[Segment], name: str, qualifier: str = "") -> Segment | None:
    return next((each for each in segments if each.name == name and qualifier in ("", each.text(1))), None)


def _day(segments: list[Segment], *qualifiers: str) -> date | None:
    for qualifier in qualifiers:
        found = _first(segments, "DTM", qualifier)
        if found is not None:
            return day(found, 2)
    return None
