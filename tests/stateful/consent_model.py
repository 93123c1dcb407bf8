"""What the registry must answer, as plainly as Python can say it.

Nothing is packed, and no consent overwrites another: every grant and every withdrawal ever made is kept, and an answer
looks through them. Calls return the name of the error with which they must be refused, or None.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from carechain.consent_terms import ConsentTerms, Use

SIGNATURE_LIFETIME = 30 * 86_400
FOREVER = 2**40 - 1
BAR = 86_400


@dataclass(frozen=True)
class Given:
    """A consent that was recorded."""

    patient: str
    grantee: int
    scope: bytes
    terms: ConsentTerms
    stamp: int
    by_patient: bool


@dataclass(frozen=True)
class Withdrawn:
    """A consent that was revoked."""

    patient: str
    grantee: int
    scope: bytes
    stamp: int


@dataclass(frozen=True)
class Shown:
    """A consent that somebody signed to be presented."""

    patient: str
    grantee: int
    scope: bytes
    terms: ConsentTerms
    stamp: int
    number: int
    signer: str


@dataclass
class Plan:
    guardians: frozenset[str] = frozenset()
    threshold: int = 0
    delay: int = 0
    version: int = 0


@dataclass
class Emergency:
    patient: str
    provider: int
    until: int
    reviewed: bool = False
    barred_until: int = 0


@dataclass
class ConsentModel:
    """The state of everything. `now` is the time of the block in which a call is made."""

    now: int
    paused: bool = False
    acts: list[Given | Withdrawn] = field(default_factory=list)
    revoked_all: dict[str, list[int]] = field(default_factory=dict)
    retired: set[str] = field(default_factory=set)
    presented_revoked: set[tuple[str, int, int]] = field(default_factory=set)
    representatives: dict[tuple[str, str], int] = field(default_factory=dict)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    recovered: dict[str, str] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    approvals: dict[tuple[str, int, str], dict[str, int]] = field(default_factory=dict)
    emergencies: list[Emergency] = field(default_factory=list)

    # ------------------------------------------------------------------ who may

    def represents(self, actor: str, patient: str) -> bool:
        return self.now < self.representatives.get((patient, actor), 0)

    def may_narrow(self, actor: str, patient: str) -> bool:
        return actor == patient or self.represents(actor, patient)

    def may_widen(self, actor: str, patient: str) -> bool:
        return patient not in self.retired if actor == patient else self.represents(actor, patient)

    def not_in_control(self, actor: str, patient: str) -> str | None:
        if actor == patient:
            return "PatientKeyRetired" if patient in self.retired else None
        return None if self.recovered.get(patient) == actor else "PatientOnly"

    def revoked_all_at(self, patient: str) -> int:
        return max(self.revoked_all.get(patient, [0]))

    # ------------------------------------------------------------------ granting and withdrawing

    def grant(self, actor: str, patient: str, grantee: int, scope: bytes, terms: ConsentTerms) -> str | None:
        if actor != patient and not self.represents(actor, patient):
            return "RepresentativeUnknown"
        if terms.not_after <= self.now:
            return "ConsentPeriodEnded"
        if self.now <= self.revoked_all_at(patient):
            return "ConsentStampStale"
        if actor == patient and patient in self.retired:
            return "PatientKeyRetired"
        self.acts.append(Given(patient, grantee, scope, terms, self.now, actor == patient))
        return None

    def grant_signed(
        self, signer: str, patient: str, grantee: int, scope: bytes, terms: ConsentTerms, stamp: int
    ) -> str | None:
        if self.paused:
            return "RelayingIsPaused"
        if self.now > stamp + SIGNATURE_LIFETIME:
            return "SignatureExpired"
        if terms.not_after <= self.now:
            return "ConsentPeriodEnded"
        last = self._last(patient, grantee, scope)
        if last is not None and stamp <= last.stamp:
            return "ConsentStampStale"
        if stamp > self.now:
            return "ConsentStampFuture"
        if not self.may_narrow(signer, patient):
            return "SignatureInvalid"
        self.acts.append(Given(patient, grantee, scope, terms, stamp, signer == patient))
        return None

    def revoke(self, actor: str, patient: str, grantee: int, scope: bytes) -> str | None:
        if not self.may_narrow(actor, patient):
            return "RepresentativeUnknown"
        self.acts.append(Withdrawn(patient, grantee, scope, self.now))
        return None

    def revoke_signed(self, signer: str, patient: str, grantee: int, scope: bytes, stamp: int) -> str | None:
        last = self._last(patient, grantee, scope)
        if last is not None and stamp <= last.stamp and isinstance(last, Withdrawn):
            return None  # as good as done
        if last is not None and stamp < last.stamp:
            return "ConsentStampStale"
        if stamp > self.now:
            return "ConsentStampFuture"
        if not self.may_narrow(signer, patient):
            return "SignatureInvalid"
        self.acts.append(Withdrawn(patient, grantee, scope, stamp))
        return None

    def revoke_all(self, actor: str, patient: str) -> str | None:
        if not self.may_narrow(actor, patient):
            return "RepresentativeUnknown"
        self.revoked_all.setdefault(patient, []).append(self.now)
        return None

    def revoke_all_signed(self, signer: str, patient: str, stamp: int) -> str | None:
        if stamp <= self.revoked_all_at(patient):
            return None  # as good as done
        if stamp > self.now:
            return "ConsentStampFuture"
        if not self.may_narrow(signer, patient):
            return "SignatureInvalid"
        self.revoked_all.setdefault(patient, []).append(stamp)
        return None

    def revoke_presented(self, actor: str, patient: str, number: int) -> str | None:
        if not self.may_narrow(actor, patient):
            return "RepresentativeUnknown"
        self.presented_revoked.add((patient, self.revoked_all_at(patient), number))
        return None

    # ------------------------------------------------------------------ representatives and recovery

    def appoint_signed(self, signer: str, patient: str, whom: str, until: int, version: int) -> str | None:
        if self.paused:
            return "RelayingIsPaused"
        if version != self.versions.get((patient, whom), 0) + 1:
            return "RepresentationVersionStale"
        if not self.may_narrow(signer, patient):
            return "SignatureInvalid"
        refusal = self.not_in_control(signer, patient)
        if refusal is None and (whom == patient or whom == self.recovered.get(patient) or until <= self.now):
            refusal = "RepresentativeInvalid"
        if refusal is None:
            self._represent(patient, whom, until)
        return refusal

    def dismiss(self, actor: str, patient: str, whom: str) -> str | None:
        if actor != whom:
            refusal = self.not_in_control(actor, patient)
        else:
            refusal = None if self.represents(actor, patient) else "RepresentativeUnknown"
        if refusal is None and self.recovered.get(patient) == whom:
            refusal = "RepresentativeInvalid"
        if refusal is None:
            self._represent(patient, whom, 0)
        return refusal

    def plan(self, actor: str, patient: str, guardians: list[str], threshold: int, delay: int) -> str | None:
        refusal = self.not_in_control(actor, patient)
        if refusal is None and patient in guardians:
            refusal = "RecoveryPlanInvalid"
        if refusal is None:
            version = self._plan_of(patient).version + 1
            self.plans[patient] = Plan(frozenset(guardians), threshold, delay, version)
        return refusal

    def approve(self, actor: str, patient: str, key: str) -> str | None:
        plan = self._plan_of(patient)
        if actor not in plan.guardians:
            return "RecoveryGuardianUnknown"
        if key in (patient, self.recovered.get(patient)):
            return "RecoveryKeyInvalid"
        approvals = self.approvals.setdefault((patient, plan.version, key), {})
        if actor in approvals:
            return "RecoveryApprovedAlready"
        approvals[actor] = self.now
        return None

    def cancel(self, actor: str, patient: str) -> str | None:
        refusal = self.not_in_control(actor, patient)
        if refusal is None:
            self.plans.setdefault(patient, Plan()).version += 1
        return refusal

    def finish(self, patient: str, key: str) -> str | None:
        plan = self._plan_of(patient)
        times = sorted(self.approvals.get((patient, plan.version, key), {}).values())
        ready = bool(times) and len(times) >= plan.threshold and self.now >= times[plan.threshold - 1] + plan.delay
        if not ready:
            return "RecoveryNotReady"
        replaced = self.recovered.get(patient)
        if replaced is not None:
            self._represent(patient, replaced, 0)
        plan.version += 1
        self.recovered[patient] = key
        self.retired.add(patient)
        self._represent(patient, key, FOREVER)
        return None

    # ------------------------------------------------------------------ emergencies

    def open_emergency(self, provider: int | None, patient: str, duration: int) -> str | None:
        if self.paused:
            return "EmergencyOpeningPaused"
        if provider is None:
            return "OperatorNotInStanding"
        if self.is_emergency_open(patient, provider):
            return "EmergencyOpenAlready"
        earlier = [e for e in self.emergencies if (e.patient, e.provider) == (patient, provider)]
        if earlier and self.now < earlier[-1].barred_until:
            return "EmergencyBarred"
        self.emergencies.append(Emergency(patient, provider, self.now + duration))
        return None

    def end_emergency(self, number: int, actor: str, organisation: int | None) -> str | None:
        if not 1 <= number <= len(self.emergencies):
            return "EmergencyUnknown"
        emergency = self.emergencies[number - 1]
        if organisation != emergency.provider and not self.may_narrow(actor, emergency.patient):
            return "EmergencyEndNotAllowed"
        if self.now >= emergency.until:
            return "EmergencyOver"
        emergency.until = self.now
        if self.may_narrow(actor, emergency.patient):
            emergency.barred_until = self.now + BAR
        return None

    def review_emergency(self, number: int, is_reviewer: bool) -> str | None:
        """As unjustified."""
        if not 1 <= number <= len(self.emergencies):
            return "EmergencyUnknown"
        emergency = self.emergencies[number - 1]
        if not is_reviewer:
            return "OperatorNotInStanding"
        if emergency.reviewed:
            return "EmergencyReviewedAlready"
        emergency.reviewed = True
        emergency.until = min(emergency.until, self.now)
        emergency.barred_until = self.now + BAR
        return None

    # ------------------------------------------------------------------ answers

    def is_recorded_permitted(self, patient: str, grantee: int, scope: bytes, use: Use) -> bool:
        last = self._last(patient, grantee, scope)
        return (
            isinstance(last, Given)
            and last.stamp > self.revoked_all_at(patient)
            and not (last.by_patient and patient in self.retired)
            and last.terms.covers(use)
        )

    def is_presented_permitted(self, shown: Shown, use: Use) -> bool:
        return (
            not self.paused
            and shown.stamp == self.revoked_all_at(shown.patient)
            and (shown.patient, shown.stamp, shown.number) not in self.presented_revoked
            and self.may_widen(shown.signer, shown.patient)
            and shown.terms.covers(use)
        )

    def is_emergency_open(self, patient: str, provider: int) -> bool:
        return any(e.patient == patient and e.provider == provider and self.now < e.until for e in self.emergencies)

    # ------------------------------------------------------------------ internals

    def _last(self, patient: str, grantee: int, scope: bytes) -> Given | Withdrawn | None:
        about = [act for act in self.acts if (act.patient, act.grantee, act.scope) == (patient, grantee, scope)]
        return about[-1] if about else None

    def _plan_of(self, patient: str) -> Plan:
        return self.plans.get(patient, Plan())

    def _represent(self, patient: str, whom: str, until: int) -> None:
        self.representatives[patient, whom] = until
        self.versions[patient, whom] = self.versions.get((patient, whom), 0) + 1
