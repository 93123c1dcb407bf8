// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A site of a trial, in one word: what was decided about it, and all that an enrolment asks of the trial, so that
///         an enrolment reads one slot. As site 0, what was decided about the trial itself. From the low end:
///
///         open 1 | shut 1 | late 1 | zero 5 | enrolled 24 | allotment 24 | consentVersion 16 | purpose 8 |
///         registeredOn 16 | startedOn 16 | ethicsBoard 32 | regulator 32
///
///         - open: by the sponsor, after both have approved.
///         - shut: the trial as a whole does not enrol.
///         - late: a participant was enrolled before the trial was registered.
///         - enrolled, allotment: participants on record here, and how many there may be.
///         - consentVersion, purpose, registeredOn: the trial's.
///         - startedOn: day of the first enrolment here, 0 if there was none.
///         - ethicsBoard, regulator: organisations that approved, 0 if none did.
type Site is uint256;

using SiteLibrary for Site global;

/// @title Fields of the Site word
library SiteLibrary {
    uint256 private constant OPEN = 1 << 0;
    uint256 private constant SHUT = 1 << 1;
    uint256 private constant LATE = 1 << 2;
    uint256 private constant ENROLLED = 8;
    uint256 private constant ALLOTMENT = 32;
    uint256 private constant CONSENT_VERSION = 56;
    uint256 private constant PURPOSE = 72;
    uint256 private constant REGISTERED_ON = 80;
    uint256 private constant STARTED_ON = 96;
    uint256 private constant ETHICS_BOARD = 112;
    uint256 private constant REGULATOR = 144;

    function isOpen(Site self) internal pure returns (bool) {
        return Site.unwrap(self) & OPEN != 0;
    }

    /// @return whether participants may be enrolled: the site is open, and the trial enrols
    function isEnrolling(Site self) internal pure returns (bool) {
        return Site.unwrap(self) & (OPEN | SHUT) == OPEN;
    }

    function isLate(Site self) internal pure returns (bool) {
        return Site.unwrap(self) & LATE != 0;
    }

    function enrolled(Site self) internal pure returns (uint24) {
        return uint24(Site.unwrap(self) >> ENROLLED);
    }

    function allotment(Site self) internal pure returns (uint24) {
        return uint24(Site.unwrap(self) >> ALLOTMENT);
    }

    function consentVersion(Site self) internal pure returns (uint16) {
        return uint16(Site.unwrap(self) >> CONSENT_VERSION);
    }

    function purpose(Site self) internal pure returns (uint8) {
        return uint8(Site.unwrap(self) >> PURPOSE);
    }

    function registeredOn(Site self) internal pure returns (uint16) {
        return uint16(Site.unwrap(self) >> REGISTERED_ON);
    }

    function startedOn(Site self) internal pure returns (uint16) {
        return uint16(Site.unwrap(self) >> STARTED_ON);
    }

    function ethicsBoard(Site self) internal pure returns (uint32) {
        return uint32(Site.unwrap(self) >> ETHICS_BOARD);
    }

    function regulator(Site self) internal pure returns (uint32) {
        return uint32(Site.unwrap(self) >> REGULATOR);
    }

    function isApproved(Site self) internal pure returns (bool) {
        return self.ethicsBoard() != 0 && self.regulator() != 0;
    }

    /// @return whether it was ever opened
    function isKnown(Site self) internal pure returns (bool) {
        return self.registeredOn() != 0;
    }

    function withEthicsBoard(Site self, uint256 ethicsBoard_) internal pure returns (Site) {
        return _with(self, ETHICS_BOARD, type(uint32).max, ethicsBoard_);
    }

    function withRegulator(Site self, uint256 regulator_) internal pure returns (Site) {
        return _with(self, REGULATOR, type(uint32).max, regulator_);
    }

    /// @param registeredOn_ the trial's
    /// @param purpose_ the trial's
    function opened(Site self, uint256 registeredOn_, uint256 purpose_) internal pure returns (Site) {
        uint256 told = (registeredOn_ << REGISTERED_ON) | (purpose_ << PURPOSE) | OPEN;
        return Site.wrap(Site.unwrap(self) | told);
    }

    function closed(Site self) internal pure returns (Site) {
        return Site.wrap(Site.unwrap(self) & ~OPEN);
    }

    function withAllotment(Site self, uint256 allotment_) internal pure returns (Site) {
        return _with(self, ALLOTMENT, type(uint24).max, allotment_);
    }

    /// @param shut whether the trial as a whole does not enrol
    /// @param consentVersion_ the trial's
    function withGate(Site self, bool shut, uint256 consentVersion_) internal pure returns (Site) {
        uint256 word = Site.unwrap(_with(self, CONSENT_VERSION, type(uint16).max, consentVersion_));
        return Site.wrap(shut ? word | SHUT : word & ~SHUT);
    }

    /// @param on the day of an enrolment: one before the trial was registered makes that late
    /// @return with one participant more; the caller makes sure that it is below the allotment
    function withEnrolment(Site self, uint256 on) internal pure returns (Site) {
        uint256 word;
        bool isFirst;
        unchecked {
            word = Site.unwrap(self) + (1 << ENROLLED);
            isFirst = uint256(self.startedOn()) - 1 >= on; // also where there was none: 0 wraps around
        }
        if (isFirst) {
            word = Site.unwrap(_with(Site.wrap(word), STARTED_ON, type(uint16).max, on));
            if (on < self.registeredOn()) word |= LATE;
        }
        return Site.wrap(word);
    }

    function _with(Site self, uint256 shift, uint256 mask, uint256 value) private pure returns (Site) {
        return Site.wrap((Site.unwrap(self) & ~(mask << shift)) | (value << shift));
    }
}
