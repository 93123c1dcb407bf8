"""Codes fall into the category whose span has them, and into no other."""

from datetime import date
from decimal import Decimal

import pytest

from carechain.claims.benefits import UNCLASSIFIED
from carechain.claims.categories import Categories, Span
from carechain.claims.document import Code, ServiceLine
from tests.helpers.plan_files import loaded


def span(text):
    return Span.parse(text, "here")


@pytest.mark.parametrize(
    ("text", "taken", "left"),
    [
        ("99213", ("99213",), ("99214", "9921", "992130")),
        ("99202-99215", ("99202", "99209", "99215"), ("99201", "99216", "G9205", "9920", "992020")),
        ("0001T-0999T", ("0001T", "0500T", "0999T"), ("0500F", "00500", "1000T")),
        ("J0120-J9999", ("J0120", "J1885"), ("J0119", "K1885", "01885")),
        ("g04*", ("G0463", "G04"), ("G0563", "G0", "J0463")),
        ("D*", ("D0120", "D"), ("E0120", "")),
        ("0450", ("0450",), ("450", "0451")),
    ],
)
def test_a_span_has_these_codes_and_not_those(text, taken, left):
    assert all(span(text).takes(code) for code in taken)
    assert not any(span(text).takes(code) for code in left)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("99213", "99213", True),
        ("99213", "99214", False),
        ("99202-99205", "99205-99215", True),
        ("99202-99204", "99205-99215", False),
        ("99202-99215", "0001T-0999T", False),
        ("992*", "99202-99215", True),
        ("993*", "99202-99215", False),
        ("99*", "990*", True),
        ("98*", "990*", False),
        ("J*", "J0120-J9999", True),
        ("J1*", "J0120-J0999", False),
        ("J1*", "J0120-J1000", True),
        ("99213*", "99213", True),
        ("992139*", "99213", False),
        ("0500F", "0001T-0999T", False),
    ],
)
def test_spans_meet_where_some_code_is_in_both(one, other, meet):
    assert span(one).meets(span(other)) == meet
    assert span(other).meets(span(one)) == meet


def test_no_two_spans_meet_unless_a_code_shows_it():
    texts = ("10-19", "15", "1*", "2*", "A1-A5", "A3-A9", "A*", "A4*", "123", "120-125")
    codes = [str(n) for n in range(1000)] + [f"{n:02}" for n in range(10)] + [f"A{n}" for n in range(100)]
    for one in map(span, texts):
        for other in map(span, texts):
            shown = any(one.takes(code) and other.takes(code) for code in codes)
            assert one.meets(other) == shown, f"{one} {other}"


def categories():
    found = Categories()
    found.add("hcpcs", span("99202-99215"), 98, "here")
    found.add("revenue", span("0450-0459"), 86, "here")
    return found


def test_a_procedure_says_more_than_a_revenue_code():
    assert categories().of((Code("hcpcs", "99213", ("25",)), Code("revenue", "0450"))) == 98


def test_without_a_known_procedure_the_revenue_code_says_it():
    assert categories().of((None, Code("revenue", "0450"))) == 86
    assert categories().of((Code("hcpcs", "10004"), Code("revenue", "0450"))) == 86


def test_a_revenue_code_may_lack_its_first_zero():
    assert categories().of((None, Code("revenue", "450"))) == 86


def test_what_no_category_has_is_unclassified():
    assert categories().of((Code("hcpcs", "10004"), None)) == UNCLASSIFIED
    assert categories().of((None, None)) == UNCLASSIFIED
    assert categories().of((Code("cdt", "99213"), None)) == UNCLASSIFIED


def test_codes_of_systems_are_apart():
    found = categories()
    found.add("cdt", span("99202-99215"), 35, "here")
    assert found.of((Code("cdt", "99213"),)) == 35


def test_a_plan_knows_the_category_of_a_line_and_has_no_rule_for_what_it_does_not(tmp_path):
    plan = loaded(tmp_path)
    assert plan.category_of(service("99203")) == 98
    assert plan.category_of(service("99203", "g1")) == UNCLASSIFIED
    assert UNCLASSIFIED not in plan.benefits.rules


def service(code, system="hcpcs"):
    day = date(2026, 1, 2)
    return ServiceLine(1, Code(system, code), None, 100, Decimal(1), "UN", day, day)
