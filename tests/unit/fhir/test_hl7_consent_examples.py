"""HL7's own R4 Consent examples: the verdict of each, by its elements, and why.

They are read as of 1 July 2016, when all of them had been written, with Organization/f001 accredited.
"""

import pytest

from carechain.fhir.consent import translate
from carechain.fhir.directory import Directory
from carechain.fhir.reading import read_consent
from tests.helpers.real_data import SHARED, beside
from tests.unit.fhir.consent_documents import at

EXAMPLES = SHARED / "fhir_r4_examples"
DIRECTORY = Directory({"Organization/f001": 3})
NOW = at("2016-07-01")
ROOT = "Consent.provision"

pytestmark = beside(EXAMPLES, "HL7's examples")

REFUSED = {
    # OPTOUT with a purpose and a nested deny but no root type. The narrative wants the root read as a permit
    # for emergency treatment; consent-example-Out has the same shape without the purpose and is read as a
    # denial.
    "Emergency": {f"{ROOT}.type"},
    # "Authorize normal access for treatment" by narrative; the provision has only a period, which is over.
    "basic": {f"{ROOT}.type", f"{ROOT}.actor", f"{ROOT}.purpose", f"{ROOT}.period.end"},
    # OPTIN with a custodian alone: by narrative a denial, by the letter of OPTIN a permit to everyone.
    "notAuthor": {f"{ROOT}.type", f"{ROOT}.actor", f"{ROOT}.purpose"},
    # By narrative a denial for one nurse, who is no organisation; untyped, and it is about access and
    # corrections without use.
    "notThem": {f"{ROOT}.{name}" for name in ("type", "actor[0].reference", "action", "action[1]", "purpose")},
    # By narrative a denial for data of a month; the month is given as the period of the rule, without a type.
    "notTime": {f"{ROOT}.type", f"{ROOT}.actor", f"{ROOT}.purpose", f"{ROOT}.period.end"},
    # Eleven nested rules, none of which says whether it permits or denies.
    "pkb": {f"{ROOT}.type"} | {f"{ROOT}.provision[{index}].type" for index in range(11)},
    # A practitioner as recipient, an author as condition, documents picked by format and code, and no
    # purpose.
    "signature": {
        f"{ROOT}.actor[0].reference",
        f"{ROOT}.provision[0].actor[0].role",
        f"{ROOT}.provision[0].actor[0].reference",
        f"{ROOT}.provision[0].class[0]",
        f"{ROOT}.provision[0].code",
        f"{ROOT}.provision[0].purpose",
    },
    # An authorisation of an app for half an hour that is over, to access without use; neither the app nor a
    # purpose is named.
    "smartonfhir": {f"{ROOT}.period.end"} | {f"{ROOT}.provision[0].{name}" for name in ("actor", "action", "purpose")},
}


def translation_of(name, directory=DIRECTORY):
    return translate(read_consent(EXAMPLES / f"Consent-consent-example-{name}.json"), directory, NOW)


@pytest.mark.parametrize(("name", "elements"), REFUSED.items())
def test_the_example_is_refused_with_these_elements(name, elements):
    translation = translation_of(name)
    assert {refusal.element for refusal in translation.refusals} == elements
    assert translation.grants == ()
    assert translation.withdrawals == ()


def test_opting_out_withdraws_every_consent_that_reaches_the_hospitals_data():
    translation = translation_of("Out")
    assert translation.refusals == ()
    assert translation.grants == ()
    assert [(w.grantee, w.custodian) for w in translation.withdrawals] == [(None, 3)]
    assert translation.patient == "Patient/f001"


def test_not_org_withdraws_every_consent_of_the_clinic():
    translation = translation_of("notOrg")
    assert translation.refusals == ()
    assert translation.grants == ()
    assert [(w.grantee, w.custodian) for w in translation.withdrawals] == [(3, None)]


@pytest.mark.parametrize("name", ["Out", "notOrg"])
def test_an_organisation_that_nobody_accredited_is_refused(name):
    (refusal,) = translation_of(name, Directory({})).refusals
    assert refusal.element == f"{ROOT}.actor[0].reference"


def test_every_example_has_a_verdict_here():
    names = {file.stem.removeprefix("Consent-consent-example-") for file in EXAMPLES.glob("Consent-*.json")}
    assert names == set(REFUSED) | {"Out", "notOrg"}
