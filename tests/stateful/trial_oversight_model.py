"""What trial_model.py has of those who watch over a trial, and of what they approve."""

from __future__ import annotations

from tests.helpers.trials import ENDED, ETHICS, LOCKED, PAUSED, REGULATORY, Amended
from tests.stateful.supply_units import refuse
from tests.stateful.trial_state import (
    AUTHORITIES,
    BOARD,
    NOTHING,
    REGULATOR,
    SITE,
    SPONSOR,
    Caller,
    Place,
    Trial,
    TrialRules,
)


class OversightModel(TrialRules):
    """Calls of ethics boards, regulators and safety boards; and of sponsors about sites and amendments."""

    # ------------------------------------------------------------------ who watches

    def approve(self, by: Caller, trial: int, site: int, authority: int, decision: bytes) -> None:
        known = self._load(trial)
        self._authority(by, trial, authority)
        refuse(by.organisation == site, "TrialNotIndependent")
        refuse(decision == NOTHING, "CommitmentZero")
        others = [known.approvals.get((site, each)) for each in AUTHORITIES if each != authority]
        refuse(by.organisation in others, "TrialNotIndependent")
        before = known.approvals.get((site, authority), 0)
        refuse(self.is_good(before, AUTHORITIES[authority]), "ApprovalKnown")
        known.approvals[site, authority] = by.organisation
        self._record(by, trial, "Approved", by.organisation, site << 8 | authority, b"", decision)

    def withdraw_approval(self, by: Caller, trial: int, site: int, authority: int, reason: bytes) -> None:
        known = self._load(trial)
        refuse((site, authority) not in known.approvals, "ApprovalUnknown")
        self._standing(by, known.approvals[site, authority], AUTHORITIES[authority])
        refuse(reason == NOTHING, "CommitmentZero")
        del known.approvals[site, authority]
        self._close(known, site)
        if (site, authority) == (0, ETHICS):
            known.waiting_is_approved = False
        self._record(by, trial, "ApprovalWithdrawn", by.organisation, site << 8 | authority, b"", reason)

    def place_hold(self, by: Caller, trial: int, reason: bytes) -> None:
        known = self._holder(by, trial)
        refuse(by.organisation in known.holds, "HoldInvalid")
        refuse(reason == NOTHING, "CommitmentZero")
        known.holds.add(by.organisation)
        self._record(by, trial, "HoldPlaced", by.organisation, by.organisation, b"", reason)

    def lift_hold(self, by: Caller, trial: int, regulator: int, reason: bytes) -> None:
        known = self._holder(by, trial)
        refuse(regulator not in known.holds, "HoldInvalid")
        refuse(by.organisation != regulator and self.is_good(regulator, REGULATOR), "HoldInvalid")
        refuse(reason == NOTHING, "CommitmentZero")
        known.holds.remove(regulator)
        self._record(by, trial, "HoldLifted", by.organisation, regulator, b"", reason)

    def appoint_safety_board(self, by: Caller, trial: int, board: int) -> None:
        known, sponsor = self._load(trial), trial >> 32
        if by.organisation == sponsor:
            self._standing(by, sponsor, SPONSOR)
            refuse(known.board, "TrialNotYours")
        else:
            self._authority(by, trial, REGULATORY)
        refuse(not self.is_good(board, BOARD), "OrganisationNotInStanding")
        refuse(known.takes_part(board, sponsor) or known.watches(board), "TrialNotIndependent")
        known.board = board
        self._record(by, trial, "SafetyBoardAppointed", by.organisation, board)

    def pause(self, by: Caller, trial: int, reason: bytes) -> None:
        self._pause(by, trial, reason, True)

    def resume(self, by: Caller, trial: int, reason: bytes) -> None:
        self._pause(by, trial, reason, False)

    def end(self, by: Caller, trial: int, reason: bytes) -> None:
        known = self._load(trial)
        self._operator(by, SPONSOR | BOARD | REGULATOR)
        if by.organisation not in (trial >> 32, known.board):
            self._operator(by, REGULATOR)
        refuse(known.flags & ENDED, "TrialStateInvalid")
        refuse(reason == NOTHING, "CommitmentZero")
        known.said |= ENDED
        self._record(by, trial, "Ended", by.organisation, 0, b"", reason)

    # ------------------------------------------------------------------ sites and amendments

    def open_site(self, by: Caller, trial: int, site: int, allotment: int) -> None:
        known = self._as_sponsor(by, trial)
        place = known.sites.get(site, Place(0, False))
        refuse(place.is_open, "SiteIsOpen")
        refuse(site == 0 or any((site, each) not in known.approvals for each in AUTHORITIES), "SiteNotOpen")
        refuse(not self.is_good(site, SITE), "OrganisationNotInStanding")
        refuse(known.watches(site), "TrialNotIndependent")
        self._allot(known, site, place, allotment)
        known.sites[site] = Place(allotment)
        self._record(by, trial, "SiteOpened", trial >> 32, site, allotment.to_bytes(32, "big"))

    def change_allotment(self, by: Caller, trial: int, site: int, allotment: int) -> None:
        known = self._as_sponsor(by, trial)
        refuse(site not in known.sites or not known.sites[site].is_open, "SiteNotOpen")
        self._allot(known, site, known.sites[site], allotment)
        known.sites[site].allotment = allotment
        self._record(by, trial, "AllotmentChanged", trial >> 32, site, allotment.to_bytes(32, "big"))

    def close_site(self, by: Caller, trial: int, site: int, reason: bytes) -> None:
        known = self._load(trial)
        refuse(site not in known.sites or not known.sites[site].is_open, "SiteNotOpen")
        own = self._sponsor_or(by, trial, site)
        refuse(reason == NOTHING, "CommitmentZero")
        self._close(known, site)
        self._record(by, trial, "SiteClosed", own, site, b"", reason)

    def propose_amendment(self, by: Caller, trial: int, amended: Amended) -> None:
        known = self._as_sponsor(by, trial)
        refuse(known.flags & LOCKED, "TrialStateInvalid")
        refuse(known.waiting is not None, "AmendmentWaiting")
        refuse(amended.effective_on < self.today, "AmendmentBackdated")
        refuse(not self._is_design(amended), "TrialDesignInvalid")
        refuse(amended.reason == NOTHING, "CommitmentZero")
        refuse(amended.enrolment_cap < known.allotted, "AllotmentInvalid")
        known.waiting, known.waiting_is_approved = amended, False
        counted = amended.outcomes << 16 | amended.primaries
        self._record(by, trial, "AmendmentProposed", trial >> 32, counted, amended.outcomes_root, amended.hash())

    def approve_amendment(self, by: Caller, trial: int, amended: Amended, decision: bytes) -> None:
        known = self._load(trial)
        refuse(known.waiting != amended, "AmendmentNotProposed")
        board = known.approvals.get((0, ETHICS))
        if board is None:
            self._authority(by, trial, ETHICS)
            refuse(by.organisation == known.approvals.get((0, REGULATORY)), "TrialNotIndependent")
        self._standing(by, board or by.organisation, AUTHORITIES[ETHICS])
        refuse(known.waiting_is_approved, "ApprovalKnown")
        refuse(decision == NOTHING, "CommitmentZero")
        known.waiting_is_approved = True
        effective = amended.effective_on
        self._record(by, trial, "AmendmentApproved", by.organisation, effective, amended.outcomes_root, decision)
        if effective <= self.today and amended.enrolment_cap >= known.allotted:
            self._put_in_force(by, trial, known)

    def put_amendment_in_force(self, by: Caller, trial: int, amended: Amended) -> None:
        known = self._load(trial)
        refuse(known.waiting != amended, "AmendmentNotProposed")
        refuse(not known.waiting_is_approved or amended.effective_on > self.today, "AmendmentNotDue")
        refuse(amended.enrolment_cap < known.allotted, "AllotmentInvalid")
        self._put_in_force(by, trial, known)

    def drop_amendment(self, by: Caller, trial: int, hashed: bytes, reason: bytes) -> None:
        known = self._load(trial)
        refuse(known.waiting is None or known.waiting.hash() != hashed, "AmendmentNotProposed")
        board = known.approvals.get((0, ETHICS), 0)
        if board and by.organisation == board:
            self._operator(by, AUTHORITIES[ETHICS])
        own = self._sponsor_or(by, trial, board)
        refuse(reason == NOTHING, "CommitmentZero")
        known.waiting = None
        self._record(by, trial, "AmendmentDropped", own, 0, hashed, reason)

    # ------------------------------------------------------------------ internals

    def _authority(self, by: Caller, trial: int, authority: int) -> None:
        known = self._load(trial)
        self._operator(by, AUTHORITIES[authority])
        concerned = known.takes_part(by.organisation, trial >> 32) or by.organisation == known.board
        refuse(concerned, "TrialNotIndependent")

    def _holder(self, by: Caller, trial: int) -> Trial:
        """Any regulator may be one, whatever else it is in the trial, but for its sponsor."""
        known = self._load(trial)
        self._operator(by, REGULATOR)
        refuse(by.organisation == trial >> 32, "TrialNotIndependent")
        return known

    def _pause(self, by: Caller, trial: int, reason: bytes, paused: bool) -> None:
        known = self._load(trial)
        refuse(not known.board, "TrialNotYours")
        self._standing(by, known.board, BOARD)
        refuse(bool(known.flags & PAUSED) is paused, "TrialStateInvalid")
        refuse(reason == NOTHING, "CommitmentZero")
        known.said ^= PAUSED
        self._record(by, trial, "Paused" if paused else "Resumed", by.organisation, 0, b"", reason)

    def _allot(self, known: Trial, site: int, place: Place, allotment: int) -> None:
        grows = allotment > place.allotment
        beyond = known.allotted - place.allotment + allotment > known.terms.enrolment_cap
        refuse(allotment < known.enrolled(site) or (grows and beyond), "AllotmentInvalid")

    def _close(self, known: Trial, site: int) -> None:
        if site in known.sites and known.sites[site].is_open:
            known.sites[site] = Place(known.enrolled(site), False)

    def _put_in_force(self, by: Caller, trial: int, known: Trial) -> None:
        amended = known.waiting
        assert amended is not None
        known.in_force.append(amended)
        known.waiting, known.waiting_is_approved = None, False
        number = len(known.in_force)
        self._record(by, trial, "AmendmentInForce", 0, number, amended.outcomes_root, amended.hash())
