"""Writes remittances as X12 835 (005010X221A1), balanced to the cent; reads them by `remittance_reading`.

A stablecoin moves no money through a bank, and every method of payment of BPR04 but one either needs bank accounts
(ACH, BOP, FWT) or says that nothing is paid (NON). So BPR04 is CHK, which needs nothing but the number of the payment,
and BPR01 is I: the money is not sent with this. TRN02 is the payment's number, the hash of its transaction: 50 digits,
for there is no room for more, and the other 14 are in TRN04. What the chain does not know, such as addresses, is left
out.
"""

from __future__ import annotations

import re

from carechain.claims.document import GROUPS, Adjustment, Code
from carechain.claims.remittance import Remittance, RemittedClaim, RemittedLine
from carechain.errors import CarechainError
from carechain.x12.remittance_reading import VERSION, read_remittance
from carechain.x12.values import PROCEDURES
from carechain.x12.writing import (
    Envelope,
    Writer,
    composite,
    identified,
    money,
    named,
    on,
    person_named,
    plain,
    quantity,
)

__all__ = ["read_remittance", "write_remittance"]

STATUSES = ("1", "2", "3", "4", "19", "20", "21", "22", "23", "25")
"""Claim status codes (CLP02)."""

_QUALIFIERS = {system: qualifier for qualifier, system in PROCEDURES.items()}
_PAYEES = {"npi": "XX", "tax": "FI", "plan": "XV"}
_HASH = re.compile(r"0x([0-9a-f]{50})([0-9a-f]{14})", re.ASCII)
_IN_A_SEGMENT = 6
_NOT_SAID = "ZZ"


def write_remittance(remittance: Remittance, envelope: Envelope, originator: str | None = None) -> bytes:
    """One remittance as an interchange. `originator` is the payer as it is known to banks (TRN03), else its identifier.

    Adjustments of zero are left out. Raises CarechainError when it does not balance, when the payment is negative, and
    when an identifier or code does not fit into X12.
    """
    remittance.check()
    if remittance.paid < 0:
        raise CarechainError("The payment", "is negative", "carry what is owed forward as an adjustment FB")
    currency = remittance.currency
    out = Writer("835", "HP", VERSION, envelope, states_version=False)
    paid, method = ("I", "CHK") if remittance.paid else ("H", "NON")
    out.add("BPR", paid, money(remittance.paid, currency), "C", method, *[""] * 11, on(remittance.day))
    payer = plain(remittance.payer.value, "The payer's identifier")
    out.add("TRN", "1", *_trace(remittance.trace, plain(originator or payer, "The originator")))
    if currency != "USD":
        out.add("CUR", "PR", currency)
    out.add("DTM", "405", on(remittance.day))
    out.add("N1", "PR", named(remittance.payer_name))
    out.add("REF", "2U", payer)
    out.add("N1", "PE", named(remittance.provider_name), *identified(remittance.provider, _PAYEES, "The provider"))
    if remittance.claims:
        out.add("LX", "1")
    for claim in remittance.claims:
        _claim(out, claim, currency)
    _provider_adjustments(out, remittance)
    return out.done()


def _claim(out: Writer, claim: RemittedClaim, currency: str) -> None:
    if claim.status not in STATUSES:
        raise CarechainError("A claim's status", "is no claim status code (CLP02)", f"use {', '.join(STATUSES)}")
    responsibility = claim.patient_responsibility
    out.add(
        "CLP",
        plain(claim.control_number, "A claim's control number", 38),
        claim.status,
        money(claim.charge, currency),
        money(claim.paid, currency),
        money(responsibility, currency) if responsibility else "",
        _NOT_SAID,
        plain(claim.payer_control_number, "The payer's number of a claim"),
        "",
        plain(claim.frequency, "A claim's frequency", 1),
    )
    _adjustments(out, claim.adjustments, currency)
    out.add("NM1", *person_named("QC", None, claim.member))
    if claim.lines:
        out.add("DTM", "232", on(min(line.day for line in claim.lines)))
        out.add("DTM", "233", on(max(line.day for line in claim.lines)))
    out.add("DTM", "050", on(claim.received))
    if claim.interest:
        out.add("AMT", "I", money(claim.interest, currency))
    for line in claim.lines:
        _line(out, line, currency)


def _line(out: Writer, line: RemittedLine, currency: str) -> None:
    charge, paid = money(line.charge, currency), money(line.paid, currency)
    out.add("SVC", _procedure(line.procedure), charge, paid, "", quantity(line.units))
    out.add("DTM", "472", on(line.day))
    _adjustments(out, line.adjustments, currency)
    out.add("REF", "6R", str(line.number))


def _procedure(code: Code) -> str:
    if code.system not in _QUALIFIERS:
        raise CarechainError("A procedure", "is of a code system that X12 does not have", "give it in another")
    modifiers = [plain(each, "A modifier", 2) for each in code.modifiers[:4]]
    return composite(_QUALIFIERS[code.system], plain(code.value, "A procedure", 48), *modifiers)


def _adjustments(out: Writer, found: tuple[Adjustment, ...], currency: str) -> None:
    """Six at most in a segment, those of a group together."""
    for group in GROUPS:
        of_group = [each for each in found if each.group == group and each.amount]
        for at in range(0, len(of_group), _IN_A_SEGMENT):
            elements: list[str] = []
            for each in of_group[at : at + _IN_A_SEGMENT]:
                elements += [plain(each.reason, "An adjustment's reason", 5), money(each.amount, currency), ""]
            out.add("CAS", group, *elements)
    if any(each.group not in GROUPS for each in found):
        raise CarechainError("An adjustment", "has a group that X12 does not have", f"use {', '.join(GROUPS)}")


def _provider_adjustments(out: Writer, remittance: Remittance) -> None:
    found = [each for each in remittance.adjustments if each.amount]
    for at in range(0, len(found), _IN_A_SEGMENT):
        elements = []
        for each in found[at : at + _IN_A_SEGMENT]:
            reference = plain(each.reference, "An adjustment's reference") if each.reference else ""
            reason = composite(plain(each.reason, "An adjustment's reason", 2), reference)
            elements += [reason, money(each.amount, remittance.currency)]
        # The end of the provider's fiscal year; the chain does not know another than that of the calendar.
        year_end = on(remittance.day.replace(month=12, day=31))
        out.add("PLB", plain(remittance.provider.value, "The provider's identifier"), year_end, *elements)


def _trace(trace: str, originator: str) -> tuple[str, ...]:
    found = _HASH.fullmatch(trace)
    return (found[1], originator, found[2]) if found else (plain(trace, "The payment's trace"), originator)
