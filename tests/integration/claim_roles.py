"""The table of roles for claims, and a payer's programme in which each of its calls has something to act upon, see
`programme`."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from carechain.claims.words import AUTHORISATION, Reason, ReviewerKind
from tests.helpers.claims import CENTS, CLOCKS, FUNDS, IMPLANT, PLAN, VISIT, Claim, Cover, Line, commitment, plan_terms
from tests.helpers.suite import (
    CLINIC,
    EXTERNAL_REVIEWER,
    HOSPITAL,
    PAYER,
    REVIEWER,
    SECOND_PAYER,
    SECOND_REVIEWER,
    Suite,
    pass_time,
)
from tests.helpers.supply import DAY, by, today
from tests.integration.role_rows import ROLES, Arguments, Row, anyone, only, only_operators

GROUNDS = commitment("grounds")
NUMBERS = {
    "old": 0,
    "contested": 1,
    "refund requested": 2,
    "overdue": 3,
    "short": 4,
    "settled": 5,
    "waiting": 6,
    "in appeal": 7,
    "of a retired key": 8,
}
"""Claims of the hospital, by what is the matter with them."""


def programme(suite: Suite, account: dict[str, Any]) -> dict[str, Any]:
    """A payer's programme with such claims. Comes first, as it takes its time, and before any key is retired."""
    cover = Cover(suite.claims, suite.consents).open()
    patient, retired = account["patient"], account["retired_key"]
    for member in (patient, retired):
        cover.enrol(member, last_day=today() + 60)
    days = iter(range(10, 100))

    def line(category: int = VISIT, charge: int = 10_000) -> tuple[Line, ...]:
        return (Line(category, charge, days_ago=next(days)),)

    def submit(name: str, lines: tuple[Line, ...], member: Any = patient) -> None:
        cover.submit(Claim(member, lines, name))
        assert cover.claims.accountOf(PAYER, HOSPITAL)["claims"] == NUMBERS[name] + 1

    for name in ("old", "contested", "refund requested"):
        submit(name, line())
    free = FUNDS - 3 * 7_500
    submit("overdue", line(IMPLANT, free))
    submit("short", line())
    cover.fund(FUNDS)
    pass_time(40 * DAY)
    cover.claims.announceWithdrawal(PAYER, 1_000, by(PAYER))
    pass_time(20 * DAY + 1)
    for name in ("contested", "refund requested"):
        cover.claims.requestRefund(cover.evidence(NUMBERS[name]), Reason.NOT_FURNISHED, GROUNDS, by(PAYER))
    cover.appeal(NUMBERS["contested"])
    submit("settled", line())
    submit("waiting", line(IMPLANT))
    submit("in appeal", line(IMPLANT))
    cover.decide(NUMBERS["in appeal"])
    cover.appeal(NUMBERS["in appeal"])
    submit("of a retired key", line(), retired)
    for role in ROLES:
        holder = {"from": account[role]}
        cover.token.mint(account[role], 10**CENTS, holder)
        cover.token.approve(cover.claims, 10**CENTS, holder)
    return {"cover": cover, "token": cover.token}


def _claim(name: str, *rest: Any) -> Arguments:
    """Arguments of a call about one of the claims."""
    return lambda w: (w.insured.cover.evidence(NUMBERS[name]), *rest)


def _of_payer(*rest: Any) -> Arguments:
    return lambda w: (PAYER, *rest)


def _next(*claims: Callable[[SimpleNamespace], Claim]) -> Arguments:
    return lambda w: (PAYER, HOSPITAL, len(NUMBERS), [claim(w).words() for claim in claims])


def _enrolment(w: SimpleNamespace) -> tuple[Any, ...]:
    return (PAYER, [(w.account["stranger"], 0, PLAN, today(), today() + 10, 0, False)])


def _amendment(w: SimpleNamespace) -> tuple[Any, ...]:
    """That another payer comes first; the period ends as it did."""
    coverage = w.insured.cover.claims.coverageOf(PAYER, w.account["patient"], 0)
    return (PAYER, w.account["patient"], 0, coverage["lastDay"], True)


def _authorisation(w: SimpleNamespace) -> tuple[Any, ...]:
    values = {"member": 1, "provider": HOSPITAL, "units": 100, "first_day": today(), "last_day": today()}
    return (PAYER, 9, AUTHORISATION.pack(**values))


CLAIM_SETTLEMENT: dict[str, list[Row]] = {
    # A provider's.
    "submitClaims": only_operators("hospital", arguments=_next(lambda w: Claim(w.account["patient"]))),
    "setPayee": only_operators("hospital", arguments=lambda w: (PAYER, HOSPITAL, w.account["stranger"])),
    "collect": only_operators(arguments=lambda w: (PAYER, HOSPITAL), hospital="NothingUndelivered"),
    "voidClaim": only("hospital", refusal="ClaimNotYours", arguments=_claim("settled")),
    # The provider's and the member's.
    "appeal": [
        *only("hospital", "patient", "representative", refusal="ClaimNotYours", arguments=_claim("settled", GROUNDS)),
        *only(
            "hospital",
            "retired_key",
            "recovered_key",
            refusal="ClaimNotYours",
            arguments=_claim("of a retired key", GROUNDS),
        ),
        *only(
            "hospital",
            "patient",
            "representative",
            refusal="ClaimNotYours",
            arguments=_claim("refund requested", GROUNDS),
        ),
    ],
    "confirmService": [
        *only("patient", "representative", refusal="ClaimNotYours", arguments=_claim("settled")),
        *only("retired_key", "recovered_key", refusal="ClaimNotYours", arguments=_claim("of a retired key")),
    ],
    "disputeService": [
        *only("patient", "representative", refusal="ClaimNotYours", arguments=_claim("settled", GROUNDS)),
        *only("retired_key", "recovered_key", refusal="ClaimNotYours", arguments=_claim("of a retired key", GROUNDS)),
    ],
    # Reviewers'.
    "decideClaim": [
        *only_operators("reviewer", arguments=_claim("waiting", REVIEWER, b"\0", [])),
        *only_operators("second_reviewer", arguments=_claim("in appeal", SECOND_REVIEWER, b"\0", [])),
        # Who decided before, who is external, and who is not named.
        *only_operators(arguments=_claim("in appeal", REVIEWER, b"\0", []), reviewer="ReviewerNotEligible"),
        *only_operators(
            arguments=_claim("waiting", EXTERNAL_REVIEWER, b"\0", []), external_reviewer="ReviewerNotEligible"
        ),
        *only_operators(arguments=_claim("waiting", PAYER, b"\0", []), payer="ReviewerNotEligible"),
    ],
    "upholdDecision": [
        *only_operators("second_reviewer", arguments=_claim("in appeal", SECOND_REVIEWER)),
        *only_operators("external_reviewer", arguments=_claim("contested", EXTERNAL_REVIEWER)),
    ],
    "rejectRefund": only_operators("external_reviewer", arguments=_claim("contested", EXTERNAL_REVIEWER)),
    # Anybody's.
    "checkpoint": anyone(_of_payer(HOSPITAL)),
    "deposit": anyone(_of_payer(1)),
    "enforceDeadline": anyone(_claim("overdue")),
    "settleOnceFunded": anyone(_claim("short")),
    "multicall": anyone(lambda w: ([],)),
    # A payer's.
    "openReserve": only_operators("second_payer", arguments=lambda w: (SECOND_PAYER, w.insured.token, CENTS, CLOCKS)),
    "announceWithdrawal": only_operators("payer", arguments=_of_payer(1)),
    "withdraw": only_operators("payer", arguments=lambda w: (PAYER, w.account["stranger"])),
    "publishPlan": only_operators("payer", arguments=lambda w: (PAYER, 2, 1, plan_terms(), [], bytes(32), 0)),
    "enrolMembers": only_operators("payer", arguments=_enrolment),
    "amendCoverage": only_operators("payer", arguments=_amendment),
    "setNetwork": only_operators("payer", arguments=lambda w: (PAYER, CLINIC, today(), today() + 1)),
    "barProvider": only_operators("payer", arguments=_of_payer(HOSPITAL, True, GROUNDS)),
    "authorise": only_operators("payer", arguments=_authorisation),
    "nameReviewer": only_operators("payer", arguments=_of_payer(REVIEWER, ReviewerKind.NONE)),
    "requestRefund": only_operators("payer", arguments=_claim("old", Reason.NOT_FURNISHED, GROUNDS)),
}

CLAIM_SETTLEMENT_VIEWS: dict[str, Arguments] = {
    "REFUND_LIMIT": lambda w: (),
    "WITHDRAWAL_DELAY": lambda w: (),
    "accountOf": _of_payer(HOSPITAL),
    "authorisationOf": _of_payer(1),
    "caseOf": _of_payer(HOSPITAL, NUMBERS["waiting"]),
    "checkpointOf": _of_payer(HOSPITAL, 1),
    "consents": lambda w: (),
    "coverageOf": lambda w: (PAYER, w.account["patient"], 0),
    "logContinues": _of_payer(HOSPITAL, 0, bytes(32), []),
    "logOf": _of_payer(HOSPITAL),
    "objections": lambda w: (),
    "participants": lambda w: (),
    "planOf": _of_payer(PLAN, 1),
    "planVersions": _of_payer(PLAN),
    "programme": lambda w: (),
    "reserveOf": _of_payer(),
    "review": lambda w: (),
    "reviewerKindOf": _of_payer(REVIEWER),
    "ruleOf": _of_payer(PLAN, 1, VISIT),
    "usedOf": lambda w: (PAYER, w.account["patient"], 0, VISIT),
}
