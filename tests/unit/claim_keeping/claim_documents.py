"""Claims as a hospital sends them, and the plan and directory that go with them. All invented."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from carechain.claims.document import (
    Adjustment,
    ClaimDocument,
    Code,
    Frequency,
    Identifier,
    Order,
    PriorPayment,
    ServiceLine,
)
from tests.helpers.suite import HOSPITAL, PAYER, now

PAYER_NAME, HOSPITAL_NAME = Identifier("payer", "99110"), Identifier("npi", "1999996666")
OTHER_PAYER = Identifier("payer", "55220")
VISIT, LABORATORY_TEST, SURGERY, PHYSIOTHERAPY, DRUG = 98, 5, 2, 65, 88
PLAN = 7
PLAN_TEXT = """
number: {number}
name: Test plan
currency: USD
in_force_from: {since}
settled_up_to: 5000.00
fee_schedule: fees.csv
categories:
  - {{number: 2, name: surgery, codes: {{hcpcs: ["36416-69990"]}}, authorisation: true}}
  - {{number: 5, name: tests, codes: {{hcpcs: ["80047-89398"], revenue: ["0300-0319"]}}}}
  - {{number: 65, name: physiotherapy, codes: {{hcpcs: ["97010-97799"]}}, reviewed: true}}
  - {{number: 88, name: medicines, codes: {{hcpcs: ["J*"]}}, fee_schedule: true}}
  - {{number: 98, name: visits, codes: {{hcpcs: ["99202-99215"]}}, copay: 25.00, allowed: 100.00}}
"""
FEES = "code,amount\nJ1100,12.50\nJ3490,40.00\nJ9999,7.00\n"


def on(days_ago: int) -> date:
    """A day so many days before the chain's."""
    return date(1970, 1, 1) + timedelta(days=now() // 86_400 - days_ago)


def write_plan(folder: Path, number: int = PLAN, days_ago: int = 400, text: str = PLAN_TEXT) -> Path:
    """The plan's file, with its fee schedule and the schedule's key."""
    (folder / "fees.csv").write_text(FEES, "utf-8")
    (folder / "fees.key").write_text("5e" * 32, "utf-8")
    path = folder / "plan.yaml"
    path.write_text(text.format(number=number, since=on(days_ago).isoformat()), "utf-8")
    return path


def write_directory(path: Path, plan: Path, members: dict[str, str]) -> Path:
    """`members`: pseudonyms by the member's number."""
    rows = "".join(
        f'  - {{payer: {PAYER}, known_as: ["member|{number}"], pseudonym: "{pseudonym}"}}\n'
        for number, pseudonym in members.items()
    )
    text = (
        f'payers:\n  - {{organisation: {PAYER}, known_as: ["payer|99110"], plans: ["{plan}"]}}\n'
        f'providers:\n  - {{organisation: {HOSPITAL}, known_as: ["npi|1999996666"]}}\n'
        f"members:\n{rows}"
    )
    path.write_text(text, "utf-8")
    return path


def code(value: str, *modifiers: str) -> Code:
    return Code("hcpcs", value, modifiers)


def line(number: int = 1, procedure: str = "99213", charge: int = 12_000, days_ago: int = 10, **changes: Any) -> Any:
    values = {
        "number": number,
        "procedure": code(procedure),
        "revenue": None,
        "charge": charge,
        "units": Decimal(1),
        "unit": "UN",
        "first_day": on(days_ago),
        "last_day": on(days_ago),
        **changes,
    }
    return ServiceLine(**values)


def document(control_number: str = "A-1", *lines: ServiceLine, member: str = "M1", **changes: Any) -> ClaimDocument:
    lines = lines or (line(),)
    values = {
        "place": f"file.837: {control_number}",
        "kind": "professional",
        "use": "claim",
        "control_number": control_number,
        "frequency": Frequency.ORIGINAL,
        "original": None,
        "provider": HOSPITAL_NAME,
        "payer": PAYER_NAME,
        "member": Identifier("member", member),
        "relationship": "self",
        "birth_date": date(1980, 2, 29),
        "order": Order.PRIMARY,
        "currency": "USD",
        "total": sum(each.charge for each in lines),
        "diagnoses": (Code("icd-10", "J069"),),
        "lines": lines,
        **changes,
    }
    return ClaimDocument(**values)


def replacing(name: object, control_number: str = "A-1", *lines: ServiceLine, **changes: Any) -> ClaimDocument:
    return document(control_number, *lines, frequency=Frequency.REPLACEMENT, original=str(name), **changes)


def taking_back(name: object, control_number: str = "A-1", **changes: Any) -> ClaimDocument:
    return document(control_number, frequency=Frequency.VOID, original=str(name), **changes)


def paid_before(paid: int, *adjusted: tuple[str, int], payer: Identifier = OTHER_PAYER) -> PriorPayment:
    """By another payer; groups with what each adjusted."""
    return PriorPayment(payer, paid, tuple(Adjustment(group, "1", amount) for group, amount in adjusted))
