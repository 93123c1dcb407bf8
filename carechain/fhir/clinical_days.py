"""The clinical days of a FHIR R4 resource: when what it tells of took place.

Read from the date elements of each type's R4 definition. What says when care happened goes before what says
when it was written down. A year or month covers all of its days; an instant is the day of its own time zone;
a period without an end goes on, as R4 says (datatypes, Period).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from carechain.consent_terms import DAY_UNBOUNDED, day_number
from carechain.fhir import dates

UNDATED = (0, DAY_UNBOUNDED)

_FORMS = ("DateTime", "Period", "Date", "Instant", "Timing")

# Element paths in order of preference: the first group of which any element is there decides, with all of its
# elements together. Types that are not here, and Patient, BodyStructure and MolecularSequence, have no date of their
# own.
_DATES: dict[str, tuple[str, ...]] = {
    "Account": ("servicePeriod",),
    "AdverseEvent": ("date", "detected", "recordedDate"),
    "AllergyIntolerance": ("onset[x] lastOccurrence", "recordedDate"),
    "Appointment": ("start end", "requestedPeriod", "created"),
    "CarePlan": ("period", "created"),
    "CareTeam": ("period",),
    "ChargeItem": ("occurrence[x]", "enteredDate"),
    "Claim": ("billablePeriod item.serviced[x]", "created"),
    "ClaimResponse": ("addItem.serviced[x]", "created"),
    "ClinicalImpression": ("effective[x]", "date"),
    "Communication": ("sent received",),
    "Composition": ("event.period", "date"),
    "Condition": ("onset[x] abatement[x]", "recordedDate"),
    "Consent": ("dateTime",),
    "Coverage": ("period",),
    "CoverageEligibilityResponse": ("serviced[x]", "created"),
    "DetectedIssue": ("identified[x]",),
    "DeviceRequest": ("occurrence[x]", "authoredOn"),
    "DeviceUseStatement": ("timing[x]", "recordedOn"),
    "DiagnosticReport": ("effective[x]", "issued"),
    "DocumentReference": ("context.period", "date"),
    "Encounter": ("period",),
    "EpisodeOfCare": ("period",),
    "ExplanationOfBenefit": ("billablePeriod item.serviced[x]", "created"),
    "FamilyMemberHistory": ("date",),
    "Flag": ("period",),
    "Goal": ("start[x] target.due[x]", "statusDate"),
    "ImagingStudy": ("started", "series.started"),
    "Immunization": ("occurrence[x]", "recorded"),
    "ImmunizationRecommendation": ("date",),
    "Media": ("created[x]", "issued"),
    "MedicationAdministration": ("effective[x]",),
    "MedicationDispense": ("whenPrepared whenHandedOver",),
    "MedicationRequest": ("authoredOn",),
    "MedicationStatement": ("effective[x]", "dateAsserted"),
    "NutritionOrder": ("dateTime",),
    "Observation": ("effective[x]", "issued"),
    "Procedure": ("performed[x]",),
    "QuestionnaireResponse": ("authored",),
    "RelatedPerson": ("period",),
    "ResearchSubject": ("period",),
    "RiskAssessment": ("occurrence[x]",),
    "ServiceRequest": ("occurrence[x]", "authoredOn"),
    "Specimen": ("collection.collected[x]", "receivedTime"),
    "VisionPrescription": ("dateWritten", "created"),
}


def clinical_days(resource: Mapping[str, Any]) -> tuple[int, int]:
    """First and last clinical day in days since 1900-01-01, within 0 to 65535; UNDATED without a date.

    What has no day (an age, words, a timing without dates) where a date may stand leaves the record UNDATED: it
    happened at some other time than it was written down.

    Raises ValueError, whose text completes "The element …" and starts with its name, when a date element is
    not what FHIR R4 says.
    """
    for group in _DATES.get(resource.get("resourceType", ""), ()):
        spans = [_days(name, value) for path in group.split() for name, value in _values(resource, path)]
        found = [span for span in spans if span is not None]
        if len(found) < len(spans):
            return UNDATED
        if found:
            return min(first for first, _ in found), max(last for _, last in found)
    return UNDATED


def _values(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The values at a path, with the name of their element; lists on the way are gone through.

    None for a form that has no day, and for an element that only says why there is none.
    """
    name, _, rest = path.partition(".")
    if isinstance(node, list):
        for item in node:
            yield from _values(item, path)
    elif isinstance(node, Mapping):
        for element, value in node.items():
            plain = element.removeprefix("_")
            form = plain.removeprefix(name[:-3]) if name.endswith("[x]") else None
            if plain != name and (form in (None, plain) or not form[:1].isupper()):
                continue
            if rest:
                yield from _values(value, rest)
            elif plain == element:
                yield element, value if form is None or form in _FORMS else None
            elif plain not in node:
                yield plain, None


def _days(name: str, value: Any) -> tuple[int, int] | None:
    """The days of a dateTime, a Period or a Timing; None for what has none."""
    if value is None:
        return None
    if isinstance(value, str):
        return _of_date_time(name, value)
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} does not have the form FHIR R4 gives it")
    if name.endswith("Timing"):
        return _of_timing(name, value)
    if not {"start", "end"} & set(value):
        return None
    first = _of_date_time(name, value["start"])[0] if "start" in value else UNDATED[0]
    last = _of_date_time(name, value["end"])[1] if "end" in value else UNDATED[1]
    if first > last:
        raise ValueError(f"{name} ends before it starts")
    return first, last


def _of_timing(name: str, timing: Mapping[str, Any]) -> tuple[int, int] | None:
    events = timing.get("event", [])
    repeat = timing.get("repeat")
    bounds = repeat.get("boundsPeriod") if isinstance(repeat, Mapping) else None
    spans = [_of_date_time(name, event) for event in events if event is not None] if isinstance(events, list) else []
    if bounds is not None:
        span = _days(name.removesuffix("Timing") + "Period", bounds)
        spans += [span] if span else []
    return (min(first for first, _ in spans), max(last for _, last in spans)) if spans else None


def _of_date_time(name: str, value: Any) -> tuple[int, int]:
    try:
        span = dates.read(value)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None
    if span.first_day is None or span.last_day is None:
        day = day_number(date.fromisoformat(value[:10]))
        return day, day
    return day_number(span.first_day), day_number(span.last_day)
