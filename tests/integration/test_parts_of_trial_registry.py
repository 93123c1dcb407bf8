"""TrialRegistry is one address in three parts: together they serve its interface, in one storage."""

from __future__ import annotations

import brownie
import pytest
from brownie import ZERO_ADDRESS

from carechain.trials.allocation import BLOCK
from tests.helpers.refusals import refused
from tests.helpers.suite import SITE, SPONSOR, compiled
from tests.helpers.supply import by
from tests.helpers.trials import NUMBER, TRIAL, Design, Study, commitment
from tests.integration.parts import check_parts_hide_nothing, check_parts_serve, check_parts_share_storage

SOURCES = {
    "TrialRegistry": "contracts/TrialRegistry.sol",
    "TrialOversight": "contracts/trials/TrialOversight.sol",
    "TrialResults": "contracts/trials/TrialResults.sol",
}
"""In the order in which a call is handed on."""
PARTS = ("TrialOversight", "TrialResults")


def test_the_parts_together_serve_the_interface_and_nothing_else():
    check_parts_serve("TrialRegistry", SOURCES)


def test_no_part_hides_a_function_of_another():
    check_parts_hide_nothing(SOURCES)


def test_the_parts_understand_their_storage_alike():
    check_parts_share_storage(SOURCES)


def test_each_part_hands_on_to_the_next(suite, trials):
    book = suite.chain.book
    oversight = compiled("TrialOversight").at(trials.oversight())
    assert trials.oversight() == book["TrialOversight"].address
    assert trials.results() == oversight.results() == book["TrialResults"].address
    assert (trials.participants(), trials.consents()) == (suite.participants, suite.consents)
    assert trials.ALLOCATION_BLOCK() == BLOCK


@pytest.mark.parametrize("part", PARTS)
def test_what_is_called_on_a_part_directly_concerns_nobody(suite, trials, consents, part):
    Study(trials, consents).register()
    before = trials.logOf(TRIAL, 0)
    called = brownie.interface.ITrialRegistry(suite.chain.book[part].address)
    with refused("TrialUnknown", TRIAL):
        called.commitAllocations(TRIAL, 1, commitment("list"), by(SPONSOR))
    assert trials.logOf(TRIAL, 0) == before
    assert called.adverseEventCount(TRIAL) == 0


def test_nobody_can_make_a_trial_in_a_part(suite):
    """What begins everything is in the first part alone."""
    for part in PARTS:
        called = brownie.interface.ITrialRegistry(suite.chain.book[part].address)
        with pytest.raises(brownie.exceptions.VirtualMachineError):
            called.register(SPONSOR, NUMBER, Design().arguments(), by(SPONSOR))


def test_parts_that_are_none_or_ask_another_register_are_refused(trials, participants, consents, deployer, stranger):
    mine = {"from": deployer}
    for part in ("TrialOversight", "TrialRegistry"):
        with refused("PartInvalid", stranger):
            compiled(part).deploy(participants, consents, stranger, mine)
    for registers in ((consents, consents), (participants, participants)):
        other = compiled("TrialResults").deploy(*registers, mine)
        with refused("PartInvalid", other):
            compiled("TrialOversight").deploy(participants, consents, other, mine)
    other = compiled("TrialOversight").deploy(participants, participants, other, mine)
    with refused("PartInvalid", other):
        compiled("TrialRegistry").deploy(participants, consents, other, mine)


@pytest.mark.parametrize("part", ["TrialResults", "TrialOversight", "TrialRegistry"])
def test_registers_without_code_are_refused(trials, participants, consents, deployer, stranger, part):
    behind = () if part == "TrialResults" else (trials,)
    for registers, without in (((stranger, consents), stranger), ((participants, ZERO_ADDRESS), ZERO_ADDRESS)):
        with refused("PartInvalid", without):
            compiled(part).deploy(*registers, *behind, {"from": deployer})


def test_calls_of_all_parts_are_made_together_or_not_at_all(trials, consents):
    study = Study(trials, consents)
    register = trials.register.encode_input(SPONSOR, NUMBER, Design().arguments())
    stream = trials.openStream.encode_input(study.trial, SITE)
    event = trials.reportAdverseEvent.encode_input(study.trial, SPONSOR, 1, 1, commitment("event"))
    spoilt = trials.fileAdverseEvent.encode_input(study.trial, 2, commitment("report"))
    with refused("AdverseEventInvalid", study.trial, 2):
        trials.multicall([register, stream, event, spoilt], by(SPONSOR))
    assert trials.logOf(study.trial, 0)[0] == 0
    trials.multicall([register, stream, event], by(SPONSOR))
    assert trials.logOf(study.trial, 0)[0] == 3
