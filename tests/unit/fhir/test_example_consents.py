"""The project's own example documents, each with its verdict as of 1 June 2025."""

from pathlib import Path

import pytest

from carechain import data_categories, purpose_of_use
from carechain.consent_scope import Scope
from carechain.errors import CarechainError
from carechain.fhir.consent import translate
from carechain.fhir.directory import Directory
from carechain.fhir.reading import read_consent
from tests.unit.fhir.consent_documents import NOW, at

EXAMPLES = Path(__file__).parents[3] / "examples"
RIVERSIDE, HARBOUR, NORTHERN, VALLEY = 1, 2, 4, 5


def translation_of(name):
    return translate(read_consent(EXAMPLES / "consents" / name), Directory.load(EXAMPLES / "directory.yaml"), NOW)


def applied(name):
    translation = translation_of(name)
    assert translation.refusals == (), [str(refusal) for refusal in translation.refusals]
    return translation


def test_treatment_leaves_out_psychiatry_and_clinical_trials():
    (grant,) = applied("treatment.json").grants
    assert (grant.grantee, grant.scope) == (RIVERSIDE, Scope.any())
    assert grant.terms.purposes == purpose_of_use.mask_of("COC", "ETREAT", "POPHLTH")
    assert grant.terms.labels == data_categories.labels_of("HIV")
    assert (grant.terms.not_before, grant.terms.not_after) == (
        at("2024-03-03T23:00:00"),
        at("2034-03-03T23:00:00"),
    )


def test_research_is_held_to_its_data_period():
    translation = applied("research.json")
    (grant,) = translation.grants
    assert (grant.grantee, translation.version) == (NORTHERN, 2)
    assert grant.terms.purposes == purpose_of_use.mask_of("DSRCH", "BIORCH")
    assert "data from 2015-01-01 up to 2023-12-31" in grant.terms.describe()


def test_opting_out_withdraws_what_reaches_the_laboratory():
    translation = applied("opt-out.json")
    assert translation.grants == ()
    assert [(w.grantee, w.custodian) for w in translation.withdrawals] == [(None, HARBOUR)]


def test_exceptions_need_several_parts_for_each_recipient():
    grants = applied("exceptions.json").grants
    parts = {grantee: [g.scope.part for g in grants if g.grantee == grantee] for grantee in (RIVERSIDE, VALLEY)}
    assert parts == {RIVERSIDE: [0, 1], VALLEY: [0, 1, 2, 3, 4]}
    exception = "Consent.provision.provision[1]"
    assert {grant.grantee for grant in grants if exception in grant.elements} == {VALLEY}


def test_a_denial_of_everything_withdraws_from_its_recipient():
    assert [(w.grantee, w.custodian) for w in applied("withdrawal.json").withdrawals] == [(VALLEY, None)]


@pytest.mark.parametrize(
    ("name", "element"),
    [
        ("practitioner.json", "Consent.provision.actor[0].reference"),
        ("bad/unknown-purpose.json", "Consent.provision.purpose[0]"),
        ("bad/unknown-recipient.json", "Consent.provision.actor[0].reference"),
        ("bad/expired.json", "Consent.provision.period.end"),
    ],
)
def test_what_cannot_be_honoured_is_refused_with_its_element(name, element):
    translation = translation_of(name)
    assert [refusal.element for refusal in translation.refusals] == [element]
    assert translation.grants == ()
    assert translation.withdrawals == ()


@pytest.mark.parametrize(
    ("name", "place"), [("bad/truncated.json", "truncated.json: line"), ("bad/r5.json", "belongs to FHIR R5")]
)
def test_what_is_no_r4_consent_is_refused_with_its_place(name, place):
    with pytest.raises(CarechainError, match=place):
        translation_of(name)


def test_every_example_has_a_verdict_here():
    text = Path(__file__).read_text(encoding="utf-8")
    for file in (EXAMPLES / "consents").rglob("*.json"):
        assert file.relative_to(EXAMPLES / "consents").as_posix() in text
