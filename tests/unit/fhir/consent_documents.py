"""Builds FHIR R4 Consent documents for the tests: whole documents from few words, in plain JSON values."""

import calendar
import json

from carechain.fhir.consent import translate
from carechain.fhir.directory import Directory
from carechain.fhir.reading import parse_consent

HL7 = "http://terminology.hl7.org/CodeSystem/"
CLINIC, REGISTRY, ARCHIVE = 3, 4, 5
DIRECTORY = Directory(
    {
        "Organization/clinic": CLINIC,
        "Organization/registry": REGISTRY,
        "Organization/archive": ARCHIVE,
        "urn:example:licence|C-3": CLINIC,
        "PractitionerRole/clinic-desk": CLINIC,
    }
)


def at(text):
    """Unix seconds of "YYYY-MM-DD" or "YYYY-MM-DDThh:mm:ss", in UTC."""
    date, _, time = text.partition("T")
    return calendar.timegm((*map(int, date.split("-")), *map(int, (time or "00:00:00").split(":")), 0))


NOW = at("2025-06-01")


def coding(system, code):
    return {"system": system, "code": code}


def concept(system, code):
    return {"coding": [coding(system, code)]}


def actor(role, reference):
    return {
        "role": concept(HL7 + "v3-ParticipationType", role),
        "reference": {"reference": reference},
    }


def recipient(name):
    return actor("PRCP", f"Organization/{name}")


def custodian(name):
    return actor("CST", f"Organization/{name}")


def purposes(*codes):
    return [coding(HL7 + "v3-ActReason", code) for code in codes]


def classes(*names):
    return [coding("http://hl7.org/fhir/resource-types", name) for name in names]


def labels(*codes):
    """Security labels: one-letter codes are levels of confidentiality, the others sensitivity codes."""
    return [coding(HL7 + ("v3-Confidentiality" if len(code) == 1 else "v3-ActCode"), code) for code in codes]


def actions(*codes):
    return [concept(HL7 + "consentaction", code) for code in codes]


def permit(*names, **elements):
    """A permit for treatment to the clinic, unless said otherwise; None removes an element."""
    rule = {
        "type": "permit",
        "actor": [recipient(name) for name in names or ("clinic",)],
        "purpose": purposes("TREAT"),
        **elements,
    }
    return {name: value for name, value in rule.items() if value is not None}


def deny(**elements):
    return {"type": "deny", **elements}


def consent(provision=None, policy="OPTOUT", **elements):
    document = {
        "resourceType": "Consent",
        "status": "active",
        "scope": concept(HL7 + "consentscope", "patient-privacy"),
        "category": [concept("http://loinc.org", "59284-0")],
        "patient": {"reference": "Patient/p1"},
        "policyRule": concept(HL7 + "v3-ActCode", policy) if policy else None,
        "provision": provision,
        **elements,
    }
    return {name: value for name, value in document.items() if value is not None}


def read(document):
    return parse_consent(json.dumps(document).encode(), "consent.json")


def translated(document, now=NOW, zone=None, directory=DIRECTORY):
    return translate(read(document), directory, now, zone)


def refused_elements(document, **options):
    """The elements refused, in a document that must be refused whole."""
    translation = translated(document, **options)
    assert translation.grants == ()
    assert translation.withdrawals == ()
    return {refusal.element for refusal in translation.refusals}


def granted(document, **options):
    """The grants of a document that must not be refused."""
    translation = translated(document, **options)
    assert translation.refusals == (), [str(refusal) for refusal in translation.refusals]
    return translation.grants


def only_grant(document, **options):
    (grant,) = granted(document, **options)
    return grant
