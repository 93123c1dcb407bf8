"""The table of roles for trials, and trials in which each of its calls has something to act upon, see `studies`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from carechain.consent_scope import Scope
from carechain.consent_terms import ConsentTerms
from carechain.data_categories import class_bit
from carechain.governance import DAY
from carechain.merkle_log import MerkleTree
from carechain.purpose_of_use import mask_of
from tests.helpers.suite import (
    ETHICS_BOARD,
    LABORATORY,
    REGULATOR,
    SAFETY_BOARD,
    SECOND_REGULATOR,
    SECOND_SITE,
    SITE,
    SPONSOR,
    Suite,
    now,
    pass_time,
)
from tests.helpers.supply import by, today
from tests.helpers.trials import (
    ACTS,
    ARMS,
    ETHICS,
    KEY,
    REGULATORY,
    Amended,
    Design,
    Study,
    allocation_tree,
    commitment,
    data_entry,
    outcome_tree,
    pseudonym,
)
from tests.integration.role_rows import REGULATORS, Arguments, Row, anyone, only, only_operators

RANDOMISED, WAITING, OF_A_RETIRED_KEY, REVOKED, NEW = map(pseudonym, range(1, 6))
"""Participants, but for the last."""
REASON, DECISION, SIGNATORY = commitment("reason"), commitment("decision"), commitment("signatory")
UNUSED = 99
"""A number that the sponsor has not used."""


def studies(suite: Suite, account: dict[str, Any]) -> dict[str, Any]:
    """Trials by what is the matter with them."""

    def study(number: int) -> Study:
        return Study(suite.trials, suite.consents, SPONSOR << 32 | number)

    running, fresh, held, paused, due, locked, answered = map(study, range(1, 8))
    for number, each in enumerate((running, fresh, held, paused, due, locked, answered), 1):
        each.register(Design(), number)
    fresh.approve(SITE)
    held.trials.placeHold(held.trial, REASON, by(REGULATOR))
    paused.trials.appointSafetyBoard(paused.trial, SAFETY_BOARD, by(SPONSOR))
    paused.trials.pause(paused.trial, REASON, by(SAFETY_BOARD))
    locked.commit_allocations()
    for each in (locked, answered):
        each.trials.lockDataset(each.trial, commitment("dataset"), by(SPONSOR))

    tomorrow = replace(Amended(), effective_on=today() + 1)
    due.approve()
    due.amend(tomorrow)
    pass_time(DAY)

    running.approve()
    running.commit_allocations()
    running.trials.appointSafetyBoard(running.trial, SAFETY_BOARD, by(SPONSOR))
    for site in (SITE, SECOND_SITE):
        running.open_site(site)
        running.open_stream(site)
    entry = _filled(suite, running, account)
    waiting = replace(Amended(), effective_on=today() + 10)
    running.trials.proposeAmendment(running.trial, waiting.arguments(), by(SPONSOR))
    running.trials.reportAdverseEvent(running.trial, SITE, 0, now(), commitment("event"), by(SITE))
    return {
        "running": running.trial,
        "fresh": fresh.trial,
        "held": held.trial,
        "paused": paused.trial,
        "due": due.trial,
        "locked": locked.trial,
        "answered": answered.trial,
        "tomorrow": tomorrow,
        "waiting": waiting,
        "entry": entry,
    }


def _filled(suite: Suite, study: Study, account: dict[str, Any]) -> bytes:
    """Four participants of a site, and a batch of its data. The batch's entry."""
    study.enrol(1, account["patient"])
    study.enrol_alone(2, account["patient"])
    study.trials.randomise(study.trial, RANDOMISED, 0, by(SITE))
    retired, terms = account["retired_key"], ConsentTerms(mask_of("CLINTRCH"), class_bit("ResearchSubject")).pack()
    suite.consents.grantFor(retired, SITE, _scope(study), terms, DECISION, {"from": account["recovered_key"]})
    study.enrol_alone(3, retired)
    study.enrol(4, account["nobody_yet"])
    suite.consents.revoke(SITE, _scope(study), {"from": account["nobody_yet"]})
    batch = study.batch()
    sent = study.trials.anchorData(study.trial, SITE, *batch, by(SITE))
    return data_entry(study.trial, SITE, account["site"].address, sent.timestamp, batch)


def _scope(study: Study) -> bytes:
    return Scope.of_trial(study.trial, 1).to_bytes()


def _of(trial: str, *rest: Any) -> Arguments:
    """Arguments of a call about one of the trials."""
    return lambda w: (getattr(w.studies, trial), *rest)


def _batch(*, corrected: tuple[Any, ...] = ()) -> Callable[[SimpleNamespace], tuple[Any, ...]]:
    return lambda w: (w.studies.running, SITE, *corrected, now() - 60, now() - 1, 3, commitment("batch"))


def _amending(trial: str, amendment: str, *rest: Any) -> Arguments:
    return lambda w: (getattr(w.studies, trial), getattr(w.studies, amendment).arguments(), *rest)


def _signing(organisation: int, of: str = "entry") -> Arguments:
    return lambda w: (
        *(w.studies.running, organisation, 0, MerkleTree([getattr(w.studies, of)]).leaf(0), []),
        *(ACTS.index("Reviewed"), SIGNATORY),
    )


TRIAL_REGISTRY: dict[str, list[Row]] = {
    "register": only_operators("sponsor", arguments=lambda w: (SPONSOR, UNUSED, Design().arguments())),
    "enrolParticipant": [
        *only_operators("site", arguments=lambda w: (w.studies.running, SITE, NEW, w.account["patient"], today())),
        # To whom the patient has not consented.
        *only_operators(
            arguments=lambda w: (w.studies.running, SECOND_SITE, NEW, w.account["patient"], today()),
            second_site="ConsentMissing",
        ),
        # Where no site is open.
        *only_operators(
            arguments=lambda w: (w.studies.fresh, SITE, NEW, w.account["patient"], today()), site="SiteNotOpen"
        ),
    ],
    "renewConsent": only_operators("site", arguments=_of("running", RANDOMISED)),
    "randomise": [
        *only_operators("site", "sponsor", arguments=_of("running", WAITING, 1)),
        # Whose consent is revoked.
        *only_operators(arguments=_of("running", REVOKED, 1), **dict.fromkeys(("site", "sponsor"), "ConsentMissing")),
    ],
    "withdraw": [
        *only(
            "patient",
            "representative",
            "site",
            refusal="ConsentNotRevoked",
            arguments=_of("running", RANDOMISED),
        ),
        *only(
            "retired_key",
            "recovered_key",
            "site",
            refusal="ConsentNotRevoked",
            arguments=_of("running", OF_A_RETIRED_KEY),
        ),
        *anyone(_of("running", REVOKED)),
    ],
    "unblind": only("site", "safety_board", refusal="TrialNotYours", arguments=_of("running", RANDOMISED, REASON)),
    "anchorData": only_operators("site", arguments=_batch()),
    "anchorCorrection": only_operators("site", arguments=_batch(corrected=(0, REASON))),
    "approve": [
        *only_operators("ethics_board", arguments=_of("fresh", 0, ETHICS, DECISION)),
        *only_operators(*REGULATORS, arguments=_of("fresh", 0, REGULATORY, DECISION)),
        *only_operators("ethics_board", arguments=_of("fresh", SECOND_SITE, ETHICS, DECISION)),
        # Nobody approves itself.
        *only_operators(arguments=_of("fresh", ETHICS_BOARD, ETHICS, DECISION), ethics_board="TrialNotIndependent"),
        *only_operators(
            "second_regulator",
            arguments=_of("fresh", REGULATOR, REGULATORY, DECISION),
            regulator="TrialNotIndependent",
        ),
    ],
    # By who gave it.
    "withdrawApproval": [
        *only_operators("ethics_board", arguments=_of("running", 0, ETHICS, REASON)),
        *only_operators("regulator", arguments=_of("running", 0, REGULATORY, REASON)),
        *only_operators("regulator", arguments=_of("running", SITE, REGULATORY, REASON)),
        *only(refusal="ApprovalUnknown", arguments=_of("fresh", 0, ETHICS, REASON)),
    ],
    "placeHold": only_operators(*REGULATORS, arguments=_of("running", REASON)),
    "liftHold": [
        # Whose it is, while that one is in standing.
        *only_operators("regulator", arguments=_of("held", REGULATOR, REASON), second_regulator="HoldInvalid"),
        *only_operators(arguments=_of("held", SECOND_REGULATOR, REASON), **dict.fromkeys(REGULATORS, "HoldInvalid")),
    ],
    "appointSafetyBoard": [
        *only_operators("sponsor", *REGULATORS, arguments=_of("fresh", SAFETY_BOARD)),
        # Whoever is watched does not change who watches; a regulator does, but for the same.
        *only_operators(
            arguments=_of("running", SAFETY_BOARD),
            sponsor="TrialNotYours",
            **dict.fromkeys(REGULATORS, "TrialNotIndependent"),
        ),
    ],
    "pause": [
        *only_operators("safety_board", arguments=_of("running", REASON)),
        *only(refusal="TrialNotYours", arguments=_of("fresh", REASON)),
    ],
    "resume": only_operators("safety_board", arguments=_of("paused", REASON)),
    "end": [
        *only_operators("sponsor", "safety_board", *REGULATORS, arguments=_of("running", REASON)),
        # A safety board, of other trials.
        *only_operators("sponsor", *REGULATORS, arguments=_of("fresh", REASON)),
    ],
    "openSite": only_operators("sponsor", arguments=_of("fresh", SITE, 5)),
    "changeAllotment": only_operators("sponsor", arguments=_of("running", SITE, 30)),
    "closeSite": only_operators("sponsor", "site", arguments=_of("running", SITE, REASON)),
    "openStream": [
        *only_operators("sponsor", arguments=_of("running", LABORATORY)),
        # Whoever watches over a trial records no data of it.
        *only_operators(arguments=_of("running", ETHICS_BOARD), sponsor="TrialNotIndependent"),
        *only_operators(arguments=_of("running", SAFETY_BOARD), sponsor="TrialNotIndependent"),
        # Nor does one that may yet decide about it.
        *only_operators(arguments=_of("running", SECOND_REGULATOR), sponsor="TrialNotIndependent"),
    ],
    "lockStream": only_operators("sponsor", "site", arguments=_of("running", SITE)),
    "proposeAmendment": only_operators("sponsor", arguments=_amending("fresh", "waiting")),
    "approveAmendment": only_operators("ethics_board", arguments=_amending("running", "waiting", DECISION)),
    "putAmendmentInForce": anyone(_amending("due", "tomorrow")),
    "dropAmendment": only_operators(
        "sponsor", "ethics_board", arguments=lambda w: (w.studies.running, w.studies.waiting.hash(), REASON)
    ),
    "commitAllocations": only_operators("sponsor", arguments=_of("fresh", len(ARMS), allocation_tree().root())),
    "revealAllocations": only_operators("sponsor", arguments=_of("locked", KEY, 0, ARMS, [])),
    "reportAdverseEvent": [
        *only_operators("site", arguments=lambda w: (w.studies.running, SITE, 0, now(), REASON)),
        *only_operators("sponsor", arguments=lambda w: (w.studies.running, SPONSOR, 1, now(), REASON)),
        # It takes no part in the trial.
        *only_operators(
            arguments=lambda w: (w.studies.running, LABORATORY, 1, now(), REASON), laboratory="TrialNotYours"
        ),
    ],
    "fileAdverseEvent": only_operators("sponsor", arguments=_of("running", 1, REASON)),
    "sign": [
        *only_operators(
            "sponsor",
            "site",
            "second_site",
            "ethics_board",
            "safety_board",
            "auditor",
            *REGULATORS,
            arguments=_signing(SITE),
        ),
        # Neither sites nor watchers are there yet.
        *only_operators(
            arguments=lambda w: (w.studies.fresh, 0, 99, DECISION, [], ACTS.index("Authored"), SIGNATORY),
            **dict.fromkeys(("sponsor", "auditor", *REGULATORS), "EntryUnknown"),
        ),
    ],
    "recordCompletion": [
        *only_operators("sponsor", arguments=lambda w: (w.studies.running, today())),
        # No deadline is moved once the dataset is locked.
        *only_operators(arguments=lambda w: (w.studies.locked, today()), sponsor="TrialStateInvalid"),
    ],
    "lockDataset": only_operators("sponsor", arguments=_of("fresh", DECISION)),
    "postResult": only_operators(
        "sponsor",
        arguments=lambda w: (
            w.studies.answered,
            0,
            outcome_tree().leaf(0),
            list(outcome_tree().inclusion_proof(0)),
            commitment("result"),
        ),
    ),
    "multicall": anyone(lambda w: ([],)),
}

TRIAL_REGISTRY_VIEWS: dict[str, Arguments] = {
    "ALLOCATION_BLOCK": lambda w: (),
    "adverseEventCount": _of("running"),
    "adverseEventOf": _of("running", 1),
    "allocationIncludes": _of("running", 0, 1, bytes(32), []),
    "consentScopeOf": _of("running", 1),
    "consents": lambda w: (),
    "isHeldBy": _of("held", REGULATOR),
    "logContinues": _of("running", SITE, 0, bytes(32), []),
    "logIncludes": lambda w: (w.studies.running, SITE, w.studies.entry, 0, []),
    "logOf": _of("running", SITE),
    "outcomeStatusOf": _of("answered", 0),
    "oversight": lambda w: (),
    "participantOf": _of("running", RANDOMISED),
    "participants": lambda w: (),
    "participationOf": _of("running", RANDOMISED),
    "progressOf": _of("running"),
    "results": lambda w: (),
    "resultsOf": _of("answered"),
    "siteAt": _of("running", 0),
    "siteOf": _of("running", SITE),
    "trialOf": _of("running"),
}
