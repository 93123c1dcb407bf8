"""What a capture interface must refuse in one event, each by its field (EPCIS 2.0 and CBV 2.0)."""

import pytest

from tests.unit.epcis.epcis_documents import CASE, LOT, NOW, OTHER_PACK, PACK, document, event, one, refused

ILMD = {"acme:grade": "A"}
TRANSACTION = [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000009:1"}]


def sensor(metadata=None, **report):
    return [{"sensorMetadata": metadata or {}, "sensorReport": [report]}]


@pytest.mark.parametrize(
    ("given", "field", "problem"),
    [
        (event(eventTime=None), "eventTime", "is missing"),
        (event(eventTimeZoneOffset=None), "eventTimeZoneOffset", "is missing"),
        (event(action=None), "action", "is missing"),
        (event(eventTime="2026-07-22T06:45:00"), "eventTime", "is not a date and time with its offset"),
        (event(eventTime="2026-02-30T06:45:00Z"), "eventTime", "is not a date and time with its offset"),
        (event(eventTime="0001-01-01T00:00:00+14:00"), "eventTime", "is not a date and time with its offset"),
        (event(eventTime="22.7.2026"), "eventTime", "is not a date and time with its offset"),
        (event(eventTime=1784695500), "eventTime", "is not text"),
        (event(eventTime="2026-11-25T12:06:00Z"), "eventTime", "is in the future"),
        (event(eventTimeZoneOffset="+2"), "eventTimeZoneOffset", "is not an offset from -14:00 to +14:00"),
        (event(eventTimeZoneOffset="Z"), "eventTimeZoneOffset", "is not an offset from -14:00 to +14:00"),
        (event(eventTimeZoneOffset="+14:30"), "eventTimeZoneOffset", "is not an offset from -14:00 to +14:00"),
        (event(action="CREATE"), "action", "is not ADD, OBSERVE or DELETE"),
        (event(action="add"), "action", "is not ADD, OBSERVE or DELETE"),
        (event("QuantityEvent"), "type", "is not a type of event"),
        (event(type=None), "type", "is missing"),
        (event(bizStep="transforming"), "bizStep", "is not a business step of CBV 2.0"),
        (event(bizStep="urn:epcglobal:cbv:bizstep:transforming"), "bizStep", "is not a business step of CBV 2.0"),
        (event(bizStep="https://ref.gs1.org/cbv/BizStep-shopping"), "bizStep", "is not a business step of CBV 2.0"),
        (event(bizStep="Shipping"), "bizStep", "is not a business step of CBV 2.0"),
        (event(bizStep=""), "bizStep", "is not text"),
        (event(bizStep="my step:x y"), "bizStep", "is not a business step of CBV 2.0"),
        (event(bizStep="undeclared:packing"), "bizStep", "is not a business step of CBV 2.0"),
        (event(disposition="undeclared:lost"), "disposition", "is not a disposition of CBV 2.0"),
        (event(disposition="in_transport"), "disposition", "is not a disposition of CBV 2.0"),
        (event(persistentDisposition={}), "persistentDisposition", "neither sets nor unsets anything"),
        (
            event(persistentDisposition={"set": ["lost"]}),
            "persistentDisposition.set[0]",
            "is not a disposition of CBV 2.0",
        ),
        (event(epcList=[]), "epcList", "and quantityList are both missing or empty"),
        (event(epcList=None), "epcList", "and quantityList are both missing or empty"),
        (event(epcList=PACK), "epcList", "is not a list"),
        (event(epcList=[PACK, PACK]), "epcList", "names something twice"),
        (event(epcList=["2017"]), "epcList[0]", "is not a URI"),
        (event(epcList=[PACK, None]), "epcList[1]", "is not text"),
        (event(epcList=[PACK, 7]), "epcList[1]", "is not text"),
        (
            event(epcList=["https://id.gs1.org/01/09521141012346/21/1"]),
            "epcList[0]",
            "has a wrong check digit in its GTIN",
        ),
        (
            event(epcList=["urn:epc:id:sgtin:9521141.01234.1"]),
            "epcList[0]",
            "is not an EPC of SGTIN: it has wrong digits",
        ),
        (
            event(quantityList=[{"epcClass": LOT, "weight": 5}]),
            "quantityList[0].weight",
            "is not a field that EPCIS has here",
        ),
        (event(quantityList=[{"quantity": 5}]), "quantityList[0].epcClass", "is missing"),
        (event(quantityList=[{"epcClass": LOT, "quantity": "5"}]), "quantityList[0].quantity", "is not a number"),
        (event(quantityList=[{"epcClass": LOT, "quantity": True}]), "quantityList[0].quantity", "is not a number"),
        (event(quantityList=[{"epcClass": LOT, "quantity": -1}]), "quantityList[0].quantity", "is below zero"),
        (event(quantityList=[{"epcClass": LOT, "uom": "KGM"}]), "quantityList[0].uom", "stands without a quantity"),
        (
            event(quantityList=[{"epcClass": LOT, "quantity": 1, "uom": "kilogram"}]),
            "quantityList[0].uom",
            "is not a unit of UN/ECE Recommendation 20",
        ),
        (
            event(quantityList=[{"epcClass": LOT, "acme:weight": 5}]),
            "quantityList[0].weight",
            "is not a field that EPCIS has here",
        ),
        (event(quantityList=[LOT]), "quantityList[0]", "is not an object"),
        (event(readPoint={}), "readPoint.id", "is missing"),
        (event(readPoint="https://id.gs1.org/414/4012345000054"), "readPoint", "is not an object"),
        (
            event(readPoint={"id": "https://id.gs1.org/414/4012345000055"}),
            "readPoint.id",
            "has a wrong check digit in its GLN",
        ),
        (event(bizTransactionList=[{"type": "po"}]), "bizTransactionList[0].bizTransaction", "is missing"),
        (
            event(bizTransactionList=[{"type": "order", "bizTransaction": "urn:x:1"}]),
            "bizTransactionList[0].type",
            "is not a type of business transaction of CBV 2.0",
        ),
        (event(sourceList=[{"source": "urn:x:1"}]), "sourceList[0].type", "is missing"),
        (event(ilmd={"lotNumber": "L"}, action="ADD"), "ilmd.lotNumber", "is not a field that EPCIS has here"),
        (event(ilmd=ILMD, action="DELETE"), "ilmd", "does not belong to such an event"),
        (
            event(ilmd={"other:grade": "A"}, action="ADD"),
            "ilmd.other:grade",
            "has a prefix that the @context does not declare",
        ),
        (event(ilmd={"acme:grade": None}, action="ADD"), "ilmd.grade", "is null"),
        (event(ilmd={"acme:grade": [["A"]]}, action="ADD"), "ilmd.grade", "has a list directly in a list"),
        (
            event(ilmd={"cbvmda:itemExpirationDate": "31.12.2027"}, action="ADD"),
            "ilmd.itemExpirationDate",
            "is not a date",
        ),
        (
            event(
                ilmd={"cbvmda:itemExpirationDate": "2026-01-01", "cbvmda:productionDate": "2026-01-02"}, action="ADD"
            ),
            "ilmd.itemExpirationDate",
            "is before the production",
        ),
        (event(certificationInfo="certified"), "certificationInfo", "is not a URI"),
        (event(certificationInfo=[{"agency": "x"}]), "certificationInfo[0]", "is not a URI"),
        (event(eventID="17"), "eventID", "is not a URI"),
        (event(recordTime="now"), "recordTime", "is not a date and time with its offset"),
        (event(errorDeclaration={}), "errorDeclaration.declarationTime", "is missing"),
        (
            event(errorDeclaration={"declarationTime": "2026-07-23T00:00:00Z", "reason": "typo"}),
            "errorDeclaration.reason",
            "is not a reason of an error of CBV 2.0",
        ),
        (event(disposition=None, readpoint={"id": PACK}), "readpoint", "is not a field that EPCIS has here"),
        (event(bizStep=None, **{"@id": PACK}), "@id", "is not a field that EPCIS has here"),
        (event(**{"{https://acme.example/}x": "1"}), "(unnamed)", "is not a field that EPCIS has here"),
        (event(transformationID="urn:x:1"), "transformationID", "is not a field that EPCIS has here"),
        (event(parentID=CASE), "parentID", "is not a field that EPCIS has here"),
        (event(sensorElementList=[{}]), "sensorElementList[0].sensorReport", "is missing or empty"),
        (event(sensorElementList=[{"sensorReport": []}]), "sensorElementList[0].sensorReport", "is missing or empty"),
        (event(epcList=None, sensorElementList=sensor(value=4)), "readPoint", "is missing"),
        (event(ilmd=ILMD), "ilmd", "does not belong to such an event"),
        (
            event(sensorElementList=sensor(type="Temperature", value="26")),
            "sensorElementList[0].sensorReport[0].value",
            "is not a number",
        ),
        (
            event(sensorElementList=sensor(minValue=9, maxValue=8)),
            "sensorElementList[0].sensorReport[0].maxValue",
            "is below minValue",
        ),
        (
            event(sensorElementList=sensor(booleanValue="true")),
            "sensorElementList[0].sensorReport[0].booleanValue",
            "is neither true nor false",
        ),
        (
            event(sensorElementList=sensor(hexBinaryValue="xyz")),
            "sensorElementList[0].sensorReport[0].hexBinaryValue",
            "is not hexadecimal",
        ),
        (
            event(sensorElementList=sensor({"startTime": "2026-07-22T06:00:00Z", "endTime": "2026-07-22T05:00:00Z"})),
            "sensorElementList[0].sensorMetadata.endTime",
            "is before startTime",
        ),
        (event("AggregationEvent", childEPCs=[PACK], action="ADD"), "parentID", "is missing"),
        (event("AssociationEvent", childEPCs=[PACK]), "parentID", "is missing"),
        (
            event("AggregationEvent", parentID=CASE, action="ADD"),
            "childEPCs",
            "and childQuantityList are both missing or empty",
        ),
        (
            event("AggregationEvent", parentID=CASE, childEPCs=["https://id.gs1.org/00/040123451111111111"]),
            "childEPCs[0]",
            "has a wrong check digit in its SSCC",
        ),
        (
            event(
                "AggregationEvent",
                parentID=CASE,
                childQuantityList=[{"epcClass": "https://id.gs1.org/01/09521141012346"}],
            ),
            "childQuantityList[0].epcClass",
            "has a wrong check digit in its GTIN",
        ),
        (event("AggregationEvent", parentID=CASE, epcList=[PACK]), "epcList", "is not a field that EPCIS has here"),
        (event("TransactionEvent", epcList=[PACK]), "bizTransactionList", "is missing or empty"),
        (
            event("TransactionEvent", bizTransactionList=TRANSACTION),
            "epcList",
            "and quantityList are both missing or empty",
        ),
        (
            event("TransformationEvent", inputEPCList=[PACK]),
            "outputEPCList",
            "and outputQuantityList are both missing or empty",
        ),
        (
            event("TransformationEvent", outputEPCList=[PACK]),
            "inputEPCList",
            "and inputQuantityList are both missing or empty",
        ),
        (
            event("TransformationEvent", transformationID="urn:x:1"),
            "inputEPCList",
            "and all other lists are missing or empty",
        ),
        (
            event("TransformationEvent", inputEPCList=[PACK], outputEPCList=[OTHER_PACK], action="ADD"),
            "action",
            "is not a field that EPCIS has here",
        ),
    ],
)
def test_a_defect_of_an_event_is_refused_by_its_field(given, field, problem):
    assert (f"eventList[0].{field}", problem) in refused(document(given))


def test_all_findings_of_all_events_come_at_once():
    found = refused(document(event(action="NO", bizStep="no"), event(), event(epcList=None, eventTimeZoneOffset="x")))
    assert [place for place, _ in found] == [
        "eventList[0].action",
        "eventList[0].bizStep",
        "eventList[2].eventTimeZoneOffset",
        "eventList[2].epcList",
    ]


def test_no_finding_repeats_a_serial_number():
    serial = "ZQ8812"
    bad = [f"urn:epc:id:sgtin:9521141.01234.{serial}", f"https://id.gs1.org/01/09521141012346/21/{serial}", serial]
    assert serial not in str(refused(document(event(epcList=bad, bizStep=serial, **{f"{serial} x": 1}))))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (event(bizStep="\ud800"), "bizStep"),
        (event(eventID="urn:x:\udfff"), "eventID"),
        (event(epcList=[OTHER_PACK, f"{PACK}\ud800"]), "epcList[1]"),
        (event(sensorElementList=sensor(stringValue="warm\ud800")), "sensorElementList[0].sensorReport[0].stringValue"),
        (event(**{"acme:note": "\ud800"}), "note"),
        (event(**{"acme:note": ["fine", "\ud800"]}), "note"),
        (event(**{"acme:note": {"#text": "\ud800"}}), "note"),
        (event(**{"acme:note": {"acme:inner": "\ud800"}}), "note"),
        (event(**{"acme:\ud800": "note"}), "(unnamed)"),
    ],
)
def test_half_a_character_is_refused_wherever_it_stands(given, field):
    problem = "has half a character (a lone surrogate)"
    assert refused(document(given)) == [(f"eventList[0].{field}", problem)]


@pytest.mark.parametrize(
    "given",
    [
        event(
            epcList=None,
            readPoint={"id": "https://id.gs1.org/414/4012345000054"},
            sensorElementList=sensor(type="Temperature", value=4, uom="CEL"),
        ),
        event(epcList=None, quantityList=[{"epcClass": LOT}]),
        event("AggregationEvent", childEPCs=[PACK]),
        event("AggregationEvent", parentID=CASE, action="DELETE"),
        event("TransactionEvent", bizTransactionList=TRANSACTION, action="DELETE"),
        event("TransactionEvent", bizTransactionList=[{"bizTransaction": "urn:x:1"}], parentID=CASE),
        event("TransformationEvent", inputEPCList=[PACK], transformationID="urn:x:1"),
        event(eventTime=NOW.isoformat()),
        event(eventTime="2026-11-25T12:04:00Z"),  # clocks differ
        event(epcList=["urn:epc:id:giai:4000001.12345", "https://packs.example/17"]),
    ],
)
def test_what_the_standard_allows_is_read(given):
    assert one(document(given)).place == "shipment.json: eventList[0]"
