"""Who could see what, when, and by which consent: rebuilt from the chain's events alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from carechain.chain import Chain, Event
from carechain.consent_scope import Scope
from carechain.consent_terms import OPEN_ENDED, ConsentTerms

EMERGENCY_REASONS = (
    "unconscious",
    "life-threatening",
    "unable to decide",
    "child at risk",
    "public health threat",
    "disaster",
)
"""IEmergencyAccess.EmergencyReason in words, by its number."""
EMERGENCY_STATES = ("unreviewed", "justified", "unjustified")
"""IEmergencyAccess.EmergencyState in words, by its number."""

_EVENTS = ("ConsentGranted", "ConsentRevoked", "AllConsentsRevoked", "KeyRecovered")


@dataclass(frozen=True)
class Episode:
    """A stretch of time in which one recorded consent permitted its terms to one grantee.

    `start` (inclusive) and `end` (exclusive) are Unix seconds; `end` is None while it lasts. An episode that never
    permitted anything ends where it starts. `ended_by` says why, "" while it lasts.
    """

    patient: str
    grantee: int
    scope: Scope
    terms: ConsentTerms
    document: bytes
    transaction: str
    start: int
    end: int | None = None
    ended_by: str = ""


@dataclass(frozen=True)
class EmergencyEpisode:
    """An emergency access, with what its reviewer said of it."""

    emergency: int
    patient: str
    provider: int
    reason: str
    categories: int
    start: int
    end: int
    state: str
    reviewer: int | None
    transaction: str


def consent_episodes(chain: Chain, patients: Sequence[str], at: int, until: int | None = None) -> list[Episode]:
    """The episodes of these addresses up to block `until`, as of the time `at` (Unix seconds), in order of start."""
    if not patients:
        return []
    histories = {patient: _History() for patient in patients}
    for event in chain.events("ConsentRegistry", _EVENTS, {"patient": list(patients)}, until):
        histories[event.values["patient"]].take(event)
    episodes = [_seen_from(at, episode) for history in histories.values() for episode in history.all()]
    return sorted(episodes, key=lambda episode: (episode.start, episode.grantee, episode.scope.to_bytes()))


def emergency_episodes(chain: Chain, patients: Sequence[str], until: int | None = None) -> list[EmergencyEpisode]:
    """Every emergency access to these addresses' data up to block `until`."""
    if not patients:
        return []
    names = ("EmergencyOpened", "EmergencyEnded", "EmergencyReviewed")
    episodes: dict[int, EmergencyEpisode] = {}
    for event in chain.events("EmergencyAccess", names, {"patient": list(patients)}, until):
        values = event.values
        number = values["emergency"]
        if event.name == "EmergencyOpened":
            episodes[number] = EmergencyEpisode(
                number,
                values["patient"],
                values["provider"],
                EMERGENCY_REASONS[values["reason"]],
                values["categories"],
                event.timestamp,
                values["until"],
                EMERGENCY_STATES[0],
                None,
                event.transaction,
            )
        elif event.name == "EmergencyEnded":
            episodes[number] = replace(episodes[number], end=event.timestamp)
        else:
            state = EMERGENCY_STATES[values["outcome"]]
            episodes[number] = replace(episodes[number], state=state, reviewer=values["reviewer"])
    return list(episodes.values())


class _History:
    """One address's consents as its events arrive."""

    def __init__(self) -> None:
        self._ended: list[Episode] = []
        self._open: dict[tuple[int, Scope], Episode] = {}
        self._revoked_all_at = 0
        self._key_retired = False

    def take(self, event: Event) -> None:
        if event.name == "ConsentGranted":
            self._granted(event)
        elif event.name == "ConsentRevoked":
            place = event.values["grantee"], Scope.from_bytes(event.values["scope"])
            self._end(place, event.timestamp, "revoked")
        elif event.name == "AllConsentsRevoked":
            self._revoked_all_at = event.values["revokedAllAt"]
            for place, episode in list(self._open.items()):
                if episode.terms.stamp <= self._revoked_all_at:
                    self._end(place, event.timestamp, "everything was revoked")
        else:
            self._key_retired = True
            for place, episode in list(self._open.items()):
                if episode.terms.by_patient:
                    self._end(place, event.timestamp, "the patient's key was replaced")

    def all(self) -> list[Episode]:
        return [*self._ended, *self._open.values()]

    def _granted(self, event: Event) -> None:
        values = event.values
        place = values["grantee"], Scope.from_bytes(values["scope"])
        terms = ConsentTerms.unpack(values["terms"])
        self._end(place, event.timestamp, "replaced by a later consent")
        self._open[place] = Episode(
            values["patient"],
            values["grantee"],
            place[1],
            terms,
            values["document"],
            event.transaction,
            max(event.timestamp, terms.not_before),
        )
        # The registry records such a grant and answers Revoked: it never permitted anything.
        if terms.stamp <= self._revoked_all_at:
            self._end(place, event.timestamp, "signed before everything was revoked")
        elif self._key_retired and terms.by_patient:
            self._end(place, event.timestamp, "signed with a replaced key")

    def _end(self, place: tuple[int, Scope], at: int, why: str) -> None:
        episode = self._open.pop(place, None)
        if episode is not None:
            if episode.terms.not_after <= at:
                at, why = episode.terms.not_after, "its period ended"
            self._ended.append(replace(episode, start=min(episode.start, at), end=at, ended_by=why))


def _seen_from(at: int, episode: Episode) -> Episode:
    """An open episode whose period has run out is over, though no event says so."""
    if episode.end is None and episode.terms.not_after != OPEN_ENDED and episode.terms.not_after <= at:
        return replace(episode, end=episode.terms.not_after, ended_by="its period ended")
    return episode
