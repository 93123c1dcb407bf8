"""The packed words of trials against their layouts, for random words: each setter leaves every other field."""

import random
from dataclasses import dataclass

import pytest
from brownie.exceptions import VirtualMachineError
from eth_utils import to_checksum_address

from carechain.trials.words import Flag
from tests.helpers.suite import compiled


@dataclass(frozen=True)
class Layout:
    """Fields of a word from the low end, with their widths in bits."""

    fields: tuple[tuple[str, int], ...]
    bits: int

    def read(self, word):
        """All fields by name."""
        values = {}
        for name, width in self.fields:
            values[name] = word & (1 << width) - 1
            word >>= width
        return values

    def written(self, word, **changes):
        """The word with some fields changed, and nothing else."""
        shift = 0
        for name, width in self.fields:
            mask = (1 << width) - 1 << shift
            if name in changes:
                word = word & ~mask | changes.pop(name) << shift
            shift += width
        assert not changes
        return word

    def width(self, name):
        return dict(self.fields)[name]


def layout(text, bits):
    fields = (field.rsplit(" ", 1) for field in text.split(" | "))
    return Layout(tuple((name, int(width)) for name, width in fields), bits)


TERMS = layout(
    "flags 16 | allotted 24 | enrolmentCap 24 | consentVersion 16 | purpose 8 | outcomes 16 | primaries 16"
    " | registeredOn 16 | startedOn 16 | plannedCompletion 16",
    192,
)
SITE = layout(
    "open 1 | shut 1 | late 1 | zero 5 | enrolled 24 | allotment 24 | consentVersion 16 | purpose 8"
    " | registeredOn 16 | startedOn 16 | ethicsBoard 32 | regulator 32",
    256,
)
PARTICIPANT = layout("patient 160 | site 32 | enrolledOn 16 | consentVersion 16 | place 24 | flags 8", 256)


@pytest.fixture(scope="module")
def probe(module_isolation, deployer):
    return compiled("TrialWordsProbe").deploy({"from": deployer})


@pytest.fixture
def chosen(request):
    """Chance, another for each test and the same on every run."""
    return random.Random(request.node.name)


def words(chosen, of, count=25):
    """The least, the most, and any words."""
    return [0, (1 << of.bits) - 1, *(chosen.getrandbits(of.bits) for _ in range(count))]


def some(chosen, of, *names):
    """Values for fields: the least, the most, or any."""
    kind = chosen.randrange(4)
    full = [(1 << of.width(name)) - 1 for name in names]
    if kind < 2:
        return [0] * len(full) if kind else full
    return [chosen.randint(0, most) for most in full]


# ---------------------------------------------------------------------- TrialTerms


def test_every_field_of_terms_is_read_where_it_is_described(probe, chosen):
    for word in words(chosen, TERMS):
        told = dict(probe.termsOf(word))
        assert told.pop("isEnrolling") == Flag(word & 0xFF).enrolling
        assert told == TERMS.read(word)


def test_the_flags_are_the_twins(probe):
    assert list(probe.termFlags()) == list(Flag)


def test_a_trial_enrols_that_is_approved_and_not_barred(probe):
    for flags in range(256):
        barred = flags & 0b111110
        assert probe.termsOf(flags)["isEnrolling"] == (flags & 1 == 1 and not barred) == Flag(flags).enrolling


def test_terms_are_made_of_their_day_and_purpose(probe, chosen):
    for _ in range(25):
        registered_on, purpose, started_on = some(chosen, TERMS, "registeredOn", "purpose", "startedOn")
        late = Flag.LATE if 0 != started_on < registered_on else 0
        made = {"registeredOn": registered_on, "purpose": purpose, "startedOn": started_on}
        word = TERMS.written(0, flags=int(late), consentVersion=1, **made)
        assert probe.makeTerms(registered_on, purpose, started_on) == word


@pytest.mark.parametrize(("started_on", "late"), [(0, False), (1, True), (99, True), (100, False), (101, False)])
def test_a_trial_that_started_before_its_registration_is_late(probe, started_on, late):
    assert probe.termsHave(probe.makeTerms(100, 39, started_on), Flag.LATE) == late


def test_a_flag_of_terms_is_set_and_taken_back_alone(probe, chosen):
    for word in words(chosen, TERMS, 6):
        for flag in Flag:
            assert probe.termsHave(word, flag) == bool(word & flag)
            assert probe.termsWith(word, flag) == word | flag
            assert probe.termsWithout(word, flag) == word & ~int(flag)


def test_what_is_allotted_is_changed_alone(probe, chosen):
    for word in words(chosen, TERMS):
        (allotted,) = some(chosen, TERMS, "allotted")
        assert probe.withAllotted(word, allotted) == TERMS.written(word, allotted=allotted)


def test_the_design_is_changed_alone(probe, chosen):
    names = "enrolmentCap", "outcomes", "primaries", "plannedCompletion"
    for word in words(chosen, TERMS):
        values = some(chosen, TERMS, *names)
        assert probe.withDesign(word, *values) == TERMS.written(word, **dict(zip(names, values, strict=True)))


def test_the_next_version_of_the_form_is_one_more_until_the_last(probe, chosen):
    for word in words(chosen, TERMS):
        for version in (0, 1, chosen.randrange(65_535), 65_534):
            before = TERMS.written(word, consentVersion=version)
            assert probe.withNextConsent(before) == TERMS.written(word, consentVersion=version + 1)
        with pytest.raises(VirtualMachineError, match="overflow"):
            probe.withNextConsent(TERMS.written(word, consentVersion=65_535))


# ---------------------------------------------------------------------- Site


def test_every_field_of_a_site_is_read_where_it_is_described(probe, chosen):
    for word in words(chosen, SITE):
        told = dict(probe.siteOf(word))
        fields = SITE.read(word)
        del fields["zero"]
        shut = fields.pop("shut")
        assert told.pop("isEnrolling") == bool(fields["open"] and not shut)
        assert told.pop("isApproved") == bool(fields["ethicsBoard"] and fields["regulator"])
        assert told.pop("isKnown") == bool(fields["registeredOn"])
        assert told == fields


def test_a_site_enrols_that_is_open_and_not_shut(probe):
    assert [probe.siteOf(word)["isEnrolling"] for word in range(8)] == [False, True, False, False] * 2


def test_a_site_is_approved_by_both(probe):
    for board, regulator in ((0, 0), (1, 0), (0, 1), (1, 1), (2**32 - 1, 2**31)):
        word = SITE.written(0, ethicsBoard=board, regulator=regulator)
        assert probe.siteOf(word)["isApproved"] == (board != 0 and regulator != 0)


@pytest.mark.parametrize(
    ("setter", "field"),
    [("withEthicsBoard", "ethicsBoard"), ("withRegulator", "regulator"), ("withAllotment", "allotment")],
)
def test_a_field_of_a_site_is_changed_alone(probe, chosen, setter, field):
    for word in words(chosen, SITE):
        (value,) = some(chosen, SITE, field)
        assert getattr(probe, setter)(word, value) == SITE.written(word, **{field: value})


def test_an_opened_site_knows_the_trials_day_and_purpose(probe, chosen):
    for word in words(chosen, SITE):
        registered_on, purpose = some(chosen, SITE, "registeredOn", "purpose")
        told = {"open": 1, "registeredOn": registered_on, "purpose": purpose}
        before = SITE.written(word, registeredOn=0, purpose=0)
        assert probe.opened(before, registered_on, purpose) == SITE.written(word, **told)
        # Opened again, it knows the same.
        again = SITE.written(word, registeredOn=registered_on, purpose=purpose)
        assert probe.opened(again, registered_on, purpose) == SITE.written(word, **told)


def test_a_closed_site_is_not_open_and_nothing_else(probe, chosen):
    for word in words(chosen, SITE):
        assert probe.closed(word) == SITE.written(word, open=0)


def test_the_gate_of_a_site_is_changed_alone(probe, chosen):
    for word in words(chosen, SITE):
        (version,) = some(chosen, SITE, "consentVersion")
        for shut in (False, True):
            assert probe.withGate(word, shut, version) == SITE.written(word, shut=shut, consentVersion=version)


def enrolled(word, on):
    """What an enrolment makes of a site."""
    fields = SITE.read(word)
    changes = {"enrolled": fields["enrolled"] + 1}
    if fields["startedOn"] == 0 or on < fields["startedOn"]:
        changes["startedOn"] = on
        if on < fields["registeredOn"]:
            changes["late"] = 1
    return SITE.written(word, **changes)


def test_an_enrolment_counts_and_tells_the_earliest_day(probe, chosen):
    for word in words(chosen, SITE):
        word = SITE.written(word, enrolled=chosen.choice([0, 1, 2**24 - 2]))
        started_on, registered_on = chosen.choice([0, 1, 500, 65_535]), chosen.choice([1, 499, 500, 65_535])
        word = SITE.written(word, startedOn=started_on, registeredOn=registered_on)
        for on in (1, 499, 500, 501, 65_535):
            assert probe.withEnrolment(word, on) == enrolled(word, on)


@pytest.mark.parametrize(("on", "late"), [(1, True), (99, True), (100, False), (101, False)])
def test_an_enrolment_before_the_registration_makes_a_site_late(probe, on, late):
    word = probe.withEnrolment(SITE.written(0, registeredOn=100), on)
    assert probe.siteOf(word)["late"] == late
    # What is late stays so, and what is not late may become so.
    assert probe.siteOf(probe.withEnrolment(word, 100))["late"] == late
    assert probe.siteOf(probe.withEnrolment(word, 98))["late"]


# ---------------------------------------------------------------------- Participant


def participant_fields(word):
    fields = PARTICIPANT.read(word)
    flags = fields.pop("flags")
    fields["patient"] = to_checksum_address(fields["patient"].to_bytes(20, "big"))
    return {**fields, "withdrawn": bool(flags & 1), "unblinded": bool(flags & 2), "exists": word != 0}


def test_every_field_of_a_participant_is_read_where_it_is_described(probe, chosen):
    for word in words(chosen, PARTICIPANT):
        assert dict(probe.participantOf(word)) == participant_fields(word)


def test_a_participant_is_made_of_what_an_enrolment_tells(probe, chosen):
    for _ in range(25):
        patient = chosen.getrandbits(160)
        site, enrolled_on, version = some(chosen, PARTICIPANT, "site", "enrolledOn", "consentVersion")
        told = {"site": site, "enrolledOn": enrolled_on, "consentVersion": version}
        address = to_checksum_address(patient.to_bytes(20, "big"))
        word = PARTICIPANT.written(0, patient=patient, **told)
        assert probe.makeParticipant(address, site, enrolled_on, version) == word


def test_a_flag_of_a_participant_is_set_alone(probe, chosen):
    assert probe.participantFlags() == (1 << 248, 1 << 249)
    for word in words(chosen, PARTICIPANT):
        for flag in probe.participantFlags():
            assert probe.participantWith(word, flag) == word | flag


def test_a_place_is_given_alone(probe, chosen):
    for word in words(chosen, PARTICIPANT):
        (place,) = some(chosen, PARTICIPANT, "place")
        assert probe.withPlace(PARTICIPANT.written(word, place=0), place) == PARTICIPANT.written(word, place=place)


def test_the_version_that_was_signed_is_changed_alone(probe, chosen):
    for word in words(chosen, PARTICIPANT):
        (version,) = some(chosen, PARTICIPANT, "consentVersion")
        assert probe.withConsentVersion(word, version) == PARTICIPANT.written(word, consentVersion=version)


def test_nothing_is_no_participant(probe):
    assert not probe.participantOf(0)["exists"]
    assert probe.participantOf(1)["exists"]
