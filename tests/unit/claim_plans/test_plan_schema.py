"""The schema of plans says what their reader takes, as far as a schema can: another implementation holds it."""

import json
from datetime import date

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from carechain.claims import plan_file
from scripts.suite import ROOT
from tests.helpers.plan_files import PLAN, changed
from tests.unit.claim_plans.test_plan_files_refused import REFUSED

FOLDER = ROOT / "examples" / "plans"
SCHEMA = json.loads((FOLDER / "plan.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
BEYOND_A_SCHEMA = (
    *("is finer than", "is finer", "is below", "is more than", "is no multiple", "is not a currency of ISO 4217"),
    *("is no category of the plan", "leads back to itself", "is that of a category before", "has codes that category"),
    *("is no span of codes", "is from one kind of code", "ends before it begins", "cannot be read"),
    "and the plan names no fee schedule",
)
"""Problems for which fields have to be compared with one another, or with something else than the file."""


def read(path):
    content = yaml.safe_load(path.read_text("utf-8"))
    return json.loads(json.dumps(content, default=date.isoformat))


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.name)
def test_every_example_is_a_plan_by_its_schema_and_names_it(path):
    VALIDATOR.validate(read(path))
    assert path.read_text("utf-8").startswith("# yaml-language-server: $schema=plan.schema.json\n")


def test_what_the_reader_takes_is_a_plan_by_the_schema():
    VALIDATOR.validate(PLAN)


@pytest.mark.parametrize(("path", "value", "problem", "place"), REFUSED)
def test_what_the_reader_refuses_is_none(path, value, problem, place):
    beyond = any(each in problem for each in BEYOND_A_SCHEMA)
    assert VALIDATOR.is_valid(changed(path, value)) == beyond


def test_both_know_the_same_fields():
    category = SCHEMA["$defs"]["category"]["properties"]
    assert list(SCHEMA["properties"]) == list(plan_file._PLAN)
    assert set(category) == {*plan_file._ALWAYS, *plan_file._BENEFITS}
    assert list(category["at_most"]["properties"]) == list(plan_file._SPANS)
    assert list(category["out_of_network"]["properties"]) == list(plan_file._OUT)
