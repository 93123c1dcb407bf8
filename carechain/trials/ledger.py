"""TrialRegistry from Python: a trial as it stands, its logs, and everything that is done about it.

A log is rebuilt from the events alone, and trusted only when its root is the one the contract has. What happens to
participants (enrolment, randomisation, renewed consent, withdrawal) is in events and storage, and in no log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import Any

from web3.contract.contract import ContractFunction

from carechain.chain import Chain, Event, Sender, Sent
from carechain.errors import CarechainError
from carechain.merkle_log import MerkleTree
from carechain.trials.state import (
    AdverseEvent,
    Amendment,
    Anchored,
    Design,
    Movement,
    Participant,
    Registration,
    Results,
    Site,
    Told,
    Trial,
)
from carechain.trials.words import (
    OWN_LOG,
    Act,
    ActEntry,
    BatchWord,
    DataEntry,
    Flag,
    OutcomeStatus,
    Participation,
    Seriousness,
    stream_of,
    trial_name,
)

CONTRACT = "TrialRegistry"
_REGISTRATION = "(bytes32,bytes32,bytes32,bytes32,bytes32,bytes32,uint16,uint16,uint24,uint8,uint16,uint16)"
_AMENDMENT = "(bytes32,bytes32,bytes32,bytes32,uint16,uint16,uint24,uint16,uint16,bool,bool,bytes32)"


class TrialLedger:
    """The contract, asked and written to. Every method raises as Chain's do."""

    def __init__(self, chain: Chain, block: int | None = None) -> None:
        """`block`: as of which everything is answered; the latest if None."""
        self.chain = chain
        self._block = block
        self._contract = chain.contract(CONTRACT)
        self.functions = self._contract.functions

    @property
    def address(self) -> str:
        return str(self._contract.address)

    def at(self, block: int) -> TrialLedger:
        """The same, as of a block."""
        return TrialLedger(self.chain, block)

    # ------------------------------------------------------------------ answers

    def trial(self, trial: int) -> Trial:
        """Raises CarechainError if there is none of this number."""
        found = self._trial(trial)
        if found.consent_version == 0:
            raise CarechainError(f"Trial {trial_name(trial)}", "is not registered", "check sponsor and number")
        return found

    def is_registered(self, trial: int) -> bool:
        return self._trial(trial).consent_version != 0

    def _trial(self, trial: int) -> Trial:
        found = Trial(*self._ask(self.functions.trialOf(trial), "reading a trial"))
        return replace(found, flags=Flag(found.flags))

    def site(self, trial: int, site: int) -> Site:
        return Site(*self._ask(self.functions.siteOf(trial, site), "reading a site"))

    def sites(self, trial: int) -> dict[int, Site]:
        """All that were ever open, in the order in which they were opened first."""
        count = self.trial(trial).sites
        numbers = [self._ask(self.functions.siteAt(trial, number), "reading a site") for number in range(count)]
        return {number: self.site(trial, number) for number in numbers}

    def is_held_by(self, trial: int, regulator: int) -> bool:
        return bool(self._ask(self.functions.isHeldBy(trial, regulator), "asking for a hold"))

    def participant(self, trial: int, participant: bytes) -> Participant | None:
        """None if there is none under this pseudonym."""
        found = Participant(*self._ask(self.functions.participantOf(trial, participant), "reading a participant"))
        return found if found.site else None

    def participation(self, trial: int, participant: bytes) -> Participation:
        return Participation(self._ask(self.functions.participationOf(trial, participant), "asking for a consent"))

    def results(self, trial: int) -> Results:
        return Results(*self._ask(self.functions.resultsOf(trial), "reading results"))

    def outcome_status(self, trial: int, outcome: int) -> OutcomeStatus:
        return OutcomeStatus(self._ask(self.functions.outcomeStatusOf(trial, outcome), "reading an outcome"))

    def adverse_events(self, trial: int) -> list[AdverseEvent]:
        """All that were reported, in their order."""
        count = self._ask(self.functions.adverseEventCount(trial), "counting adverse events")
        return [self.adverse_event(trial, number) for number in range(1, count + 1)]

    def adverse_event(self, trial: int, number: int) -> AdverseEvent:
        told, due_at, overdue = self._ask(self.functions.adverseEventOf(trial, number), "reading an adverse event")
        reporter, aware_at, reported_at, filed_at, seriousness = told
        return AdverseEvent(
            number, reporter, aware_at, reported_at, filed_at, Seriousness(seriousness), due_at, overdue
        )

    def stream_sizes(self, trial: int) -> dict[int, int]:
        """Organisations that record or recorded data, and the entries that each of their logs has."""
        filters = {"trial": trial, "act": Act.STREAM_OPENED}
        opened = self.chain.events(CONTRACT, ("TrialAct",), filters, self._block)
        numbers = [int(event.values["number"]) for event in opened]
        return {number: self.head(trial, number)[0] for number in numbers}

    def head(self, trial: int, organisation: int, block: int | None = None) -> tuple[int, bytes]:
        """Size and root of an organisation's log, or of the trial's own."""
        size, root = self._ask(self.functions.logOf(trial, organisation), "reading a log", block)
        return size, bytes(root)

    def organisation_of(self, sender: Sender) -> int:
        """The organisation for which a key speaks. Raises CarechainError if it speaks for none."""
        address = sender if isinstance(sender, str) else sender.address
        functions = self.chain.contract("Participants").functions
        found = self._ask(functions.standingOfOperator(address, 0), "asking for an organisation")[1]
        if found == 0:
            raise CarechainError("The sender's key", "speaks for no organisation", "name another: account=<name>")
        return int(found)

    # ------------------------------------------------------------------ logs

    def acts(self, trial: int) -> list[Told]:
        """Every entry of the trial's own log, first to last, as of the latest block.

        Raises CarechainError unless they give the root that the contract has: then none is missing or altered.
        """
        block = self._latest()
        names = ("TrialRegistered", "AmendmentProposed", "TrialAct")
        events = self.chain.events(CONTRACT, names, {"trial": trial}, block)
        told = sorted((self._told(event, trial) for event in events), key=lambda each: each.index)
        self._require_root(trial, OWN_LOG, [each.entry.content() for each in told], block)
        return told

    def data(self, trial: int, organisation: int) -> list[Anchored]:
        """Every entry of an organisation's log, as `acts`, and raised as there."""
        block = self._latest()
        names = ("DataAnchored", "DataCorrected")
        filters = {"trialOrganisation": stream_of(trial, organisation)}
        events = self.chain.events(CONTRACT, names, filters, block)
        found = sorted((self._anchored(event, trial, organisation) for event in events), key=lambda each: each.index)
        self._require_root(trial, organisation, [each.entry.content() for each in found], block)
        return found

    def movements(self, trial: int) -> list[Movement]:
        """What happened to participants, in its order."""
        numbers = {"ParticipantRandomised": "place", "ConsentRenewed": "consentVersion"}
        names = ("ParticipantEnrolled", "ParticipantRandomised", "ConsentRenewed", "ParticipantWithdrawn")
        return [
            Movement(
                event.name,
                bytes(event.values["participant"]),
                event.timestamp,
                event.transaction,
                int(event.values.get(numbers.get(event.name, ""), 0)),
            )
            for event in self.chain.events(CONTRACT, names, {"trial": trial}, self._block)
        ]

    def _require_root(self, trial: int, organisation: int, entries: Sequence[bytes], block: int) -> None:
        size, root = self.head(trial, organisation, block)
        if len(entries) != size or MerkleTree(entries).root() != root:
            whose = f"organisation {organisation} in trial" if organisation else "trial"
            raise CarechainError(
                f"The log of {whose} {trial_name(trial)}", "is not what its entries make", "ask another node"
            )

    def _told(self, event: Event, trial: int) -> Told:
        values = event.values
        if event.name == "TrialAct":
            entry = ActEntry(
                Act(values["act"]),
                trial,
                event.timestamp,
                values["by"],
                values["key"],
                values["number"],
                bytes(values["subject"]),
                bytes(values["detail"]),
            )
            return Told(int(values["index"]), entry, event.transaction)
        is_first = event.name == "TrialRegistered"
        act, by, index = (
            (Act.REGISTERED, trial >> 32, 0)
            if is_first
            else (Act.AMENDMENT_PROPOSED, int(values["by"]), int(values["index"]))
        )
        fields = values["registration" if is_first else "amendment"].values()
        design: Design = (Registration if is_first else Amendment)(*fields)
        number = design.outcomes << 16 | design.primaries
        detail = self.hash_of(design)
        entry = ActEntry(act, trial, event.timestamp, by, values["key"], number, design.outcomes_root, detail)
        return Told(index, entry, event.transaction, design)

    def _anchored(self, event: Event, trial: int, organisation: int) -> Anchored:
        values = event.values
        batch = BatchWord.of_event(values["batch"])
        entry = DataEntry(
            trial,
            organisation,
            values["author"],
            event.timestamp,
            batch.since,
            batch.until,
            batch.count,
            bytes(values["root"]),
            values.get("corrected"),
            bytes(values.get("reason", b"")),
        )
        return Anchored(batch.index, entry, event.transaction)

    def hash_of(self, design: Design) -> bytes:
        """keccak256 of what is registered or proposed, ABI-encoded."""
        kind = _REGISTRATION if isinstance(design, Registration) else _AMENDMENT
        web3 = self.chain.web3
        return bytes(web3.keccak(web3.codec.encode([kind], [astuple(design)])))

    # ------------------------------------------------------------------ writing

    def send(self, call: ContractFunction, sender: Sender, what: str) -> Sent:
        """Sends a call of `functions`."""
        return self.chain.send(call, sender, what)

    def register(self, sponsor: int, number: int, registration: Registration, sender: Sender) -> Sent:
        call = self.functions.register(sponsor, number, astuple(registration))
        return self.chain.send(call, sender, f"register trial {sponsor}.{number}")

    def _ask(self, call: ContractFunction, what: str, block: int | None = None) -> Any:
        return self.chain.ask(call, what, self._block if block is None else block)

    def _latest(self) -> int:
        return self.chain.latest_block() if self._block is None else self._block
