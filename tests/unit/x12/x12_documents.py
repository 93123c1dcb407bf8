"""Invented X12 files: bodies of transaction sets as lines, and interchanges around them with counts that agree."""

from datetime import date, datetime
from io import StringIO

import pytest
from pyx12.x12file import X12Reader

from carechain.errors import CarechainError
from carechain.x12.claims import parse_claims
from carechain.x12.writing import Envelope

TODAY = date(2024, 6, 30)
ENVELOPE = Envelope("HARBOUR", "RIVERCLINIC", 7, datetime(2024, 6, 30, 9, 5))  # noqa: DTZ001 - X12 has no time zones
SECRETS = ("REED", "RVR0042", "RC-1", "J0390", "HARB1", "1999999984", "99213", "0450", "L-1", "H-77")

HEAD = """BHT*0019*00*1*20240110*1200*CH
NM1*41*2*RIVER BILLING*****46*RB1
PER*IC*DESK*TE*5550100
NM1*40*2*HARBOUR HEALTH*****46*HH1"""
PROVIDER = """HL*1**20*1
NM1*85*2*RIVER CLINIC*****XX*1999999984
N3*1 QUAY
N4*PORT*MD*21236
REF*EI*123456789"""
SUBSCRIBER = """HL*2*1*22*0
SBR*P*18*******CI
NM1*IL*1*REED*RIVER*Q***MI*RVR0042
DMG*D8*19800229*F
NM1*PR*2*HARBOUR HEALTH*****PI*HARB1"""
CLAIM = """CLM*RC-1*120.50***11:B:1*Y*A*Y*Y
HI*ABK:J0390*ABF:R509"""
LINES = """LX*1
SV1*HC:99213:25*100.5*UN*1***1:2
DTP*472*D8*20240105
REF*6R*L-1
LX*2
SV1*HC:87880*20*MJ*2.5*22**1
DTP*472*RD8*20240105-20240106"""
PROFESSIONAL = "\n".join((HEAD, PROVIDER, SUBSCRIBER, CLAIM, LINES))

OTHER_PAYER = """SBR*P*18*******CI
CAS*PR*1*20
AMT*D*60.5
OI***Y***Y
NM1*IL*1*REED*RIVER****MI*OTHER9
NM1*PR*2*FIRST HEALTH*****PI*FIRST1"""
LINES_PAID = """LX*1
SV1*HC:99213:25*100.5*UN*1***1:2
DTP*472*D8*20240105
SVD*FIRST1*80.5*HC:99213:25**1
CAS*CO*45*15**253*5
DTP*573*D8*20240120
LX*2
SV1*HC:87880*20*UN*1***1
DTP*472*D8*20240105
SVD*FIRST1*0*HC:87880**1
CAS*CO*45*-1
CAS*PR*2*21"""
SECONDARY = "\n".join((HEAD, PROVIDER, SUBSCRIBER.replace("SBR*P", "SBR*S"), CLAIM, OTHER_PAYER, LINES_PAID))

INSTITUTIONAL = "\n".join(
    (
        HEAD,
        PROVIDER,
        SUBSCRIBER,
        """CLM*RC-1*1300***13:A:1**A*Y*Y
DTP*434*RD8*20240301-20240304
CL1*1*7*30
REF*G1*AUTH9
HI*ABK:J0390
HI*ABJ:R509
HI*ABF:E119*ABF:I10
HI*BG:09
LX*1
SV2*0450*HC:99284*700*UN*1
DTP*472*D8*20240301
LX*2
SV2*0120**600*DA*3""",
    )
)


def changed(text, *changes):
    """The text with each old piece, which is there once, replaced by a new one."""
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def transaction_set(body, number="0001", kind="837", version="005010X222A1"):
    segments = [f"ST*{kind}*{number}*{version}", *body.splitlines()]
    return [*segments, f"SE*{len(segments) + 1}*{number}"]


def group(*sets, number="1", version="005010X222A1", name="HC"):
    inside = [segment for each in sets for segment in each]
    opened = f"GS*{name}*RIVERCLINIC*HARBOUR*20240110*1200*{number}*X*{version}"
    return [opened, *inside, f"GE*{len(sets)}*{number}"]


def interchange(*groups, number="000000001", separators="*^:~", end="\n", test="P"):
    """Bytes of an interchange; separators are of elements, repetitions, components and segments."""
    isa = f"ISA*00*{'':10}*00*{'':10}*ZZ*{'RIVERCLINIC':15}*ZZ*{'HARBOUR':15}*240110*1200*^*00501*{number}*0*{test}*:"
    inside = [segment for each in groups for segment in each]
    segments = [isa, *inside, f"IEA*{len(groups)}*{number}"]
    table = str.maketrans("*^:~", separators)
    return "".join(f"{segment.translate(table)}{separators[3]}{end}" for segment in segments).encode()


def file_of(*bodies, version="005010X222A1", kind="837", name="HC", **others):
    """A file of one interchange with one group, and each body in a transaction set."""
    sets = [transaction_set(body, f"{at:04}", kind, version) for at, body in enumerate(bodies, start=1)]
    return interchange(group(*sets, version=version, name=name), **others)


def institutional(*changes):
    return file_of(changed(INSTITUTIONAL, *changes), version="005010X223A2")


def professional(*changes):
    return file_of(changed(PROFESSIONAL, *changes))


def secondary(*changes):
    return file_of(changed(SECONDARY, *changes))


def read(content):
    return parse_claims(content, "claims.837", TODAY)


def the_claim(content):
    found = read(content)
    assert found.refusals == ()
    assert len(found.claims) == 1
    return found.claims[0]


def refused(content):
    """Why the one claim is refused, in words that repeat no value of the file."""
    found = read(content)
    assert found.claims == ()
    assert len(found.refusals) == 1
    return told(found.refusals[0])


def refused_as_a_whole(content, reader=read):
    with pytest.raises(CarechainError) as raised:
        reader(content)
    return told(raised.value)


def complaints(content):
    """What another reader of interchanges finds wrong: counts, control numbers, levels."""
    reader = X12Reader(StringIO(content.decode()))
    found = [problem for _ in reader for problem in reader.pop_errors()]
    reader.cleanup()
    return found + reader.pop_errors()


def told(error):
    words = str(error)
    assert not [secret for secret in SECRETS if secret in words]
    assert error.place.startswith(("claims.837", "file.x12"))
    assert error.mend
    return words


REMITTED = """BPR*I*79*C*ACH*CCP*01*1*DA*1*1**01*1*DA*1*20240628
TRN*1*T-1*1999999999
DTM*405*20240628
N1*PR*FIRST HEALTH
N1*PE*RIVER CLINIC*FI*123456789
LX*1
CLP*H-77*3*100*80**12*F-1
CAS*CO*A2*5
NM1*QC*1*REED*RIVER****MI*RVR0042
DTM*232*20240105
SVC*HC:99213*100*85
CAS*PR*2*15
PLB*123456789*20241231*72*1"""
STATUS_ASKED = """BHT*0010*13*Q1*20240601*0900
HL*1**20*1
NM1*PR*2*HARBOUR HEALTH*****PI*HARB1
HL*2*1*21*1
NM1*41*2*RIVER BILLING*****46*RB1
HL*3*2*19*1
NM1*1P*2*RIVER CLINIC*****XX*1999999984
HL*4*3*22*0
DMG*D8*19800229*F
NM1*IL*1*REED*RIVER*Q***MI*RVR0042
TRN*1*Q-1
REF*1K*3-7-42
REF*EJ*RC-1
AMT*T3*120.5
DTP*472*RD8*20240105-20240106
TRN*1*Q-2
REF*EJ*RC-2
HL*5*3*22*1
NM1*IL*1******MI*RVR0042
HL*6*5*23
NM1*QC*1*REED*BROOK
TRN*1*Q-3
REF*1K*3-7-44
SVC*HC:99213*40
DTP*472*D8*20240110"""
STATUS_ANSWERED = """BHT*0010*08*Q1*20240602*0900*DG
HL*1**20*1
NM1*PR*2*HARBOUR HEALTH*****PI*HARB1
HL*2*1*21*1
NM1*41*2*RIVER BILLING*****46*RB1
TRN*2*Q-0
STC*E0:24*20240602
HL*3*2*19*1
NM1*1P*2*RIVER CLINIC*****XX*1999999984
HL*4*3*22*0
NM1*IL*1*REED*RIVER*Q***MI*RVR0042
TRN*2*Q-1
STC*F1:65*20240528**120.5*75.4***20240529*T-1
REF*1K*3-7-42
REF*EJ*RC-1
SVC*HC:99213*100.5*75.4
STC*F2:1*20240528"""
COVERAGE_ASKED = """BHT*0022*13*Q1*20240601*0900
HL*1**20*1
NM1*PR*2*HARBOUR HEALTH*****PI*HARB1
HL*2*1*21*1
NM1*1P*2*RIVER CLINIC*****XX*1999999984
HL*3*2*22*0
TRN*1*Q-1*9RIVERCLIN
NM1*IL*1*REED*RIVER*Q***MI*RVR0042
DMG*D8*19800229*F
DTP*291*D8*20240605
EQ*30^98
EQ*UC
HL*4*2*22*1
NM1*IL*1******MI*RVR0043
HL*5*4*23*0
TRN*1*Q-2*9RIVERCLIN
NM1*03*1*REED*BROOK
DMG*D8*20101231"""


def read_by(reader, body, kind, version, *changes):
    """What a reader makes of a file with this transaction set."""
    return reader(file_of(changed(body, *changes), kind=kind, version=version), "file.x12")


def refused_by(reader, body, kind, version, *changes):
    with pytest.raises(CarechainError) as raised:
        read_by(reader, body, kind, version, *changes)
    return told(raised.value)
