"""Plans are read from files as they are meant, and published as words that say the same."""

from datetime import date
from pathlib import Path

import pytest

from carechain.claims.benefits import Benefits, Most, Rule, Terms
from carechain.claims.plan_file import load_plan
from tests.helpers.plan_files import changed, loaded

EXAMPLES = sorted((Path(__file__).parents[3] / "examples" / "plans").glob("*.yaml"))


def test_the_terms_of_a_plan_are_those_of_its_file(tmp_path):
    plan = loaded(tmp_path)
    assert (plan.number, plan.name, plan.currency) == (7, "A plan", "USD")
    assert plan.benefits.terms == Terms(
        first_day=(date(2026, 1, 1) - date(1970, 1, 1)).days,
        currency=840,
        ceiling=500_000,
        deductible=50_000,
        family_deductible=100_000,
        out_of_pocket=400_050,
        family_out_of_pocket=800_000,
        timely_filing=365,
        member_velocity=20,
        provider_velocity=1_000,
    )


def test_the_rule_of_a_category_is_that_of_its_file(tmp_path):
    plan = loaded(tmp_path)
    assert plan.names == {2: "surgery", 98: "visits"}
    assert plan.benefits.rules == {
        2: Rule(),
        98: Rule(
            covered_out=True,
            authorised=True,
            deducted=False,
            reviewed=True,
            coinsurance=1_250,
            coinsurance_out=4_000,
            copay=2_500,
            copay_out=4_000,
            allowed=18_025,
            out_rate=8_000,
            units_line=400,
            visit=Most(500, 30_000),
            period=Most(6_000, 300_000),
            lifetime=Most(409_500, 16_777_200),
            bundled_into=2,
        ),
    }


def test_words_say_what_the_file_says(tmp_path):
    plan = loaded(tmp_path)
    publication = plan.publication(3)
    assert (publication.plan, publication.version) == (7, 3)
    rules = {category: Rule.of_word(word) for category, word in publication.rules}
    assert Benefits(Terms.of_word(publication.terms), rules) == plan.benefits
    assert [category for category, _ in publication.rules] == [2, 98]
    assert publication.arguments(19)[0] == 19
    assert (publication.schedule_root, publication.schedule_size) == (bytes(32), 0)


@pytest.mark.parametrize(
    "path", ["deductible", "out_of_pocket", "timely_filing_days", "weekly_claims_of_member", "deductible.family"]
)
def test_what_is_left_out_is_no_limit(tmp_path, path):
    terms = loaded(tmp_path, changed(path)).benefits.terms
    absent = {
        "deductible": (terms.deductible or None, terms.family_deductible),
        "out_of_pocket": (terms.out_of_pocket, terms.family_out_of_pocket),
        "timely_filing_days": (terms.timely_filing,),
        "weekly_claims_of_member": (terms.member_velocity,),
        "deductible.family": (terms.family_deductible,),
    }
    assert set(absent[path]) == {None}
    assert Terms.of_word(terms.word()) == terms


def test_a_plan_without_out_of_network_pays_nothing_there(tmp_path):
    rule = loaded(tmp_path, changed("categories.0.out_of_network")).benefits.rules[98]
    assert not rule.covered_out


def test_a_category_can_be_not_covered(tmp_path):
    content = changed("categories.1", {"number": 2, "name": "surgery", "codes": {"hcpcs": ["1*"]}, "covered": False})
    assert not loaded(tmp_path, content).benefits.rules[2].covered


def test_copays_can_be_taken_first(tmp_path):
    assert loaded(tmp_path, changed("copay_first", True)).benefits.terms.copay_first


@pytest.mark.parametrize(("currency", "cents"), [("USD", 18_000), ("JPY", 180), ("KWD", 180_000)])
def test_amounts_are_in_the_minor_unit_of_the_currency(tmp_path, currency, cents):
    content = changed("categories.0.allowed", 180)
    content["currency"] = currency
    del content["out_of_pocket"]
    if currency == "JPY":
        content["categories"][0]["at_most"]["lifetime"]["amount"] = 167_700
    if currency == "KWD":
        content["categories"][0]["at_most"]["lifetime"]["amount"] = 1.5
    plan = loaded(tmp_path, content)
    assert plan.benefits.rules[98].allowed == cents


def test_there_are_three_examples():
    assert [path.stem for path in EXAMPLES] == ["high-deductible", "national", "ppo"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_load_and_their_words_say_the_same(path):
    plan = load_plan(path)
    publication = plan.publication(1)
    rules = {category: Rule.of_word(word) for category, word in publication.rules}
    assert Benefits(Terms.of_word(publication.terms), rules) == plan.benefits
    assert (plan.schedule is None) == (publication.schedule_size == 0)
