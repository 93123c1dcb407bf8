"""A plan's file that is wrong is refused, naming the field and what to do."""

import pytest

from carechain.claims.plan_file import load_plan
from carechain.errors import CarechainError
from tests.helpers.plan_files import changed, loaded, written_to

VISITS = "categories.0"
REFUSED = [
    ("surprise", 1, "has fields other than", None),
    ("number", 0, "is not a whole number from 1 to 65,535", "number"),
    ("number", 65_536, "is not a whole number", "number"),
    ("number", True, "is not a whole number", "number"),
    ("name", None, "is missing", "name"),
    ("name", 5, "is not a text", "name"),
    ("currency", "XYZ", "is not a currency of ISO 4217", "currency"),
    ("currency", None, "is missing", "currency"),
    ("in_force_from", "soon", "is not a day", "in_force_from"),
    ("in_force_from", None, "is missing", "in_force_from"),
    ("deductible", 500, "is not a list of fields", "deductible"),
    ("deductible.couple", 500, "has fields other than", "deductible"),
    ("deductible.individual", None, "is missing", "deductible.individual"),
    ("deductible.individual", 500.001, "is finer than the minor unit of USD", "deductible.individual"),
    ("deductible.individual", "1e3", "is not an amount", "deductible.individual"),
    ("deductible.individual", -1, "is not an amount", "deductible.individual"),
    ("deductible.individual", True, "is not an amount", "deductible.individual"),
    ("deductible.individual", 0, "is 0, which stands for no limit", "deductible.individual"),
    ("deductible.individual", 42_949_672.96, "is more than 42949672.95", "deductible.individual"),
    ("deductible.family", 499, "is below that of one member", "deductible.family"),
    ("out_of_pocket.individual", 499, "is below the deductible", "out_of_pocket.individual"),
    ("out_of_pocket.family", 4000, "is below that of one member", "out_of_pocket.family"),
    ("copay_first", "yes", "is neither true nor false", "copay_first"),
    ("timely_filing_days", 0, "is not a whole number from 1 to 4,095", "timely_filing_days"),
    ("timely_filing_days", 4_096, "is not a whole number", "timely_filing_days"),
    ("settled_up_to", None, "is missing", "settled_up_to"),
    ("settled_up_to", 0.005, "is finer", "settled_up_to"),
    ("weekly_claims_of_member", 256, "is not a whole number from 1 to 254", "weekly_claims_of_member"),
    ("daily_claims_of_provider", 65_536, "is not a whole number", "daily_claims_of_provider"),
    ("fee_schedule", 5, "is not a text", "fee_schedule"),
    ("fee_schedule", "absent.csv", "cannot be read", None),
    ("categories", [], "is not a list of categories", "categories"),
    ("categories", {"number": 1}, "is not a list of categories", "categories"),
    (VISITS, [], "is not a list of fields", "categories[0]"),
    (f"{VISITS}.surprise", 1, "has fields other than", "categories[0]"),
    (f"{VISITS}.number", 255, "is not a whole number from 1 to 254", "categories[0].number"),
    (f"{VISITS}.number", 2, "is that of a category before", "categories[1].number"),
    (f"{VISITS}.name", None, "is missing", "categories[0].name"),
    (f"{VISITS}.codes", None, "is missing", "categories[0].codes"),
    (f"{VISITS}.codes", ["99202"], "does not name code systems", "categories[0].codes"),
    (f"{VISITS}.codes.icd", ["A00"], "has a code system that is not known", "categories[0].codes"),
    (f"{VISITS}.codes.revenue", [296], "is not a list of texts", "categories[0].codes.revenue"),
    (f"{VISITS}.codes.revenue", [], "is not a list of texts", "categories[0].codes.revenue"),
    (f"{VISITS}.codes.revenue", ["0510", "*"], "is no span of codes", "categories[0].codes.revenue[1]"),
    (f"{VISITS}.codes.hcpcs", ["G1-99"], "is from one kind of code to another", "categories[0].codes.hcpcs[0]"),
    (f"{VISITS}.codes.hcpcs", ["99-11"], "ends before it begins", "categories[0].codes.hcpcs[0]"),
    (f"{VISITS}.codes.hcpcs", ["69990"], "has codes that category 98 has too", "categories[1].codes.hcpcs[0]"),
    (f"{VISITS}.codes.hcpcs", ["7*", "70010"], "has codes that category 98", "categories[0].codes.hcpcs[1]"),
    (f"{VISITS}.covered", False, "is false, and there are benefits", "categories[0].covered"),
    (f"{VISITS}.copay", 25.125, "is finer", "categories[0].copay"),
    (f"{VISITS}.copay", 167_772.16, "is more than 167772.15", "categories[0].copay"),
    (f"{VISITS}.coinsurance", 20, "is not a percentage", "categories[0].coinsurance"),
    (f"{VISITS}.coinsurance", "100.01%", "is not a percentage", "categories[0].coinsurance"),
    (f"{VISITS}.coinsurance", "1.005%", "is not a percentage", "categories[0].coinsurance"),
    (f"{VISITS}.deductible", 1, "is neither true nor false", "categories[0].deductible"),
    (f"{VISITS}.allowed", 0, "is 0, which stands for no limit", "categories[0].allowed"),
    (f"{VISITS}.fee_schedule", True, "is true, and the plan names no fee schedule", "categories[0].fee_schedule"),
    (f"{VISITS}.authorisation", "no", "is neither true nor false", "categories[0].authorisation"),
    (f"{VISITS}.bundled_into", 3, "is no category of the plan", "categories[0].bundled_into"),
    (f"{VISITS}.bundled_into", 98, "leads back to itself", "categories[0].bundled_into"),
    ("categories.1.bundled_into", 98, "leads back to itself", ".bundled_into"),
    (f"{VISITS}.at_most.week", {"units": 1}, "has fields other than", "categories[0].at_most"),
    (f"{VISITS}.at_most.line.amount", 100, "has fields other than units", "categories[0].at_most.line"),
    (f"{VISITS}.at_most.line.units", 1_024, "is not a whole number from 1 to 1,023", "at_most.line.units"),
    (f"{VISITS}.at_most.line.units", 1.5, "is not a whole number", "categories[0].at_most.line.units"),
    (f"{VISITS}.at_most.period.units", 4_096, "is not a whole number", "categories[0].at_most.period.units"),
    (f"{VISITS}.at_most.visit.amount", 100.5, "is no multiple of 1.00", "categories[0].at_most.visit.amount"),
    (f"{VISITS}.at_most.visit.amount", 16_777_216, "is more than 16777215.00", "at_most.visit.amount"),
    (f"{VISITS}.out_of_network", {}, "is not a list of fields", "categories[0].out_of_network"),
    (f"{VISITS}.out_of_network.deductible", True, "has fields other than", "categories[0].out_of_network"),
    (f"{VISITS}.out_of_network.allowed", "101%", "is not a percentage", "categories[0].out_of_network.allowed"),
]


@pytest.mark.parametrize(("path", "value", "problem", "place"), REFUSED)
def test_a_wrong_field_is_refused_by_its_place(tmp_path, path, value, problem, place):
    with pytest.raises(CarechainError) as refused:
        loaded(tmp_path, changed(path, value))
    assert problem in refused.value.problem
    assert str(tmp_path) in refused.value.place
    assert refused.value.place.endswith(place or "")
    assert refused.value.mend


def test_a_familys_maximum_below_its_deductible_is_refused(tmp_path):
    content = changed("out_of_pocket.individual")
    content["out_of_pocket"]["family"] = 999
    with pytest.raises(CarechainError, match=r"out_of_pocket\.family is below the deductible"):
        loaded(tmp_path, content)


@pytest.mark.parametrize("text", ["", "- 1", "number: 1\nnumber: 2", "a: [", "\tx", "from: 2012-02-30"])
def test_a_file_that_is_no_plan_is_refused(tmp_path, text):
    with pytest.raises(CarechainError, match=r"plan\.yaml") as refused:
        loaded(tmp_path, text)
    assert refused.value.mend


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CarechainError, match="cannot be read"):
        load_plan(tmp_path / "absent.yaml")


def test_a_fee_schedule_without_its_key_is_refused(tmp_path):
    (tmp_path / "fees.csv").write_text("code,amount\n99213,1\n")
    with pytest.raises(CarechainError, match=r"fees\.key cannot be read"):
        load_plan(written_to(tmp_path, changed("fee_schedule", "fees.csv")))


def test_an_amount_beside_the_fee_schedule_is_refused(tmp_path):
    (tmp_path / "fees.csv").write_text("code,amount\n99213,1\n")
    content = changed("fee_schedule", "fees.csv")
    content["categories"][0]["fee_schedule"] = True
    with pytest.raises(CarechainError, match=r"categories\[0\]\.allowed stands beside the fee schedule"):
        loaded(tmp_path, content)
