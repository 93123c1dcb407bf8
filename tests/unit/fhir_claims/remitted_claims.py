"""Remittances for tests, all invented, and strategies that make balanced ones."""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from carechain.claims.document import GROUPS, Adjustment, Code, Identifier
from carechain.claims.remittance import Remittance, RemittedClaim, RemittedLine
from carechain.fhir.money import DECIMALS

DAY = date(2026, 3, 31)
LINE = RemittedLine(
    number=1,
    procedure=Code("hcpcs", "99213", ("25",)),
    charge=10_000,
    paid=6_000,
    units=Decimal(2),
    day=date(2026, 3, 2),
    adjustments=(
        Adjustment("PR", "1", 1_500),
        Adjustment("PR", "3", 500),
        Adjustment("PR", "2", 400),
        Adjustment("CO", "45", 1_600),
    ),
)


def remitted(*lines, **elements):
    whole = {
        "control_number": "PCN-1",
        "payer_control_number": "1-2-3",
        "status": "1",
        "charge": sum(line.charge for line in lines),
        "paid": sum(line.paid for line in lines),
        "lines": lines,
        "received": date(2026, 3, 5),
        "member": "0xabc",
    }
    return RemittedClaim(**{**whole, **elements})


def remittance(*claims, currency="USD"):
    return Remittance(
        payer=Identifier("payer", "999996666"),
        payer_name="Payer of the tests",
        provider=Identifier("npi", "1999996666"),
        provider_name="Clinic of the tests",
        day=DAY,
        trace="0x" + "1f" * 32,
        currency=currency,
        paid=sum(claim.paid + claim.interest for claim in claims),
        claims=claims,
    )


AMOUNTS = st.integers(-(10**9), 10**9)
ADJUSTMENTS = st.builds(Adjustment, st.sampled_from(GROUPS), st.sampled_from(["1", "2", "3", "45", "B7"]), AMOUNTS)


@st.composite
def claims(draw):
    lines = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        paid, adjustments = draw(AMOUNTS), tuple(draw(st.lists(ADJUSTMENTS, max_size=4)))
        charge = paid + sum(adjustment.amount for adjustment in adjustments)
        lines.append(RemittedLine(number, Code("category", "98"), charge, paid, Decimal(1), DAY, adjustments))
    status = draw(st.sampled_from(["1", "2", "3", "4", "22"]))
    return remitted(*lines, status=status, interest=draw(st.integers(0, 10**6)))


CURRENCIES = st.sampled_from(sorted(DECIMALS))
