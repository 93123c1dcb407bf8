"""A claim as its provider sent it, in JSON and back: what a book keeps, and what it commits to."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from carechain.claims.document import (
    Adjustment,
    ClaimDocument,
    Code,
    Frequency,
    Identifier,
    Order,
    PriorPayment,
    ServiceLine,
)


def to_json(value: Any) -> Any:
    """A document, or a part of one, as values of JSON. Numbers with places are texts, so that none is rounded."""
    if is_dataclass(value):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [to_json(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value


def from_json(found: dict[str, Any]) -> ClaimDocument:
    """What `to_json` was given. Raises KeyError, TypeError or ValueError for anything else."""
    created, birth_date, name = found["created"], found["birth_date"], found["patient_name"]
    return ClaimDocument(
        **{
            **found,
            "frequency": Frequency(found["frequency"]),
            "provider": Identifier(**found["provider"]),
            "payer": Identifier(**found["payer"]),
            "member": Identifier(**found["member"]),
            "birth_date": None if birth_date is None else date.fromisoformat(birth_date),
            "order": Order(found["order"]),
            "diagnoses": tuple(_code(each) for each in found["diagnoses"]),
            "lines": tuple(_line(each) for each in found["lines"]),
            "prior": tuple(_prior(each) for each in found["prior"]),
            "created": None if created is None else date.fromisoformat(created),
            "patient_name": None if name is None else (name[0], name[1]),
        }
    )


def _line(found: dict[str, Any]) -> ServiceLine:
    return ServiceLine(
        **{
            **found,
            "procedure": _code(found["procedure"]) if found["procedure"] else None,
            "revenue": _code(found["revenue"]) if found["revenue"] else None,
            "units": Decimal(found["units"]),
            "first_day": date.fromisoformat(found["first_day"]),
            "last_day": date.fromisoformat(found["last_day"]),
            "diagnoses": tuple(found["diagnoses"]),
            "prior": tuple(_prior(each) for each in found["prior"]),
        }
    )


def _prior(found: dict[str, Any]) -> PriorPayment:
    adjustments = tuple(Adjustment(**each) for each in found["adjustments"])
    return PriorPayment(Identifier(**found["payer"]), found["paid"], adjustments)


def _code(found: dict[str, Any]) -> Code:
    return Code(found["system"], found["value"], tuple(found["modifiers"]))
