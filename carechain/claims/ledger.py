"""ClaimSettlement from Python: accounts, claims and what became of them, a payer's programme, and everything that is
done about it.

An account's log is rebuilt from the events alone, and trusted only when its root is the one the contract has: then no
claim is missing or altered. What was decided about a claim is trusted only when it is what the contract has the hash
of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_abi.abi import decode
from web3 import Web3
from web3.contract.contract import ContractFunction

from carechain.chain import Chain, Event, Sender, Sent
from carechain.claims.benefits import Benefits, Rule, Terms
from carechain.claims.entry import read_entry
from carechain.claims.names import ClaimName, account_of, parties_of
from carechain.claims.state import (
    Account,
    Act,
    Authorised,
    Case,
    Claim,
    Clocks,
    Enrolled,
    Evidence,
    EvidenceWords,
    Moment,
    Payment,
    Period,
    PlanVersion,
    Refused,
    Reserve,
    Reviewer,
    Taken,
    Told,
    Used,
)
from carechain.claims.words import (
    AUTHORISATION,
    PAYMENT,
    PLAN_TERMS,
    Reason,
    Refusal,
    ReviewerKind,
    Stage,
    parked_of,
)
from carechain.contract_errors import ContractRefusal
from carechain.errors import CarechainError
from carechain.merkle_log import MerkleTree

CONTRACT = "ClaimSettlement"
_NOBODY = "0x" + "0" * 40


@dataclass
class _Log:
    """Of an account, as far as it was read: it only grows."""

    taken: list[Taken] = field(default_factory=list)
    tree: MerkleTree = field(default_factory=MerkleTree)
    told: dict[int, list[Told]] = field(default_factory=lambda: defaultdict(list))
    checkpoint: int = 0
    """Size at the last one that was kept, 0 if there is none."""
    block: int = -1
    """The last that was read; before the first one, -1."""


class ClaimLedger:
    """The contract, asked and written to. Every method raises as Chain's do."""

    def __init__(self, chain: Chain, block: int | None = None) -> None:
        """`block`: as of which everything is answered; the latest if None."""
        self.chain = chain
        self._block = block
        self._contract = chain.contract(CONTRACT)
        self.functions = self._contract.functions
        self._logs: dict[int, _Log] = {}
        self._plans: dict[tuple[int, int, int], tuple[PlanVersion, int]] = {}

    @property
    def address(self) -> str:
        return str(self._contract.address)

    def at(self, block: int) -> ClaimLedger:
        """The same, as of a block."""
        return ClaimLedger(self.chain, block)

    # ------------------------------------------------------------------ who

    def organisation_of(self, sender: Sender) -> int:
        """The organisation for which a key speaks. Raises CarechainError if it speaks for none."""
        address = sender if isinstance(sender, str) else sender.address
        functions = self.chain.contract("Participants").functions
        found = self._ask(functions.standingOfOperator(address, 0), "asking for an organisation")[1]
        if found == 0:
            raise CarechainError("The sender's key", "speaks for no organisation", "name another: account=<name>")
        return int(found)

    def account(self, payer: int, provider: int) -> Account:
        claims, payee, *rest = self._ask(self.functions.accountOf(payer, provider), "reading an account")
        return Account(claims, None if payee == _NOBODY else payee, *rest)

    def accounts(self, payer: int | None = None, provider: int | None = None) -> list[tuple[int, int]]:
        """Payer and provider of every account that could have claims, of these two if they are given."""
        if payer is not None and provider is not None:
            return [(payer, provider)]
        found = {int(event.values["account"]) for event in self._events(("PayeeSet",), {})}
        parties = sorted(map(parties_of, found))
        return [(a, b) for a, b in parties if payer in (None, a) and provider in (None, b)]

    # ------------------------------------------------------------------ a payer's programme

    def reserve(self, payer: int) -> Reserve:
        """Raises CarechainError if the payer has opened none."""
        found = self._ask(self.functions.reserveOf(payer), "reading a reserve")
        if found[0] == _NOBODY:
            raise CarechainError(f"Organisation {payer}", "has opened no reserve", "let the payer do so: payer open")
        token, scale, funds, encumbered, announced, withdrawable_from, clocks = found
        return Reserve(token, scale, funds, encumbered, announced, withdrawable_from, Clocks(*clocks))

    def has_reserve(self, payer: int) -> bool:
        return bool(self._ask(self.functions.reserveOf(payer), "reading a reserve")[0] != _NOBODY)

    def versions(self, payer: int, plan: int) -> list[PlanVersion]:
        """Every version of a plan, the first one first; none of a plan that is not published."""
        count = self._ask(self.functions.planVersions(payer, plan), "counting the versions of a plan")
        return [self.version(payer, plan, number) for number in range(1, count + 1)]

    def version(self, payer: int, plan: int, version: int) -> PlanVersion:
        """Raises CarechainError if there is none of this number. What was published stays; when it ends, may change."""
        call = self.functions.planOf(payer, plan, version)
        word, root, size = self._ask(call, "reading a plan")
        if word == 0:
            raise CarechainError(f"Version {version} of plan {plan}", "is not published", "check plan and payer")
        known = self._plans.get((payer, plan, version))
        if known is None or known[1] != word:
            rules = self._rules(payer, plan, version)
            until = PLAN_TERMS.unpack(word)["until"]
            benefits = Benefits(Terms.of_word(word), rules)
            known = PlanVersion(plan, version, benefits, until, bytes(root), size), word
            self._plans[payer, plan, version] = known
        return known[0]

    def _rules(self, payer: int, plan: int, version: int) -> Mapping[int, Rule]:
        for event in self._events(("PlanPublished",), {"payer": payer, "plan": plan}):
            if event.values["version"] == version:
                words = [(each["category"], each["rule"]) for each in event.values["rules"]]
                found = {category: Rule.of_word(word) for category, word in words}
                return {category: rule for category, rule in found.items() if rule is not None}
        raise CarechainError(f"Version {version} of plan {plan}", "has no event that tells of it", "ask another node")

    def rule(self, payer: int, plan: int, version: int, category: int) -> Rule | None:
        """None if the plan says nothing of the category."""
        return Rule.of_word(self._ask(self.functions.ruleOf(payer, plan, version, category), "reading a rule"))

    def period(self, payer: int, member: str, number: int) -> Period | None:
        """None if there is none of this number."""
        found = self._ask(self.functions.coverageOf(payer, member, number), "reading a coverage")
        return Period(number, *found) if found[0] else None

    def periods(self, payer: int, member: str) -> list[Period]:
        """All of a member's, in the order of time."""
        found: list[Period] = []
        while (period := self.period(payer, member, len(found))) is not None:
            found.append(period)
        return found

    def used(self, payer: int, member: str, period: int, category: int) -> Used:
        return Used(*self._ask(self.functions.usedOf(payer, member, period, category), "reading what was used"))

    def authorisation(self, payer: int, number: int) -> Authorised | None:
        """None if there is none of this number."""
        word = self._ask(self.functions.authorisationOf(payer, number), "reading an authorisation")
        if word == 0:
            return None
        said = AUTHORISATION.unpack(word)
        member = Web3.to_checksum_address(said.pop("member").to_bytes(20))
        return Authorised(number, member, **said)

    def reviewer_kind(self, payer: int, reviewer: int) -> ReviewerKind:
        return ReviewerKind(self._ask(self.functions.reviewerKindOf(payer, reviewer), "reading a reviewer"))

    def reviewers(self, payer: int) -> list[Reviewer]:
        """All that are named now."""
        last = {
            int(event.values["reviewer"]): ReviewerKind(event.values["kind"])
            for event in self._events(("ReviewerNamed",), {"payer": payer})
        }
        return [Reviewer(number, kind) for number, kind in sorted(last.items()) if kind is not ReviewerKind.NONE]

    def enrolled(self, payer: int, member: str | None = None) -> list[Enrolled]:
        """Periods of coverage as they began, in the order in which they were told."""
        filters = {"payer": payer} if member is None else {"payer": payer, "member": member}
        found = []
        for event in self._events(("MemberEnrolled",), filters):
            told = event.values["enrolment"]
            names = ("period", "plan", "firstDay", "lastDay", "family", "secondary")
            found.append(Enrolled(_moment(event), told["member"], *(told[name] for name in names)))
        return found

    # ------------------------------------------------------------------ claims

    def head(self, payer: int, provider: int, block: int | None = None) -> tuple[int, bytes]:
        """Size and root of an account's log."""
        size, root = self._ask(self.functions.logOf(payer, provider), "reading a log", block)
        return size, bytes(root)

    def claims(self, payer: int, provider: int) -> list[Claim]:
        """Every claim of an account by its number, with all that was told of it.

        Raises CarechainError unless the entries give the root that the contract has.
        """
        log = self._log(payer, provider)
        return [Claim(taken, tuple(log.told.get(number, ()))) for number, taken in enumerate(log.taken)]

    def claim(self, name: ClaimName) -> Claim:
        """Raises CarechainError if there is none of this name."""
        log = self._log(name.payer, name.provider)
        if name.number >= len(log.taken):
            raise CarechainError(f"Claim {name}", "is not on the chain", "check its name: payer-provider-number")
        return Claim(log.taken[name.number], tuple(log.told.get(name.number, ())))

    def numbers(self, payer: int, provider: int) -> dict[bytes, int]:
        """The number of each claim of an account by the commitment to its control number: the last, if several have
        the same."""
        return {taken.entry.control_number: at for at, taken in enumerate(self._log(payer, provider).taken)}

    def refusals(self, payer: int, provider: int, since: int | None = None) -> list[Refused]:
        """Claims of an account that were not taken, since a block if it is given."""
        events = self._events(("ClaimRefused",), {"account": account_of(payer, provider)}, since)
        return [_refused(event) for event in events]

    def payments(self, payer: int, provider: int, since: int | None = None) -> list[Payment]:
        """What the provider was paid, or is owed because the token did not move, and what it collected then."""
        filters = {"account": account_of(payer, provider)}
        return [_payment(event) for event in self._events(("ProviderPaid", "PaymentCollected"), filters, since)]

    def case(self, name: ClaimName) -> Case:
        stage, reasons, *rest = self._ask(self.functions.caseOf(*name), "reading a case")
        (deadline, pay_by, first, second, third, encumbered), said = rest[:6], rest[6:10]
        refund, confirmed, disputed, replaced = said
        return Case(
            Stage(stage),
            parked_of(reasons),
            deadline,
            pay_by,
            first,
            second,
            encumbered,
            refund,
            confirmed,
            disputed,
            replaced,
            bytes(rest[-1]),
            third,
        )

    def evidence(self, name: ClaimName) -> Evidence:
        """What proves the claim to the contract: for good if a checkpoint was kept since it came in, and otherwise as
        long as no other claim comes into its account. `act` sees to that.

        Raises CarechainError if there is no such claim, or if what was told of it is not what the contract has.
        """
        claim, block = self.claim(name), self._logs[name.account].block
        outcomes = claim.decided_words
        hash_ = bytes(Web3.keccak(b"".join(word.to_bytes(32) for word in outcomes))) if outcomes else bytes(32)
        call = self.functions.caseOf(*name)
        if bytes(self._ask(call, "reading a case", block)[-1]) != hash_:
            raise CarechainError(f"Claim {name}", "was decided otherwise than its events tell", "ask another node")
        log = self._logs[name.account]
        size = log.checkpoint if log.checkpoint > name.number else log.tree.size
        return Evidence(name, claim.taken.content, size, log.tree.inclusion_proof(name.number, size), outcomes)

    def waiting(self, payer: int | None = None, provider: int | None = None) -> list[tuple[ClaimName, Case]]:
        """Claims that wait for somebody, the one with the earliest deadline first."""
        found = []
        for account in self.accounts(payer, provider):
            for claim in self.claims(*account):
                if claim.is_voided or (claim.entry.settled and not claim.told):
                    continue
                case = self.case(claim.name)
                if case.deadline:
                    found.append((claim.name, case))
        return sorted(found, key=lambda each: (each[1].deadline, each[0]))

    # ------------------------------------------------------------------ a log is read

    def _log(self, payer: int, provider: int) -> _Log:
        """The account's log as of the latest block, checked."""
        block = self.chain.latest_block() if self._block is None else self._block
        account = account_of(payer, provider)
        log = self._logs.setdefault(account, _Log())
        if log.block < block:
            self._read(log, account, block)
        if not self._agrees(log, payer, provider):
            # A block that was read may have been replaced since: all of it anew, once.
            log = self._logs[account] = _Log()
            self._read(log, account, block)
            if not self._agrees(log, payer, provider):
                raise CarechainError(
                    f"The log of account {payer}-{provider}", "is not what its entries make", "ask another node"
                )
        return log

    def _read(self, log: _Log, account: int, block: int) -> None:
        names = ("ClaimTaken", "LogCheckpointed", *(act.value for act in Act))
        since = None if log.block < 0 else log.block + 1
        for event in self.chain.events(CONTRACT, names, {"account": account}, block, since):
            if event.name == "ClaimTaken":
                taken = _taken(event)
                log.taken.append(taken)
                log.tree.extend([taken.content])
            elif event.name == "LogCheckpointed":
                log.checkpoint = event.values["size"]
            else:
                told = _told(event)
                log.told[told.name.number].append(told)
        log.block = block

    def _agrees(self, log: _Log, payer: int, provider: int) -> bool:
        size, root = self.head(payer, provider, log.block)
        numbered = all(taken.name.number == at for at, taken in enumerate(log.taken[-1:], len(log.taken) - 1))
        return numbered and log.tree.size == size and log.tree.root() == root

    # ------------------------------------------------------------------ writing

    def send(self, calls: ContractFunction | Sequence[ContractFunction], sender: Sender, what: str) -> Sent:
        """Sends one call of `functions`, or several as one transaction: all of them or none."""
        return self.chain.send(self.together(calls), sender, what)

    def act(
        self, name: ClaimName, made: Callable[[EvidenceWords], ContractFunction], sender: Sender, what: str
    ) -> list[Sent]:
        """Sends the call that is `made` of a claim's evidence.

        If other claims come in before the proof arrives, a checkpoint of the log is kept first, for which a proof holds
        for good; but not if something was decided about the claim in the meantime: then it raises ContractRefusal.
        """
        evidence = self.evidence(name)
        try:
            return [self.send(made(evidence.words()), sender, what)]
        except ContractRefusal as refusal:
            if refusal.name != "ClaimUnproven" or self.evidence(name).outcomes != evidence.outcomes:
                raise
            kept = self.send(self.functions.checkpoint(name.payer, name.provider), sender, "keep a checkpoint")
            again = self.evidence(name)
            if again.outcomes != evidence.outcomes:  # it was decided about while the checkpoint was on its way
                raise
        return [kept, self.send(made(again.words()), sender, what)]

    def together(self, calls: ContractFunction | Sequence[ContractFunction]) -> ContractFunction:
        """One call that makes all of them, or none."""
        if isinstance(calls, ContractFunction):
            return calls
        if len(calls) == 1:
            return calls[0]
        return self.functions.multicall([call._encode_transaction_data() for call in calls])

    def would_take(self, payer: int, provider: int, calls: Sequence[ContractFunction], sender: Sender) -> int:
        """How many claims the account would have after these calls, were they sent now. Raises as `send` does."""
        tried = self.together([*calls, self.functions.logOf(payer, provider)])
        (answers,) = decode(["bytes[]"], self.chain.attempt(tried, sender, "try claims"))
        size, _ = decode(["uint64", "bytes32"], answers[-1])
        return int(size)

    def came_of(self, sent: Sent, payer: int, provider: int) -> list[Taken | Refused | Told]:
        """What a transaction told of an account's claims, in its order."""
        names = ("ClaimTaken", "ClaimRefused", *(act.value for act in Act))
        readers: dict[str, Callable[[Event], Taken | Refused]] = {"ClaimTaken": _taken, "ClaimRefused": _refused}
        filters = {"account": account_of(payer, provider)}
        events = self.chain.events(CONTRACT, names, filters, sent.block, sent.block)
        return [readers.get(e.name, _told)(e) for e in events if e.transaction == sent.hash]

    def _events(self, names: tuple[str, ...], filters: Mapping[str, Any], since: int | None = None) -> Iterable[Event]:
        return self.chain.events(CONTRACT, names, filters, self._block, since)

    def _ask(self, call: ContractFunction, what: str, block: int | None = None) -> Any:
        return self.chain.ask(call, what, self._block if block is None else block)


# ---------------------------------------------------------------------- events as values


def _moment(event: Event) -> Moment:
    return Moment(event.block, event.position, event.timestamp, event.transaction)


def _name(event: Event) -> ClaimName:
    return ClaimName(*parties_of(event.values["account"]), event.values["number"])


def _taken(event: Event) -> Taken:
    content = bytes(event.values["entry"])
    return Taken(_moment(event), _name(event), read_entry(content), content)


def _refused(event: Event) -> Refused:
    values = event.values
    parties = parties_of(values["account"])
    return Refused(_moment(event), *parties, values["position"], bytes(values["claim"]), Refusal(values["refusal"]))


def _payment(event: Event) -> Payment:
    values = event.values
    parties = parties_of(values["account"])
    if event.name == "PaymentCollected":
        return Payment(_moment(event), *parties, values["amount"], collected=True)
    paid = PAYMENT.unpack(values["payment"])
    return Payment(
        _moment(event), *parties, paid["amount"], paid["withheld"], paid["interest"], not paid["undelivered"]
    )


def _told(event: Event) -> Told:
    said = event.values
    return Told(
        _moment(event),
        _name(event),
        Act(event.name),
        stage=Stage(said.get("stage", 0)),
        reviewer=said.get("reviewer", 0),
        outcomes=tuple(said.get("outcomes", ())),
        paid=said.get("paid", 0),
        interest=said.get("interest", 0),
        reason=Reason(said.get("reason", 0)),
        owed=said.get("owed", 0),
        by=said.get("by", ""),
        grounds=bytes(said.get("grounds", b"")),
    )
