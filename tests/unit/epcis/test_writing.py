"""Documents written from values made by hand, which no reader made fit."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from carechain.epcis.events import (
    Action,
    ErrorDeclaration,
    Event,
    EventKind,
    Extension,
    PersistentDisposition,
    Place,
    Quantity,
    SensorElement,
    SensorMetadata,
    SensorReport,
    Typed,
)
from carechain.epcis.hashing import event_hash
from carechain.epcis.writing import to_json
from carechain.errors import CarechainError
from tests.unit.epcis.epcis_documents import CASE, LOT, NOW, OTHER_PACK, PACK, one, read, xml

TIME = datetime(2026, 7, 22, 6, 45, 0, 123_000, tzinfo=timezone(timedelta(hours=2)))
ACME = "{https://acme.example/epcis/}"
MORE = (
    Extension(f"{ACME}grade", "A"),
    Extension(f"{ACME}grade", "gs1:B"),
    Extension("{urn:other:}lines", "", (Extension(f"{ACME}line", "1", (Extension(f"{ACME}unit", "m"),)),)),
)
GLN = "https://id.gs1.org/414/4012345000054"
SENSOR = SensorElement(
    SensorMetadata(start_time=TIME, end_time=TIME + timedelta(hours=1), device_id="urn:epc:id:giai:4000001.111"),
    (
        SensorReport(type="Temperature", value=Decimal("4.50"), uom="CEL", time=TIME, extensions=MORE[:1]),
        SensorReport(
            type="https://acme.example/shock", boolean_value=False, component="x", exception="ALARM_CONDITION"
        ),
    ),
    MORE,
)


def made(kind, **fields):
    return Event("made", kind, None, TIME, "+02:00", **fields)


FULL = made(
    EventKind.OBJECT,
    record_time=datetime(2026, 7, 23, tzinfo=UTC),
    action=Action.ADD,
    epcs=(PACK, OTHER_PACK),
    quantities=(Quantity(LOT, Decimal("3"), None), Quantity(LOT.replace("LOT9", "LOT8"))),
    biz_step="commissioning",
    disposition="https://acme.example/disp/thawed",
    persistent_disposition=PersistentDisposition(("completeness_verified",), ("completeness_inferred",)),
    read_point=Place(GLN, MORE[:1]),
    biz_location=Place(GLN),
    biz_transactions=(Typed("po", "urn:x:1"), Typed(None, "urn:x:2")),
    sources=(Typed("owning_party", "urn:epc:id:pgln:4012345.00000"),),
    destinations=(Typed("https://acme.example/party", "urn:x:3"),),
    sensors=(SENSOR,),
    ilmd=(Extension("{urn:epcglobal:cbv:mda:}lotNumber", "LOT9"), *MORE),
    error_declaration=ErrorDeclaration(TIME + timedelta(days=1), "did_not_occur", ("urn:x:4",), MORE[:1]),
    certification_info=("https://certificates.example/1",),
    extensions=MORE,
)


@pytest.mark.parametrize(
    "given",
    [
        FULL,
        made(EventKind.AGGREGATION, action=Action.ADD, parent=CASE, epcs=(PACK,), quantities=(Quantity(LOT),)),
        made(EventKind.ASSOCIATION, action=Action.DELETE, parent=CASE),
        made(EventKind.TRANSACTION, action=Action.ADD, parent=CASE, biz_transactions=(Typed("po", "urn:x:1"),)),
        made(
            EventKind.TRANSFORMATION,
            inputs=(PACK,),
            input_quantities=(Quantity(LOT, Decimal("1.5"), "KGM"),),
            outputs=(OTHER_PACK,),
            output_quantities=(Quantity(LOT),),
            transformation_id="urn:x:1",
        ),
    ],
)
def test_an_event_is_read_back_equal_with_an_equal_hash(given):
    found = one(to_json([given], NOW))
    assert found.hash == event_hash(given)
    assert found == Event(**{**vars(given), "hash": found.hash})


def test_the_document_is_of_version_2_with_gs1s_context_and_no_empty_fields():
    whole = json.loads(to_json([made(EventKind.OBJECT, action=Action.OBSERVE, epcs=(PACK,))], NOW))
    assert whole["@context"] == ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]
    assert (whole["type"], whole["schemaVersion"]) == ("EPCISDocument", "2.0")
    assert whole["epcisBody"]["eventList"] == [
        {
            "type": "ObjectEvent",
            "eventTime": "2026-07-22T06:45:00.123000+02:00",
            "eventTimeZoneOffset": "+02:00",
            "action": "OBSERVE",
            "epcList": [PACK],
        }
    ]


def test_each_namespace_is_declared_once():
    context = json.loads(to_json([FULL, FULL], NOW))["@context"]
    assert context[1:] == [{"ns1": "https://acme.example/epcis/"}, {"ns2": "urn:other:"}]


def test_attributes_and_text_of_xml_survive():
    element = '<a:weight xmlns:a="https://acme.example/" unit="KGM">3.50</a:weight>'
    content = xml(
        "<ObjectEvent><eventTime>2026-07-22T06:45:00Z</eventTime><eventTimeZoneOffset>+02:00</eventTimeZoneOffset>"
        f"<epcList><epc>{PACK}</epc></epcList><action>ADD</action><ilmd>{element}</ilmd></ObjectEvent>"
    )
    found = one(content)
    assert found.ilmd == (Extension("{https://acme.example/}weight", "3.50", (Extension("unit", "KGM"),)),)
    assert one(to_json([found], NOW)) == found


def test_a_document_without_events_is_not_written():
    with pytest.raises(CarechainError, match="cannot be written"):
        to_json([], NOW)


def test_several_events_keep_their_order():
    packs = [made(EventKind.OBJECT, action=Action.ADD, epcs=(f"{PACK}{n}",)) for n in range(5)]
    assert [each.epcs for each in read(to_json(packs, NOW)).events] == [each.epcs for each in packs]
