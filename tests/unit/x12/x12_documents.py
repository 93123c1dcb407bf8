"""Invented X12 files: bodies of transaction sets as lines, and interchanges around them with counts that agree."""

from datetime import date, datetime

import pytest

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


def told(error):
    words = str(error)
    assert not [secret for secret in SECRETS if secret in words]
    assert error.place.startswith(("claims.837", "file.x12"))
    assert error.mend
    return words
