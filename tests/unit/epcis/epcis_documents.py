"""Documents for tests, all invented, and one way of reading them."""

import json
from datetime import UTC, datetime

from carechain.epcis.reading import read_bytes

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
NAME = "shipment.json"
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
OWN = {"acme": "https://acme.example/epcis/"}
PACK = "https://id.gs1.org/01/09521141012345/21/2017"
OTHER_PACK = "urn:epc:id:sgtin:9521141.001234.2018"
CASE = "urn:epc:id:sscc:4012345.0111111111"
LOT = "urn:epc:class:lgtin:9521141.001234.LOT9"


def event(kind="ObjectEvent", **fields):
    """An event of good form: an observed pack, unless told otherwise. A field of None is left out."""
    found = {
        "type": kind,
        "eventTime": "2026-07-22T06:45:00+02:00",
        "eventTimeZoneOffset": "+02:00",
        "action": None if kind == "TransformationEvent" else "OBSERVE",
        "epcList": [PACK] if kind == "ObjectEvent" else None,
    } | fields
    return {name: value for name, value in found.items() if value is not None}


def document(*events, **fields):
    """A document of these events in JSON."""
    whole = {
        "@context": [CONTEXT, OWN],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-07-22T10:30:00Z",
        "epcisBody": {"eventList": list(events)},
    } | fields
    return json.dumps({name: value for name, value in whole.items() if value is not None}).encode()


def xml(*events, version="2.0", attributes=""):
    """A document of these elements in XML."""
    return (
        f'<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:{version[0]}" schemaVersion="{version}" '
        f'creationDate="2026-07-22T10:30:00Z" {attributes}><EPCISBody><EventList>'
        f"{''.join(events)}</EventList></EPCISBody></epcis:EPCISDocument>"
    ).encode()


def read(content, name=NAME):
    """The Reading of a document."""
    return read_bytes(content, name, NOW)


def refused(content, name=NAME):
    """The findings of a document without usable events, as pairs of field and problem."""
    reading = read(content, name)
    assert reading.document is None
    assert reading.events == ()
    assert all(finding.place.startswith(name) and finding.mend for finding in reading.findings)
    return [(each.place.removeprefix(name).removeprefix(": "), each.problem) for each in reading.findings]


def one(content):
    """The only event of a document that is read."""
    reading = read(content)
    assert reading.findings == ()
    (found,) = reading.events
    return found
