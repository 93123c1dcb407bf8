"""Organisations to be accredited, as a YAML file states them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from eth_utils.address import is_checksum_address

from carechain import strict_yaml
from carechain.chain import Chain
from carechain.errors import CarechainError
from carechain.roles import role_mask, role_names

_MEND = "see examples/organisations.yaml"
_FIELDS = {"name", "roles", "licence", "licence_expiry", "operator"}


@dataclass(frozen=True)
class Organisation:
    """What the registrar accredits. `licence` is a reference of at most 32 bytes, `licence_expiry` Unix seconds."""

    name: str
    roles: int
    licence_expiry: int
    licence: bytes
    operator: str

    def arguments(self) -> tuple[str, int, int, bytes, str]:
        """As Participants.accredit takes them."""
        return self.name, self.roles, self.licence_expiry, self.licence, self.operator


def read_organisations(file: str, chain: Chain) -> tuple[Organisation, ...]:
    """The organisations of a file, in its order.

    An operator is an address or, for local chains, the number of one of the node's accounts; it speaks for one
    organisation alone. Raises CarechainError naming the entry and field that is wrong.
    """
    content = strict_yaml.load(Path(file), _MEND)
    entries = content.get("organisations") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise CarechainError(file, "has no list of organisations", _MEND)
    organisations = tuple(_organisation(f"{file}: organisations[{n}]", entry, chain) for n, entry in enumerate(entries))
    first: dict[str, int] = {}
    for n, organisation in enumerate(organisations):
        if first.setdefault(organisation.operator, n) != n:
            raise CarechainError(
                f"{file}: organisations[{n}].operator",
                f"is the operator of organisations[{first[organisation.operator]}] too",
                "give every organisation a key of its own",
            )
    return organisations


def names_of(chain: Chain) -> dict[int, str]:
    """The names of all that were ever accredited, by number."""
    events = chain.events("Participants", ("OrganisationAccredited",), {})
    return {event.values["organisation"]: event.values["name"] for event in events}


def accredited_as(chain: Chain, organisation: Organisation) -> tuple[int, int]:
    """The number of the organisation that the operator speaks for already, and its Standing; (0, 0) for none.

    Raises CarechainError when that one has other roles or another licence than the file says: it is another
    organisation, or was amended since.
    """
    participants = chain.contract("Participants").functions
    standing, number = chain.ask(
        participants.standingOfOperator(organisation.operator, 0), "asking for an operator's organisation"
    )
    if number == 0:
        return 0, 0
    roles, licence_expiry, _, _, _, licence = chain.ask(participants.organisation(number), "reading an organisation")
    differences = []
    if roles != organisation.roles:
        differences.append(f"roles ({', '.join(role_names(roles))})")
    if licence_expiry != organisation.licence_expiry:
        until = datetime.fromtimestamp(licence_expiry, UTC)
        differences.append(f"licence expiry ({until:%Y-%m-%d %H:%M:%S} UTC)")
    if licence != organisation.licence:
        reference = licence.rstrip(b"\0").decode("utf-8", "backslashreplace")
        differences.append(f"licence ({reference})")
    if differences:
        raise CarechainError(
            f"The organisation {organisation.name}",
            f"has an operator that speaks for organisation {number} already, with other {', '.join(differences)}",
            "correct the file, or have the registrar amend the organisation first",
        )
    return number, standing


def _organisation(place: str, entry: Any, chain: Chain) -> Organisation:
    if not isinstance(entry, dict) or set(entry) != _FIELDS:
        raise CarechainError(place, f"must have exactly the fields {', '.join(sorted(_FIELDS))}")
    name, licence, expiry, operator = (
        entry["name"],
        entry["licence"],
        entry["licence_expiry"],
        entry["operator"],
    )
    if not isinstance(name, str) or not name.strip():
        raise CarechainError(f"{place}.name", "is empty", "give the legal name")
    if not isinstance(licence, str) or not 0 < len(licence.encode()) <= 32:
        raise CarechainError(f"{place}.licence", "is not a text of 1 to 32 bytes", "give the licence's number")
    if not isinstance(expiry, date):
        raise CarechainError(f"{place}.licence_expiry", "is not a date", "write it as 2030-12-31")
    accounts = chain.web3.eth.accounts
    if type(operator) is int and 0 <= operator < len(accounts):
        operator = accounts[operator]
    if not is_checksum_address(operator):
        raise CarechainError(
            f"{place}.operator",
            "is no checksummed address, nor the number of an account of the node",
            "write an address in quotes",
        )
    if not isinstance(entry["roles"], list) or not entry["roles"]:
        raise CarechainError(f"{place}.roles", "is not a list of roles", "see carechain/roles.py")
    end = datetime(expiry.year, expiry.month, expiry.day, tzinfo=UTC)
    return Organisation(
        name=name,
        roles=role_mask(entry["roles"], f"{place}.roles"),
        licence_expiry=int(end.timestamp()),
        licence=licence.encode().ljust(32, b"\0"),
        operator=operator,
    )
