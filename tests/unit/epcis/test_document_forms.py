"""Files as they come: other forms of a document, broken ones, and hostile ones."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carechain.epcis.events import Action, EventKind
from tests.unit.epcis.epcis_documents import CONTEXT, NAME, PACK, document, event, one, read, refused, xml

XML_EVENT = (
    "<ObjectEvent><eventTime>2026-07-22T06:45:00+02:00</eventTime><eventTimeZoneOffset>+02:00</eventTimeZoneOffset>"
    f"<epcList><epc>{PACK}</epc></epcList><action>OBSERVE</action></ObjectEvent>"
)
XML_QUERY = (
    '<q:EPCISQueryDocument xmlns:q="urn:epcglobal:epcis-query:xsd:1" schemaVersion="1.2" '
    'creationDate="2026-07-22T10:30:00Z"><EPCISBody><q:QueryResults><queryName>q</queryName><resultsBody><EventList>'
    f"{XML_EVENT}</EventList></resultsBody></q:QueryResults></EPCISBody></q:EPCISQueryDocument>"
)
FULL = document(
    event(
        action="ADD",
        bizStep="shipping",
        readPoint={"id": "https://id.gs1.org/414/4012345000054", "acme:dock": "7"},
        quantityList=[{"epcClass": "urn:epc:class:lgtin:9521141.001234.LOT9", "quantity": 3}],
        ilmd={"cbvmda:lotNumber": "LOT9", "acme:more": {"acme:grade": ["A", 1, True, {"acme:x": 1.5}]}},
        sensorElementList=[{"sensorReport": [{"type": "Temperature", "value": 4.5, "uom": "CEL"}]}],
        errorDeclaration={"declarationTime": "2026-07-23T00:00:00Z"},
    )
)


def test_one_event_is_the_same_in_every_form():
    bare = json.dumps({"@context": [CONTEXT], **event()}).encode()
    query = json.loads(document(event()))
    query["type"] = "EPCISQueryDocument"
    query["epcisBody"] = {"queryResults": {"resultsBody": {"eventList": [event()]}}}
    forms = [
        document(event()),
        b"\xef\xbb\xbf" + document(event()),
        bare,
        json.dumps(query).encode(),
        xml(XML_EVENT),
        xml(XML_EVENT, version="1.2"),
        xml(f"<extension>{XML_EVENT}</extension>", version="1.2"),
        b"\xef\xbb\xbf" + xml(XML_EVENT),
        b"\n " + xml(XML_EVENT),
        XML_EVENT.encode(),
        XML_QUERY.encode(),
        ('<?xml version="1.0" encoding="UTF-16"?>' + xml(XML_EVENT).decode()).encode("utf-16"),
        ('<?xml version="1.0" encoding="ISO-8859-1"?>' + xml(XML_EVENT).decode()).encode("latin-1"),
    ]
    events = [one(each) for each in forms]
    assert {each.hash for each in events} == {events[0].hash}
    assert all(each == events[0] for each in events)
    assert (events[0].kind, events[0].action, events[0].epcs) == (EventKind.OBJECT, Action.OBSERVE, (PACK,))


def test_the_name_of_a_file_does_not_decide_what_it_is():
    assert read(xml(XML_EVENT), "shipment.json").findings == ()
    assert read(document(event()), "shipment.xml").findings == ()


@pytest.mark.parametrize(
    "word",
    [
        "shipping",
        "urn:epcglobal:cbv:bizstep:shipping",
        "https://ref.gs1.org/cbv/BizStep-shipping",
        "cbv:BizStep-shipping",
    ],
)
def test_a_word_of_the_vocabulary_is_bare_however_it_was_written(word):
    assert one(document(event(bizStep=word))).biz_step == "shipping"


def test_a_word_of_ones_own_is_a_full_uri():
    assert one(document(event(bizStep="acme:thawing"))).biz_step == "https://acme.example/epcis/thawing"
    assert one(document(event(bizStep="urn:acme:thawing"))).biz_step == "urn:acme:thawing"


@pytest.mark.parametrize(
    ("namespace", "prefix"),
    [
        ("urn:epcglobal:cbv:mda:", "cbvmda"),
        ("urn:epcglobal:cbv:mda", "m"),
        ("urn:epcglobal:cbv:mda#", "whatever"),
    ],
)
def test_lot_and_dates_are_found_under_any_prefix(namespace, prefix):
    facts = {"lotNumber": "LOT9", "itemExpirationDate": "2027-12-31", "manufactureDate": "2026-07-01T08:00:00Z"}
    given_event = event(action="ADD", ilmd={f"{prefix}:{name}": value for name, value in facts.items()})
    found = one(document(given_event, **{"@context": [CONTEXT, {prefix: namespace}]}))
    assert (found.lot, str(found.expiry), str(found.produced)) == ("LOT9", "2027-12-31", "2026-07-01")
    elements = "".join(f"<{prefix}:{name}>{value}</{prefix}:{name}>" for name, value in facts.items())
    in_xml = XML_EVENT.replace("OBSERVE</action>", f"ADD</action><extension><ilmd>{elements}</ilmd></extension>")
    assert one(xml(in_xml, attributes=f'xmlns:{prefix}="{namespace}"')).ilmd == found.ilmd


def test_a_prefix_may_be_declared_in_an_event_and_holds_there_alone():
    own = event(**{"@context": [{"lab": "https://lab.example/"}], "lab:run": "7"})
    assert one(document(own)).extensions[0].name == "{https://lab.example/}run"
    found = refused(document(own, event(**{"lab:run": "7"})))
    assert found == [("eventList[1].lab:run", "has a prefix that the @context does not declare")]


@pytest.mark.parametrize(
    ("content", "place", "problem"),
    [
        (b"", "", "is empty"),
        (b"[]", "", "is not a JSON object"),
        (b"17", "", "is not a JSON object"),
        (b"GIF89a", "line 1, column 1", "is not JSON"),
        (FULL[:-30], "line 1", "ends in the middle of the document"),
        (b'{"type": "EPCISDocument", "type": "EPCISDocument"}', "", "has the element type twice"),
        (FULL.replace(b"4.5", b"NaN"), "", "holds NaN"),
        (FULL.replace(b"4.5", b"1e999"), "", "too long, too large"),
        (FULL.replace(b"4.5", b"1e-999999999"), "", "too fine"),
        (FULL.decode().encode("utf-16"), "", "is not in UTF-8"),
        (FULL.replace(b"LOT9", b"\xff"), "byte", "is not UTF-8"),
        (b"[" * 100_000, "", "nests deeper"),
        (b'{"a":' * 100_000, "", "nests deeper"),
        (b'{"resourceType": "Bundle"}', "type", "is neither an EPCIS document nor an event"),
        (document(), "eventList", "is empty"),
        (document(event(), epcisBody=None), "epcisBody", "is missing"),
        (document(event(), epcisBody={}), "epcisBody.eventList", "is missing"),
        (document(event(), epcisBody={"eventList": {}}), "epcisBody.eventList", "is not a list"),
        (document(7), "eventList[0]", "is not an object"),
        (document(event(), creationDate=None), "document.creationDate", "is missing"),
        (document(event(), creationDate="today"), "document.creationDate", "is not a date and time"),
        (document(event(), schemaVersion=None), "document.schemaVersion", "is missing"),
        (document(event(), schemaVersion="3.0"), "document.schemaVersion", "is not a version that is read"),
        (document(event(), schemaVersion=2), "document.schemaVersion", "is not text"),
        (document(event(), **{"@context": None}), "@context", "does not name the context of EPCIS 2.0"),
        (document(event(), **{"@context": ["https://schema.org"]}), "@context", "does not name the context"),
        (document(event(), **{"@context": [CONTEXT, {"a": 1}]}), "@context", "declares something else than prefixes"),
        (document(event(), **{"@context": [CONTEXT, {"a": "b"}]}), "@context", "something else than a URI"),
        (document(event(), **{"@context": [CONTEXT, 1]}), "@context", "is neither URLs nor prefixes"),
        (b"<html></html>", "", "is XML, but no EPCIS document"),
        (xml(XML_EVENT)[:-40], "line 1", "is not XML, or ends too early"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]>' + xml(XML_EVENT), "", "declares a document type or entities"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "", "declares a document type or entities"),
        (b'<?xml version="1.0" encoding="x-none"?><a/>', "", "is in an encoding that is not read"),
        (b"<a>" * 60 + b"</a>" * 60, "", "nests deeper"),
        (xml(), "eventList", "is empty"),
        (xml("<other:ObjectEvent xmlns:other='urn:x'/>"), "eventList[0].type", "is not a type of event"),
        (xml(XML_EVENT.replace("<action>", "<action>ADD</action><action>")), "eventList[0].action", "is not text"),
        (xml("<QuantityEvent/>"), "eventList[0].type", "is not a type of event"),
        (xml(XML_EVENT, version="1.9"), "document.schemaVersion", "is not a version that is read"),
        (xml(XML_EVENT + "</EventList><EventList>"), "EventList", "is not there once"),
    ],
)
def test_a_broken_file_is_refused(content, place, problem):
    found = refused(content)
    assert any(where.startswith(place) and problem in what for where, what in found), found


def test_deep_extensions_are_refused():
    deep = {"acme:x": "1"}
    for _ in range(30):
        deep = {"acme:x": deep}
    assert refused(document(event(**deep))) == [("eventList[0].x", "nests deeper than 20 levels")]


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**20) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=9), inner, max_size=2),
    max_leaves=4,
)


@given(st.data(), anything)
def test_any_value_anywhere_gives_findings_or_events_and_never_fails(data, value):
    whole = json.loads(FULL)
    place = whole
    while True:
        key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else list(range(len(place)))))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = value
    reading = read(json.dumps(whole).encode())
    assert bool(reading.findings) != bool(reading.events)
    assert all(finding.place.startswith(NAME) for finding in reading.findings)


@given(st.integers(0, len(xml(XML_EVENT)) - 1), st.binary(max_size=3))
def test_xml_with_some_bytes_changed_never_fails(position, changed):
    content = xml(XML_EVENT)
    reading = read(content[:position] + changed + content[position + len(changed) + 1 :])
    assert bool(reading.findings) != bool(reading.events)
