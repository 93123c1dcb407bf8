"""A plan's file as tests change it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from carechain.claims.plan import Plan
from carechain.claims.plan_file import load_plan

KEY = bytes(range(32))
PLAN: dict[str, Any] = {
    "number": 7,
    "name": "A plan",
    "currency": "USD",
    "in_force_from": "2026-01-01",
    "deductible": {"individual": 500, "family": "1000.00"},
    "out_of_pocket": {"individual": 4000.5, "family": 8000},
    "timely_filing_days": 365,
    "settled_up_to": 5000,
    "weekly_claims_of_member": 20,
    "daily_claims_of_provider": 1000,
    "categories": [
        {
            "number": 98,
            "name": "visits",
            "codes": {"hcpcs": ["99202-99215"], "revenue": ["0510"]},
            "copay": 25,
            "coinsurance": "12.5%",
            "deductible": False,
            "allowed": 180.25,
            "authorisation": True,
            "reviewed": True,
            "bundled_into": 2,
            "at_most": {
                "line": {"units": 4},
                "visit": {"units": 5, "amount": 300},
                "period": {"units": 60, "amount": 3000},
                "lifetime": {"units": 4095, "amount": 167772},
            },
            "out_of_network": {"copay": 40, "coinsurance": "40%", "allowed": "80%"},
        },
        {"number": 2, "name": "surgery", "codes": {"hcpcs": ["10004-69990"]}},
    ],
}


def changed(path: str, value: Any = None) -> dict[str, Any]:
    """The plan with another value at a path such as "categories.0.copay"; without it for None."""
    content = copy.deepcopy(PLAN)
    at: Any = content
    *parents, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    for part in parents:
        at = at[part]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return content


def written_to(folder: Path, content: Any = PLAN) -> Path:
    """The plan's file."""
    path = folder / "plan.yaml"
    text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
    # A day in quotes would be a text.
    path.write_text(text.replace("'2026-01-01'", "2026-01-01"), encoding="utf-8")
    return path


def loaded(folder: Path, content: Any = PLAN) -> Plan:
    return load_plan(written_to(folder, content), KEY)
