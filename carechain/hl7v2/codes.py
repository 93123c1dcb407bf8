"""HL7 v2 tables as FHIR R4 codes, by HL7's v2-to-FHIR mapping, and times of v2 as those of FHIR."""

from __future__ import annotations

import re

from carechain.fhir.json_reading import MAX_NUMBER

# Table 0396, names of coding systems, with spellings that are older or often met.
SYSTEMS = {
    "LN": "http://loinc.org",
    "LOINC": "http://loinc.org",
    "SCT": "http://snomed.info/sct",
    "SNOMED-CT": "http://snomed.info/sct",
    "I10": "http://hl7.org/fhir/sid/icd-10",
    "ICD10": "http://hl7.org/fhir/sid/icd-10",
    "ICD-10": "http://hl7.org/fhir/sid/icd-10",
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD10CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD-10-CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "I10P": "http://www.cms.gov/Medicare/Coding/ICD10",
    "I9": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "CVX": "http://hl7.org/fhir/sid/cvx",
    "RXNORM": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "NDC": "http://hl7.org/fhir/sid/ndc",
    "ATC": "http://www.whocc.no/atc",
    "C4": "http://www.ama-assn.org/go/cpt",
    "UCUM": "http://unitsofmeasure.org",
}

# Table 0085, OBX-11.
OBSERVATION_STATUS = {
    "A": "amended",
    "B": "final",
    "C": "corrected",
    "D": "entered-in-error",
    "F": "final",
    "I": "registered",
    "P": "preliminary",
    "R": "preliminary",
    "S": "preliminary",
    "U": "final",
    "V": "final",
    "W": "entered-in-error",
    "X": "cancelled",
}
# Table 0123, OBR-25.
REPORT_STATUS = {
    "A": "partial",
    "C": "corrected",
    "F": "final",
    "I": "registered",
    "M": "corrected",
    "N": "registered",
    "O": "registered",
    "P": "preliminary",
    "R": "partial",
    "S": "registered",
    "X": "cancelled",
}
# Table 0004, PV1-2; N (not applicable) and U (unknown) make no encounter.
ENCOUNTER_CLASS = {"B": "IMP", "E": "EMER", "I": "IMP", "O": "AMB", "P": "PRENC", "R": "AMB"}
# The event of an ADT message, as far as it says how the encounter stands.
ENCOUNTER_STATUS = {"A03": "finished", "A05": "planned", "A11": "cancelled"}
GENDER = {"A": "other", "F": "female", "M": "male", "O": "other"}
ALLERGY_CATEGORY = {"DA": "medication", "EA": "environment", "FA": "food", "LA": "environment", "PA": "environment"}
ALLERGY_SEVERITY = {"MI": "mild", "MO": "moderate", "SV": "severe"}

_TIME = re.compile(r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(\d\d)?(?:(\d\d)(\.\d{1,4})?)?)?)?)?([+-]\d{4})?", re.ASCII)
_NUMBER = re.compile(r"\+?(-?)(\d*)(\.\d*)?", re.ASCII)


def system(name: str) -> str | None:
    """The URI of a coding system of table 0396; None for local and unknown ones."""
    table = re.fullmatch(r"HL7(\d{4})", name.upper())
    return f"http://terminology.hl7.org/CodeSystem/v2-{table[1]}" if table else SYSTEMS.get(name.upper())


def offset_of(text: str) -> str:
    """The time zone of an HL7 time, as +hhmm; empty without one."""
    match = _TIME.fullmatch(text)
    return match[8] or "" if match else ""


def date_time(text: str, offset: str = "") -> str | None:
    """An HL7 time as a FHIR dateTime; None when it is not one.

    `offset` (+hhmm) is the zone of the message, for times without their own. A time of day without any zone
    is left out, since FHIR has none without and a guessed one may change the day.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    days = "-".join(part for part in (year, month, day) if part)
    zone = zone or offset
    if hour is None or minute is None or not zone:
        return days
    return f"{days}T{hour}:{minute}:{second or '00'}{fraction or ''}{zone[:3]}:{zone[3:]}"


def date(text: str) -> str | None:
    """The day, month or year of an HL7 time; None when it is not one."""
    found = date_time(text)
    return found.split("T")[0] if found else None


def number(text: str) -> str | None:
    """An HL7 number (NM) as JSON writes it, with its digits; None when it is not one, or too long.

    HL7 allows a plus, zeros in front and a bare point, JSON does not.
    """
    match = _NUMBER.fullmatch(text.strip())
    if match is None or len(text) > MAX_NUMBER or not (match[2] or (match[3] or "")[1:]):
        return None
    decimals = match[3] if match[3] not in (None, ".") else ""
    return f"{match[1]}{match[2].lstrip('0') or '0'}{decimals}"
