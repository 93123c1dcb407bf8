"""authorise: services that a payer agrees to beforehand."""

from __future__ import annotations

import pytest
from claim_acts import suspend

from carechain.claims.words import AUTHORISATION
from tests.helpers.claims import SURGERY, Claim, Line
from tests.helpers.refusals import refused
from tests.helpers.suite import HOSPITAL, PAYER, SECOND_PAYER
from tests.helpers.supply import SUSPENDED, UNKNOWN, by, event_of, operator_of, today


def word(whom, **changes):
    values = {
        "member": int(str(whom), 16),
        "provider": HOSPITAL,
        "category": SURGERY,
        "first_day": today() - 1,
        "last_day": today() + 1,
        "units": 100,
        **changes,
    }
    return AUTHORISATION.pack(**values)


def authorise(cover, number, authorisation):
    return cover.claims.authorise(PAYER, number, authorisation, by(PAYER))


def test_a_service_is_authorised(cover, member):
    given = word(member)
    sent = authorise(cover, 7, given)
    assert event_of(sent, "ServiceAuthorised") == {"payer": PAYER, "number": 7, "authorisation": given}
    assert cover.claims.authorisationOf(PAYER, 7) == given
    assert cover.claims.authorisationOf(SECOND_PAYER, 7) == 0


def test_a_number_is_used_once(cover, member, parent):
    authorise(cover, 7, word(member))
    with refused("AuthorisationInvalid", PAYER, 7):
        authorise(cover, 7, word(parent))


def test_a_number_stays_taken_when_it_is_used_up(cover, member):
    authorise(cover, 7, word(member, first_day=today() - 20))
    cover.submit(Claim(member, (Line(SURGERY),), authorisation=7))
    assert cover.claims.authorisationOf(PAYER, 7) >> 232 == 0
    with refused("AuthorisationInvalid", PAYER, 7):
        authorise(cover, 7, word(member))


def test_no_authorisation_is_number_0(cover, member):
    with refused("AuthorisationInvalid", PAYER, 0):
        authorise(cover, 0, word(member))


@pytest.mark.parametrize(
    "changes",
    [{"member": 0}, {"provider": 0}, {"units": 0}, {"first_day": 0}, {"first_day": 65_535, "last_day": 65_534}],
    ids=str,
)
def test_a_word_that_says_too_little_is_refused(cover, member, changes):
    with refused("AuthorisationInvalid", PAYER, 7):
        authorise(cover, 7, word(member, **changes))
    assert cover.claims.authorisationOf(PAYER, 7) == 0


def test_one_day_and_a_hundredth_of_a_unit_will_do(cover, member):
    authorise(cover, 7, word(member, first_day=today(), last_day=today(), units=1))


def test_only_the_payer_authorises(suite, cover, member, stranger):
    for sender in (stranger, operator_of(SECOND_PAYER), operator_of(HOSPITAL)):
        with refused("OperatorNotInStanding", sender, PAYER, UNKNOWN):
            cover.claims.authorise(PAYER, 7, word(member), {"from": sender})
    suspend(suite, PAYER)
    with refused("OperatorNotInStanding", operator_of(PAYER), PAYER, SUSPENDED):
        authorise(cover, 7, word(member))
