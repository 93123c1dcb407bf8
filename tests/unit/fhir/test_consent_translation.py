"""What becomes of each element of a FHIR R4 Consent."""

import json
import time
from dataclasses import replace

import pytest

from carechain import data_categories, purpose_of_use
from carechain.consent_scope import Scope
from carechain.consent_terms import OPEN_ENDED, ConsentTerms, Use
from carechain.errors import CarechainError
from carechain.fhir.consent import Withdrawal
from carechain.fhir.directory import Directory
from tests.unit.fhir.consent_documents import (
    ARCHIVE,
    CLINIC,
    HL7,
    NOW,
    REGISTRY,
    actions,
    actor,
    at,
    classes,
    coding,
    concept,
    consent,
    custodian,
    deny,
    granted,
    labels,
    only_grant,
    permit,
    purposes,
    recipient,
    refused_elements,
    translated,
)  # fmt: skip

NORMAL = ConsentTerms(purpose_of_use.mask_of("TREAT"), data_categories.ALL_CLASSES)
ROOT = "Consent.provision"


def use(purpose="TREAT", data="Observation", carrying=(), time=NOW, day=40_000):
    carried = data_categories.class_bit(data) | data_categories.labels_of(*carrying)
    return Use(purpose_of_use.index_of(purpose), carried, time, day)


def covered(grants, *args, **kwargs):
    return any(grant.terms.covers(use(*args, **kwargs)) for grant in grants)


# The document around the provision


def test_a_plain_permit_becomes_one_grant():
    grant = only_grant(consent(permit()))
    assert (grant.grantee, grant.scope, grant.terms) == (CLINIC, Scope.any(), NORMAL)
    assert grant.elements == (ROOT,)


@pytest.mark.parametrize("status", ["draft", "proposed", "rejected", "unknown"])
def test_a_consent_that_is_not_active_is_refused(status):
    assert refused_elements(consent(permit(), status=status)) == {"Consent.status"}


@pytest.mark.parametrize("status", ["inactive", "entered-in-error"])
def test_an_ended_consent_withdraws_from_the_recipients_it_names(status):
    document = consent(permit("clinic", "registry", period={"end": "2020-01-01"}), status=status)
    translation = translated(document)
    assert translation.grants == ()
    assert {(w.grantee, w.custodian) for w in translation.withdrawals} == {(CLINIC, None), (REGISTRY, None)}
    assert any(note.startswith("Narrower:") for note in translation.notes)


def test_an_ended_consent_withdraws_what_its_nested_permits_gave():
    root = {"provision": [permit("registry"), deny(actor=[recipient("clinic")])]}
    (withdrawal,) = translated(consent(root, "OPTIN", status="inactive")).withdrawals
    assert withdrawal.grantee == REGISTRY


def withdrawn_by(document):
    translation = translated(document)
    assert translation.refusals == (), [str(refusal) for refusal in translation.refusals]
    return [(w.grantee, w.custodian) for w in translation.withdrawals]


EXCEPTION = permit(actor=None, purpose=purposes("ETREAT"))


@pytest.mark.parametrize("status", ["inactive", "entered-in-error"])
@pytest.mark.parametrize(
    "root",
    [
        deny(provision=[permit("clinic")]),
        deny(actor=[recipient("clinic")], provision=[EXCEPTION]),
        deny(actor=[recipient("clinic"), recipient("registry")], provision=[permit("clinic")]),
        deny(provision=[permit("clinic", provision=[deny(actor=[recipient("clinic")], provision=[EXCEPTION])])]),
    ],
)
def test_what_a_denial_with_exceptions_granted_is_withdrawn_when_it_ends(root, status):
    assert {grant.grantee for grant in translated(consent(root)).grants} == {CLINIC}
    document = consent(root, status=status)
    assert withdrawn_by(document) == [(CLINIC, None)]
    assert any("not given back" in note for note in translated(document).notes)


def test_ending_a_document_withdraws_about_the_custodians_of_its_permits():
    root = deny(actor=[custodian("archive")], provision=[permit("clinic")])
    assert withdrawn_by(consent(root, status="entered-in-error")) == [(CLINIC, ARCHIVE)]


def test_each_withdrawal_stands_once_with_all_its_elements():
    root = deny(provision=[permit("clinic"), permit("registry"), permit("clinic", purpose=purposes("HRESCH"))])
    first, second = translated(consent(root, status="inactive")).withdrawals
    assert (first.grantee, second.grantee) == (CLINIC, REGISTRY)
    assert first.elements == ("Consent.status", f"{ROOT}.provision[0]", f"{ROOT}.provision[2]")


def test_withdrawing_everything_of_a_grantee_supersedes_what_is_about_one_custodian():
    about_archive = permit(actor=[recipient("clinic"), recipient("registry"), custodian("archive")])
    for nested in ([about_archive, permit("clinic")], [permit("clinic"), about_archive]):
        document = consent(deny(provision=nested), status="inactive")
        assert sorted(withdrawn_by(document), key=str) == [(CLINIC, None), (REGISTRY, ARCHIVE)]


@pytest.mark.parametrize("provision", [None, deny(actor=[recipient("clinic")]), permit(actor=None), permit("stranger")])
def test_an_ended_document_that_names_nobody_to_withdraw_from_is_refused(provision):
    assert refused_elements(consent(provision, status="inactive"))


@pytest.mark.parametrize("code", ["adr", "treatment"])
def test_a_consent_to_something_else_than_data_is_refused(code):
    assert refused_elements(consent(permit(), scope=concept(HL7 + "consentscope", code))) == {"Consent.scope"}


def test_a_research_consent_is_translated():
    document = consent(permit(purpose=purposes("HRESCH")), scope=concept(HL7 + "consentscope", "research"))
    assert only_grant(document).terms.purposes == purpose_of_use.mask_of("HRESCH")


@pytest.mark.parametrize("date", ["2025-06-03", "2026", "2025-06-01T00:00:01Z"])
def test_a_consent_from_the_future_is_refused(date):
    assert refused_elements(consent(permit(), dateTime=date)) == {"Consent.dateTime"}


@pytest.mark.parametrize("date", ["2025-06-01", "2025", "2025-06-01T00:00:00Z", "1999-12-31"])
def test_a_consent_that_may_be_of_today_is_translated(date):
    assert granted(consent(permit(), dateTime=date))


def test_an_unverified_consent_is_refused_and_a_verified_one_is_not():
    assert refused_elements(consent(permit(), verification=[{"verified": False}])) == {"Consent.verification"}
    assert granted(consent(permit(), verification=[{"verified": False}, {"verified": True}]))


def test_a_document_without_a_patient_is_refused():
    assert refused_elements(consent(permit(), patient=None)) == {"Consent.patient"}
    assert refused_elements(consent(permit(), patient={"display": "the patient"})) == {"Consent.patient"}


def test_the_patient_may_be_named_by_an_identifier():
    assert translated(consent(permit(), patient={"identifier": {"system": "urn:a", "value": "7"}})).patient == "urn:a|7"


def test_a_performer_other_than_the_patient_is_noted_and_named():
    translation = translated(consent(permit(), performer=[{"reference": "RelatedPerson/guardian"}]))
    assert translation.performers == ("RelatedPerson/guardian",)
    assert any("Consent.performer[0]" in note for note in translation.notes)
    assert not any(
        "performer" in n for n in translated(consent(permit(), performer=[{"reference": "Patient/p1"}])).notes
    )


def test_a_document_without_any_policy_is_refused():
    assert refused_elements(consent(permit(), policy=None)) == {"Consent.policyRule"}


def test_any_policy_will_do_for_a_typed_provision():
    assert granted(
        consent(permit(), policy=None, policyBasis=None) | {"policy": [{"uri": "https://example.org/policy"}]}
    )
    assert granted(consent(permit(), policyRule=concept("urn:example:policies", "regional")))


def test_harmless_metadata_changes_nothing():
    document = consent(
        permit(),
        id="c1",
        meta={"versionId": "2", "security": labels("R")},
        language="en",
        identifier=[{"value": "7"}],
        organization=[{"reference": "Organization/stranger"}],
        sourceAttachment={"title": "signed form"},
        contained=[{"resourceType": "Organization", "id": "o", "name": "a name"}],
    )
    assert only_grant(document).terms == NORMAL
    assert translated(document).version == 2


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ({"modifierExtension": [{"url": "urn:a", "valueBoolean": True}]}, "Consent.modifierExtension"),
        ({"implicitRules": "urn:example:rules"}, "Consent.implicitRules"),
        (
            {"provision": permit(modifierExtension=[{"url": "urn:a", "valueCode": "b"}])},
            f"{ROOT}.modifierExtension",
        ),
        ({"provision": permit(extension=[{"url": "urn:a", "valueCode": "b"}])}, f"{ROOT}.extension"),
        (
            {"provision": permit(period={"start": "2025", "extension": [{"url": "urn:a", "valueCode": "b"}]})},
            f"{ROOT}.period.extension",
        ),
        (
            {"provision": permit(_type={"extension": [{"url": "urn:a", "valueCode": "b"}]})},
            f"{ROOT}._type",
        ),
        ({"_status": {"extension": [{"url": "urn:a", "valueCode": "b"}]}}, "Consent._status"),
    ],
)
def test_what_may_change_the_meaning_unseen_is_refused(change, element):
    assert refused_elements({**consent(permit()), **change}) == {element}


@pytest.mark.parametrize("name", ["tag", "security"])
@pytest.mark.parametrize(
    ("system", "code"),
    [
        (HL7 + "v3-ObservationValue", "SUBSETTED"),
        (HL7 + "v3-ObservationValue", "REDACTED"),
        (HL7 + "v3-ObservationValue", "MASKED"),
        (HL7 + "v3-ObservationValue", "ABSTRED"),
        (HL7 + "v3-ActReason", "HTEST"),
        ("http://hl7.org/fhir/v3/ObservationValue", "SUBSETTED"),
    ],
)
def test_a_partial_copy_and_test_data_are_refused(name, system, code):
    marks = [coding("urn:example:tags", "checked"), coding(system, code)]
    document = consent(permit(), meta={name: marks})
    assert refused_elements(document) == {f"Consent.meta.{name}[1]"}
    assert refused_elements({**document, "status": "inactive"}) == {f"Consent.meta.{name}[1]"}


def test_a_tag_that_says_neither_has_no_bearing():
    assert only_grant(consent(permit(), meta={"tag": [coding("urn:example:tags", "checked")]})).terms == NORMAL


def test_an_extension_elsewhere_is_noted():
    extension = [{"url": "urn:a", "valueCode": "b"}]
    document = consent(permit(), extension=extension, patient={"reference": "Patient/p1", "extension": extension})
    notes = translated(document).notes
    assert any("Consent.extension" in note for note in notes)
    assert any("Consent.patient.extension" in note for note in notes)


def test_all_that_stands_in_the_way_is_named_at_once():
    document = consent(
        permit("stranger", purpose=purposes("NONSENSE"), code=[concept("http://loinc.org", "1-1")]),
        status="draft",
        dateTime="2030",
    )
    assert refused_elements(document) == {
        "Consent.status",
        "Consent.dateTime",
        f"{ROOT}.actor[0].reference",
        f"{ROOT}.purpose[0]",
        f"{ROOT}.code",
    }


def test_no_refusal_repeats_a_value_of_the_document():
    document = consent(
        permit("secret-place", purpose=purposes("SECRETCODE"), securityLabel=labels("SECRETLABEL")),
        patient={"display": "secret name"},
    )
    for refusal in translated(document).refusals:
        assert "secret" not in str(refusal).lower()


def test_json_of_the_wrong_type_that_the_model_lets_pass_is_refused():
    document = consent(permit())
    document["provision"] = json.dumps(permit())
    assert refused_elements(document) == {ROOT}
    document = consent(permit(period={"end": 20300101}))
    assert refused_elements(document) == {f"{ROOT}.period.end"}


# Without a type, and other roots


@pytest.mark.parametrize(
    ("policy", "provision"),
    [
        (
            "OPTIN",
            {"period": {"start": "2025"}, "actor": [recipient("clinic")], "purpose": purposes("TREAT")},
        ),
        ("OPTIN", {"actor": [recipient("clinic")], "purpose": purposes("TREAT"), "provision": [deny()]}),
        ("OPTOUT", {"purpose": purposes("TREAT")}),
        ("OPTOUT", {"actor": [recipient("clinic")]}),
        ("OPTOUT", {"class": classes("Observation")}),
        ("OPTOUT", {"provision": [permit()]}),
        ("OPTINR", {"actor": [recipient("clinic")], "purpose": purposes("TREAT")}),
    ],
)
def test_a_root_without_a_type_that_can_be_read_both_ways_is_refused(policy, provision):
    assert refused_elements(consent(provision, policy)) == {f"{ROOT}.type"}


@pytest.mark.parametrize("kind", ["maybe", "Permit"])
def test_an_unknown_type_is_refused(kind):
    assert refused_elements(consent(permit(type=kind))) == {f"{ROOT}.type"}


def test_opting_out_without_a_provision_withdraws_everything():
    (withdrawal,) = translated(consent(policy="OPTOUT")).withdrawals
    assert (withdrawal.grantee, withdrawal.custodian) == (None, None)


def test_opting_in_without_a_provision_is_refused():
    assert refused_elements(consent(policy="OPTIN")) == {ROOT}


def test_opting_out_of_one_custodian_withdraws_what_reaches_its_data():
    (withdrawal,) = translated(consent({"actor": [custodian("archive")]}, "OPTOUT")).withdrawals
    assert (withdrawal.grantee, withdrawal.custodian) == (None, ARCHIVE)


def test_a_withdrawal_about_a_custodian_reaches_its_consents_and_those_for_any_source():
    withdrawal = Withdrawal(CLINIC, ARCHIVE, ())
    assert withdrawal.reaches(CLINIC, Scope.of_custodian(ARCHIVE))
    assert withdrawal.reaches(CLINIC, Scope.any().with_part(2))
    assert not withdrawal.reaches(CLINIC, Scope.of_custodian(REGISTRY))
    assert not withdrawal.reaches(REGISTRY, Scope.of_custodian(ARCHIVE))
    assert Withdrawal(None, None, ()).reaches(REGISTRY, Scope.of_custodian(ARCHIVE))


@pytest.mark.parametrize("word", [b"\x02" + bytes(31), b"\x00" + bytes(29) + b"\x01\x00", b"\x01" + b"\xff" * 31])
def test_a_withdrawal_reaches_a_scope_that_this_version_does_not_know(word):
    scope = Scope.from_bytes(word)
    assert Withdrawal(CLINIC, ARCHIVE, ()).reaches(CLINIC, scope)
    assert Withdrawal(CLINIC, None, ()).reaches(CLINIC, scope)
    assert not Withdrawal(CLINIC, ARCHIVE, ()).reaches(REGISTRY, scope)


@pytest.mark.parametrize(
    ("period", "element"),
    [({"start": "2025-06-03"}, "start"), ({"end": "2030"}, "end"), ({"end": "2020"}, "end")],
)
def test_opting_out_later_or_for_a_while_is_refused(period, element):
    for provision in ({"period": period}, deny(actor=[recipient("clinic")], period=period)):
        assert refused_elements(consent(provision, "OPTOUT")) == {f"{ROOT}.period.{element}"}


def test_a_denial_of_everything_to_a_recipient_withdraws_from_it():
    document = consent(deny(actor=[recipient("clinic"), recipient("registry")], action=actions("access", "correct")))
    assert {w.grantee for w in translated(document).withdrawals} == {CLINIC, REGISTRY}


def test_under_opt_in_a_denial_notes_that_the_others_gain_nothing():
    assert any("OPTIN" in n for n in translated(consent(deny(actor=[recipient("clinic")]), "OPTIN")).notes)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("purpose", purposes("HMARKT")),
        ("class", classes("Claim")),
        ("securityLabel", labels("PSY")),
        ("dataPeriod", {"end": "2020"}),
    ],
)
def test_a_narrower_denial_by_itself_is_refused(name, value):
    document = consent(deny(actor=[recipient("clinic")], **{name: value}))
    assert refused_elements(document) == {f"{ROOT}.{name}"}


def test_a_denial_with_permitted_exceptions_withdraws_and_grants_the_exceptions():
    document = consent(deny(actor=[recipient("clinic")], provision=[permit(actor=None, purpose=purposes("ETREAT"))]))
    translation = translated(document)
    assert [(w.grantee, w.custodian) for w in translation.withdrawals] == [(CLINIC, None)]
    (grant,) = translation.grants
    assert grant.terms == replace(NORMAL, purposes=purpose_of_use.mask_of("ETREAT"))


def test_denying_everybody_but_one_recipient_withdraws_all_and_grants_that_one():
    translation = translated(consent(deny(provision=[permit()])))
    assert [(w.grantee, w.custodian) for w in translation.withdrawals] == [(None, None)]
    assert [grant.grantee for grant in translation.grants] == [CLINIC]


def test_under_opt_in_nested_permits_are_held_within_the_root():
    root = {
        "actor": [recipient("clinic"), recipient("registry")],
        "class": classes("Observation", "Condition"),
        "period": {"end": "2030-01-01T00:00:00Z"},
        "provision": [permit(purpose=purposes("TREAT"), **{"class": classes("Condition", "Claim")})],
    }
    grant = only_grant(consent(root, "OPTIN"))
    assert grant.grantee == CLINIC
    assert grant.terms == replace(
        NORMAL, categories=data_categories.classes_of("Condition"), not_after=at("2030-01-01") + 1
    )
    assert grant.elements == (ROOT, f"{ROOT}.provision[0]")


def test_under_opt_in_the_roots_custodian_and_labels_hold_for_nested_permits():
    root = {
        "actor": [custodian("archive")],
        "securityLabel": labels("N", "HIV"),
        "provision": [permit(securityLabel=labels("N", "HIV", "PSY")), permit("registry")],
    }
    for grant in granted(consent(root, "OPTIN")):
        assert grant.scope == Scope.of_custodian(ARCHIVE)
        assert grant.terms.labels == data_categories.labels_of("HIV")


def test_under_opt_in_a_nested_denial_holds_for_every_nested_permit():
    root = {"provision": [permit(), permit("registry"), deny(**{"class": classes("Claim")})]}
    grants = granted(consent(root, "OPTIN"))
    assert len(grants) == 2
    assert not any(grant.terms.covers(use(data="Claim")) for grant in grants)


def test_a_nested_permit_outside_its_root_is_refused():
    root = {"actor": [recipient("clinic")], "provision": [permit("registry")]}
    assert refused_elements(consent(root, "OPTIN")) == {f"{ROOT}.provision[0]"}


# Who


@pytest.mark.parametrize("role", ["PRCP", "IRCP", "TRC", "REFT"])
def test_roles_of_receiving_name_the_grantee(role):
    assert only_grant(consent(permit(actor=[actor(role, "Organization/clinic")]))).grantee == CLINIC


@pytest.mark.parametrize("role", ["AUT", "DELEGATEE", "GRANTEE", "IND", "NOT"])
def test_other_roles_are_refused(role):
    document = consent(permit(actor=[recipient("clinic"), actor(role, "Organization/clinic")]))
    assert refused_elements(document) == {f"{ROOT}.actor[1].role"}


@pytest.mark.parametrize(
    "reference",
    [
        "Practitioner/13", "PractitionerRole/9", "RelatedPerson/1", "Patient/p1",
        "Group/g", "Device/d", "CareTeam/c",
        "https://example.org/fhir/Practitioner/13", "Organization/stranger", "#clinic", "urn:uuid:1",
    ],
)  # fmt: skip
def test_a_recipient_that_is_no_accredited_organisation_is_refused(reference):
    assert refused_elements(consent(permit(actor=[actor("PRCP", reference)]))) == {f"{ROOT}.actor[0].reference"}


def test_a_person_is_not_taken_for_the_organisation_whose_identifier_they_carry():
    who = {"reference": "Practitioner/13", "identifier": {"system": "urn:example:licence", "value": "C-3"}}
    document = consent(permit(actor=[{"role": concept(HL7 + "v3-ParticipationType", "PRCP"), "reference": who}]))
    assert refused_elements(document) == {f"{ROOT}.actor[0].reference"}


def test_a_reference_that_the_directory_lists_itself_is_taken():
    assert only_grant(consent(permit(actor=[actor("PRCP", "PractitionerRole/clinic-desk")]))).grantee == CLINIC


LICENCE = {"system": "urn:example:licence", "value": "C-3"}


def for_recipient(**reference):
    """A permit to the recipient of this FHIR Reference."""
    return permit(actor=[{"role": concept(HL7 + "v3-ParticipationType", "PRCP"), "reference": reference}])


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Organization/clinic"},
        {"reference": "Organization/clinic", "type": "Organization"},
        {"reference": "Organization/clinic", "type": "http://hl7.org/fhir/StructureDefinition/Organization"},
        {"reference": "Organization/clinic", "identifier": LICENCE},
        {"reference": "Organization/clinic", "identifier": {"value": "unknown"}},
        {"identifier": LICENCE},
        {"type": "Organization", "identifier": LICENCE},
    ],
)
def test_an_organisation_is_named_by_a_listed_reference_or_identifier(reference):
    assert only_grant(consent(for_recipient(**reference))).grantee == CLINIC


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Organization/clinic", "type": "Practitioner"},
        {"reference": "PractitionerRole/clinic-desk", "type": "PractitionerRole"},
        {"reference": "PractitionerRole/clinic-desk", "type": "Organization"},
        {"type": "Practitioner", "identifier": LICENCE},
        {"type": "Group", "identifier": LICENCE},
        {"reference": "Organization/stranger", "identifier": LICENCE},
        {"reference": "https://example.org/fhir/Organization/clinic", "identifier": LICENCE},
        {"reference": "urn:uuid:1", "identifier": LICENCE},
        {"reference": "#clinic", "identifier": LICENCE},
    ],
)
def test_an_identifier_or_a_listed_reference_does_not_make_an_organisation_of_something_else(reference):
    assert refused_elements(consent(for_recipient(**reference))) == {f"{ROOT}.actor[0].reference"}


@pytest.mark.parametrize(
    ("standing", "in_force"),
    [
        ({"use": "old"}, False),
        ({"period": {"end": "2025-05-31"}}, False),
        ({"period": {"end": "2025-06-01T00:00:00Z"}}, True),
        ({"period": {"end": "2025-05-31T23:59:59Z"}}, False),
        ({"period": {"start": "2025-06-01"}}, False),
        ({"period": {"start": "2025-06-01T00:00:00Z"}}, True),
        ({"use": "official", "period": {"start": "2020", "end": "2030"}}, True),
    ],
)
def test_an_identifier_counts_only_while_it_is_in_force(standing, in_force):
    identifier = {**LICENCE, **standing}
    contained = [{"resourceType": "Organization", "id": "o", "identifier": [identifier]}]
    for document in (
        consent(for_recipient(identifier=identifier)),
        consent(for_recipient(reference="Organization/clinic", identifier=identifier)),
        consent(for_recipient(reference="#o"), contained=contained),
    ):
        if in_force:
            assert only_grant(document).grantee == CLINIC
        else:
            assert refused_elements(document) == {f"{ROOT}.actor[0].reference"}


@pytest.mark.parametrize("beside", [{}, {"identifier": LICENCE}])
def test_a_contained_resource_counts_only_if_it_is_an_organisation(beside):
    def document(*contained):
        return consent(for_recipient(reference="#o", **beside), contained=list(contained))

    organisation = {"resourceType": "Organization", "id": "o", "identifier": [LICENCE]}
    assert only_grant(document(organisation)).grantee == CLINIC
    practitioner = {"resourceType": "Practitioner", "id": "o", "identifier": [LICENCE]}
    elsewhere = {**organisation, "id": "p"}
    for contained in ([practitioner], [elsewhere], [organisation, practitioner], [organisation, organisation]):
        assert refused_elements(document(*contained)) == {f"{ROOT}.actor[0].reference"}


def test_a_contradicting_reference_and_identifier_are_refused():
    who = {
        "reference": "Organization/registry",
        "identifier": {"system": "urn:example:licence", "value": "C-3"},
    }
    document = consent(permit(actor=[{"role": concept(HL7 + "v3-ParticipationType", "PRCP"), "reference": who}]))
    assert refused_elements(document) == {f"{ROOT}.actor[0].reference"}


def test_a_role_with_codes_of_two_meanings_is_refused():
    role = {"coding": [coding(HL7 + "v3-ParticipationType", code) for code in ("PRCP", "CST")]}
    document = consent(permit(actor=[{"role": role, "reference": {"reference": "Organization/clinic"}}]))
    assert f"{ROOT}.actor[0].role" in refused_elements(document)


def test_a_permit_to_everyone_is_refused():
    assert refused_elements(consent(permit(actor=None))) == {f"{ROOT}.actor"}


def test_each_recipient_gets_a_grant_of_its_own():
    assert [grant.grantee for grant in granted(consent(permit("registry", "clinic")))] == [CLINIC, REGISTRY]


def test_a_custodian_sets_the_scope():
    document = consent(permit(actor=[recipient("clinic"), custodian("archive"), custodian("registry")]))
    assert {grant.scope for grant in granted(document)} == {
        Scope.of_custodian(ARCHIVE),
        Scope.of_custodian(REGISTRY),
    }


def test_an_exception_for_one_recipient_leaves_the_others_alone():
    document = consent(permit("clinic", "registry", provision=[deny(actor=[recipient("registry")])]))
    assert only_grant(document).grantee == CLINIC


def test_an_exception_for_one_custodian_is_taken_out_of_that_custodians_scope():
    who = [recipient("clinic"), custodian("archive"), custodian("registry")]
    exception = deny(actor=[custodian("archive")], **{"class": classes("Claim")})
    grants = {g.scope: g for g in granted(consent(permit(actor=who, provision=[exception])))}
    assert not covered([grants[Scope.of_custodian(ARCHIVE)]], data="Claim")
    assert covered([grants[Scope.of_custodian(REGISTRY)]], data="Claim")


def test_an_exception_for_one_custodian_of_data_of_any_source_is_refused():
    document = consent(permit(provision=[deny(actor=[custodian("archive")])]))
    assert refused_elements(document) == {f"{ROOT}.provision[0].actor"}


# What for


def test_a_permit_without_a_purpose_is_refused():
    assert refused_elements(consent(permit(purpose=None))) == {f"{ROOT}.purpose"}


@pytest.mark.parametrize("code", ["PurposeOfUse", "BTG", "NONSENSE", "treat", "OPTIN"])
def test_a_purpose_that_cannot_be_granted_is_refused(code):
    assert refused_elements(consent(permit(purpose=purposes("TREAT", code)))) == {f"{ROOT}.purpose[1]"}


def test_a_purpose_of_another_system_is_refused():
    document = consent(permit(purpose=[coding("urn:example:purposes", "TREAT")]))
    assert refused_elements(document) == {f"{ROOT}.purpose[0]"}


def test_an_unknown_purpose_in_an_exception_is_refused():
    document = consent(permit(provision=[deny(purpose=purposes("NONSENSE"))]))
    assert refused_elements(document) == {f"{ROOT}.provision[0].purpose[0]"}


def test_an_exception_for_break_glass_alone_takes_nothing_out():
    assert only_grant(consent(permit(provision=[deny(purpose=purposes("BTG"))]))).terms == NORMAL


def test_an_excepted_child_purpose_is_not_covered_nor_is_its_parent():
    grants = granted(consent(permit(provision=[deny(purpose=purposes("CLINTRL"))])))
    assert covered(grants, purpose="COC")
    assert not covered(grants, purpose="CLINTRL")
    assert not covered(grants, purpose="TREAT")


@pytest.mark.parametrize("codes", [("access", "use"), ("use", "access"), ()])
def test_access_and_use_are_what_a_recorded_consent_means(codes):
    assert only_grant(consent(permit(action=actions(*codes) or None))).terms == NORMAL


@pytest.mark.parametrize("code", ["disclose", "collect", "correct", "peruse"])
def test_other_actions_in_a_permit_are_refused(code):
    assert refused_elements(consent(permit(action=actions("access", "use", code)))) == {f"{ROOT}.action[2]"}


@pytest.mark.parametrize("code", ["access", "use"])
def test_a_permit_of_access_or_use_alone_is_refused_at_any_depth(code):
    assert refused_elements(consent(permit(action=actions(code)))) == {f"{ROOT}.action"}
    inner = {"type": "permit", "purpose": purposes("ETREAT"), "action": actions(code)}
    document = consent(permit(provision=[deny(**{"class": classes("Claim")}, provision=[inner])]))
    assert refused_elements(document) == {f"{ROOT}.provision[0].provision[0].action"}


def test_a_denial_of_access_alone_is_kept_whole():
    document = consent(permit(provision=[deny(action=actions("access"), **{"class": classes("Claim")})]))
    assert not covered(granted(document), data="Claim")


def test_an_exception_only_for_other_actions_is_refused_and_one_with_access_is_kept():
    for codes in (("disclose",), ("use",), ("collect", "correct")):
        document = consent(permit(provision=[deny(action=actions(*codes))]))
        assert refused_elements(document) == {f"{ROOT}.provision[0].action"}
    document = consent(permit(provision=[deny(action=actions("access", "disclose"), **{"class": classes("Claim")})]))
    assert not covered(granted(document), data="Claim")


# Which data


def test_without_a_class_all_classes_are_granted_and_with_some_only_those():
    assert only_grant(consent(permit())).terms.classes == data_categories.ALL_CLASSES
    document = consent(permit(**{"class": classes("Claim", "Observation")}))
    assert only_grant(document).terms.classes == data_categories.classes_of("Claim", "Observation")


@pytest.mark.parametrize("name", ["Binary", "Resource", "Sorcery"])
def test_a_class_without_a_place_in_the_word_is_refused_in_a_permit(name):
    assert refused_elements(consent(permit(**{"class": classes(name)}))) == {f"{ROOT}.class[0]"}


def test_a_class_of_another_system_is_refused():
    document = consent(permit(**{"class": [coding("urn:ietf:bcp:13", "application/hl7-cda+xml")]}))
    assert refused_elements(document) == {f"{ROOT}.class[0]"}


def test_denying_a_class_that_is_never_granted_takes_nothing_out_and_an_unknown_one_is_refused():
    assert only_grant(consent(permit(provision=[deny(**{"class": classes("Binary")})]))).terms == NORMAL
    document = consent(permit(provision=[deny(**{"class": classes("Sorcery")})]))
    assert refused_elements(document) == {f"{ROOT}.provision[0].class[0]"}


@pytest.mark.parametrize("name", ["code", "data"])
def test_single_facts_and_documents_are_refused(name):
    value = {"code": [concept("http://loinc.org", "1-1")]} | {
        "data": [{"meaning": "instance", "reference": {"reference": "Observation/o"}}]
    }
    assert refused_elements(consent(permit(**{name: value[name]}))) == {f"{ROOT}.{name}"}


def test_without_a_label_nothing_sensitive_is_granted_and_a_note_says_so():
    translation = translated(consent(permit()))
    assert translation.grants[0].terms.labels == 0
    assert any(note.startswith("Narrower:") and "securityLabel" in note for note in translation.notes)


def test_normal_data_alone_needs_no_note():
    translation = translated(consent(permit(securityLabel=labels("N"))))
    assert (translation.grants[0].terms, translation.notes) == (NORMAL, ())


def test_labels_beside_normal_are_granted_each_by_itself():
    terms = only_grant(consent(permit(securityLabel=labels("N", "PSY", "HIV")))).terms
    assert terms.labels == data_categories.labels_of("PSY", "HIV")


def test_a_parent_label_does_not_open_its_children_and_a_note_says_so():
    translation = translated(consent(permit(securityLabel=labels("N", "SUD"))))
    assert translation.grants[0].terms.labels == data_categories.labels_of("SUD")
    assert any("labels under it" in note for note in translation.notes)


@pytest.mark.parametrize(
    ("codes", "element"),
    [
        (("PSY",), "securityLabel"),
        (("L",), "securityLabel"),
        (("M", "U"), "securityLabel"),
        (("R",), "securityLabel[0]"),
        (("N", "V"), "securityLabel[1]"),
        (("N", "TBOO"), "securityLabel[1]"),
        (("N", "NONSENSE"), "securityLabel[1]"),
        (("N", "X"), "securityLabel[1]"),
    ],
)
def test_labels_that_a_recorded_consent_cannot_say_are_refused(codes, element):
    assert refused_elements(consent(permit(securityLabel=labels(*codes)))) == {f"{ROOT}.{element}"}


def test_levels_below_normal_are_within_normal():
    assert only_grant(consent(permit(securityLabel=labels("N", "L", "M", "U")))).terms == NORMAL


def sensitive_permit(*codes, **elements):
    return permit(securityLabel=labels("N", *codes), **elements)


def test_a_denied_parent_label_takes_its_children_out():
    root = sensitive_permit("SUD", "ETHUD", "HIV", provision=[deny(securityLabel=labels("SUD"))])
    assert only_grant(consent(root)).terms.labels == data_categories.labels_of("HIV")


def test_a_denied_child_label_leaves_its_parent():
    root = sensitive_permit("SUD", "ETHUD", provision=[deny(securityLabel=labels("ETHUD"))])
    assert only_grant(consent(root)).terms.labels == data_categories.labels_of("SUD")


def test_a_denied_label_takes_its_neighbour_out_and_a_note_says_so():
    root = sensitive_permit("MH", "HIV", provision=[deny(securityLabel=labels("PSY"))])
    translation = translated(consent(root))
    assert translation.grants[0].terms.labels == data_categories.labels_of("HIV")
    assert any("neighbouring" in note for note in translation.notes)


@pytest.mark.parametrize("level", ["R", "V"])
def test_denying_restricted_data_takes_every_label_out(level):
    root = sensitive_permit("MH", "HIV", provision=[deny(securityLabel=labels(level))])
    assert only_grant(consent(root)).terms == NORMAL


@pytest.mark.parametrize("level", ["N", "M", "L", "U"])
def test_denying_normal_data_takes_everything_out(level):
    root = permit("clinic", "registry", provision=[deny(actor=[recipient("clinic")], securityLabel=labels(level))])
    assert only_grant(consent(root)).grantee == REGISTRY


def test_denying_a_label_that_is_never_granted_takes_nothing_out_and_an_unknown_one_is_refused():
    assert only_grant(consent(permit(provision=[deny(securityLabel=labels("TBOO"))]))).terms == NORMAL
    document = consent(permit(provision=[deny(securityLabel=labels("PSYY"))]))
    assert refused_elements(document) == {f"{ROOT}.provision[0].securityLabel[0]"}


# When


def test_a_period_of_instants_is_taken_to_the_second():
    period = {"start": "2025-01-01T00:00:00Z", "end": "2026-01-01T01:00:00+01:00"}
    terms = only_grant(consent(permit(period=period))).terms
    assert (terms.not_before, terms.not_after) == (at("2025-01-01"), at("2026-01-01") + 1)


def test_a_period_of_days_holds_in_every_time_zone():
    terms = only_grant(consent(permit(period={"start": "2025-01-01", "end": "2026-01-01"}))).terms
    assert (terms.not_before, terms.not_after) == (at("2025-01-01T12:00:00"), at("2026-01-01T10:00:00"))


def test_a_period_of_days_with_a_zone_is_exact():
    document = consent(permit(period={"start": "2025-01", "end": "2025-12"}))
    terms = only_grant(document, zone="Europe/Amsterdam").terms
    assert (terms.not_before, terms.not_after) == (at("2024-12-31T23:00:00"), at("2025-12-31T23:00:00"))


def test_a_single_day_needs_a_zone():
    document = consent(permit(period={"start": "2025-07-01", "end": "2025-07-01"}))
    assert refused_elements(document) == {f"{ROOT}.period"}
    assert granted(document, zone="Asia/Tokyo")


def test_an_exception_of_days_takes_the_widest_reading_out():
    document = consent(permit(provision=[deny(period={"start": "2025-07-01", "end": "2025-07-31"})]))
    periods = {(g.terms.not_before, g.terms.not_after) for g in granted(document)}
    assert periods == {(0, at("2025-06-30T10:00:00")), (at("2025-08-01T12:00:00"), OPEN_ENDED)}


@pytest.mark.parametrize(
    ("period", "element"),
    [
        ({"end": "2025-05-31"}, "period.end"),
        ({"end": "2025-06-01T00:00:00Z"}, None),
        ({"end": "2025-05-31T23:59:59Z"}, "period.end"),
        ({"start": "2025-07", "end": "2025-06"}, "period"),
        ({"end": "2106-03-01"}, "period"),
        ({"end": "9999-12-31"}, "period"),
        ({"start": "2110"}, "period"),
    ],
)
def test_a_period_that_cannot_be_kept_is_refused(period, element):
    document = consent(permit(period=period))
    if element is None:
        assert granted(document)
    else:
        assert refused_elements(document) == {f"{ROOT}.{element}"}


def test_a_start_before_1970_is_from_the_beginning():
    assert only_grant(consent(permit(period={"start": "1964-01-01"}))).terms.not_before == 0


def test_an_exception_without_end_reaches_to_the_end():
    document = consent(permit(provision=[deny(period={"start": "2026-01-01T00:00:00Z"})]))
    assert only_grant(document).terms.not_after == at("2026-01-01")


def test_an_exception_that_is_over_leaves_no_part_in_the_past():
    document = consent(permit(provision=[deny(period={"end": "2024-01-01T00:00:00Z"})]))
    assert only_grant(document).terms.not_before == at("2024-01-01") + 1


def test_the_data_period_is_apart_from_the_period():
    document = consent(permit(dataPeriod={"start": "2020-01-01", "end": "2020-12-31"}))
    terms = only_grant(document).terms
    assert (terms.data_from, terms.data_to) == (43_829, 44_194)
    assert (terms.not_before, terms.not_after) == (0, OPEN_ENDED)


def test_an_excepted_data_period_splits_the_consent():
    document = consent(permit(provision=[deny(dataPeriod={"start": "2020-01-01", "end": "2020-12-31"})]))
    grants = granted(document)
    assert [grant.scope.part for grant in grants] == [0, 1]
    assert covered(grants, day=43_828)
    assert covered(grants, day=44_195)
    assert not covered(grants, day=43_829)
    assert not covered(grants, day=44_194)


def test_an_excepted_data_period_takes_the_days_that_its_instants_cut_out():
    period = {"start": "2020-01-01T18:00:00+01:00", "end": "2020-12-31T06:00:00+01:00"}
    grants = granted(consent(permit(provision=[deny(dataPeriod=period)])), zone="Europe/Amsterdam")
    assert not covered(grants, day=43_829)
    assert not covered(grants, day=44_194)
    assert covered(grants, day=43_828)


def test_an_empty_data_period_is_refused():
    document = consent(permit(dataPeriod={"start": "2020-01-02", "end": "2020-01-01"}))
    assert f"{ROOT}.dataPeriod" in refused_elements(document)


# Exceptions


def test_an_exception_in_two_dimensions_takes_only_their_crossing_out():
    exception = deny(purpose=purposes("COC"), **{"class": classes("Claim")})
    grants = granted(consent(permit(provision=[exception])))
    assert [grant.scope.part for grant in grants] == [0, 1]
    assert covered(grants, purpose="COC", data="Observation")
    assert covered(grants, purpose="CLINTRL", data="Claim")
    assert not covered(grants, purpose="COC", data="Claim")


def test_an_exception_to_an_exception_is_given_back():
    exception = deny(
        **{"class": classes("Claim")},
        provision=[{"type": "permit", "purpose": purposes("ETREAT")}],
    )
    grants = granted(consent(permit(provision=[exception])))
    assert covered(grants, purpose="ETREAT", data="Claim")
    assert not covered(grants, purpose="COC", data="Claim")
    assert covered(grants, purpose="COC", data="Observation")


def test_an_exception_to_an_exception_gives_back_no_more_than_the_consent():
    exception = deny(
        **{"class": classes("Claim")},
        provision=[{"type": "permit", "purpose": purposes("HMARKT"), "class": classes("Claim")}],
    )
    assert not covered(granted(consent(permit(provision=[exception]))), purpose="HMARKT", data="Claim")


def test_exceptions_alternate_as_deep_as_they_are_nested():
    innermost = deny(purpose=purposes("ERTREAT"))
    inner = {"type": "permit", "purpose": purposes("ETREAT"), "provision": [innermost]}
    grants = granted(consent(permit(provision=[deny(**{"class": classes("Claim")}, provision=[inner])])))
    assert not covered(grants, purpose="ERTREAT", data="Claim")
    assert not covered(grants, purpose="COC", data="Claim")
    assert covered(grants, purpose="ERTREAT", data="Observation")


def test_nested_rules_of_the_same_type_are_refused():
    inner = f"{ROOT}.provision[0]"
    assert refused_elements(consent(permit(provision=[permit()]))) == {f"{inner}.type"}
    document = consent(permit(provision=[deny(provision=[deny()])]))
    assert refused_elements(document) == {f"{inner}.provision[0].type"}
    assert refused_elements(consent(deny(provision=[deny()]))) == {f"{inner}.type"}


def test_a_nested_rule_without_a_type_is_refused():
    document = consent(permit(provision=[{"class": classes("Claim")}]))
    assert refused_elements(document) == {f"{ROOT}.provision[0].type"}


def test_an_exception_that_leaves_nothing_makes_the_document_refused():
    assert refused_elements(consent(permit(provision=[deny()]))) == {ROOT}


def test_exceptions_that_need_too_many_parts_are_refused():
    exceptions = [
        deny(
            **{"class": classes(name)},
            dataPeriod={"start": f"{1950 + 3 * i}-01-01", "end": f"{1951 + 3 * i}-01-01"},
            purpose=purposes(purpose),
            period={"start": f"{2026 + i}-01-01T00:00:00Z", "end": f"{2027 + i}-01-01T00:00:00Z"},
        )
        for i, (name, purpose) in enumerate(
            zip(data_categories.CLASSES[:12], ("COC", "CLINTRL", "ETREAT") * 4, strict=True)
        )
    ]
    assert refused_elements(consent(permit(provision=exceptions))) == {ROOT}


def test_denials_that_repeat_or_lie_within_another_split_nothing():
    narrow = deny(purpose=purposes("COC"), **{"class": classes("Claim")})
    wide = deny(**{"class": classes("Claim", "Account")})
    alone = only_grant(consent(permit(provision=[wide]))).terms
    for denials in ([wide, wide], [narrow, wide], [wide, narrow], [narrow] * 300 + [wide] * 300):
        assert only_grant(consent(permit(provision=denials))).terms == alone


def test_more_small_denials_than_a_consent_has_parts_are_fine_within_a_wide_one():
    days = [
        deny(dataPeriod={"start": f"{year}-{month}-10", "end": f"{year}-{month}-11"})
        for year in range(1950, 1980)
        for month in ("01", "02", "03", "04", "05", "06", "07", "08", "09", "10")
    ]
    wide = deny(dataPeriod={"start": "1940", "end": "2000"})
    assert refused_elements(consent(permit(provision=days))) == {ROOT}
    alone = granted(consent(permit(provision=[wide])))
    assert [g.terms for g in granted(consent(permit(provision=[*days, wide])))] == [g.terms for g in alone]


def test_a_denial_within_another_still_holds_where_that_other_has_an_exception():
    exception = {"type": "permit", "purpose": purposes("ETREAT")}
    wide = deny(**{"class": classes("Claim")}, provision=[exception])
    narrow = deny(**{"class": classes("Claim")}, purpose=purposes("ERTREAT"))
    for denials in ([wide, narrow], [narrow, wide]):
        grants = granted(consent(permit(provision=denials)))
        assert not covered(grants, purpose="ERTREAT", data="Claim")
        assert not covered(grants, purpose="COC", data="Claim")
    assert covered(granted(consent(permit(provision=[wide]))), purpose="ERTREAT", data="Claim")


def test_a_document_of_more_than_1000_rules_is_refused():
    claims = deny(**{"class": classes("Claim")})
    assert granted(consent(permit(provision=[claims] * 999)))
    assert refused_elements(consent(permit(provision=[claims] * 1_000))) == {ROOT}
    nested = deny(**{"class": classes("Claim")}, provision=[{"type": "permit", "purpose": purposes("ETREAT")}])
    assert refused_elements(consent(permit(provision=[nested] * 500))) == {ROOT}


def test_a_hundred_refusals_are_shown_and_the_others_counted():
    wrong = [coding(HL7 + "v3-ActReason", f"NONSENSE{i}") for i in range(101)]
    shown = translated(consent(permit(purpose=wrong[:100]))).refusals
    assert [refusal.element for refusal in shown] == [f"{ROOT}.purpose[{i}]" for i in range(100)]
    *first, last = translated(consent(permit(purpose=wrong))).refusals
    assert tuple(first) == shown
    assert "and 1 more" in str(last)


def test_thousands_of_faults_and_notes_are_found_without_delay():
    documents = [
        consent(permit(purpose=purposes(*["NONSENSE"] * 16_000))),
        consent(permit(), policyRule={"coding": [coding("urn:example:policies", "regional")] * 16_000}),
    ]
    started = time.process_time()
    refused, noted = (translated(document) for document in documents)
    assert time.process_time() - started < 8
    assert "and 15,900 more" in str(refused.refusals[-1])
    assert len(noted.notes) > 16_000


def test_an_unknown_zone_is_an_error_of_the_caller():
    with pytest.raises(CarechainError, match="zone"):
        translated(consent(permit()), zone="Nowhere/Land")


def test_the_same_document_translates_the_same_twice():
    document = consent(
        permit("clinic", "registry", provision=[deny(purpose=purposes("COC"), **{"class": classes("Claim")})])
    )
    assert translated(document) == translated(document)


def test_with_an_empty_directory_nobody_is_granted_anything():
    document = consent(permit())
    assert refused_elements(document, directory=Directory({})) == {f"{ROOT}.actor[0].reference"}
