"""Pseudonyms of participants: one person, one pseudonym, whoever writes the name; nothing without the secret."""

import pytest

from carechain.errors import CarechainError
from carechain.trials.pseudonym import new_secret, person_of, pseudonym, read_secret

SECRET, OTHER = b"\1" * 32, b"\2" * 32
TRIAL = 14 << 32 | 1
SYSTEM = "https://health-id.example"


def patient(**changes):
    return {
        "resourceType": "Patient",
        "identifier": [{"system": SYSTEM, "value": "7102-0117"}],
        "name": [{"use": "official", "family": "Marlow", "given": ["Inês", "Maria"]}],
        "birthDate": "1971-02-03",
    } | changes


def of(resource, system=None, secret=SECRET, trial=TRIAL):
    return pseudonym(secret, trial, person_of(resource, "patient.json", system))


def test_the_same_person_has_one_pseudonym_at_every_site():
    written = patient(name=[{"family": "MARLOW ", "given": ["ines"]}], id="other", identifier=[])
    assert of(patient()) == of(written)
    assert of(patient(), SYSTEM) == of(patient(name=[{"family": "Married", "given": ["I."]}]), SYSTEM)


@pytest.mark.parametrize(
    "other",
    [
        patient(birthDate="1971-02-04"),
        patient(name=[{"family": "Marlow", "given": ["Maria"]}]),
        patient(name=[{"family": "Marlowe", "given": ["Ines"]}]),
    ],
)
def test_another_person_has_another(other):
    assert of(patient()) != of(other)


def named(family):
    return of(patient(name=[{"family": family, "given": ["Ines"]}]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "MULLER"),
        ("Mu\u0308ller", "Müller"),
        ("Ἀλέξης", "ΑΛΕΞΗΣ"),
        ("Королёв", "КОРОЛЕВ"),
        ("Nguyễn", "Nguyen"),
        ("O\u00b4Brien", "O'Brien"),
        ("\U0001d400bel", "Abel"),
        ("\uff2d\uff41rlow", "Marlow"),
        ("राम", " राम. "),
        ("葛城", "葛\U000e0100城"),
        ("가람", "\u1100\u1161\u1105\u1161\u11b7"),
    ],
)
def test_case_width_and_the_accents_of_letters_make_no_difference(one, other):
    assert named(one) == named(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("राम", "रमा"), ("राम", "रम"), ("สม", "สิม"), ("かき", "かぎ"), ("கல்", "கலை"), ("Ørsted", "Orsted")],
)
def test_marks_that_tell_names_apart_count(one, other):
    assert named(one) != named(other)


def test_it_depends_on_the_secret_and_the_trial():
    assert len({of(patient()), of(patient(), secret=OTHER), of(patient(), trial=TRIAL + 1)}) == 3


def test_parts_of_a_person_cannot_be_moved_into_each_other():
    one = patient(name=[{"family": "Ab", "given": ["C"]}])
    two = patient(name=[{"family": "A", "given": ["bC"]}])
    assert of(one) != of(two)


@pytest.mark.parametrize(
    ("resource", "system", "said"),
    [
        ({"resourceType": "Person"}, None, "is not a FHIR Patient"),
        *[(each, None, "is not a FHIR Patient") for each in ([], None, 5, "Marlow", [{"resourceType": "Patient"}])],
        (patient(name=[{"family": "\u093e\u0301", "given": ["I"]}]), None, "Patient.name.family is missing"),
        *[
            (patient(birthDate=day), None, "Patient.birthDate is missing or not exact")
            for day in ("2000-13-01", "2001-02-29", "2000-W01-1", "0000-01-01", "2000/01/01", "२000-01-01")
        ],
        *[
            (patient(identifier=[{"system": SYSTEM, "value": value}]), SYSTEM, "Patient.identifier has no values")
            for value in (None, 5, {}, " ")
        ],
        (patient(name=[]), None, "Patient.name.family is missing"),
        (patient(name=[{"family": "Marlow"}]), None, "Patient.name.given is missing"),
        (patient(name=[{"family": "...", "given": ["I"]}]), None, "Patient.name.family is missing"),
        (patient(birthDate="1971"), None, "Patient.birthDate is missing or not exact"),
        (patient(birthDate=None), None, "Patient.birthDate is missing"),
        (patient(identifier=[]), SYSTEM, "Patient.identifier has no values"),
        (patient(identifier=[{"system": SYSTEM, "value": v} for v in "ab"]), SYSTEM, "has 2 values"),
        (patient(), "urn:other", "has no values"),
    ],
)
def test_who_cannot_be_told_apart_is_refused_by_field(resource, system, said):
    with pytest.raises(CarechainError) as found:
        person_of(resource, "patient.json", system)
    assert said in str(found.value)
    assert "Marlow" not in str(found.value)


def test_the_secret_is_written_once_and_read_back(tmp_path):
    path = tmp_path / "secret"
    new_secret(path)
    assert len(read_secret(path)) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        new_secret(path)
    path.write_text("zz", "utf-8")
    with pytest.raises(CarechainError, match="is not a secret of 32 bytes"):
        read_secret(path)
