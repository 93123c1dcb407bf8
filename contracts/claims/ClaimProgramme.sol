// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IClaimProgramme} from "../../interfaces/IClaimProgramme.sol";
import {IConsentRegistry} from "../../interfaces/IConsentRegistry.sol";
import {IParticipants} from "../../interfaces/IParticipants.sol";
import {MerkleLog} from "../libraries/MerkleLog.sol";
import {Standing} from "../libraries/Standing.sol";
import {Authorisation} from "../types/Authorisation.sol";
import {BenefitRule} from "../types/BenefitRule.sol";
import {Coverage, CoverageLibrary} from "../types/Coverage.sol";
import {PlanTerms} from "../types/PlanTerms.sol";
import {ProviderTerms} from "../types/ProviderTerms.sol";
import {Reserve, ReserveLibrary} from "../types/Reserve.sol";
import {Roles} from "../types/Roles.sol";
import {ClaimState} from "./ClaimState.sol";

/// @title ClaimProgramme
/// @notice The part of ClaimSettlement that is a payer's: its reserve, plans, members, network and reviewers.
/// @dev Runs in the storage of ClaimSettlement. Called by itself, it has no storage that anybody uses.
contract ClaimProgramme is IClaimProgramme, ClaimState {
    using SafeERC20 for IERC20;
    using Standing for IParticipants;

    uint256 private constant MAX_FUNDS = 1 << 45;
    uint256 private constant MAX_SCALE = 63;
    uint256 private constant MAX_CLOCK = 90; // days
    uint256 private constant MAX_INTEREST = 10_000; // basis points a year
    uint256 private constant MAX_PERIOD_DAYS = 366;
    uint8 private constant MAX_PERIOD = 254;

    /// @inheritdoc IClaimProgramme
    uint256 public constant WITHDRAWAL_DELAY = 14 days;

    /// @param participants_ the register of accredited organisations
    /// @param consents_ the register of consents
    constructor(IParticipants participants_, IConsentRegistry consents_) ClaimState(participants_, consents_) {}

    // ------------------------------------------------------------------ a payer puts funds aside

    /// @inheritdoc IClaimProgramme
    function openReserve(uint32 payer, address token, uint8 scale, Clocks calldata clocks) external {
        _participants.requireCallerFor(payer, Roles.PAYER);
        Programme storage programme = _programmes[payer];
        if (programme.reserve.exists()) revert ReserveKnown(payer);
        bool timed = _isClock(clocks.reviewDays) && _isClock(clocks.appealDays) && _isClock(clocks.appealReviewDays)
            && _isClock(clocks.externalDays);
        if (token.code.length == 0 || scale > MAX_SCALE || !timed || clocks.interest > MAX_INTEREST) {
            revert ReserveTermsInvalid(payer);
        }
        programme.reserve = ReserveLibrary.make(token, scale);
        programme.clocks = clocks;
        emit ReserveOpened(payer, token, scale, clocks);
    }

    /// @inheritdoc IClaimProgramme
    function deposit(uint32 payer, uint256 amount) external {
        Reserve reserve = _requireReserve(payer);
        if (amount == 0 || amount >= MAX_FUNDS - reserve.funds()) revert AmountInvalid(amount);
        // Before the transfer: whoever calls back finds it counted, and a transfer that falls short undoes all.
        _programmes[payer].reserve = reserve.withFunds(reserve.funds() + amount, reserve.encumbered());
        emit FundsDeposited(payer, msg.sender, amount);
        IERC20 token = IERC20(reserve.token());
        uint256 value = reserve.inToken(amount);
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), value);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != value) revert TokenNotExact(address(token), value, received);
    }

    /// @inheritdoc IClaimProgramme
    function announceWithdrawal(uint32 payer, uint256 amount) external {
        _participants.requireCallerFor(payer, Roles.PAYER);
        // slither-disable-next-line unused-return (it is only to be there)
        _requireReserve(payer);
        if (amount >= MAX_FUNDS) revert AmountInvalid(amount);
        uint40 from = amount == 0 ? 0 : uint40(block.timestamp + WITHDRAWAL_DELAY);
        (_programmes[payer].announced, _programmes[payer].withdrawableFrom) = (uint48(amount), from);
        emit WithdrawalAnnounced(payer, amount, from);
    }

    /// @inheritdoc IClaimProgramme
    function withdraw(uint32 payer, address to) external {
        _participants.requireCallerFor(payer, Roles.PAYER);
        Programme storage programme = _programmes[payer];
        (uint256 amount, uint40 from) = (programme.announced, programme.withdrawableFrom);
        if (to == address(0) || to == address(this)) revert PayeeInvalid(_accountOf(payer, 0), to);
        bool late = block.timestamp > uint256(from) + WITHDRAWAL_DELAY;
        if (amount == 0 || block.timestamp < from || late) revert WithdrawalNotReady(payer, from);
        Reserve reserve = programme.reserve;
        if (amount > reserve.free()) revert ReserveTooSmall(payer, amount, reserve.free());
        (programme.announced, programme.withdrawableFrom) = (0, 0);
        programme.reserve = reserve.withFunds(reserve.funds() - amount, reserve.encumbered());
        emit FundsWithdrawn(payer, to, amount);
        IERC20(reserve.token()).safeTransfer(to, reserve.inToken(amount));
    }

    // ------------------------------------------------------------------ a payer publishes plans

    /// @inheritdoc IClaimProgramme
    function publishPlan(
        uint32 payer,
        uint16 plan,
        uint8 version,
        uint256 terms,
        CategoryRule[] calldata rules,
        bytes32 scheduleRoot,
        uint64 scheduleSize
    ) external {
        _participants.requireCallerFor(payer, Roles.PAYER);
        // slither-disable-next-line unused-return (it is only to be there)
        _requireReserve(payer);
        uint256 planKey = (uint256(payer) << 16) | plan;
        PlanTerms stated = PlanTerms.wrap(terms);
        bool scheduled = (scheduleRoot == 0) == (scheduleSize == 0) && scheduleSize <= 1 << 24;
        if (plan == 0 || version == 0 || _versions[planKey] != version - 1 || !stated.isWellFormed() || !scheduled) {
            revert PlanInvalid(payer, plan, version);
        }
        if (version != 1) {
            PlanVersion storage before = _plans[_planVersionKey(payer, plan, version - 1)];
            if (stated.from() < _today() || stated.from() <= before.terms.from()) {
                revert PlanInvalid(payer, plan, version);
            }
            before.terms = before.terms.endedOn(stated.from());
        }
        _versions[planKey] = version;
        uint256 versionKey = _planVersionKey(payer, plan, version);
        (_plans[versionKey].terms, _plans[versionKey].scheduleRoot, _plans[versionKey].scheduleSize) =
        (stated, scheduleRoot, scheduleSize);
        for (uint256 i = 0; i < rules.length; ++i) {
            (uint8 category, BenefitRule rule) = (rules[i].category, BenefitRule.wrap(rules[i].rule));
            bool ordered = i == 0 || category > rules[i - 1].category;
            bool priced = !rule.scheduled() || scheduleSize != 0;
            // Included in itself it would never be paid. A larger circle is the payer's to see.
            bool apart = category == 0 || rule.bundledInto() != category;
            if (!ordered || !priced || !apart || !rule.isWellFormed()) revert RuleInvalid(category);
            _rules[(versionKey << 8) | category] = rule;
        }
        emit PlanPublished(payer, plan, version, terms, rules, scheduleRoot, scheduleSize);
    }

    // ------------------------------------------------------------------ a payer enrols members

    /// @inheritdoc IClaimProgramme
    function enrolMembers(uint32 payer, Enrolment[] calldata enrolments) external {
        _participants.requireCallerFor(payer, Roles.PAYER);
        for (uint256 i = 0; i < enrolments.length; ++i) {
            Enrolment calldata one = enrolments[i];
            (address member, uint8 period) = (one.member, one.period);
            uint256 key = _memberKey(payer, member, period);
            bool known = member != address(0) && _versions[(uint256(payer) << 16) | one.plan] != 0;
            bool next = period <= MAX_PERIOD && !_coverages[key].exists();
            if (next && period != 0) {
                // The key before is the period before.
                Coverage before = _coverages[key - 1];
                next = before.exists() && before.lastDay() < one.firstDay;
            }
            bool dated = one.firstDay != 0 && one.firstDay <= one.lastDay
                && uint256(one.lastDay) - one.firstDay < MAX_PERIOD_DAYS;
            if (!known || !next || !dated) revert EnrolmentInvalid(payer, member, period);
            _coverages[key] = CoverageLibrary.make(one.plan, one.firstDay, one.lastDay, one.family, one.secondary);
            emit MemberEnrolled(payer, member, one);
        }
    }

    /// @inheritdoc IClaimProgramme
    function amendCoverage(uint32 payer, address member, uint8 period, uint16 lastDay, bool secondary) external {
        _participants.requireCallerFor(payer, Roles.PAYER);
        uint256 key = _memberKey(payer, member, period);
        Coverage coverage = _coverages[key];
        bool same = lastDay == coverage.lastDay();
        bool fit = lastDay >= coverage.firstDay() && lastDay >= _today() && lastDay <= coverage.lastDay();
        if (!coverage.exists() || !(same || fit)) revert CoverageInvalid(payer, member, period);
        _coverages[key] = coverage.withTerms(lastDay, secondary);
        emit CoverageAmended(payer, member, period, lastDay, secondary);
    }

    // ------------------------------------------------------------------ a payer keeps its network

    /// @inheritdoc IClaimProgramme
    function setNetwork(uint32 payer, uint32 provider, uint16 firstDay, uint16 lastDay) external {
        _participants.requireCallerFor(payer, Roles.PAYER);
        uint256 account = _accountOf(payer, provider);
        MerkleLog.Log storage log = _accounts[account].log;
        ProviderTerms provided = ProviderTerms.wrap(log.note);
        uint256 before = provided.firstDay();
        bool fit = firstDay <= lastDay && (firstDay != 0) == (lastDay != 0);
        if (before != 0 && before < _today()) {
            // It has begun: days that are past may be added, and none taken away.
            bool kept = firstDay != 0 && firstDay <= before;
            fit = fit && kept && (lastDay >= provided.lastDay() || uint256(lastDay) + 1 >= _today());
        }
        if (!fit) revert NetworkInvalid(account, firstDay, lastDay);
        log.note = ProviderTerms.unwrap(provided.withNetwork(firstDay, lastDay));
        emit NetworkSet(account, firstDay, lastDay);
    }

    /// @inheritdoc IClaimProgramme
    function barProvider(uint32 payer, uint32 provider, bool barred, bytes32 evidence) external {
        _participants.requireCallerFor(payer, Roles.PAYER);
        uint256 account = _accountOf(payer, provider);
        MerkleLog.Log storage log = _accounts[account].log;
        log.note = ProviderTerms.unwrap(ProviderTerms.wrap(log.note).withBarred(barred));
        emit ProviderBarred(account, barred, evidence);
    }

    /// @inheritdoc IClaimProgramme
    function authorise(uint32 payer, uint32 number, uint256 authorisation) external {
        _participants.requireCallerFor(payer, Roles.PAYER);
        Authorisation given = Authorisation.wrap(authorisation);
        uint256 key = _authorisationKey(_accountOf(payer, 0), number);
        bool whole = given.member() != address(0) && given.provider() != 0 && given.units() != 0;
        bool dated = given.firstDay() != 0 && given.firstDay() <= given.lastDay();
        if (number == 0 || _authorisations[key].exists() || !whole || !dated) {
            revert AuthorisationInvalid(payer, number);
        }
        _authorisations[key] = given;
        emit ServiceAuthorised(payer, number, authorisation);
    }

    /// @inheritdoc IClaimProgramme
    function nameReviewer(uint32 payer, uint32 reviewer, ReviewerKind kind) external {
        _participants.requireCallerFor(payer, Roles.PAYER);
        if (reviewer == 0 || (reviewer == payer && kind == ReviewerKind.External)) {
            revert ReviewerInvalid(payer, reviewer);
        }
        _reviewers[(uint256(payer) << 32) | reviewer] = kind;
        emit ReviewerNamed(payer, reviewer, kind);
    }

    // ------------------------------------------------------------------ answers

    /// @inheritdoc IClaimProgramme
    function reserveOf(uint32 payer) external view returns (ReserveView memory) {
        Programme storage programme = _programmes[payer];
        Reserve reserve = programme.reserve;
        return ReserveView({
            token: reserve.token(),
            scale: uint8(reserve.scale()),
            funds: uint48(reserve.funds()),
            encumbered: uint48(reserve.encumbered()),
            announced: programme.announced,
            withdrawableFrom: programme.withdrawableFrom,
            clocks: programme.clocks
        });
    }

    /// @inheritdoc IClaimProgramme
    function planOf(
        uint32 payer,
        uint16 plan,
        uint8 version
    ) external view returns (uint256 terms, bytes32 scheduleRoot, uint64 scheduleSize) {
        PlanVersion storage known = _plans[_planVersionKey(payer, plan, version)];
        return (PlanTerms.unwrap(known.terms), known.scheduleRoot, known.scheduleSize);
    }

    /// @inheritdoc IClaimProgramme
    function planVersions(uint32 payer, uint16 plan) external view returns (uint8) {
        return _versions[(uint256(payer) << 16) | plan];
    }

    /// @inheritdoc IClaimProgramme
    function ruleOf(uint32 payer, uint16 plan, uint8 version, uint8 category) external view returns (uint256) {
        return BenefitRule.unwrap(_rules[(_planVersionKey(payer, plan, version) << 8) | category]);
    }

    /// @inheritdoc IClaimProgramme
    function coverageOf(uint32 payer, address member, uint8 period) external view returns (CoverageView memory) {
        Coverage coverage = _coverages[_memberKey(payer, member, period)];
        Met storage family = _families[_familyKey(_accountOf(payer, 0), coverage.family())];
        return CoverageView({
            plan: coverage.plan(),
            firstDay: uint16(coverage.firstDay()),
            lastDay: uint16(coverage.lastDay()),
            family: coverage.family(),
            secondary: coverage.secondary(),
            deductible: uint48(coverage.deductible()),
            outOfPocket: uint48(coverage.outOfPocket()),
            familyDeductible: uint48(family.deductible),
            familyOutOfPocket: uint48(family.outOfPocket)
        });
    }

    /// @inheritdoc IClaimProgramme
    function usedOf(
        uint32 payer,
        address member,
        uint8 period,
        uint8 category
    )
        external
        view
        returns (uint256 unitsInPeriod, uint256 amountInPeriod, uint256 unitsForLife, uint256 amountForLife)
    {
        uint256 key = _memberKey(payer, member, period);
        Used storage inPeriod = _used[(key << 8) | category];
        Used storage forLife = _used[_lifetimeKey(key, category)];
        return (inPeriod.units, inPeriod.amount, forLife.units, forLife.amount);
    }

    /// @inheritdoc IClaimProgramme
    function authorisationOf(uint32 payer, uint32 number) external view returns (uint256) {
        return Authorisation.unwrap(_authorisations[_authorisationKey(_accountOf(payer, 0), number)]);
    }

    /// @inheritdoc IClaimProgramme
    function reviewerKindOf(uint32 payer, uint32 reviewer) external view returns (ReviewerKind) {
        return _reviewers[(uint256(payer) << 32) | reviewer];
    }

    /// @inheritdoc IClaimProgramme
    function participants() external view returns (IParticipants) {
        return _participants;
    }

    /// @inheritdoc IClaimProgramme
    function consents() external view returns (IConsentRegistry) {
        return _consents;
    }

    // ------------------------------------------------------------------ internals

    function _requireReserve(uint32 payer) private view returns (Reserve reserve) {
        reserve = _programmes[payer].reserve;
        if (!reserve.exists()) revert PayerUnknown(payer);
    }

    function _isClock(uint256 numberOfDays) private pure returns (bool) {
        return numberOfDays != 0 && numberOfDays <= MAX_CLOCK;
    }
}
