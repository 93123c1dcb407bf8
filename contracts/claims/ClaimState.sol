// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Multicallable} from "solady/utils/Multicallable.sol";

import {IClaimProgramme} from "../../interfaces/IClaimProgramme.sol";
import {IClaimTypes} from "../../interfaces/IClaimTypes.sol";
import {IConsentRegistry} from "../../interfaces/IConsentRegistry.sol";
import {IParticipants} from "../../interfaces/IParticipants.sol";
import {Adjudication} from "../libraries/Adjudication.sol";
import {MerkleLog} from "../libraries/MerkleLog.sol";
import {Authorisation} from "../types/Authorisation.sol";
import {BenefitRule} from "../types/BenefitRule.sol";
import {ClaimCase} from "../types/ClaimCase.sol";
import {ClaimTerms} from "../types/ClaimTerms.sol";
import {Coverage} from "../types/Coverage.sol";
import {LineOutcome} from "../types/LineOutcome.sol";
import {PlanTerms} from "../types/PlanTerms.sol";
import {Reserve} from "../types/Reserve.sol";
import {Roles} from "../types/Roles.sol";
import {ServiceLine} from "../types/ServiceLine.sol";

/// @title ClaimState
/// @notice What the parts of ClaimSettlement have in common: all of its storage, how a claim is judged by its plan, how that
///         is counted, and how a provider is paid.
/// @dev The parts run in the storage of ClaimSettlement, so all of it is declared here and nowhere else.
abstract contract ClaimState is IClaimTypes, Multicallable {
    using MerkleLog for MerkleLog.Log;
    using SafeERC20 for IERC20;
    using Adjudication for Adjudication.Benefits;

    uint32 internal constant CARE = Roles.PROVIDER | Roles.LABORATORY | Roles.PHARMACY;
    /// @dev Flags of an entry.
    uint256 internal constant IN_NETWORK = 1;
    uint256 internal constant AFTER_OTHERS = 2;
    uint256 internal constant SECONDARY = 4;
    /// @dev Words of a line in `Claim.lines`.
    uint256 internal constant LINE_WORDS = 2;
    uint256 internal constant MAX_LINES = 999;
    /// @dev A claim is below this, so that sums of its lines fit the fields of one.
    uint256 internal constant MAX_CHARGE = 1 << 34;
    /// @dev Of a mark, together CoverageLibrary.MARK.
    uint256 private constant NEAR_BITS = 14;
    uint256 internal constant OWN_BITS = 11;
    /// @dev In the place of a period of coverage: for life.
    uint256 private constant LIFETIME = 255;

    /// @dev A provider's account with a payer.
    struct Account {
        MerkleLog.Log log; // with the ProviderTerms in its note
        address payee;
        uint48 owed; // overpaid before, and not yet withheld
        uint48 undelivered; // due, but the token did not move
    }

    struct Programme {
        Reserve reserve;
        Clocks clocks;
        uint48 announced; // withdrawal
        uint40 withdrawableFrom;
    }

    struct PlanVersion {
        PlanTerms terms;
        bytes32 scheduleRoot;
        uint64 scheduleSize;
    }

    struct Met {
        uint128 deductible;
        uint128 outOfPocket;
    }

    struct Used {
        uint128 units; // hundredths
        uint128 amount;
    }

    struct Case {
        ClaimCase word;
        bytes32 outcomes; // keccak256 of those of the last decision, 0 if there was none
    }

    /// @dev What is judged.
    struct Subject {
        uint256 account;
        ClaimTerms terms;
        uint256 memberKey; // of the member and the period
        uint256 planVersion; // its key
        uint256 day; // of the claim
        uint256[] lines; // of a Claim, in order of category and day
    }

    /// @dev What a plan makes of a claim.
    struct Verdict {
        uint256[] outcomes;
        uint256 charge;
        uint256 paid;
        uint256 deductible;
        uint256 share; // of the patient, which counts towards the out-of-pocket maximum
        uint256 reasons; // bits of Parked that the lines give
        bool limited; // a category is, so that more is counted than for the member
    }

    /// @dev Knows who speaks for an organisation, and its standing.
    IParticipants internal immutable _participants;
    /// @dev Knows what patients have consented to.
    IConsentRegistry internal immutable _consents;

    // Each part writes some of these, and Slither looks at the parts one by one.
    // slither-disable-start uninitialized-state

    mapping(uint256 account => Account) internal _accounts;
    mapping(uint32 payer => Programme) internal _programmes;
    /// @dev By `payer << 16 | plan`.
    mapping(uint256 plan => uint8) internal _versions;
    /// @dev By `(payer << 16 | plan) << 8 | version`.
    mapping(uint256 planVersion => PlanVersion) internal _plans;
    /// @dev By `planVersion << 8 | category`.
    mapping(uint256 planCategory => BenefitRule) internal _rules;
    /// @dev By `(payer << 160 | member) << 8 | period`.
    mapping(uint256 memberPeriod => Coverage) internal _coverages;
    /// @dev By `payer << 32 | family`.
    mapping(uint256 payerFamily => Met) internal _families;
    /// @dev By `memberPeriod << 8 | category`, the period being LIFETIME for all of them.
    mapping(uint256 memberCategory => Used) internal _used;
    /// @dev By `payer << 32 | number`.
    mapping(uint256 authorisation => Authorisation) internal _authorisations;
    /// @dev By `account << 64 | number`.
    mapping(uint256 claim => Case) internal _cases;
    /// @dev By `account << 64 | size`: roots of logs.
    mapping(uint256 logSize => bytes32) internal _checkpoints;
    /// @dev By `payer << 32 | organisation`: what it may review.
    mapping(uint256 payerReviewer => IClaimProgramme.ReviewerKind) internal _reviewers;

    // slither-disable-end uninitialized-state

    constructor(IParticipants participants_, IConsentRegistry consents_) {
        // Both are asked by hand later, where an account without code would seem to agree to anything.
        if (address(participants_).code.length == 0) revert PartInvalid(address(participants_));
        if (address(consents_).code.length == 0) revert PartInvalid(address(consents_));
        _participants = participants_;
        _consents = consents_;
    }

    /// @dev Refuses a part that is none, or asks other registers. For constructors.
    function _requirePart(address part) internal view {
        if (part.code.length == 0) revert PartInvalid(part);
        if (address(IClaimProgramme(part).participants()) != address(_participants)) revert PartInvalid(part);
        if (address(IClaimProgramme(part).consents()) != address(_consents)) revert PartInvalid(part);
    }

    // ------------------------------------------------------------------ a claim is judged

    /// @param secondary whether another payer pays first
    /// @param takenOn day on which the claim came in
    /// @return the Reason for which all of it is denied, 0 if there is none
    function _denialOf(
        ClaimTerms terms,
        Coverage coverage,
        PlanTerms plan,
        bool secondary,
        uint256 day,
        uint256 takenOn
    ) internal pure returns (uint256) {
        if (day < coverage.firstDay()) return uint256(Reason.BeforeCoverage);
        if (day > coverage.lastDay()) return uint256(Reason.AfterCoverage);
        if (secondary && !terms.priorTold()) return uint256(Reason.OtherPayerFirst);
        uint256 limit = plan.timelyFiling();
        return limit != 0 && takenOn > day + limit ? uint256(Reason.TooLate) : 0;
    }

    /// @dev What the plan makes of the lines, with what is left of the member's benefits now. Writes nothing.
    /// @param benefits with what the caller says of how it is judged
    /// @param decisions for each line the Reason for which a reviewer denies it, 0 if none does; or nothing
    /// @param caps for each line the most that a reviewer allows; or nothing
    function _judge(
        Subject memory subject,
        Adjudication.Benefits memory benefits,
        bytes memory decisions,
        uint256[] memory caps,
        Verdict memory verdict
    ) internal view {
        uint256[] memory lines = subject.lines;
        uint256 length = lines.length;
        uint256[] memory outcomes = new uint256[](length / LINE_WORDS);
        verdict.outcomes = outcomes;
        uint256 category = type(uint256).max; // of none
        unchecked {
            // Amounts are below 2^34, and there are at most 999 of them.
            for (uint256 i = 0; i < length; i += LINE_WORDS) {
                ServiceLine line = ServiceLine.wrap(lines[i]);
                if (line.category() != category) {
                    category = line.category();
                    benefits.startCategory(_rules[(subject.planVersion << 8) | category]);
                    BenefitRule rule = benefits.rule;
                    if (benefits.limited) {
                        verdict.limited = true;
                        _startLimits(subject, category, benefits);
                    }
                    if (!rule.known()) verdict.reasons |= 1 << uint256(Parked.CategoryUnknown);
                    if (rule.reviewed()) verdict.reasons |= 1 << uint256(Parked.ReviewedCategory);
                }
                if (benefits.rule.scheduled() && line.allowed() == 0) {
                    verdict.reasons |= 1 << uint256(Parked.FeeUnlisted);
                }
                uint256 other = benefits.rule.bundledInto();
                LineOutcome outcome = benefits.judge(
                    line,
                    other != 0 && _hasService(lines, other, line.day()),
                    decisions.length == 0 ? 0 : uint8(decisions[i / LINE_WORDS]),
                    caps.length == 0 ? type(uint256).max : caps[i / LINE_WORDS]
                );
                outcomes[i / LINE_WORDS] = LineOutcome.unwrap(outcome);
                verdict.charge += line.charge();
                verdict.paid += outcome.paid();
                verdict.deductible += outcome.deductible();
                verdict.share += outcome.share();
            }
        }
    }

    /// @dev Sets what holds for the whole claim.
    function _startClaim(
        uint256 account,
        Coverage coverage,
        PlanTerms plan,
        Adjudication.Benefits memory benefits
    ) internal view {
        benefits.startClaim(plan, coverage.deductible(), coverage.outOfPocket());
        if (coverage.family() == 0) return;
        Met storage family = _families[_familyKey(account, coverage.family())];
        benefits.startFamily(plan, family.deductible, family.outOfPocket);
    }

    /// @dev Adds to what a member, and the family, have met; or takes off. The caller writes the member's.
    function _meet(
        uint256 account,
        Coverage coverage,
        uint256 deductible,
        uint256 share,
        bool takeOff
    ) internal returns (Coverage) {
        if (share == 0) return coverage;
        if (coverage.family() != 0) {
            Met storage family = _families[_familyKey(account, coverage.family())];
            (family.deductible, family.outOfPocket) = takeOff
                ? (family.deductible - uint128(deductible), family.outOfPocket - uint128(share))
                : (family.deductible + uint128(deductible), family.outOfPocket + uint128(share));
        }
        return takeOff ? coverage.withLess(deductible, share) : coverage.withMore(deductible, share);
    }

    /// @dev Adds to what is counted of categories that are limited; or takes off.
    function _use(Subject memory subject, uint256[] memory outcomes, bool takeOff) internal {
        uint256 end = 0;
        for (uint256 start = 0; start < outcomes.length; start = end) {
            (uint256 category, uint256 units, uint256 amount) = (_categoryAt(subject, start), 0, 0);
            for (end = start; end < outcomes.length && _categoryAt(subject, end) == category; ++end) {
                units += LineOutcome.wrap(outcomes[end]).units();
                amount += LineOutcome.wrap(outcomes[end]).paid();
            }
            BenefitRule rule = _rules[(subject.planVersion << 8) | category];
            uint256 key = subject.memberKey;
            if (rule.isCountedByYear()) _useOf(_used[(key << 8) | category], units, amount, takeOff);
            if (rule.isCountedForLife()) _useOf(_used[_lifetimeKey(key, category)], units, amount, takeOff);
        }
    }

    /// @dev Takes what was settled by rule from the authorisation that the claim names; or gives it back. An authorisation is
    ///      for one category, and by rule no more units of it are covered than it has left.
    function _consume(Subject memory subject, uint256[] memory outcomes, bool giveBack) internal {
        uint32 number = subject.terms.authorisation();
        if (number == 0) return;
        uint256 key = _authorisationKey(subject.account, number);
        Authorisation given = _authorisations[key];
        if (!given.isFor(subject.terms.member(), uint32(subject.account), given.category(), subject.day)) return;
        if (!_rules[(subject.planVersion << 8) | given.category()].authorised()) return;
        uint256 units = 0;
        for (uint256 i = 0; i < outcomes.length; ++i) {
            if (_categoryAt(subject, i) == given.category()) units += LineOutcome.wrap(outcomes[i]).units();
        }
        if (units == 0) return;
        _authorisations[key] = given.withUnits(giveBack ? given.units() + units : given.units() - units);
    }

    function _categoryAt(Subject memory subject, uint256 line) private pure returns (uint256) {
        return ServiceLine.wrap(subject.lines[line * LINE_WORDS]).category();
    }

    function _startLimits(
        Subject memory subject,
        uint256 category,
        Adjudication.Benefits memory benefits
    ) private view {
        BenefitRule rule = benefits.rule;
        // slither-disable-next-line uninitialized-local (memory begins as zeros)
        Used memory inPeriod;
        // slither-disable-next-line uninitialized-local (memory begins as zeros)
        Used memory forLife;
        if (rule.isCountedByYear()) inPeriod = _used[(subject.memberKey << 8) | category];
        if (rule.isCountedForLife()) forLife = _used[_lifetimeKey(subject.memberKey, category)];
        uint256 authorised = 0;
        uint32 number = subject.terms.authorisation();
        if (rule.authorised() && number != 0) {
            Authorisation given = _authorisations[_authorisationKey(subject.account, number)];
            if (_isAuthorised(subject, given, category)) authorised = given.units();
        }
        benefits.startLimits(inPeriod.units, inPeriod.amount, forLife.units, forLife.amount, authorised);
    }

    function _useOf(Used storage used, uint256 units, uint256 amount, bool takeOff) private {
        if (takeOff) {
            (used.units, used.amount) = (used.units - uint128(units), used.amount - uint128(amount));
        } else {
            (used.units, used.amount) = (used.units + uint128(units), used.amount + uint128(amount));
        }
    }

    /// @return whether it is for all services of the category in the claim: one that began on its days may go on after them
    function _isAuthorised(Subject memory subject, Authorisation given, uint256 category) private pure returns (bool) {
        // First, so that of all categories of a claim one alone looks at every line.
        if (!given.isFor(subject.terms.member(), uint32(subject.account), category, subject.day)) return false;
        uint256[] memory lines = subject.lines;
        for (uint256 i = 0; i < lines.length; i += LINE_WORDS) {
            ServiceLine line = ServiceLine.wrap(lines[i]);
            if (line.category() == category && line.day() > given.lastDay()) return false;
        }
        return true;
    }

    /// @return whether a line is of this category and day. They are in order of both: found by halving, since every line of a
    ///         category may ask
    function _hasService(uint256[] memory lines, uint256 category, uint256 day) private pure returns (bool) {
        uint256 wanted = (category << 16) | day;
        (uint256 from, uint256 until) = (0, lines.length / LINE_WORDS);
        while (from < until) {
            uint256 middle = (from + until) >> 1;
            uint256 found = _orderOf(ServiceLine.wrap(lines[middle * LINE_WORDS]));
            if (found == wanted) return true;
            if (found < wanted) from = middle + 1;
            else until = middle;
        }
        return false;
    }

    /// @return by what the lines of a claim are in order: category, then day
    function _orderOf(ServiceLine line) internal pure returns (uint256) {
        return (line.category() << 16) | line.day();
    }

    /// @dev A mark is 14 bits of what near duplicates have in common, then 11 of the provider's own number. 0 is no mark.
    function _markOf(
        uint256 provider,
        uint256 day,
        uint256 category,
        bytes32 controlNumber
    ) internal pure returns (uint256 mark) {
        uint256 near = uint256(keccak256(abi.encode((provider << 24) | (day << 8) | category)));
        uint256 own = uint256(keccak256(abi.encode(controlNumber)));
        mark = ((near >> (256 - NEAR_BITS)) << OWN_BITS) | (own >> (256 - OWN_BITS));
        if (mark == 0) mark = 1;
    }

    // ------------------------------------------------------------------ a provider is paid

    /// @dev Takes what is due off the payer's funds and sends it, less what the provider owes. Last of all that a function
    ///      does: the token, and through it the payee, may call back.
    /// @param reserve with what is encumbered as it is to be
    /// @param due what claims pay
    /// @param interest besides
    function _pay(
        uint32 payer,
        uint256 account,
        Reserve reserve,
        uint256 due,
        uint256 interest,
        bool inStanding
    ) internal {
        Account storage to = _accounts[account];
        (address payee, uint256 withheld) = (to.payee, to.owed);
        uint256 amount = due + interest;
        if (withheld != 0) {
            if (withheld > amount) withheld = amount;
            amount -= withheld;
            to.owed -= uint48(withheld);
        }
        _programmes[payer].reserve = reserve.withFunds(reserve.funds() - amount, reserve.encumbered());
        // slither-disable-next-line incorrect-equality (an amount, not a time)
        bool delivered = amount == 0 || (inStanding && _send(reserve, payee, amount));
        // Whoever calls back during the transfer finds the books as if it had been made, and adds to them at most.
        // slither-disable-next-line reentrancy-no-eth
        if (!delivered) to.undelivered += uint48(amount);
        uint256 payment = amount | (withheld << 64) | (interest << 128);
        emit ProviderPaid(account, delivered ? payment : payment | (1 << 192));
    }

    /// @return whether the token moved. If it moved otherwise than it should, all is undone
    function _send(Reserve reserve, address payee, uint256 amount) internal returns (bool) {
        IERC20 token = IERC20(reserve.token());
        uint256 value = reserve.inToken(amount);
        uint256 before = _balanceOf(token, payee);
        if (!token.trySafeTransfer(payee, value)) return false;
        uint256 received = _balanceOf(token, payee) - before;
        if (received != value) revert TokenNotExact(address(token), value, received);
        return true;
    }

    /// @dev By hand, as Standing asks, and for the same reason. The token is known to have code; one that does not answer has
    ///      balances of 0.
    function _balanceOf(IERC20 token, address holder) private view returns (uint256 held) {
        bytes4 selector = IERC20.balanceOf.selector;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(0, selector)
            mstore(4, holder)
            let answered := staticcall(gas(), token, 0, 36, 0, 32)
            held := mul(mload(0), and(answered, gt(returndatasize(), 31)))
        }
    }

    // ------------------------------------------------------------------ keys

    function _accountOf(uint32 payer, uint32 provider) internal pure returns (uint256) {
        return (uint256(payer) << 32) | provider;
    }

    function _memberKey(uint32 payer, address member, uint256 period) internal pure returns (uint256) {
        return (((uint256(payer) << 160) | uint160(member)) << 8) | period;
    }

    function _lifetimeKey(uint256 memberKey, uint256 category) internal pure returns (uint256) {
        return ((memberKey | LIFETIME) << 8) | category;
    }

    function _planVersionKey(uint32 payer, uint16 plan, uint256 version) internal pure returns (uint256) {
        return (((uint256(payer) << 16) | plan) << 8) | version;
    }

    function _authorisationKey(uint256 account, uint32 number) internal pure returns (uint256) {
        return ((account >> 32) << 32) | number;
    }

    function _familyKey(uint256 account, uint32 family) internal pure returns (uint256) {
        return ((account >> 32) << 32) | family;
    }

    function _caseKey(uint256 account, uint64 number) internal pure returns (uint256) {
        return (account << 64) | number;
    }

    function _today() internal view returns (uint256) {
        return block.timestamp / 1 days;
    }
}
