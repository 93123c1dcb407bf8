"""What is wrong with an event of good form: its time, its identifiers, its dates, its hash."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from carechain.epcis.events import Event, EventKind
from carechain.epcis.fields import Findings
from carechain.epcis.hashing import event_hash
from carechain.errors import CarechainError
from carechain.gs1.identifiers import identifier

_CLOCKS_DIFFER = timedelta(minutes=5)
_HASH_ID = re.compile(r"ni:///(sha-256|sha3-256|sha-384|sha-512);[0-9a-f]+\?ver=CBV2\.0", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T.*|Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII)
_DATES = ("itemExpirationDate", "productionDate", "manufactureDate", "bestBeforeDate", "sellByDate")


def check(event: Event, now: datetime, findings: Findings) -> None:
    """Adds what is wrong with an event that has its hash. `now` is aware; clocks may differ by five minutes.

    Checked are: the event is not in the future; GTIN, SSCC and GLN have their form and check digits (EPC
    Tag Data Standard); dates of the ilmd are dates, and expiry is not before production. Noted is an event id that is a
    hash of CBV 2.0, and not this event's: what is committed to is the hash that was worked out, whatever the id says.
    """
    if event.time > now + _CLOCKS_DIFFER:
        findings.add(f"{event.place}.eventTime", "is in the future", "give when it happened; check the clock")
    for field, uri in _uris(event):
        try:
            identifier(uri, f"{event.place}.{field}")
        except CarechainError as error:
            findings.found.append(error)
    _check_dates(event, findings)
    named = _HASH_ID.fullmatch(event.event_id or "")
    if named and event_hash(event, named[1]) != event.event_id:
        findings.note(
            f"{event.place}.eventID", "is the hash of another event", "leave it out, or make it anew from the event"
        )


def _uris(event: Event) -> Iterator[tuple[str, str]]:
    """The URIs that may be identifiers of GS1, each with the field that it stands in."""
    grouped = event.kind in (EventKind.AGGREGATION, EventKind.ASSOCIATION)
    epcs, classes = ("childEPCs", "childQuantityList") if grouped else ("epcList", "quantityList")
    for name, uris in ((epcs, event.epcs), ("inputEPCList", event.inputs), ("outputEPCList", event.outputs)):
        for index, uri in enumerate(uris):
            yield f"{name}[{index}]", uri
    for name, quantities in (
        (classes, event.quantities),
        ("inputQuantityList", event.input_quantities),
        ("outputQuantityList", event.output_quantities),
    ):
        for index, quantity in enumerate(quantities):
            yield f"{name}[{index}].epcClass", quantity.epc_class
    if event.parent is not None:
        yield "parentID", event.parent
    for name, place in (("readPoint", event.read_point), ("bizLocation", event.biz_location)):
        if place:
            yield f"{name}.id", place.id
    for name, items in (
        ("bizTransaction", event.biz_transactions),
        ("source", event.sources),
        ("destination", event.destinations),
    ):
        for index, item in enumerate(items):
            yield f"{name}List[{index}].{name}", item.id


def _check_dates(event: Event, findings: Findings) -> None:
    sound = True
    for name in _DATES:
        text = event.master_data(name)
        if text is not None and not _is_date(text):
            findings.add(f"{event.place}.ilmd.{name}", "is not a date", "write it as 2026-01-31")
            sound = False
    if sound and event.expiry and event.produced and event.expiry < event.produced:
        findings.add(f"{event.place}.ilmd.itemExpirationDate", "is before the production", "exchange or correct them")


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text[:10]))
    except ValueError:
        return False
