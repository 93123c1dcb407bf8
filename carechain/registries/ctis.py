"""Records of CTIS, in the form of its public API since June 2024 (`authorizedApplication`) and in the one before.

CTIS holds dates of three kinds: of applications, estimates of the sponsor, and what member states were notified of.
"""

from __future__ import annotations

from carechain.registries.elements import Element, Notes
from carechain.registries.identifiers import Identifiers, main_number
from carechain.registries.record import (
    Identifier,
    IdentifierKind,
    Outcome,
    OutcomeKind,
    PartialDate,
    Registry,
    TrialRecord,
)
from carechain.registries.texts import unique

_PHASES = {
    **dict.fromkeys(("1", "2", "3"), "1"),
    "4": "2",
    "5": "3",
    "6": "4",
    **dict.fromkeys(("7", "8", "9"), "1/2"),
    "10": "2/3",
    "11": "3/4",
}
"""The registry's codes of `trialCategory.trialPhase`; 1, 2 and 3 differ in the kind of a phase I trial."""

_STATES = (
    "memberStatesConcerned",
    "authorizedApplication.memberStatesConcerned",
    "authorizedApplication.authorizedPartsII.mscInfo",
    "authorizedPartsII.mscInfo",
    "applications.ctMSCs",
)
_NAMES = ("N/A", "n/a", "")


def read(record: Element, notes: Notes) -> TrialRecord:
    """The record. Raises CarechainError for a missing or malformed number, and for dates and numbers that are none."""
    number = main_number(
        record.first("ctNumber", "authorizedApplication.applicationInfo.ctNumber", "applications.ctNumber"),
        IdentifierKind.EU_CT,
    )
    part = record.first("authorizedApplication.authorizedPartI", "authorizedPartI", "applications.partI")
    details, about = part.at("trialDetails"), part.at("trialDetails.trialInformation")
    ids = details.at("clinicalTrialIdentifiers")
    started, start_is_actual = _started(record, about, notes)
    ended = _ended(record)
    estimated_end = about.first("trialDuration.estimatedGlobalEndDate", "trialDuration.estimatedEndDate")
    completed = ended or estimated_end.date(day_first=True)
    sponsors = _sponsors(record, part)
    return TrialRecord(
        registry=Registry.CTIS,
        number=number,
        other_identifiers=_identifiers(record, ids, number, notes),
        title=_own_or_translated(ids, "publicTitle") or record.text("title"),
        scientific_title=_own_or_translated(ids, "fullTitle") or record.text("title"),
        sponsor=sponsors[0] if sponsors else "",
        other_sponsors=sponsors[1:],
        support=unique(about.texts("sourceOfMonetarySupport.organisationName")),
        status=_status(record),
        registered=_registered(record, part, notes),
        started=started,
        start_is_actual=start_is_actual,
        completed=completed,
        completion_is_actual=None if completed is None else ended is not None,
        planned_enrolment=_planned(record, part),
        study_type="interventional",
        phase=_phase(about, record, notes),
        countries=_countries(record, part),
        conditions=unique(
            part.texts("medicalConditions.medicalCondition")
            or about.texts("medicalCondition.partIMedicalConditions.medicalCondition")
        ),
        interventions=unique([_product(each) for each in part.all("products")]),
        eligibility=_eligibility(about),
        ethics_date=record.earliest(*(f"{each}.firstDecisionDate" for each in _STATES), day_first=True),
        results_posted=record.earliest("results.summaryResults.submissionDate", day_first=True),
        data_sharing=about.text("individualParticipantDataSharingStatement"),
        outcomes=tuple(
            Outcome(kind, _own_or_translated(each, "endPoint"))
            for kind, group in (
                (OutcomeKind.PRIMARY, "endPoint.primaryEndPoints"),
                (OutcomeKind.SECONDARY, "endPoint.secondaryEndPoints"),
            )
            for each in about.all(group)
            if _own_or_translated(each, "endPoint")
        ),
    )


def _registered(record: Element, part: Element, notes: Notes) -> PartialDate | None:
    """When the initial application was submitted, or the earliest application where none says that it is initial."""
    applications = record.all("authorizedApplication.applicationInfo") or record.all("applications")
    initial = [
        each for each in applications if "INITIAL" in (each.text("type").upper(), each.text("applicationType").upper())
    ]
    days = [day for each in initial if (day := each.date("submissionDate", day_first=True))]
    if not days:
        own = record.first("initialSubmissionDate", "authorizedApplication.initialSubmissionDate")
        if day := own.date(day_first=True):
            return day
        days = [day for each in applications if (day := each.date("submissionDate", day_first=True))]
        if len(days) > 1:
            notes.add("No application is said to be the initial one: the earliest is taken.")
    if not days:
        other = record.first("submissionDate", "authorizedApplication.submissionDate").date(day_first=True)
        return other or part.date("submissionDate", day_first=True)
    return min(days, key=PartialDate.earliest)


def _started(record: Element, about: Element, notes: Notes) -> tuple[PartialDate | None, bool | None]:
    """The first recruitment of any member state, else the first start of the trial, else the estimate."""
    periods = ("trialRecruitmentPeriod", "activeTrialRecruitmentPeriod")
    recruited = record.earliest(
        *(f"{state}.{period}.recruitmentStartDate" for state in _STATES for period in periods), day_first=True
    )
    if recruited:
        return recruited, True
    begun = record.earliest(
        *(f"{state}.{period}.trialStartDate" for state in _STATES for period in ("trialPeriod", "activeTrialPeriod")),
        "startDateEU",
        "eeaStartDate",
        "trialStartDate",
        day_first=True,
    )
    if begun:
        notes.add("The start is that of the trial, which may be before recruitment: the record has no other.")
        return begun, True
    estimated = about.date("trialDuration.estimatedRecruitmentStartDate", day_first=True)
    return estimated, None if estimated is None else False


def _ended(record: Element) -> PartialDate | None:
    return record.first("events.trialGlobalEndDate", "trialGlobalEnd.trialGlobalEndDate", "endDate").date(
        day_first=True
    )


def _planned(record: Element, part: Element) -> int | None:
    """Participants in the member states and in the rest of the world."""
    parts = record.all("authorizedApplication.authorizedPartsII") or record.all("authorizedPartsII")
    counts = [each.count("recruitmentSubjectCount") for each in parts] or [
        each.count("recruitmentSubjectCount") for each in record.all(_STATES[0])
    ]
    inside = [count for count in counts if count is not None]
    if not inside:
        return record.count("totalNumberEnrolled")
    return sum(inside) + (part.count("rowSubjectCount") or 0)


def _identifiers(record: Element, ids: Element, number: str, notes: Notes) -> tuple[Identifier, ...]:
    found = Identifiers(number, notes)
    second = ids.at("secondaryIdentifyingNumbers")
    found.add(IdentifierKind.NCT, second.first("nctNumber.number", "nctNumber"))
    found.add(IdentifierKind.ISRCTN, second.first("isrctnNumber.number", "isrctnNumber"))
    found.add(IdentifierKind.UTN, second.first("whoUniversalTrialNumber.number", "whoUniversalTrialNumber"))
    found.add(
        IdentifierKind.EUDRACT,
        record.first("authorizedApplication.eudraCt.eudraCtCode", "eudraCtInfo.eudraCtCode", "eudraCt.eudraCtCode"),
    )
    found.add(IdentifierKind.SPONSOR, ids.at("shortTitle"))
    for each in second.all("additionalRegistries"):
        found.add_any(each.first("number", "registryNumber"), each.text("otherRegistryName"))
    return found.all()


def _sponsors(record: Element, part: Element) -> tuple[str, ...]:
    """The primary sponsor first."""
    found = sorted(part.all("sponsors"), key=lambda each: each.text("primary") != "true")
    return unique([each.text("organisation.name") for each in found]) or unique(
        record.texts("primarySponsor.organisation.name")
    )


def _phase(about: Element, record: Element, notes: Notes) -> str:
    code = about.text("trialCategory.trialPhase") or record.text("trialPhase")
    if code and code not in _PHASES:
        notes.add("The phase is a code that is not known.")
    return _PHASES.get(code, "")


def _status(record: Element) -> str:
    """The status in words; the newer form has a code in its lists and words in its records."""
    text = record.text("ctStatus")
    return "" if text.isdigit() else text.lower()


def _countries(record: Element, part: Element) -> tuple[str, ...]:
    inside = [
        state.first("mscName", "countryName", "organisationInfo.name").text()
        for path in _STATES[:3]
        for state in record.all(path)
    ]
    return unique(inside + part.texts("rowCountriesInfo.name"))


def _product(product: Element) -> str:
    dictionary = product.at("productDictionaryInfo")
    named = (
        product.text("productName"),
        dictionary.text("prodName"),
        product.text("jsonActiveSubstanceNames"),
        dictionary.text("activeSubstanceName"),
    )
    return next((name for name in named if name not in _NAMES), "")


def _eligibility(about: Element) -> str:
    lines = []
    for heading, name in (
        ("Inclusion criteria:", "principalInclusionCriteria"),
        ("Exclusion criteria:", "principalExclusionCriteria"),
    ):
        criteria = [
            _own_or_translated(each, name) for each in about.all("eligibilityCriteria", name) if not each.is_empty
        ]
        if any(criteria):
            lines += [heading, *filter(None, criteria)]
    return "\n".join(lines)


def _own_or_translated(element: Element, name: str) -> str:
    """The text of the element of this name, or its first translation."""
    return element.text(name) or element.text(f"{name}Translations.attributeTranslation")
