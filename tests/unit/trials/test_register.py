"""A sponsor registers a trial."""

from dataclasses import replace

import pytest
from trial_acts import OWN, ZERO, accredit_as, hexed, not_logged, registration_hash, suspend

from carechain.purpose_of_use import CODES, index_of
from tests.helpers import rfc9162
from tests.helpers.refusals import refusal_of, refused
from tests.helpers.suite import SITE, SPONSOR
from tests.helpers.supply import ROLE_MISSING, SUSPENDED, UNKNOWN, by, roles_of, today
from tests.helpers.trials import CLINTRCH, LATE, NUMBER, OUTCOMES, PRIMARIES, TRIAL, Design, act_entry

RESEARCH = "HRESCH BIORCH CLINTRCH CLINTRCHNPC CLINTRCHPC PRECLINTRCH DSRCH POARCH TRANSRCH".split()


def test_a_sponsor_registers_a_trial(study, trials, sponsor):
    design = Design()
    assert trials.register.call(SPONSOR, NUMBER, design.arguments(), {"from": sponsor}) == TRIAL
    sent = study.register(design)
    event = not_logged(sent, "TrialRegistered")
    assert (event["trial"], event["key"]) == (TRIAL, sponsor)
    assert event["registration"] == hexed(design.arguments())
    assert dict(trials.trialOf(TRIAL)) == {
        "outcomesRoot": "0x" + design.outcomes_root.hex(),
        "outcomes": len(OUTCOMES),
        "primaries": PRIMARIES,
        "enrolled": 0,
        "allotted": 0,
        "enrolmentCap": design.enrolment_cap,
        "consentVersion": 1,
        "purpose": CLINTRCH,
        "registeredOn": sent.timestamp // 86_400,
        "startedOn": 0,
        "plannedCompletion": design.planned_completion,
        "completedOn": 0,
        "version": 0,
        "flags": 0,
        "safetyBoard": 0,
        "holds": 0,
        "places": 0,
        "unblinded": 0,
        "openStreams": 0,
        "sites": 0,
        "proposed": "0x" + ZERO.hex(),
    }


def test_its_registration_is_the_first_entry_of_its_log(study, trials, sponsor):
    design = Design(outcomes=600, primaries=300)
    sent = study.register(design)
    number = design.outcomes << 16 | design.primaries
    detail = registration_hash(design)
    entry = act_entry(
        "Registered", TRIAL, sent.timestamp, SPONSOR, sponsor.address, number, design.outcomes_root, detail
    )
    assert len(entry) == 110
    assert trials.logOf(TRIAL, OWN) == (1, "0x" + rfc9162.root([entry]).hex())
    assert trials.logIncludes(TRIAL, OWN, entry, 0, [])


def test_a_sponsor_numbers_its_trials_as_it_likes(study, trials):
    for number in (0, 2**32 - 1, 5):
        trial = SPONSOR << 32 | number
        assert trials.trialOf(trial)["consentVersion"] == 0
        assert study.register(number=number).events["TrialRegistered"]["trial"] == trial
        assert trials.trialOf(trial)["consentVersion"] == 1


def test_a_number_is_used_once(study):
    study.register()
    with refused("TrialKnown", TRIAL):
        study.register(Design(protocol=b"\x01" * 32))
    study.register(number=NUMBER + 1)


def test_a_key_registers_for_its_own_sponsor_alone(suite, trials, stranger, sponsor, site):
    arguments = Design().arguments()
    for key in (stranger, site):
        with refused("OperatorNotInStanding", key, SPONSOR, UNKNOWN):
            trials.register(SPONSOR, NUMBER, arguments, {"from": key})
    with refused("OperatorNotInStanding", site, SITE, ROLE_MISSING):
        trials.register(SITE, NUMBER, arguments, {"from": site})
    suspend(suite, SPONSOR)
    with refused("OperatorNotInStanding", sponsor, SPONSOR, SUSPENDED):
        trials.register(SPONSOR, NUMBER, arguments, {"from": sponsor})


def test_any_organisation_that_is_a_sponsor_registers(suite, trials):
    accredit_as(suite, SITE, roles_of(SITE) | roles_of(SPONSOR))
    sent = trials.register(SITE, NUMBER, Design().arguments(), by(SITE))
    assert sent.events["TrialRegistered"]["trial"] == SITE << 32 | NUMBER


@pytest.mark.parametrize("field", ["data_set", "protocol", "analysis_plan", "consent_form", "outcomes_root"])
def test_a_trial_commits_to_what_it_is(study, field):
    with refused("TrialDesignInvalid", TRIAL):
        study.register(replace(Design(), **{field: ZERO}))


def test_a_trial_that_no_other_registry_knows_is_registered(study):
    study.register(Design(identifiers=ZERO))


@pytest.mark.parametrize(
    "changes",
    [
        {"outcomes": 0, "primaries": 0},
        {"outcomes": 1, "primaries": 0},
        {"outcomes": 0, "primaries": 1},
        {"outcomes": 5, "primaries": 6},
        {"enrolment_cap": 0},
        {"planned_completion": 0},
    ],
)
def test_a_design_that_cannot_be_is_refused(study, changes):
    with refused("TrialDesignInvalid", TRIAL):
        study.register(replace(Design(), **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"outcomes": 1, "primaries": 1, "enrolment_cap": 1, "planned_completion": 1},
        {"outcomes": 65_535, "primaries": 65_535, "enrolment_cap": 2**24 - 1, "planned_completion": 65_535},
    ],
)
def test_the_least_and_the_most_of_a_design_are_kept(study, trials, changes):
    study.register(replace(Design(), **changes))
    view = trials.trialOf(TRIAL)
    names = ("outcomes", "primaries", "enrolmentCap", "plannedCompletion")
    assert [view[name] for name in names] == list(changes.values())
    assert (view["allotted"], view["consentVersion"], view["flags"]) == (0, 1, 0)


def test_a_trial_is_research(study, trials, sponsor):
    for purpose, code in enumerate(CODES):
        arguments = replace(Design(), purpose=purpose).arguments()
        refusal = refusal_of(trials.register, SPONSOR, NUMBER, arguments, {"from": sponsor})
        assert refusal == (None if code in RESEARCH else "TrialDesignInvalid"), code
    for purpose in (len(CODES), 63, 64, 64 + index_of("HRESCH"), 128 + CLINTRCH, 255):
        with refused("TrialDesignInvalid", TRIAL):
            study.register(replace(Design(), purpose=purpose))


@pytest.mark.parametrize(("days_ago", "flags"), [(0, 0), (1, LATE), (4_000, LATE)])
def test_a_trial_registered_after_its_first_enrolment_is_late(study, trials, days_ago, flags):
    started = today() - days_ago
    study.register(Design(started_on=started))
    assert trials.trialOf(TRIAL)["startedOn"] == started
    assert study.flags() == flags


def test_a_trial_does_not_start_before_it_starts(study):
    with refused("TrialDesignInvalid", TRIAL):
        study.register(Design(started_on=today() + 1))


def test_a_trial_starts_by_the_day_that_it_is_to_be_completed(study, trials):
    for started, planned in ((2, 1), (today(), today() - 1), (today() - 4_000, today() - 4_001)):
        with refused("TrialDesignInvalid", TRIAL):
            study.register(Design(started_on=started, planned_completion=planned))
    for number, (started, planned) in enumerate(((1, 1), (1, 2), (today(), today()), (0, 1)), NUMBER):
        study.register(Design(started_on=started, planned_completion=planned), number)
        view = trials.trialOf(SPONSOR << 32 | number)
        assert (view["startedOn"], view["plannedCompletion"]) == (started, planned)
