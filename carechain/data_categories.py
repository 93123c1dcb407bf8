"""What a consent can be about, as 64 bits: FHIR R4 resource classes and sensitive labels.

Bits 0 to 47 are resource types of the FHIR R4 patient compartment, one bit for exactly one type, in
alphabetical order. Bits 48 to 62 are information-sensitivity codes of HL7 v3 ActCode, one bit for exactly
one code. Bit 63 stands for restricted data and for data whose label is none of those: a consent document can
never grant it.

A piece of data has exactly one class bit and any number of label bits, and is covered when all of its bits
are granted. Sensitive data is therefore never implied by a general grant, and no label stands for another
one.
"""

from __future__ import annotations

from carechain.errors import CarechainError

CLASS_SYSTEM = "http://hl7.org/fhir/resource-types"
LABEL_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"

_CLASSES = """
Account AdverseEvent AllergyIntolerance Appointment BodyStructure CarePlan CareTeam ChargeItem Claim
ClaimResponse ClinicalImpression Communication Composition Condition Consent Coverage
CoverageEligibilityResponse DetectedIssue DeviceRequest DeviceUseStatement DiagnosticReport
DocumentReference Encounter EpisodeOfCare ExplanationOfBenefit FamilyMemberHistory Flag Goal ImagingStudy
Immunization ImmunizationRecommendation Media MedicationAdministration MedicationDispense
MedicationRequest MedicationStatement MolecularSequence NutritionOrder Observation Patient Procedure
QuestionnaireResponse RelatedPerson ResearchSubject RiskAssessment ServiceRequest Specimen
VisionPrescription
"""
CLASSES: tuple[str, ...] = tuple(_CLASSES.split())

# FHIR R4 types that have no bit: those outside the patient compartment and some administrative ones in it.
_CLASSES_WITHOUT_BIT = """
ActivityDefinition AppointmentResponse AuditEvent Basic Binary BiologicallyDerivedProduct Bundle
CapabilityStatement CatalogEntry ChargeItemDefinition CodeSystem CommunicationRequest
CompartmentDefinition ConceptMap Contract CoverageEligibilityRequest Device DeviceDefinition DeviceMetric
DocumentManifest EffectEvidenceSynthesis Endpoint EnrollmentRequest EnrollmentResponse EventDefinition
Evidence EvidenceVariable ExampleScenario GraphDefinition Group GuidanceResponse HealthcareService
ImmunizationEvaluation ImplementationGuide InsurancePlan Invoice Library Linkage List Location Measure
MeasureReport Medication MedicationKnowledge MedicinalProduct MedicinalProductAuthorization
MedicinalProductContraindication MedicinalProductIndication MedicinalProductIngredient
MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged
MedicinalProductPharmaceutical MedicinalProductUndesirableEffect MessageDefinition MessageHeader
NamingSystem ObservationDefinition OperationDefinition OperationOutcome Organization
OrganizationAffiliation Parameters PaymentNotice PaymentReconciliation Person PlanDefinition Practitioner
PractitionerRole Provenance Questionnaire RequestGroup ResearchDefinition ResearchElementDefinition
ResearchStudy RiskEvidenceSynthesis Schedule SearchParameter Slot SpecimenDefinition StructureDefinition
StructureMap Subscription Substance SubstanceNucleicAcid SubstancePolymer SubstanceProtein
SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification SupplyDelivery SupplyRequest
Task TerminologyCapabilities TestReport TestScript ValueSet VerificationResult
"""
CLASSES_WITHOUT_BIT = frozenset(_CLASSES_WITHOUT_BIT.split())

# Code and plain words for it, in bit order from bit 48.
_LABELS: tuple[tuple[str, str], ...] = (
    ("BH", "behavioural health"),
    ("ETH", "substance abuse"),
    ("ETHUD", "alcohol use disorder"),
    ("GDIS", "genetic disease"),
    ("HIV", "HIV/AIDS"),
    ("MH", "mental health"),
    ("OPIOIDUD", "opioid use disorder"),
    ("PSY", "psychiatric disorder"),
    ("PSYTHPN", "psychotherapy notes"),
    ("SCA", "sickle cell anaemia"),
    ("SDV", "sexual assault, abuse or domestic violence"),
    ("SEX", "sexuality and reproductive health"),
    ("SPI", "specially protected"),
    ("STD", "sexually transmitted disease"),
    ("SUD", "substance use disorder"),
)
LABELS: tuple[str, ...] = tuple(code for code, _ in _LABELS)
LABEL_NAMES: tuple[str, ...] = tuple(name for _, name in _LABELS)

# Sensitivity codes that have no bit. Data so labelled carries bit 63, so a denial of them is always kept.
LABELS_WITHOUT_BIT: frozenset[str] = frozenset(("COGN", "DVD", "EMOTDIS", "MST", "TBOO", "VIO"))

FIRST_LABEL_BIT = 48
ALL_CLASSES = (1 << FIRST_LABEL_BIT) - 1
RESTRICTED = 1 << 63
ALL_LABELS = (1 << 64) - 1 - ALL_CLASSES

# HL7's own hierarchy: what lies under a label (v3 ActCode, ActInformationSensitivityPolicy).
_UNDER: dict[str, tuple[str, ...]] = {
    "SPI": ("BH", "MH", "PSY", "PSYTHPN", "SUD", "ETHUD", "OPIOIDUD"),
    "SUD": ("ETHUD", "OPIOIDUD"),
}

# Labels that two careful custodians might choose between for the same fact. HL7 keeps them apart; a patient
# who denies one of them means the fact, so a denial takes its neighbours with it. A grant never does.
_NEIGHBOURS: dict[str, tuple[str, ...]] = {
    "BH": ("MH", "PSY", "PSYTHPN"),
    "ETH": ("SUD", "ETHUD", "OPIOIDUD"),
    "GDIS": ("SCA",),
    "MH": ("PSY", "PSYTHPN"),
    "MST": ("SDV",),
    "PSY": ("MH", "PSYTHPN"),
    "SPI": ("ETH",),
    "STD": ("HIV",),
    "SUD": ("ETH",),
    "VIO": ("SDV",),
}


def class_bit(resource_type: str) -> int:
    """The mask of one FHIR R4 resource type. Raises CarechainError when it has no bit."""
    if resource_type not in CLASSES:
        raise CarechainError("The class of data", "is not one of the 48 resource types a consent can name", _CLASS_MEND)
    return 1 << CLASSES.index(resource_type)


def label_bit(code: str) -> int:
    """The mask of one sensitivity code. Raises CarechainError when it has no bit."""
    if code not in LABELS:
        raise CarechainError(
            "The sensitive label", "is not one of the 15 sensitivity codes a consent can name", _LABEL_MEND
        )
    return 1 << (FIRST_LABEL_BIT + LABELS.index(code))


def classes_of(*resource_types: str) -> int:
    """The mask of these resource types. Raises CarechainError as `class_bit` does."""
    return sum(class_bit(name) for name in set(resource_types))


def labels_of(*codes: str) -> int:
    """The mask of these sensitivity codes. Raises CarechainError as `label_bit` does."""
    return sum(label_bit(code) for code in set(codes))


def subsumed(code: str) -> int:
    """The mask of a sensitivity code and of those under it in HL7's hierarchy; 0 for a code without a bit."""
    codes = ((code,) if code in LABELS else ()) + _UNDER.get(code, ())
    return labels_of(*codes)


def denied_with(code: str) -> int:
    """The mask of labels that a denial of `code` removes: those it subsumes and its neighbours."""
    return subsumed(code) | labels_of(*_NEIGHBOURS.get(code, ()))


_CLASS_MEND = "name a FHIR R4 resource type that docs/FHIR_CONSENT.md lists"
_LABEL_MEND = "name a code that docs/FHIR_CONSENT.md lists"
