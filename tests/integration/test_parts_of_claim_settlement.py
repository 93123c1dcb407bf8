"""ClaimSettlement is one address in four parts: together they serve its interface, in one storage."""

from __future__ import annotations

import brownie
import pytest
from brownie import ZERO_ADDRESS

from tests.helpers.claims import CENTS, CLOCKS, PLAN, Claim, Cover, Line, plan_terms
from tests.helpers.refusals import refused
from tests.helpers.suite import HOSPITAL, PAYER, compiled
from tests.helpers.supply import DAY, by
from tests.integration.parts import check_parts_hide_nothing, check_parts_serve, check_parts_share_storage

SOURCES = {
    "ClaimSettlement": "contracts/ClaimSettlement.sol",
    "ClaimReview": "contracts/claims/ClaimReview.sol",
    "ClaimObjections": "contracts/claims/ClaimObjections.sol",
    "ClaimProgramme": "contracts/claims/ClaimProgramme.sol",
}
"""In the order in which a call is handed on."""
PARTS = ("ClaimReview", "ClaimObjections", "ClaimProgramme")


def test_the_parts_together_serve_the_interface_and_nothing_else():
    check_parts_serve("ClaimSettlement", SOURCES)


def test_no_part_hides_a_function_of_another():
    check_parts_hide_nothing(SOURCES)


def test_the_parts_understand_their_storage_alike():
    check_parts_share_storage(SOURCES)


def test_each_part_hands_on_to_the_next(suite, claims):
    book = suite.chain.book
    review = compiled("ClaimReview").at(claims.review())
    objections = compiled("ClaimObjections").at(claims.objections())
    assert claims.review() == book["ClaimReview"].address
    assert claims.objections() == review.objections() == book["ClaimObjections"].address
    assert claims.programme() == objections.programme() == book["ClaimProgramme"].address
    assert (claims.participants(), claims.consents()) == (suite.participants, suite.consents)
    assert claims.WITHDRAWAL_DELAY() == 14 * DAY


@pytest.mark.parametrize("part", PARTS)
def test_what_is_called_on_a_part_directly_concerns_nobody(suite, claims, consents, patient, part):
    cover = Cover(claims, consents).open()
    cover.enrol(patient)
    cover.submit(Claim(patient, (Line(),)))
    before = claims.logOf(PAYER, HOSPITAL), claims.reserveOf(PAYER)
    called = brownie.interface.IClaimSettlement(suite.chain.book[part].address)
    # It knows of no reserve, so one is opened in it, which the claims do not see.
    called.openReserve(PAYER, cover.token, CENTS, (1, 1, 1, 1, 0), by(PAYER))
    called.publishPlan(PAYER, PLAN, 1, plan_terms(), [], bytes(32), 0, by(PAYER))
    assert (claims.logOf(PAYER, HOSPITAL), claims.reserveOf(PAYER)) == before
    assert claims.reserveOf(PAYER)["clocks"] == CLOCKS
    assert called.coverageOf(PAYER, patient, 0)["plan"] == 0
    if part != "ClaimProgramme":
        with refused("ClaimUnproven", PAYER << 32 | HOSPITAL, 0):
            called.voidClaim(cover.evidence(), by(HOSPITAL))


def test_nobody_submits_claims_to_a_part(suite, claims, consents, patient):
    """What begins everything is in the first part alone."""
    for part in PARTS:
        called = brownie.interface.IClaimSettlement(suite.chain.book[part].address)
        with pytest.raises(brownie.exceptions.VirtualMachineError):
            called.submitClaims(PAYER, HOSPITAL, 0, [Claim(patient).words()], by(HOSPITAL))
        with pytest.raises(brownie.exceptions.VirtualMachineError):
            called.setPayee(PAYER, HOSPITAL, patient, by(HOSPITAL))


def test_parts_that_are_none_or_ask_another_register_are_refused(claims, participants, consents, deployer, stranger):
    mine = {"from": deployer}
    behind = {"ClaimObjections": "ClaimProgramme", "ClaimReview": "ClaimObjections", "ClaimSettlement": "ClaimReview"}
    for part in behind:
        with refused("PartInvalid", stranger):
            compiled(part).deploy(participants, consents, stranger, mine)
    for registers in ((consents, consents), (participants, participants)):
        other = compiled("ClaimProgramme").deploy(*registers, mine)
        for part in behind:
            with refused("PartInvalid", other):
                compiled(part).deploy(participants, consents, other, mine)
            # One that asks the same is as good as the next.
            other = compiled(part).deploy(*registers, other, mine)


@pytest.mark.parametrize("part", ["ClaimProgramme", "ClaimObjections", "ClaimReview", "ClaimSettlement"])
def test_registers_without_code_are_refused(claims, participants, consents, deployer, stranger, part):
    behind = () if part == "ClaimProgramme" else (claims,)
    for registers, without in (((stranger, consents), stranger), ((participants, ZERO_ADDRESS), ZERO_ADDRESS)):
        with refused("PartInvalid", without):
            compiled(part).deploy(*registers, *behind, {"from": deployer})


def test_calls_of_all_parts_are_made_together_or_not_at_all(claims, consents, patient):
    """Of a provider: a claim, an objection to it, and it is taken back."""
    cover = Cover(claims, consents).open()
    cover.enrol(patient)
    cover.submit(Claim(patient, (Line(),)))
    evidence = cover.evidence()
    calls = [
        claims.appeal.encode_input(evidence, bytes(32)),
        claims.voidClaim.encode_input(evidence),
        claims.setPayee.encode_input(PAYER, HOSPITAL, patient),
    ]
    early = claims.enforceDeadline.encode_input(evidence)
    with refused("ClaimStageInvalid", PAYER << 32 | HOSPITAL, 0, 8, 0):
        claims.multicall([*calls, early], by(HOSPITAL))
    assert claims.caseOf(PAYER, HOSPITAL, 0)["stage"] == 0
    claims.multicall(calls, by(HOSPITAL))
    assert claims.caseOf(PAYER, HOSPITAL, 0)["stage"] == 8
    assert claims.accountOf(PAYER, HOSPITAL)["payee"] == patient
