"""Records of the EU Clinical Trials Register, with the results if they are there (fields `a2_…` to `x6_…`).

A record is one member state's: dates of registration, authorities and ethics are those of that state, while start, end
and results are of the whole trial.
"""

from __future__ import annotations

import re

from carechain.registries import outcomes
from carechain.registries.ctgov import joined, reported
from carechain.registries.elements import Element, Notes
from carechain.registries.identifiers import Identifiers, main_number
from carechain.registries.record import Design, Identifier, IdentifierKind, OutcomeKind, Registry, TrialRecord
from carechain.registries.texts import unique

REGISTERED = "x6_date_on_which_this_record_was_first_entered_in_the_eudract_database"
_PHASES = (
    ("1", "e71_human_pharmacology_phase_i"),
    ("2", "e72_therapeutic_exploratory_phase_ii"),
    ("3", "e73_therapeutic_confirmatory_phase_iii"),
    ("4", "e74_therapeutic_use_phase_iv"),
)
_ALLOCATION = (("randomised", "e811_randomised"),)
_MASKING = (("open", "e812_open"), ("single blind", "e813_single_blind"), ("double blind", "e814_double_blind"))
_ASSIGNMENT = (("parallel group", "e815_parallel_group"), ("cross over", "e816_cross_over"), ("other", "e817_other"))
_PURPOSE = (
    ("diagnosis", "e61_diagnosis"),
    ("prophylaxis", "e62_prophylaxis"),
    ("therapy", "e63_therapy"),
    ("safety", "e64_safety"),
    ("efficacy", "e65_efficacy"),
    ("pharmacokinetic", "e66_pharmacokinetic"),
    ("pharmacodynamic", "e67_pharmacodynamic"),
    ("bioequivalence", "e68_bioequivalence"),
    ("dose response", "e69_dose_response"),
)
_OF_SEVERAL_WORDS = (
    "Bosnia and Herzegovina|Costa Rica|Czech Republic|Dominican Republic|El Salvador|Hong Kong|"
    "Iran, Islamic Republic of|Korea, Democratic People's Republic of|Korea, Republic of|Moldova, Republic of|"
    "New Zealand|North Macedonia|Puerto Rico|Republic of Korea|Russian Federation|Saudi Arabia|South Africa|"
    "South Korea|Sri Lanka|Taiwan, Province of China|United Arab Emirates|United Kingdom|United States of America|"
    "United States|Viet Nam"
)
_COUNTRY = re.compile(rf"(?:{_OF_SEVERAL_WORDS})|[^\s,;]+")


def read(record: Element, notes: Notes) -> TrialRecord:
    """The record. Raises CarechainError for a missing or malformed number, and for dates and numbers that are none."""
    results = record.at("trialInformation")
    number = main_number(record.first("a2_eudract_number", "eudractNumber"), IdentifierKind.EUDRACT)
    started = results.date("recruitmentStartDate")
    completed = record.date("p_date_of_the_global_end_of_the_trial") or results.date("globalEndOfTrialDate")
    primary_completed = results.date("primaryCompletionDate")
    names = unique(record.texts("b1_sponsor.b11_name_of_sponsor") or results.texts("sponsors.sponsor.organisationName"))
    counts = [each.count() for each in results.all("countrySubjectCounts.countrySubjectCount.subjects")]
    registered = [
        outcome
        for kind, field, times in (
            (OutcomeKind.PRIMARY, "e51_primary_end_points", "e511_timepoints_of_evaluation_of_this_end_point"),
            (OutcomeKind.SECONDARY, "e52_secondary_end_points", "e521_timepoints_of_evaluation_of_this_end_point"),
        )
        for block in record.all(field)
        for outcome in outcomes.split(kind, block.raw(), record.at(times).raw())
    ]
    return TrialRecord(
        registry=Registry.EU_CTR,
        number=number,
        other_identifiers=_identifiers(record, results, number, notes),
        title=record.first(
            "a31_title_of_the_trial_for_lay_people_in_easily_understood_ie_nontechnical_language",
            "a3_full_title_of_the_trial",
        ).text(),
        scientific_title=record.text("a3_full_title_of_the_trial") or results.text("fullTitle"),
        sponsor=names[0] if names else "",
        other_sponsors=names[1:],
        support=unique(
            record.texts(
                "b1_sponsor.b4_sources_of_monetary_or_material_support.b41_name_of_organisation_providing_support"
            )
        ),
        status=record.first("p_end_of_trial_status", "x5_trial_status").text().lower(),
        registered=record.date(REGISTERED),
        started=started,
        start_is_actual=True if started else None,
        primary_completed=primary_completed,
        primary_completion_is_actual=True if primary_completed else None,
        completed=completed,
        completion_is_actual=True if completed else None,
        planned_enrolment=_planned(record, notes),
        actual_enrolment=sum(count for count in counts if count is not None) if counts else None,
        study_type="interventional",
        design=Design(
            allocation=_said(record, _ALLOCATION),
            masking=_said(record, _MASKING),
            assignment=_said(record, _ASSIGNMENT),
            purpose=_said(record, _PURPOSE),
        ),
        phase=_said(record, _PHASES).replace(", ", "/"),
        countries=_countries(record),
        conditions=unique(record.texts("e11_medical_conditions_being_investigated")),
        interventions=unique([_product(each) for each in record.all("dimp")]),
        eligibility="\n".join(
            filter(
                None, (record.lines("e3_principal_inclusion_criteria"), record.lines("e4_principal_exclusion_criteria"))
            )
        ),
        ethics=joined(
            record.text("n_ethics_committee_opinion_of_the_trial_application"),
            record.text("n_ethics_committee_opinion_reasons_for_unfavourable_opinion"),
        ),
        ethics_date=record.date("n_date_of_ethics_committee_opinion"),
        results_posted=record.date("firstreceived_results_date"),
        outcomes=tuple(registered),
        reported_outcomes=tuple(reported(each, notes) for each in record.all("endPoints.endPoint")),
    )


def _identifiers(record: Element, results: Element, number: str, notes: Notes) -> tuple[Identifier, ...]:
    found = Identifiers(number, notes)
    for kind, element in (
        (IdentifierKind.SPONSOR, record.at("a41_sponsors_protocol_code_number")),
        (IdentifierKind.SPONSOR, results.at("sponsorProtocolCode")),
        (IdentifierKind.ISRCTN, record.at("a51_isrctn_international_standard_randomised_controlled_trial_number")),
        (IdentifierKind.ISRCTN, results.at("isrctnIdentifier")),
        (IdentifierKind.NCT, record.at("a52_us_nct_clinicaltrialsgov_registry_number")),
        (IdentifierKind.NCT, results.at("usctnIdentifier")),
        (IdentifierKind.UTN, record.at("a53_who_universal_trial_reference_number_utrn")),
        (IdentifierKind.UTN, results.at("whoIdentifier")),
    ):
        found.add(kind, element)
    for each in record.all("a54_other_identifiers"):
        found.add_any(each.at("a54_other_identifier_number") if isinstance(each.value, dict) else each)
    return found.all()


def _planned(record: Element, notes: Notes) -> int | None:
    """The planned enrolment of the whole trial; of the EEA or of this member state where no more is said."""
    for field, where in (
        ("f422_in_the_whole_clinical_trial", ""),
        ("f421_in_the_eea", "the EEA"),
        ("f41_in_the_member_state", "this member state"),
    ):
        count = record.count(field)
        if count is not None:
            if where:
                notes.add(f"The planned enrolment is that of {where}: the record has none of the whole trial.")
            return count
    return None


def _countries(record: Element) -> tuple[str, ...]:
    """The member state ("Germany - PEI") and the countries that are planned, which stand in one line without commas."""
    own = [text.split(" - ")[0] for text in record.texts("a1_member_state_concerned")]
    others = [country for text in record.texts("e863_trial_sites_planned_in") for country in _COUNTRY.findall(text)]
    return unique(own + others)


def _product(product: Element) -> str:
    name = product.first("d31_product_name", "d2111_trade_name").text()
    substances = unique(product.texts("d38_imp_identification_details.d38_inn__proposed_inn"))
    role = product.text("d12_and_d13_imp_role").lower()
    named = name or ", ".join(substances)
    inside = f" ({', '.join(substances)})" if name and substances else ""
    return f"{role}: {named}{inside}" if role and named else named + inside


def _said(record: Element, fields: tuple[tuple[str, str], ...]) -> str:
    """The words whose fields say yes."""
    return ", ".join(words for words, field in fields if record.text(field).lower() in ("yes", "true"))
