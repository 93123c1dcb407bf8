"""HL7 v2 messages for tests, all invented, written with line ends for people."""

import json
from pathlib import Path

import pytest

from carechain.errors import CarechainError
from carechain.hl7v2.reading import parse_messages
from carechain.labelling import Labelling

POLICY = Labelling.load(Path(__file__).parents[3] / "examples/labelling.yaml")
SECRET = "Inventedname"

PID = f"PID|1||p1^^^RIVER^MR||{SECRET}^Patient||19800102|F"
OBR = "OBR|1|ORD-1|LAB-1|58410-2^Blood count^LN|||20230714073000+0200|||||||||||||||20230714100000+0200||LAB|F"
OBX = "OBX|1|NM|718-7^Haemoglobin^LN||8.30|mmol/L^mmol/L^UCUM|7.5-10|N|||F"


def header(kind="ORU^R01^ORU_R01", version="2.5.1", charset="UNICODE UTF-8", control="MSG-1", rest=""):
    return rf"MSH|^~\&|LAB|HARBOUR|EHR|RIVER|20230714101500+0200||{kind}|{control}|P|{version}||||||{charset}{rest}"


def message(*segments, **fields):
    return "\r".join((header(**fields), *segments)) + "\r"


def result(*observations, **fields):
    return message(PID, OBR, *(observations or (OBX,)), **fields)


def admission(*segments, event="A01", **fields):
    return message("EVN||20230714", PID, *segments, kind=f"ADT^{event}", **fields)


def read(text):
    content = text if isinstance(text, bytes) else text.encode()
    return parse_messages(content, "messages.hl7", POLICY)


def resources(text, kind=None):
    """The resources of the first message, of one type."""
    found = [json.loads(record.content) for record in read(text)[0].records]
    return [resource for resource in found if kind in (None, resource["resourceType"])]


def categories(text, kind):
    """The categories of the records of one type in the first message."""
    return [record.categories for record in read(text)[0].records if record.identity.startswith(f"{kind}/")]


def refused(text):
    """The whole message of a refusal, which repeats nothing of the file."""
    with pytest.raises(CarechainError) as error:
        read(text)
    shown = str(error.value)
    assert "messages.hl7" in shown
    assert SECRET not in shown
    assert error.value.mend
    return shown
