"""Professional claims (837P) are read with the meaning that they have, or refused with their place."""

from datetime import date
from decimal import Decimal

import pytest

from carechain.claims.document import Adjustment, Code, Frequency, Identifier, Order, PriorPayment
from carechain.errors import CarechainError
from tests.unit.x12.x12_documents import (
    CLAIM,
    HEAD,
    LINES,
    PROFESSIONAL,
    PROVIDER,
    SUBSCRIBER,
    changed,
    file_of,
    professional,
    read,
    refused,
    secondary,
    the_claim,
    told,
)

DEPENDANT = (
    ("HL*2*1*22*0", "HL*2*1*22*1"),
    ("SBR*P*18", "SBR*P*"),
    ("CLM*", "HL*3*2*23*0\nPAT*19\nNM1*QC*1*REED*BROOK\nDMG*D8*20101231*M\nCLM*"),
)
FIRST = Identifier("payer", "FIRST1")


def test_every_element_becomes_its_value():
    claim = the_claim(professional())
    assert claim.place == "claims.837: segment 18 (CLM)"
    assert (claim.kind, claim.use, claim.control_number) == ("professional", "claim", "RC-1")
    assert (claim.frequency, claim.original, claim.order) == (Frequency.ORIGINAL, None, Order.PRIMARY)
    assert claim.provider == Identifier("npi", "1999999984")
    assert claim.payer == Identifier("payer", "HARB1")
    assert claim.member == Identifier("member", "RVR0042")
    assert (claim.relationship, claim.birth_date) == ("self", date(1980, 2, 29))
    assert (claim.currency, claim.total, claim.created) == ("USD", 12050, date(2024, 1, 10))
    assert claim.diagnoses == (Code("icd-10", "J0390"), Code("icd-10", "R509"))
    assert claim.patient_name == ("REED", "RIVER Q")
    assert (claim.prior, claim.authorisation, claim.related_cause) == ((), None, False)
    first, second = claim.lines
    assert (first.number, first.procedure, first.revenue) == (1, Code("hcpcs", "99213", ("25",)), None)
    assert (first.charge, first.units, first.unit, first.diagnoses) == (10050, Decimal(1), "UN", (1, 2))
    assert (first.first_day, first.last_day) == (date(2024, 1, 5), date(2024, 1, 5))
    assert (first.place_of_service, first.control_number) == ("11", "L-1")
    assert (second.charge, second.units, second.unit) == (2000, Decimal("2.5"), "MJ")
    assert (second.first_day, second.last_day) == (date(2024, 1, 5), date(2024, 1, 6))
    assert (second.place_of_service, second.control_number, second.diagnoses) == ("22", None, (1,))


def test_a_claim_does_not_show_its_patient():
    shown = repr(the_claim(professional()))
    assert not [secret for secret in ("REED", "RVR0042", "RC-1", "J0390", "99213") if secret in shown]


@pytest.mark.parametrize(("code", "word"), [("01", "spouse"), ("19", "child"), ("20", "other"), ("G8", "other")])
def test_a_dependant_is_told_from_the_subscriber(code, word):
    claim = the_claim(professional(*DEPENDANT[:2], (DEPENDANT[2][0], DEPENDANT[2][1].replace("PAT*19", f"PAT*{code}"))))
    assert (claim.relationship, claim.birth_date) == (word, date(2010, 12, 31))
    assert claim.patient_name == ("REED", "BROOK")
    assert claim.member.value == "RVR0042"


def test_a_patient_may_have_a_number_of_their_own():
    own = ("NM1*QC*1*REED*BROOK", "NM1*QC*1*REED*BROOK****MI*RVR0043")
    assert the_claim(file_of(changed(changed(PROFESSIONAL, *DEPENDANT), own))).member.value == "RVR0043"


def test_subscriber_and_dependant_may_both_have_claims():
    both = (
        changed(PROFESSIONAL, ("HL*2*1*22*0", "HL*2*1*22*1"))
        + "\nHL*3*2*23*0\nPAT*01\nNM1*QC*1*REED*BAY\n"
        + changed(CLAIM, ("RC-1", "RC-2"))
        + "\n"
        + LINES
    )
    found = read(file_of(both))
    assert [claim.relationship for claim in found.claims] == ["self"]
    # What says that the subscriber is the patient cannot stand above another patient.
    assert "SBR02 is given, and a patient's level follows" in told(found.refusals[0])


def test_several_providers_and_subscribers_are_kept_apart():
    more = (
        PROFESSIONAL
        + "\n"
        + "\n".join(
            (
                changed(PROVIDER, ("HL*1*", "HL*3*"), ("1999999984", "1888888889")),
                changed(SUBSCRIBER, ("HL*2*1", "HL*4*3"), ("RVR0042", "RVR0099")),
                CLAIM,
                LINES,
                changed(SUBSCRIBER, ("HL*2*1", "HL*5*1"), ("RVR0042", "RVR0098")),
                changed(CLAIM, ("RC-1", "RC-9")),
                LINES,
            )
        )
    )
    found = read(file_of(more)).claims
    assert [(claim.provider.value, claim.member.value) for claim in found] == [
        ("1999999984", "RVR0042"),
        ("1888888889", "RVR0099"),
        ("1999999984", "RVR0098"),
    ]


def test_one_refused_claim_does_not_lose_the_others():
    body = "\n".join((PROFESSIONAL, changed(CLAIM, ("RC-1", "RC-2"), ("120.50", "120.51")), LINES))
    body = "\n".join((body, changed(CLAIM, ("RC-1", "RC-3")), LINES))
    found = read(file_of(body))
    assert [claim.control_number for claim in found.claims] == ["RC-1", "RC-3"]
    assert "CLM02 is not the sum of the lines' charges" in told(found.refusals[0])
    assert found.read == 3


def test_a_claim_that_was_there_before_is_refused_unless_it_replaces():
    body = "\n".join((PROFESSIONAL, CLAIM, LINES))
    assert "CLM01 was there before in the file" in told(read(file_of(body)).refusals[0])
    replacing = changed(CLAIM, ("11:B:1", "11:B:7"), ("HI*", "REF*F8*H-77\nHI*"))
    assert len(read(file_of("\n".join((PROFESSIONAL, replacing, LINES)))).claims) == 2


@pytest.mark.parametrize(("code", "frequency"), [("7", Frequency.REPLACEMENT), ("8", Frequency.VOID)])
def test_replacements_and_voids_name_their_original(code, frequency):
    claim = the_claim(professional(("11:B:1", f"11:B:{code}"), ("HI*", "REF*F8*H-77\nHI*")))
    assert (claim.frequency, claim.original) == (frequency, "H-77")
    assert "is not named (REF*F8)" in refused(professional(("11:B:1", f"11:B:{code}")))


@pytest.mark.parametrize(
    "change",
    [
        ("*Y*A*Y*Y", "*Y*A*Y*Y**AA:::CA"),
        ("*Y*A*Y*Y", "*Y*A*Y*Y**EM"),
        ("*******CI", "*******AM"),
        ("*******CI", "*******WC"),
        ("*******CI", "*******LM"),
        ("DMG*D8*19800229*F", "DMG*D8*19800229*F\nREF*Y4*CASUALTY1"),
    ],
)
def test_another_party_that_may_be_liable_is_told(change):
    assert the_claim(professional(change)).related_cause


def test_codes_of_icd_9_are_told_from_those_of_icd_10():
    claim = the_claim(professional(("ABK:J0390*ABF:R509", "BK:0340*BF:V7389")))
    assert [code.system for code in claim.diagnoses] == ["icd-9", "icd-9"]


@pytest.mark.parametrize(
    ("qualifier", "system"),
    [("HC", "hcpcs"), ("ER", "jurisdiction"), ("HP", "hipps"), ("IV", "hiec"), ("WK", "abc"), ("N4", "ndc")],
)
def test_procedures_name_their_code_system(qualifier, system):
    assert the_claim(professional(("HC:99213", f"{qualifier}:99213"))).lines[0].procedure.system == system


def test_order_authorisation_and_currency_are_read():
    changes = (("SBR*P", "SBR*T"), ("HI*", "REF*G1*AUTH9\nHI*"), ("HL*1**20*1", "HL*1**20*1\nCUR*85*KWD"))
    claim = the_claim(professional(*changes))
    assert (claim.order, claim.authorisation, claim.currency) == (Order.TERTIARY, "AUTH9", "KWD")
    assert claim.total == 120_500


def test_what_the_payer_before_made_of_it_is_read():
    claim = the_claim(secondary())
    assert claim.prior == (PriorPayment(FIRST, 6050, (Adjustment("PR", "1", 2000),)),)
    assert claim.lines[0].prior == (
        PriorPayment(FIRST, 8050, (Adjustment("CO", "45", 1500), Adjustment("CO", "253", 500))),
    )
    assert claim.lines[1].prior == (
        PriorPayment(FIRST, 0, (Adjustment("CO", "45", -100), Adjustment("PR", "2", 2100))),
    )


def test_another_payer_that_has_not_decided_is_no_payment():
    assert the_claim(file_of(changed(PROFESSIONAL, ("LX*1", "SBR*S*01*******12\nOI***Y\nLX*1")))).prior == ()


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("AMT*D*60.5", "AMT*D*60.51", "do not sum to the charge"),
        ("CAS*PR*1*20\n", "", "do not sum to the charge"),
        ("AMT*D*60.5\n", "", "has adjustments below it, and no payment"),
        ("CAS*PR*1*20\nAMT*D*60.5\n", "", "has no payment (AMT*D) below it, and lines have that payer's"),
        ("NM1*PR*2*FIRST HEALTH*****PI*FIRST1", "NM1*85*2", "has a payment below it, and no payer"),
        ("*PI*FIRST1", "", "NM109 has no identifier of the other payer"),
        ("SVD*FIRST1*80.5", "SVD*FIRST2*80.5", "SVD01 is no payer that the claim names"),
        ("SVD*FIRST1*80.5", "SVD*FIRST1*80.6", "do not sum to the charge of the line"),
        ("SVD*FIRST1*80.5", "SVD*FIRST1*-80.5", "SVD02 is negative"),
        ("CAS*CO*45*15", "CAS*CX*45*15", "CAS01 is not a claim adjustment group"),
        ("CAS*CO*45*15", "CAS*CO**15", "CAS02 is missing"),
        ("CAS*CO*45*15", "CAS*CO*45*", "CAS03 is missing"),
        ("CAS*CO*45*15", "CAS*CO*45*15.001", "CAS03 has more than 2 decimals"),
        ("LX*2", "SVD*FIRST1*80.5*HC:99213**1\nCAS*CO*45*20\nLX*2", "SVD01 was there before in this line"),
        ("LX*1", "SBR*T*18\nNM1*PR*2*FIRST HEALTH*****PI*FIRST1\nLX*1", "is about a payer that was there before"),
    ],
)
def test_what_other_payers_made_of_it_comes_out_to_the_cent(old, new, why):
    assert why in refused(secondary((old, new)))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("*MI*RVR0042", "", "NM109 has no identifier of the subscriber"),
        ("*PI*HARB1", "", "NM109 has no identifier of the payer"),
        ("*XX*1999999984", "", "NM109 has no identifier of the provider"),
        ("*XX*1999999984", "*24*1999999984", "NM109 has no identifier of the provider"),
        ("NM1*85", "NM1*87", "has no NM1*85 below it"),
        ("NM1*IL", "NM1*QC", "has no NM1*IL below it"),
        ("SBR*P*18*******CI\n", "", "has no SBR below it"),
        ("SBR*P", "SBR*A", "SBR01 is not P, S or T"),
        ("SBR*P", "SBR*U", "SBR01 is not P, S or T"),
        ("SBR*P*18", "SBR*P*", "SBR02 does not say that the subscriber is the patient"),
        ("D8*19800229", "D8*19810229", "DMG02 is not a day that exists"),
        ("D8*19800229", "D8*20240701", "DMG02 is in the future"),
        ("CLM*RC-1", "CLM*", "CLM01 is missing"),
        ("*120.50*", "**", "CLM02 is missing"),
        ("*120.50*", "*120.51*", "CLM02 is not the sum"),
        ("*120.50*", "*-120.50*", "CLM02 is negative"),
        ("*120.50*", "*120.500*", "CLM02 has more than 2 decimals"),
        ("*120.50*", "*1000000000.01*", "CLM02 is larger than any claim"),
        ("*120.50*", "*1.2E2*", "CLM02 is not a number"),
        ("*120.50*", "*120,50*", "CLM02 is not a number"),
        ("*120.50*", "*.*", "CLM02 is not a number"),
        ("*120.50*", "*١٢*", "CLM02 is not a number"),
        ("11:B:1", "", "CLM05 is missing"),
        ("11:B:1", "11>B>1", "CLM05 is not divided by the component separator that ISA16 names"),
        ("11:B:1", "11:B:", "CLM05-3 is missing"),
        ("11:B:1", "11:B:2", "CLM05-3 is not 1, 7 or 8"),
        ("*Y*A*Y*Y", "*Y*A*N*Y", "CLM08 does not assign the benefits to the provider"),
        ("HI*ABK:J0390*ABF:R509\n", "", "has no principal diagnosis"),
        ("ABK:J0390*ABF:R509", "ABF:R509", "HI01 is a diagnosis before the principal one"),
        ("ABK:J0390*ABF:R509", "ABK:J0390*ABK:R509", "HI02 is a principal diagnosis, and is not the first"),
        ("ABK:J0390", "XYZ:J0390", "HI01-1 has a qualifier that is not known"),
        ("ABK:J0390", "ABK", "HI01 is not divided"),
        ("ABK:J0390", "ABK:", "HI01-2 is missing"),
        ("LX*1", "LX*3", "LX01 is not the number of this line"),
        ("SV1*HC:99213:25*100.5*UN*1***1:2\n", "", "has no SV1 below it"),
        ("SV1*HC:99213:25*100.5*UN*1***1:2", "SV2*0450*HC:99213*100.5*UN*1", "has no SV1 below it"),
        ("HC:99213:25", "", "SV101 is missing"),
        ("HC:99213:25", "HC", "SV101-2 is missing"),
        ("HC:99213:25", "HC>99213>25", "SV101 is not divided"),
        ("HC:99213:25", "ZX:99213:25", "SV101-1 names no code system"),
        ("*100.5*UN*1*", "**UN*1*", "SV102 is missing"),
        ("*100.5*UN*1*", "*100.5**1*", "SV103 is missing"),
        ("*100.5*UN*1*", "*100.5*ML*1*", "SV103 is no unit"),
        ("*100.5*UN*1*", "*100.5*UN**", "SV104 is missing"),
        ("*100.5*UN*1*", "*100.5*UN*0*", "SV104 is not positive"),
        ("*100.5*UN*1*", "*100.5*UN*-1*", "SV104 is not positive"),
        ("*100.5*UN*1*", "*100.5*UN*1.001*", "SV104 has more than 2 decimals"),
        ("*100.5*UN*1*", "*100.5*UN*9999999999*", "SV104 has too many digits"),
        ("***1:2", "***1:3", "SV107 points to a diagnosis that the claim does not have"),
        ("***1:2", "***0", "SV107 points to a diagnosis that the claim does not have"),
        ("***1:2", "***1.00", "SV107 is not the number of a diagnosis"),
        ("***1:2", "***1>2", "SV107 is not divided"),
        ("DTP*472*D8*20240105\n", "", "has no day of service"),
        ("472*D8*20240105", "472*D8*20240230", "DTP03 is not a day that exists"),
        ("472*D8*20240105", "472*D8*2024-01-05", "DTP03 is not a day that exists"),
        ("472*D8*20240105", "472*D8*20240701", "DTP03 is in the future"),
        ("472*D8*20240105", "472*TM*1200", "DTP02 is not D8 or RD8"),
        ("RD8*20240105-20240106", "RD8*20240106-20240105", "DTP03 ends before it begins"),
        ("RD8*20240105-20240106", "RD8*20240105", "DTP03 is not a day that exists"),
        ("REF*6R*L-1", "REF*6R*", "REF02 is missing"),
        ("REF*6R*L-1", "REF*6R*L-1\nREF*6R*L-2", "stands here twice"),
        ("HL*1**20*1", "HL*1**20*1\nCUR*85*XYZ", "CUR02 is not a currency"),
        ("HL*1**20*1", "HL*1**20*1\nCUR*85*JPY", "CLM02 has more than 0 decimals"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_its_element(old, new, why):
    assert why in refused(professional((old, new)))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("HI*ABK", "LX*1\nHI*ABK", "segment 20 (HI) may not stand where it does"),
        ("DTP*472*D8*20240105\nREF*6R*L-1", "REF*6R*L-1\nDTP*472*D8*20240105", "segment 23 (DTP) may not stand"),
        ("CLM*RC-1*120.50***11:B:1*Y*A*Y*Y\n", "", "begins a transaction set without a claim"),
        ("LX*2", "SBR*S*18\nLX*2", "segment 24 (SBR) may not stand"),
        ("N3*1 QUAY", "DMG*D8*19800101", "segment 10 (DMG) may not stand"),
        ("REF*6R*L-1", "ZZZ*1", "segment 23 (ZZZ) may not stand"),
        ("HL*2*1*22*0", "HL*2*9*22*0", "HL02 is not a level that this one may stand below"),
        ("HL*2*1*22*0", "HL*2**22*0", "HL02 is not a level that this one may stand below"),
        ("HL*2*1*22*0", "HL*2*1*23*0", "HL02 is not a level that this one may stand below"),
        ("HL*2*1*22*0", "HL*2*1*24*0", "HL03 is not a level of this transaction set"),
        ("HL*2*1*22*0", "HL*7*1*22*0", "HL01 is not the number of this level"),
        ("HL*1**20*1", "HL*1*2*20*1", "HL02 is not a level"),
        ("BHT*0019*00*1*20240110*1200*CH\n", "", "is not followed by BHT"),
        ("BHT*0019*00", "BHT*0019*22", "BHT02 is neither 00 nor 18"),
        ("*1200*CH", "*1200*RP", "BHT06 reports encounters and claims no payment"),
        ("*20240110*1200", "*20240732*1200", "BHT04 is not a day that exists"),
        ("*20240110*1200", "*20240701*1200", "BHT04 is in the future"),
    ],
)
def test_segments_out_of_their_order_are_refused(old, new, why):
    assert why in refused(professional((old, new)))


def test_a_claim_below_its_provider_alone_is_refused():
    assert "is no level that a claim stands below" in refused(file_of("\n".join((HEAD, PROVIDER, CLAIM, LINES))))


def test_a_claim_has_lines_and_fifty_at_most():
    assert "has no service lines" in refused(professional(("\n" + LINES, "")))

    def of(count):
        one = "SV1*HC:99213*1*UN*1***1\nDTP*472*D8*20240105"
        lines = "\n".join(f"LX*{at}\n{one}" for at in range(1, count + 1))
        return professional(("120.50", str(count)), (LINES, lines))

    assert len(the_claim(of(50)).lines) == 50
    assert "is beyond the 50 lines that such a claim has" in refused(of(51))


def test_what_has_no_place_is_noted_without_its_value():
    notes = read(professional(("HI*", "PWK*OZ*BM***AC*DMN0012\nAMT*F5*10\nHI*"))).notes
    assert notes == (
        "left out: attachments (PWK) (1 claim)",
        "left out: what the patient paid (AMT*F5) (1 claim)",
    )


def test_a_claim_file_of_one_broken_set_says_so_by_claim():
    content = professional().replace(b"SE*25*0001", b"SE*25*0009")
    found = read(content)
    assert found.read == 1
    assert isinstance(found.refusals[0], CarechainError)
    assert told(found.refusals[0]).startswith("claims.837: segment 18 (CLM) is in a transaction set that is refused")


def test_a_prior_authorisation_of_a_line_is_the_claims():
    claim = the_claim(professional(("DTP*472*D8*20240105", "DTP*472*D8*20240105\nREF*G1*AUTH9")))
    assert claim.authorisation == "AUTH9"


def test_several_prior_authorisations_are_refused():
    several = professional(("HI*", "REF*G1*AUTH8\nHI*"), ("DTP*472*D8*20240105", "DTP*472*D8*20240105\nREF*G1*AUTH9"))
    assert "has several prior authorisations (REF*G1)" in refused(several)
