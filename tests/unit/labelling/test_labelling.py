"""A labelling policy: codes that it knows, what they mean, and files that are not a policy."""

from pathlib import Path

import pytest

from carechain.data_categories import RESTRICTED, labels_of
from carechain.errors import CarechainError
from carechain.labelling import Labelling, Meaning

EXAMPLE = Path(__file__).parents[3] / "examples/labelling.yaml"
POLICY = Labelling.load(EXAMPLE)
ICD = "http://hl7.org/fhir/sid/icd-10"
ORDINARY = 0


def load(tmp_path, text):
    file = tmp_path / "labelling.yaml"
    file.write_text(text, "utf-8")
    return Labelling.load(file)


def rule(tmp_path, fields):
    return load(tmp_path, f"rules:\n  - {{system: 'urn:s', source: a test, {fields}}}\n")


def labels(policy, code, system="urn:s"):
    meaning = policy.of_code(system, code)
    return None if meaning is None else meaning.labels


def test_a_code_is_known_only_in_its_own_system(tmp_path):
    policy = rule(tmp_path, "codes: ['08'], labels: [HIV]")
    assert policy.of_code("urn:s", "08") == Meaning(labels_of("HIV"), administrative=False)
    assert policy.of_code("urn:t", "08") is None
    assert policy.of_code("urn:s", "8") is None


def test_a_rule_may_hold_for_several_systems(tmp_path):
    policy = load(tmp_path, "rules:\n  - {system: ['urn:s', 'urn:t'], codes: all, labels: [MH], source: a test}\n")
    assert labels(policy, "anything") == labels(policy, "anything", "urn:t") == labels_of("MH")


def test_all_rules_that_know_a_code_add_up(tmp_path):
    policy = load(
        tmp_path,
        """rules:
  - {system: 'urn:s', prefixes: [F], labels: [], source: a test}
  - {system: 'urn:s', prefixes: [F1], labels: [SUD], source: a test}
  - {system: 'urn:s', codes: [F10], labels: [MH, ETHUD], source: a test}
""",
    )
    assert labels(policy, "F20") == ORDINARY
    assert labels(policy, "F11") == labels_of("SUD")
    assert labels(policy, "F10") == labels_of("SUD", "MH", "ETHUD")


@pytest.mark.parametrize("code", ["B20", "B20.1", "B24.9", "B24†", "b20.1", "B241", " B20 "])
def test_a_range_takes_in_its_ends_and_looks_through_dots_and_marks(tmp_path, code):
    assert labels(rule(tmp_path, "ranges: [[B20, B24]], labels: [HIV]"), code) == labels_of("HIV")


@pytest.mark.parametrize("code", ["B19.9", "B25", "B2", "B", "", "B20-B24", "B20/B24", "B20 B21", "B\u0662\u0660"])
def test_a_range_knows_no_shorter_code_and_no_span_of_codes(tmp_path, code):
    assert labels(rule(tmp_path, "ranges: [[B20, B24]], labels: [HIV]"), code) is None


def test_a_sensitivity_without_a_place_in_a_consent_is_restricted(tmp_path):
    assert labels(rule(tmp_path, "codes: ['1'], labels: [VIO, HIV]"), "1") == labels_of("HIV") | RESTRICTED


def test_an_administrative_code_is_known_as_such_unless_a_rule_says_more(tmp_path):
    text = "administrative:\n  - {system: 'urn:s', codes: all, source: a test}\n"
    assert load(tmp_path, text).of_code("urn:s", "x") == Meaning(0, administrative=True)
    text += "rules:\n  - {system: 'urn:s', codes: [x], labels: [MH], source: a test}\n"
    assert load(tmp_path, text).of_code("urn:s", "x") == Meaning(labels_of("MH"), administrative=False)


def test_types_are_labelled_one_by_one(tmp_path):
    policy = load(tmp_path, "types:\n  - {type: Patient, labels: [], source: a test}\n")
    assert policy.of_type("Patient") == 0
    assert policy.of_type("Observation") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no sections, or others"),
        ("[]", "has no sections, or others"),
        ("rule: []", "has no sections, or others"),
        ("rules: 5", "rules is not a list"),
        ("rules: [5]", "rules[0] is not a rule"),
        ("rules: []\nrules: []", "has a key twice"),
        ("rules: [", "is not YAML"),
        ("rules: [{system: 'urn:s', codes: [a], labels: []}]", "rules[0].source is missing"),
        ("rules: [{codes: [a], labels: [], source: x}]", "rules[0].system"),
        ("rules: [{system: 'urn:s', labels: [], source: x}]", "names no codes"),
        ("rules: [{system: 'urn:s', codes: [], labels: [], source: x}]", "rules[0].codes"),
        ("rules: [{system: 'urn:s', codes: [10], labels: [], source: x}]", "in quotes"),
        ("rules: [{system: 'urn:s', codes: every, labels: [], source: x}]", "rules[0].codes"),
        ("rules: [{system: 'urn:s', codes: [a], source: x}]", "rules[0].labels"),
        ("rules: [{system: 'urn:s', codes: [a], labels: [hiv], source: x}]", "is no sensitivity"),
        ("rules: [{system: 'urn:s', codes: [a], labels: HIV, source: x}]", "rules[0].labels"),
        ("rules: [{system: 'urn:s', codes: [a], labels: [], source: x, lift: y}]", "has fields other than"),
        ("rules: [{system: 'urn:s', ranges: [[F9, F01]], labels: [], source: x}]", "unequal length"),
        ("rules: [{system: 'urn:s', ranges: [[F99, F01]], labels: [], source: x}]", "wrong order"),
        ("rules: [{system: 'urn:s', ranges: [F01], labels: [], source: x}]", "not a pair"),
        ("rules: [{system: 'urn:s', prefixes: ['a-b'], labels: [], source: x}]", "letters and digits"),
        ("administrative: [{system: 'urn:s', codes: all, labels: [], source: x}]", "has fields other than"),
        ("types: [{type: Organization, labels: [], source: x}]", "types[0].type"),
        ("types: [{type: [Patient], labels: [], source: x}]", "types[0].type"),
    ],
)
def test_what_is_not_a_policy_is_refused_with_its_entry(tmp_path, text, words):
    with pytest.raises(CarechainError) as error:
        load(tmp_path, text)
    assert words in str(error.value)


def test_a_policy_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CarechainError, match="cannot be read"):
        Labelling.load(tmp_path / "nothing.yaml")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("I10", ()),
        ("E11.9", ()),
        ("J45.0", ()),
        ("F01.5", ("MH",)),
        ("F32.1", ("MH",)),
        ("F99", ("MH",)),
        ("F10.2", ("ETHUD",)),
        ("F11.2", ("OPIOIDUD",)),
        ("F12", ("SUD",)),
        ("F19.9", ("SUD",)),
        ("B20", ("HIV",)),
        ("B24", ("HIV",)),
        ("Z21", ("HIV",)),
        ("R75", ("HIV",)),
        ("A50.0", ("STD",)),
        ("A64", ("STD",)),
        ("D57.1", ("SCA",)),
        ("E84.0", ("GDIS",)),
        ("T74.2", ("SDV",)),
        ("T76.1", ("SDV",)),
        ("Y07.0", ("SDV",)),
        ("Z30.0", ("SEX",)),
        ("Z3A.20", ("SEX",)),
        ("O80", ("SEX",)),
        ("N97.9", ("SEX",)),
        ("F64.0", ("MH", "SEX")),
        ("X70", ("MH",)),
    ],
)
def test_the_example_labels_icd_10_as_its_blocks_say(code, expected):
    assert labels(POLICY, code, ICD) == labels_of(*expected)
    assert labels(POLICY, code, ICD + "-cm") == labels_of(*expected)


@pytest.mark.parametrize(
    "code", ["A00B20", "Z7Z21", "E99F20", "B14.999F20", "A00.B20F3", "I1", "I1.0", "I10.", "I10X0B20"]
)
def test_what_only_begins_like_a_code_of_icd_10_is_not_known(code):
    assert labels(POLICY, code, ICD) is None


@pytest.mark.parametrize(
    "code", ["T88.7XXA", "T887XXA", "S72.001A", "S72001A", "M08.0A", "O9A.211", "I10", "e11.90", "K25.0+"]
)
def test_codes_of_the_national_icd_10_are_known(code):
    assert labels(POLICY, code, ICD + "-cm") is not None


@pytest.mark.parametrize("code", ["B16.9", "Z60.2", "U07.1", "F00", "A00-B99"])
def test_the_example_leaves_what_a_custodian_must_decide_unlabelled(code):
    assert labels(POLICY, code, ICD) is None


def test_assault_is_restricted_by_the_example():
    assert labels(POLICY, "X92", ICD) == RESTRICTED


# FHIR R4 vital signs, table of required codes (observation-vitalsigns).
VITAL_SIGNS = "85353-1 9279-1 8867-4 2708-6 8310-5 8302-2 9843-4 29463-7 39156-5 85354-9 8480-6 8462-4".split()


@pytest.mark.parametrize("code", VITAL_SIGNS)
def test_the_example_knows_the_vital_signs_of_fhir_as_ordinary(code):
    assert labels(POLICY, code, "http://loinc.org") == ORDINARY
