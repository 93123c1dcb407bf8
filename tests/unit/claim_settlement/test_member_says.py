"""confirmService and disputeService: a member's word, which changes no payment by itself."""

from __future__ import annotations

from claim_acts import ACCOUNT, GROUNDS, VISIT_PAID, ZERO, implant, reserve, stage_of, visit

from carechain.claims.words import Stage
from tests.helpers.claims import FUNDS, events
from tests.helpers.refusals import refused
from tests.helpers.suite import HOSPITAL, PAYER, now
from tests.helpers.supply import DAY, event_of, operator_of


def confirm(cover, sender, number=0):
    return cover.claims.confirmService(cover.evidence(number), {"from": sender})


def dispute(cover, sender, number=0, grounds=GROUNDS):
    return cover.claims.disputeService(cover.evidence(number), grounds, {"from": sender})


def said(cover, number=0):
    case = cover.claims.caseOf(PAYER, HOSPITAL, number)
    return case["confirmed"], case["disputed"]


def test_a_member_confirms_that_a_service_was_furnished(cover, member):
    cover.submit(visit(member))
    assert event_of(confirm(cover, member), "ServiceConfirmed") == {"account": ACCOUNT, "number": 0}
    assert said(cover) == (True, False)


def test_a_member_says_that_a_service_was_not_furnished(cover, member):
    cover.submit(visit(member))
    told = event_of(dispute(cover, member), "ServiceDisputed")
    assert told == {"account": ACCOUNT, "number": 0, "grounds": "0x" + GROUNDS.hex()}
    assert said(cover) == (False, True)
    dispute(cover, member, grounds=ZERO)


def test_the_last_word_counts(cover, member):
    cover.submit(visit(member))
    dispute(cover, member)
    confirm(cover, member)
    assert said(cover) == (True, False)
    dispute(cover, member)
    assert said(cover) == (False, True)


def test_who_represents_the_member_speaks_for_it(cover, consents, member, representative):
    cover.submit(visit(member))
    consents.appointRepresentative(representative, 0, now() + DAY, {"from": member})
    confirm(cover, representative)
    dispute(cover, representative)
    assert said(cover) == (False, True)


def test_nobody_else_has_a_say(cover, member, parent, stranger, representative):
    cover.submit(visit(member))
    for sender in (stranger, parent, representative, operator_of(HOSPITAL), operator_of(PAYER)):
        for call in (confirm, dispute):
            with refused("ClaimNotYours", ACCOUNT, 0):
                call(cover, sender)


def test_it_changes_neither_payment_nor_stage(cover, member):
    cover.submit(visit(member), implant(member, "implant", days_ago=11))
    before = reserve(cover)
    for number, stage in ((0, Stage.NONE), (1, Stage.IN_REVIEW)):
        sent = dispute(cover, member, number)
        assert events(sent, "ProviderPaid") == events(sent, "Transfer") == []
        assert stage_of(cover, number) == stage
    assert reserve(cover) == before == (FUNDS - VISIT_PAID, 150_000)
    # The claims go their ways.
    cover.decide(1)
    cover.appeal(0)
    assert (said(cover, 0), said(cover, 1)) == ((False, True), (False, True))


def test_it_is_said_of_a_voided_claim_too(cover, member):
    cover.submit(visit(member))
    cover.void()
    confirm(cover, member)
    assert (stage_of(cover), said(cover)) == (Stage.VOIDED, (True, False))


def test_nothing_is_said_of_what_is_not_proven(cover, member):
    cover.submit(visit(member))
    payer, provider, _, *proven = cover.evidence()
    for call, rest in ((cover.claims.confirmService, ()), (cover.claims.disputeService, (GROUNDS,))):
        with refused("ClaimUnproven", ACCOUNT, 1):
            call((payer, provider, 1, *proven), *rest, {"from": member})
