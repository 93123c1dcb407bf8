"""Sends claims to the chain: in batches, each claim once, however often a run is interrupted and begun again.

A claim's commitment is the same whenever it is sent, so one that is on the chain is skipped; if it says something else
now it is refused, since what was changed would be lost. A batch names the number
of the account's next claim: if another run was faster the chain refuses the batch as a whole, the account is read anew,
and the rest goes on. What is about to be sent stands in the journal before, what came of it afterwards; a run that is
interrupted in between finds on the chain what it did not write down.

Claims that take others back go first, then replacements, then new ones: what is taken back gives benefits back. A
replacement and the taking back of its original are one transaction. It is tried before, and where the chain would not
take the replacement the original is left as it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from web3.contract.contract import ContractFunction

from carechain.chain import TRANSACTION_GAS_MAX, Sender
from carechain.claims.book import Book
from carechain.claims.coding import Coded, Coder
from carechain.claims.document import ClaimDocument
from carechain.claims.journal import Sent
from carechain.claims.ledger import ClaimLedger
from carechain.claims.names import ClaimName
from carechain.claims.state import Claim, Refused, Taken
from carechain.claims.submitted import Kind, Outcome, Submission, refusal_of
from carechain.claims.words import Stage
from carechain.contract_errors import ContractRefusal
from carechain.errors import CarechainError, NodeUnreachable

TOGETHER = 100
"""Claims in a call at most; fewer where they would take more gas than one transaction may."""

RACES = 60
"""How often an account is read anew before somebody has to look."""

_RACE = ("ClaimNumberInvalid", "ClaimUnproven")
"""Refusals of what was true of the account a moment before."""
_OF_ALL = ("PayeeUnknown", "PayerUnknown", "OperatorUnknown", "OperatorNotInStanding", "OrganisationNotInStanding")
"""Refusals that no other choice of claims would change."""

Progress = Callable[[int, int], None]
"""Is told how many claims are done, and how many there are."""


def submit(
    ledger: ClaimLedger,
    book: Book,
    sender: Sender,
    documents: Sequence[ClaimDocument],
    refusals: Iterable[CarechainError] = (),
    *,
    together: int = TOGETHER,
    new_key: bool = False,
    progress: Progress | None = None,
) -> Submission:
    """Sends what can be sent, for the organisation of the sender. `refusals` are of claims that could not even be read.

    Raises NodeUnreachable when the node does not answer, and CarechainError when the sender speaks for nobody, or when
    the book's key is new although the account has claims, unless `new_key`. What was sent until then is on the chain,
    and the next run goes on behind it.
    """
    ledger.chain.require_settled(sender)
    organisation = ledger.organisation_of(sender)
    refused = [Outcome.refused(error.place, 0, error) for error in refusals]
    submission = Submission(len(documents) + len(refused))

    def done(outcome: Outcome) -> None:
        submission.outcomes.append(outcome)
        if progress is not None:
            progress(len(submission.outcomes), submission.read)

    for outcome in refused:
        done(outcome)
    coder = Coder(ledger, book)
    accounts: dict[int, dict[bytes, Coded]] = {}
    twice: list[tuple[Coded, Coded]] = []
    for document in documents:
        try:
            coded = coder.code(document)
            _require_own(coded, organisation)
        except NodeUnreachable:
            raise
        except CarechainError as error:
            done(Outcome.refused(document.place, document.total, error))
            continue
        claims = accounts.setdefault(coded.payer, {})
        first = claims.setdefault(coded.commitment, coded)
        if first is not coded:
            twice.append((coded, first))
    for payer, claims in accounts.items():
        account = _Account(ledger, book, sender, (payer, organisation), together, submission, done)
        account.require_known_key(new_key)
        account.send([*claims.values()])
    for coded, first in twice:
        done(_again(ledger, coded, first))
    submission.check()
    return submission


def _require_own(coded: Coded, organisation: int) -> None:
    if coded.provider != organisation:
        problem = f"is of organisation {coded.provider}, for which the sender does not speak"
        raise CarechainError(coded.place, problem, "let that organisation send it")


def _again(ledger: ClaimLedger, coded: Coded, first: Coded) -> Outcome:
    """Of a claim that stood twice in what was to be sent."""
    if coded.record != first.record:
        return _another(coded)
    number = ledger.numbers(coded.payer, coded.provider).get(coded.commitment)
    if number is not None and coded.words is not None:
        claim = ledger.claim(ClaimName(coded.payer, coded.provider, number))
        same = claim.entry.record == coded.record
        return Outcome.of_claim(coded.place, claim, Kind.ALREADY) if same else _another(coded)
    return _refused(coded, "stood in this run before", "send each claim once")


def _another(coded: Coded) -> Outcome:
    """Of a claim that has the number of another one."""
    mend = "give each claim a number of its own, and correct one by a replacement (frequency 7)"
    return _refused(coded, "has the control number of a claim that says something else", mend)


def _refused(coded: Coded, problem: str, mend: str) -> Outcome:
    return Outcome.refused(coded.place, coded.document.total, CarechainError(coded.place, problem, mend))


class _Account:
    """The claims of a run against one payer."""

    def __init__(
        self,
        ledger: ClaimLedger,
        book: Book,
        sender: Sender,
        parties: tuple[int, int],
        together: int,
        submission: Submission,
        done: Callable[[Outcome], None],
    ) -> None:
        self._ledger, self._book, self._sender = ledger, book, sender
        self._parties, self._together = parties, together
        self._submission, self._done = submission, done
        self._of_all: CarechainError | None = None
        """Why nothing of this account can be sent."""

    def require_known_key(self, new_key: bool) -> None:
        """Refuses to send what could be on the chain already under another key."""
        if self._book.is_new and not new_key and self._ledger.account(*self._parties).claims:
            raise CarechainError(
                str(self._book.folder),
                "has no key, and the account has claims already, which could not be told from new ones",
                "put back the key that they were sent with; if these are other claims, say key=new",
            )
        self._book.keep_key()

    def send(self, claims: Sequence[Coded]) -> None:
        waiting = self._not_there(claims)
        voids = [coded for coded in waiting if coded.words is None]
        replacements = [coded for coded in waiting if coded.words is not None and coded.original is not None]
        new = [coded for coded in waiting if coded.words is not None and coded.original is None]
        self._in_batches([coded for coded in voids if self._can_be_voided(coded)], self._send_voids)
        self._in_batches(self._can_be_replaced(replacements), self._send_claims)
        self._in_batches(new, self._send_claims)

    # ------------------------------------------------------------------ batches

    def _in_batches(self, claims: Sequence[Coded], send: Callable[[Sequence[Coded]], None]) -> None:
        for start in range(0, len(claims), self._together):
            self._in_parts(claims[start : start + self._together], send)

    def _in_parts(self, batch: Sequence[Coded], send: Callable[[Sequence[Coded]], None]) -> None:
        """Sends a batch; one that is refused as a whole in halves, until it is known which claim it is."""
        if self._of_all is None:
            try:
                send(batch)
                return
            except NodeUnreachable:
                raise
            except CarechainError as error:
                if isinstance(error, ContractRefusal) and error.name in _OF_ALL:
                    self._of_all = error
                elif len(batch) == 1:
                    (coded,) = batch
                    self._done(_refused(coded, error.problem, error.mend))
                    return
                else:
                    middle = len(batch) // 2
                    self._in_parts(batch[:middle], send)
                    self._in_parts(batch[middle:], send)
                    return
        for coded in batch:
            self._done(Outcome.refused(coded.place, coded.document.total, self._of_all))

    def _patiently(self, attempt: Callable[[], None]) -> None:
        """Does it again when somebody else was faster: the account's log has grown since it was read."""
        for _ in range(RACES):
            size = self._ledger.head(*self._parties)[0]
            try:
                attempt()
                return
            except ContractRefusal as refusal:
                if refusal.name not in _RACE:
                    raise
            if self._ledger.head(*self._parties)[0] == size:
                time.sleep(1)  # what was faster is in no block yet
        raise NodeUnreachable("The account's claims", "are sent by somebody else too, all the time", "try again later")

    def _send_claims(self, batch: Sequence[Coded]) -> None:
        """In one transaction."""
        left = list(batch)

        def attempt() -> None:
            left[:] = self._not_there(left)
            if left:
                self._send_at(left, self._ledger.head(*self._parties)[0])

        self._patiently(attempt)

    def _send_at(self, batch: Sequence[Coded], first: int) -> None:
        functions = self._ledger.functions
        calls = self._voids_before(batch)
        replacing = bool(calls)
        calls.append(functions.submitClaims(*self._parties, first, [coded.words for coded in batch]))
        if replacing and self._ledger.would_take(*self._parties, calls, self._sender) != first + len(batch):
            problem = "would not be taken by the chain, so that what it replaces was left as it is"
            raise CarechainError("A replacement", problem, "check consent, coverage, days and prices")
        self._require_gas(calls)
        self._book.journal.sending(
            Sent(coded.commitment, coded.payer, coded.provider, coded.document) for coded in batch
        )
        sent = self._ledger.send(calls, self._sender, f"submit {len(batch)} claims")
        self._submission.transactions.append(sent)
        by_commitment = {coded.commitment: coded for coded in batch}
        taken: list[tuple[bytes, int]] = []
        refused: list[tuple[bytes, str]] = []
        for told in self._ledger.came_of(sent, *self._parties):
            if isinstance(told, Taken):
                coded = by_commitment[told.entry.control_number]
                taken.append((coded.commitment, told.name.number))
                self._done(Outcome.of_claim(coded.place, Claim(told)))
            elif isinstance(told, Refused):
                coded = by_commitment[told.control_number]
                refused.append((coded.commitment, told.refusal.name.lower()))
                error = refusal_of(coded.place, told.refusal)
                self._done(Outcome.refused(coded.place, coded.document.total, error))
        self._book.journal.taken(taken, sent.hash)
        self._book.journal.refused(refused, sent.hash)

    def _send_voids(self, batch: Sequence[Coded]) -> None:
        originals = [coded.original for coded in batch if coded.original is not None]

        def attempt() -> None:
            calls = [self._void(name) for name in originals]
            self._require_gas(calls)
            sent = self._ledger.send(calls, self._sender, f"take back {len(batch)} claims")
            self._submission.transactions.append(sent)

        self._patiently(attempt)
        for coded, name in zip(batch, originals, strict=True):
            document = coded.document
            self._done(Outcome(coded.place, Kind.VOIDED, name, document.total, currency=document.currency))

    def _require_gas(self, calls: Sequence[ContractFunction]) -> None:
        gas = self._ledger.chain.estimate(self._ledger.together(calls), self._sender, "try claims")
        if gas > TRANSACTION_GAS_MAX:
            raise CarechainError("The call", "takes more gas than one transaction may", "claim for fewer lines")

    # ------------------------------------------------------------------ what is there already

    def _not_there(self, claims: Sequence[Coded]) -> list[Coded]:
        """Those that are not on the chain. The others are done, and noted if they were not."""
        known = {claim.entry.control_number: claim for claim in self._ledger.claims(*self._parties)}
        found = [coded for coded in claims if coded.commitment in known and coded.words is not None]
        unnoted = []
        for coded in found:
            claim = known[coded.commitment]
            if claim.entry.record != coded.record:
                self._done(_another(coded))
                continue
            noted = self._book.journal.of(coded.commitment)
            if noted is None or noted.number is None:
                unnoted.append((coded, claim))
            self._done(Outcome.of_claim(coded.place, claim, Kind.ALREADY))
        self._book.journal.sending(
            Sent(coded.commitment, coded.payer, coded.provider, coded.document) for coded, _ in unnoted
        )
        for coded, claim in unnoted:
            self._book.journal.taken([(coded.commitment, claim.name.number)], claim.taken.moment.transaction)
        return [coded for coded in claims if coded.commitment not in known or coded.words is None]

    # ------------------------------------------------------------------ claims that others take the place of

    def _can_be_voided(self, coded: Coded) -> bool:
        """Whether there is something to take back; otherwise the claim is done."""
        name = coded.original
        if name is None or not self._exists(name):
            self._done(_refused(coded, "takes back a claim that is not on the chain", "check the payer's number of it"))
            return False
        if self._ledger.case(name).stage is Stage.VOIDED:
            self._done(Outcome.of_claim(coded.place, self._ledger.claim(name), Kind.ALREADY))
            return False
        return True

    def _can_be_replaced(self, claims: Sequence[Coded]) -> list[Coded]:
        """Those that replace a claim which can be replaced, each by one; the others are done."""
        found: dict[ClaimName, Coded] = {}
        for coded in claims:
            name = coded.original
            if name is None or not self._exists(name):
                self._done(
                    _refused(coded, "replaces a claim that is not on the chain", "check the payer's number of it")
                )
            elif name in found or self._ledger.case(name).replaced:
                self._done(_refused(coded, "replaces a claim that was replaced already", "replace the newer one"))
            else:
                found[name] = coded
        return [*found.values()]

    def _voids_before(self, batch: Sequence[Coded]) -> list[ContractFunction]:
        """Calls that take back the originals of replacements, as far as that was not done before."""
        originals = [coded.original for coded in batch if coded.original is not None]
        return [self._void(name) for name in originals if self._ledger.case(name).stage is not Stage.VOIDED]

    def _void(self, name: ClaimName) -> ContractFunction:
        return self._ledger.functions.voidClaim(self._ledger.evidence(name).words())

    def _exists(self, name: ClaimName) -> bool:
        return name.number < self._ledger.head(name.payer, name.provider)[0]
