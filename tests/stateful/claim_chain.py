"""ClaimSettlement as test_claims_are_paid_once.py drives it: calls that are held against the model, with the events
that tell of them, and all that the chain answers afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import brownie
from eth_abi import decode
from eth_utils.abi import collapse_if_tuple

from carechain.consent_terms import ConsentTerms
from carechain.roles import role_mask
from tests.helpers.suite import FOUNDERS, LICENCE_EXPIRY, compiled, now, pass_time
from tests.stateful.claim_case_model import Evidence
from tests.stateful.claim_model import ClaimModel
from tests.stateful.claim_programme_model import schedule_of
from tests.stateful.claim_state import ANY_SCOPE, CLAIM, Known
from tests.stateful.consent_model import ConsentModel
from tests.stateful.node import Node
from tests.stateful.trial_state import DAY, NOTHING, Caller

NOON = 2_000_030_400
"""Unix seconds, in the year 2033: when all begins, since which claims look alike by chance depends on the day."""
INSURER = "hospital with a health plan", ("payer", "provider", "claim reviewer"), 44
"""It is all of them: one that is accredited later, as the founders are told."""
EVERYBODY = (*FOUNDERS, INSURER)
ORGANISATIONS = {name: number for number, (name, _, _) in enumerate(EVERYBODY, 1)}
ROLES = {number: role_mask(roles) for number, (_, roles, _) in enumerate(EVERYBODY, 1)}
MEMBERS = range(10, 16)
"""Of the node's accounts."""
CASE = ["uint8", "uint24", *["uint40"] * 2, *["uint32"] * 3, "uint48", *["bool"] * 4, "bytes32"]
ACCOUNT = ["uint64", "address", "uint48", "uint48", "uint16", "uint16", "bool"]
RESERVE = ["address", "uint8", "uint48", "uint48", "uint48", "uint40", "(uint8,uint8,uint8,uint8,uint16)"]
COVERAGE = ["uint16", "uint16", "uint16", "uint32", "bool", "uint48", "uint48", "uint48", "uint48"]


class TellingNode(Node):
    """Remembers what the last transaction told. Each block is a second later than the one before."""

    def _receipt(self, transaction):
        receipt = super()._receipt(transaction)
        self.logs = receipt["logs"]
        return receipt

    def count_seconds(self, so=True):
        self._ask(*(("anvil_setBlockTimestampInterval", 1) if so else ("anvil_removeBlockTimestampInterval",)))

    def now(self):
        return int(self._ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def pass_until(self, time):
        self._ask("evm_setNextBlockTimestamp", time)
        self._ask("evm_mine")

    def all_answers(self, asked):
        """Of many contracts: addresses and data."""
        calls = [("eth_call", [{"to": address, "data": data}, "latest"]) for address, data in asked]
        return [bytes.fromhex(each["result"][2:]) for each in self._provider.make_batch_request(calls)]


class Events:
    """Reads logs by an ABI: name and values, in the order of the declaration."""

    def __init__(self, address: str, abi: list[dict[str, Any]]) -> None:
        self._address = address.lower()
        self._known = {}
        for each in abi:
            if each["type"] == "event":
                types = [collapse_if_tuple(told) for told in each["inputs"]]
                topic = brownie.web3.keccak(text=f"{each['name']}({','.join(types)})").hex().removeprefix("0x")
                self._known[topic] = each["name"], types, [told["indexed"] for told in each["inputs"]]

    def read(self, logs: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        return [self._read(log) for log in logs if log["address"].lower() == self._address]

    def _read(self, log: dict[str, Any]) -> tuple[Any, ...]:
        first, *topics = [topic.removeprefix("0x") for topic in log["topics"]]
        name, types, indexed = self._known[first]
        plain = [kind for kind, is_topic in zip(types, indexed, strict=True) if not is_topic]
        data = iter(decode(plain, bytes.fromhex(log["data"][2:])))
        told = iter(topics)
        values = (
            decode([kind], bytes.fromhex(next(told)))[0] if is_topic else next(data)
            for kind, is_topic in zip(types, indexed, strict=True)
        )
        return name, *values


@dataclass
class Told:
    """An account, as events alone told of it."""

    entries: list[bytes] = field(default_factory=list)
    paid: Counter[int] = field(default_factory=Counter)
    """By claims, over time."""
    interest: int = 0
    withheld: int = 0
    voided: int = 0
    sizes: list[tuple[int, bytes]] = field(default_factory=list)
    """Of the log, with its roots, as they were seen."""


class ClaimChain:
    """What is called, and what the chain answers."""

    @classmethod
    def connect(cls, suite, accounts, tally):
        cls.suite, cls.claims, cls.consents, cls.tally = suite, suite.claims, suite.consents, tally
        if now() < NOON:
            pass_time(NOON - now())
        name, roles, key = INSURER
        suite.as_registrar(suite.participants.accredit, name, role_mask(roles), LICENCE_EXPIRY, NOTHING, accounts[key])
        cls.tokens = [compiled("StoppingToken").deploy(decimals, {"from": accounts[0]}) for decimals in (6, 18)]
        abis = suite.participants.abi, suite.claims.abi, suite.consents.abi, cls.tokens[0].abi
        cls.node = TellingNode(suite.chain.web3, *abis)
        cls.events = Events(suite.claims.address, suite.claims.abi)
        cls.registrar, cls.supervisor = accounts[2].address, accounts[3].address
        cls.node.count_seconds()
        cls.members = [accounts[key].address.lower() for key in MEMBERS]
        cls.callers = {
            number: Caller(number, accounts[key].address.lower()) for number, (_, _, key) in enumerate(EVERYBODY, 1)
        }
        cls.callers |= {member: Caller(0, member) for member in cls.members}
        cls.callers |= {
            who: Caller(0, accounts[key].address.lower()) for who, key in (("guardian", 16), ("stranger", 18))
        }

    @classmethod
    def empty_model(cls):
        return ClaimModel(now(), cls.claims.address.lower(), ROLES, ConsentModel(now()))

    # ------------------------------------------------------------------ what is called

    def call(self, by, name, *arguments):
        """Whether it was accepted, which the model has to say too, with the same events."""
        caller = self.callers[by]
        refusal = self._send(caller.address, self.claims, self._data(name, arguments))
        events = self.events.read(self.node.logs)
        expected = self.model.attempt(caller, name, *arguments)
        assert refusal == expected, f"{name}: {refusal}, and by the model {expected}"
        expected = [] if refusal else [_plain(each) for each in self.model.events]
        assert events == expected, f"{name}: {events}, and by the model {expected}"
        self._note(events)
        if name == "submit_claims":
            taken = [each for each in self.model.events if each[0] in ("ClaimTaken", "ClaimRefused")]
            for each, words in zip(taken, arguments[3], strict=refusal is None):
                if each[0] == "ClaimTaken":
                    self.submitted[each[1], each[3]] = words
        self._touch(name, arguments)
        self.tally[name, refusal] += 1
        if refusal is None:
            self.was_authorised(caller, name, arguments)
        return refusal is None

    def together(self, by, calls):
        """Several calls in one, which all must be accepted."""
        caller = self.callers[by]
        data = self.claims.multicall.encode_input([self._data(name, arguments) for name, arguments in calls])
        refusal = self._send(caller.address, self.claims, data)
        expected = []
        for name, arguments in calls:
            refused = self.model.attempt(caller, name, *arguments)
            assert refused is None, f"{name}: by the model {refused}"
            expected += [_plain(each) for each in self.model.events]
            self.tally[name, refusal] += 1
            self._touch(name, arguments)
        assert refusal is None, f"{len(calls)} calls: {refusal}"
        events = self.events.read(self.node.logs)
        assert events == expected, f"{events}, and by the model {expected}"
        self._note(events)

    def _data(self, name, arguments):
        told = [each.arguments() if isinstance(each, Evidence) else each for each in arguments]
        if name == "publish_plan":
            *told, fees = told
            told += schedule_of(fees)
        return getattr(self.claims, camel(name)).encode_input(*told)

    def evidence(self, claim: Known, size: int | None = None) -> Evidence:
        """For a size of the log; its present one if None."""
        if size is None:
            size = len(self.model.account(claim.payer, claim.provider).claims)
        proof, told = self.model.proof_of(claim, size), tuple(claim.decision or ())
        return Evidence(claim.payer, claim.provider, claim.number, claim.entry, size, proof, told)

    def grant(self, member, payer, terms):
        terms = ConsentTerms(**{"purposes": 0, "categories": CLAIM, **terms})
        data = self.consents.grant.encode_input(payer, ANY_SCOPE, terms.pack(), NOTHING[:31] + b"\1")
        refusal = self._send(member, self.consents, data)
        assert refusal == self.model.consents.grant(member, member, payer, ANY_SCOPE, terms)

    def revoke(self, member, payer):
        refusal = self._send(member, self.consents, self.consents.revoke.encode_input(payer, ANY_SCOPE))
        assert refusal == self.model.consents.revoke(member, member, payer, ANY_SCOPE)

    def appoint(self, member, guardian, until):
        data = self.consents.appointRepresentative.encode_input(guardian, 1, until)
        assert self._send(member, self.consents, data) is None
        self.model.consents.representatives[member, guardian] = until

    def stop(self, token, stopped):
        assert self._send(self.supervisor, token, token.setStopped.encode_input(stopped)) is None
        address = token.address.lower()
        self.model.stopped = self.model.stopped | {address} if stopped else self.model.stopped - {address}

    def give(self, token, amount):
        """Somebody sends tokens to the contract, to no end."""
        assert self._send(self.supervisor, token, token.mint.encode_input(self.claims.address, amount)) is None
        key = token.address.lower(), self.model.contract
        self.model.received[key] = self.model.received.get(key, 0) + amount

    def suspend(self, organisation):
        if organisation not in self.model.suspended:
            data = self.suite.participants.suspend.encode_input(organisation, 0, bytes(32))
            assert self._send(self.supervisor, self.suite.participants, data) is None
            self.model.suspended.add(organisation)

    def reinstate(self, organisation):
        """It takes the registrar two days."""
        participants, manager = self.suite.participants, self.suite.manager
        if organisation in self.model.suspended:
            data = participants.reinstate.encode_input(organisation, bytes(32))
            at = self.model.now + 3 * DAY
            scheduled = manager.schedule.encode_input(participants.address, data, at)
            assert self._send(self.registrar, manager, scheduled) is None
            self.let_pass(3 * DAY)
            assert self._send(self.registrar, participants, data) is None
            self.model.suspended.remove(organisation)

    def let_pass(self, seconds):
        self._keep_time(self.model.now + seconds)
        self.node.pass_until(self.model.now)

    def _send(self, sender, contract, data):
        """The error with which it was refused, or None."""
        refusal = self.node.send(sender, contract.address, data)
        self._keep_time(self.model.now + 1)
        return refusal

    def _keep_time(self, time):
        self.model.now = self.model.consents.now = time
        self.seen = None

    def _note(self, events):
        """What events tell, without the model."""
        for name, account, *values in events:
            told = self.told.setdefault(account, Told()) if name in NOTED else None
            if name == "ClaimTaken":
                _, number, entry = values
                assert number == len(told.entries), "a number is used twice"
                told.entries.append(entry)
                count, end = int.from_bytes(entry[18:20]), len(entry)
                for at in range(148 + 64 * count, end, 32):
                    told.paid[number] += int.from_bytes(entry[at : at + 32]) & (1 << 34) - 1
            elif name == "ClaimDecided":
                told.paid[values[0]] += values[4]
            elif name == "ClaimVoided":
                told.voided += values[2]
            elif name == "ProviderPaid":
                told.withheld += values[0] >> 64 & (1 << 64) - 1
                told.interest += values[0] >> 128 & (1 << 64) - 1

    # ------------------------------------------------------------------ what the chain answers

    def look(self):
        """What it answers about all that was touched since it was asked last: by question, decoded."""
        if self.seen is None:
            asked = [*self._questions(self.touched)]
            self.touched = set()
            self.seen = self._ask(asked)
        return self.seen

    def look_at_all(self):
        self.touched = {("account", *key) for key in self.model.accounts}
        self.touched |= {("case", claim.payer, claim.provider, claim.number) for claim in self.model.all_claims()}
        self.touched |= {("member", payer, member) for payer, member, _ in self.model.periods}
        self.touched |= {("authorisation", *key) for key in self.model.authorisations}
        self.seen = None

    def _ask(self, asked):
        answers = self.node.answers(self.claims, [data for _, _, data in asked])
        seen = {question: decode(types, answer) for (question, types, _), answer in zip(asked, answers, strict=True)}
        holders = [(token, self.model.contract) for token in self.tokens]
        for kind, *key in seen:
            if kind == "account":
                holders += ((self.token_of(key[0]), payee(*key, which)) for which in (0, 1))
        balances = self.node.all_answers(
            [(token.address, self._asked(token.balanceOf, holder)) for token, holder in holders]
        )
        for (token, holder), balance in zip(holders, balances, strict=True):
            seen["balance", token.address.lower(), holder] = (int.from_bytes(balance),)
        return seen

    def token_of(self, payer):
        return next(each for each in self.tokens if each.address.lower() == self.model.reserves[payer].token)

    def _questions(self, touched):
        ask, model = self.claims, self.model
        for payer in model.reserves:
            yield ("reserve", payer), RESERVE, self._asked(ask.reserveOf, payer)
        for kind, *key in sorted(touched):
            if kind == "account":
                yield ("account", *key), ACCOUNT, self._asked(ask.accountOf, *key)
                yield ("log", *key), ["uint64", "bytes32"], self._asked(ask.logOf, *key)
            elif kind == "case":
                yield ("case", *key), CASE, self._asked(ask.caseOf, *key)
            elif kind == "authorisation":
                yield ("authorisation", *key), ["uint256"], self._asked(ask.authorisationOf, *key)
            else:
                yield from self._about_member(*key)

    def _about_member(self, payer, member):
        ask = self.claims
        for key, period in self.model.periods.items():
            if key[:2] != (payer, member):
                continue
            yield ("coverage", *key), COVERAGE, self._asked(ask.coverageOf, *key)
            for category in self.model.counted(payer, period.plan):
                yield ("used", *key, category), ["uint256"] * 4, self._asked(ask.usedOf, *key, category)

    def _asked(self, function, *arguments):
        """Encoding takes longer than asking."""
        key = function._address, function.signature, arguments
        if key not in ENCODED:
            ENCODED[key] = function.encode_input(*arguments)
        return ENCODED[key]

    def _touch(self, name, arguments):
        """Notes what a call is about."""
        first, *rest = arguments
        if isinstance(first, Evidence):
            account = first.payer, first.provider
            claims = self.model.account(*account).claims[first.number : first.number + 1]
        elif name == "submit_claims":
            account = first, rest[0]
            claims = self.model.account(*account).claims[rest[1] :]
            self.fresh += claims
        elif name in ("set_payee", "collect", "checkpoint", "set_network", "bar_provider"):
            account, claims = (first, rest[0]), []
        else:
            if name in ("enrol_members", "amend_coverage"):
                members = [rest[0]] if name == "amend_coverage" else [each[0] for each in rest[0]]
                self.touched |= {("member", first, member) for member in members}
            return
        self.touched.add(("account", *account))
        for claim in claims:
            self.touched |= {("case", *account, claim.number), ("member", claim.payer, claim.member)}
            if (claim.payer, claim.terms["authorisation"]) in self.model.authorisations:
                self.touched.add(("authorisation", claim.payer, claim.terms["authorisation"]))
            if claim.terms["replaces"]:
                self.touched.add(("case", *account, claim.terms["replaces"] - 1))


NOTED = "ClaimTaken", "ClaimDecided", "ClaimVoided", "ProviderPaid"
ENCODED: dict[tuple[Any, ...], str] = {}


def payee(payer: int, provider: int, which: int) -> str:
    """One of two, which are paid for this account alone."""
    return f"0x{0xAA << 152 | payer << 64 | provider << 32 | which + 1:040x}"


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _plain(event: Any) -> Any:
    """With lists as tuples, as logs are read."""
    return tuple(_plain(value) for value in event) if isinstance(event, list | tuple) else event
