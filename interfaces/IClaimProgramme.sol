// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClaimTypes} from "./IClaimTypes.sol";
import {IConsentRegistry} from "./IConsentRegistry.sol";
import {IParticipants} from "./IParticipants.sol";

/// @title ClaimProgramme: a payer's reserve, plans, members, network and reviewers
/// @notice A payer puts funds aside in one ERC-20, publishes its plans, enrols members by their pseudonyms, admits providers
///         to its network, authorises services beforehand, and names who reviews. A version of a plan never changes once it
///         is published, and holds for services from a day on that is not past.
interface IClaimProgramme is IClaimTypes {
    /// @notice Whom a payer has named to decide about claims.
    enum ReviewerKind {
        None,
        Internal, // decides about parked claims and appeals
        External // decides in external review
    }

    /// @notice A plan's rule for one category of service.
    struct CategoryRule {
        uint8 category;
        uint256 rule; // a BenefitRule word
    }

    /// @notice A member's coverage in a period.
    struct Enrolment {
        address member;
        uint8 period; // 0 to 254, counted from 0 for each member; later ones are later in time
        uint16 plan;
        uint16 firstDay; // of service, both inclusive, at most 366 days
        uint16 lastDay;
        uint32 family; // number of the family's policy in this period; 0 for a member alone
        bool secondary; // another payer pays first
    }

    /// @notice What a payer has put aside. Amounts in minor units.
    struct ReserveView {
        address token;
        uint8 scale; // a minor unit is 10^scale of the token's smallest units
        uint48 funds;
        uint48 encumbered; // of the funds, waits for decisions
        uint48 announced; // withdrawal
        uint40 withdrawableFrom; // Unix seconds, 0 if none is announced
        Clocks clocks;
    }

    /// @notice A member's coverage in a period, and what was counted in it. Amounts in minor units.
    struct CoverageView {
        uint16 plan; // 0 if there is no such period
        uint16 firstDay;
        uint16 lastDay;
        uint32 family;
        bool secondary;
        uint48 deductible; // met
        uint48 outOfPocket; // met
        uint48 familyDeductible; // met
        uint48 familyOutOfPocket; // met
    }

    event ReserveOpened(uint32 indexed payer, address token, uint8 scale, Clocks clocks);
    event FundsDeposited(uint32 indexed payer, address from, uint256 amount);
    event WithdrawalAnnounced(uint32 indexed payer, uint256 amount, uint40 from);
    event FundsWithdrawn(uint32 indexed payer, address to, uint256 amount);
    /// @param terms a PlanTerms word
    event PlanPublished(
        uint32 indexed payer,
        uint16 indexed plan,
        uint8 version,
        uint256 terms,
        CategoryRule[] rules,
        bytes32 scheduleRoot,
        uint64 scheduleSize
    );
    event MemberEnrolled(uint32 indexed payer, address indexed member, Enrolment enrolment);
    event CoverageAmended(uint32 indexed payer, address indexed member, uint8 period, uint16 lastDay, bool secondary);
    event NetworkSet(uint256 indexed account, uint16 firstDay, uint16 lastDay);
    event ProviderBarred(uint256 indexed account, bool barred, bytes32 evidence);
    event ServiceAuthorised(uint32 indexed payer, uint32 indexed number, uint256 authorisation);
    event ReviewerNamed(uint32 indexed payer, uint32 indexed reviewer, ReviewerKind kind);

    /// @notice The payer has opened its reserve already.
    error ReserveKnown(uint32 payer);
    /// @notice No code, a scale beyond 63, or clocks out of range.
    error ReserveTermsInvalid(uint32 payer);
    /// @notice Zero, or more than a reserve can hold.
    error AmountInvalid(uint256 amount);
    /// @notice Nothing is announced, or its time has not come, or is over.
    error WithdrawalNotReady(uint32 payer, uint40 from);
    /// @notice The version is not the next one, its day is past or not after that of the last, or a word is malformed.
    error PlanInvalid(uint32 payer, uint16 plan, uint8 version);
    /// @notice The category is repeated or not in order, or its rule malformed.
    error RuleInvalid(uint8 category);
    /// @notice The plan is unknown, the period not the next one, or its days are not later or not within 366.
    error EnrolmentInvalid(uint32 payer, address member, uint8 period);
    /// @notice There is no such period, or it would end before today or later than it was to.
    error CoverageInvalid(uint32 payer, address member, uint8 period);
    /// @notice The days are not in order, or days that are past would be taken out of the network.
    error NetworkInvalid(uint256 account, uint16 firstDay, uint16 lastDay);
    /// @notice The number is zero or taken, or the word names no member, no provider, no units, or days out of order.
    error AuthorisationInvalid(uint32 payer, uint32 number);
    /// @notice A payer is no external reviewer of its own.
    error ReviewerInvalid(uint32 payer, uint32 reviewer);

    // ------------------------------------------------------------------ a payer puts funds aside

    // Any function for a payer reverts as `requireOperatorFor` of Participants unless the caller is a key of it, and it is in
    // standing with the role PAYER.

    /// @notice Opens the reserve, once. For the payer.
    /// @param token a plain ERC-20: no fee on transfer, no rebasing
    /// @param scale a minor unit is 10^scale of the token's smallest units, 0 to 63: for cents in a token of 6 decimals, 4
    /// @dev Reverts with ReserveKnown, ReserveTermsInvalid.
    function openReserve(uint32 payer, address token, uint8 scale, Clocks calldata clocks) external;

    /// @notice Adds funds of the caller, who has approved the transfer. For anybody.
    /// @param amount minor units
    /// @dev Reverts with PayerUnknown, AmountInvalid, TokenNotExact if what arrives differs.
    function deposit(uint32 payer, uint256 amount) external;

    /// @notice Announces a withdrawal, in the place of one that was announced before. For the payer.
    /// @param amount minor units; 0 takes an announcement back
    /// @dev Reverts with PayerUnknown, AmountInvalid.
    function announceWithdrawal(uint32 payer, uint256 amount) external;

    /// @notice Takes out what was announced, if it is not encumbered: from WITHDRAWAL_DELAY after the announcement on, and as
    ///         long again. For the payer.
    /// @param to neither zero nor this contract
    /// @dev Reverts with WithdrawalNotReady, ReserveTooSmall, PayeeInvalid.
    function withdraw(uint32 payer, address to) external;

    // ------------------------------------------------------------------ a payer publishes plans

    /// @notice Publishes the next version of a plan. For the payer.
    /// @param plan the payer's number of it, not zero
    /// @param version 1 for the first, then one more each time, at most 255
    /// @param terms a PlanTerms word: `from` is not past, but in the first version, and later than that of the version
    ///        before, which then ends; `until` is 65535
    /// @param rules by ascending category
    /// @param scheduleRoot of the fee schedule, RFC 9162, its leaves bytes32 procedure | uint40 amount; 0 if there is none
    /// @param scheduleSize entries in it
    /// @dev Reverts with PayerUnknown, PlanInvalid, RuleInvalid.
    function publishPlan(
        uint32 payer,
        uint16 plan,
        uint8 version,
        uint256 terms,
        CategoryRule[] calldata rules,
        bytes32 scheduleRoot,
        uint64 scheduleSize
    ) external;

    // ------------------------------------------------------------------ a payer enrols members

    /// @notice Enrols members. For the payer.
    /// @dev Reverts with EnrolmentInvalid: all of them or none.
    function enrolMembers(uint32 payer, Enrolment[] calldata enrolments) external;

    /// @notice Ends a period of coverage earlier, or says whether another payer pays first. For the payer.
    /// @param lastDay of service, inclusive: not before today, not after what it was
    /// @dev Coverage is not taken back for days that are past. Reverts with CoverageInvalid.
    function amendCoverage(uint32 payer, address member, uint8 period, uint16 lastDay, bool secondary) external;

    // ------------------------------------------------------------------ a payer keeps its network

    /// @notice Sets the days of service on which a provider is in the network. For the payer.
    /// @param firstDay of service, both inclusive; 0 and 0 for never. Once it has begun, days
    ///        that are past can be added and not taken away
    /// @dev Reverts with NetworkInvalid.
    function setNetwork(uint32 payer, uint32 provider, uint16 firstDay, uint16 lastDay) external;

    /// @notice Sends all claims of a provider to reviewers, or no longer. For the payer.
    /// @param evidence commitment
    function barProvider(uint32 payer, uint32 provider, bool barred, bytes32 evidence) external;

    /// @notice Authorises services of one category beforehand. For the payer.
    /// @param number the payer's, not zero
    /// @param authorisation an Authorisation word
    /// @dev Reverts with AuthorisationInvalid.
    function authorise(uint32 payer, uint32 number, uint256 authorisation) external;

    /// @notice Names who may decide about claims, or no longer. For the payer. It may be itself, as an internal one.
    /// @dev Whoever decides is asked for its standing then, with the role PAYER or CLAIM_REVIEWER. Reverts with
    ///      ReviewerInvalid.
    function nameReviewer(uint32 payer, uint32 reviewer, ReviewerKind kind) external;

    // ------------------------------------------------------------------ answers; what is unknown is empty

    /// @return how long before it a withdrawal is announced, seconds
    function WITHDRAWAL_DELAY() external view returns (uint256); // solhint-disable-line func-name-mixedcase

    function reserveOf(uint32 payer) external view returns (ReserveView memory);

    /// @return terms a PlanTerms word, 0 if there is no such version
    /// @return scheduleRoot of its fee schedule
    /// @return scheduleSize entries in it
    function planOf(
        uint32 payer,
        uint16 plan,
        uint8 version
    ) external view returns (uint256 terms, bytes32 scheduleRoot, uint64 scheduleSize);

    /// @return how many versions a plan has
    function planVersions(uint32 payer, uint16 plan) external view returns (uint8);

    /// @return a BenefitRule word, 0 if the plan says nothing of the category
    function ruleOf(uint32 payer, uint16 plan, uint8 version, uint8 category) external view returns (uint256);

    function coverageOf(uint32 payer, address member, uint8 period) external view returns (CoverageView memory);

    /// @return unitsInPeriod hundredths of units of the category used in the period, counted if the plan limits them
    /// @return amountInPeriod paid for them, minor units
    /// @return unitsForLife the same for all periods
    /// @return amountForLife the same for all periods
    function usedOf(
        uint32 payer,
        address member,
        uint8 period,
        uint8 category
    ) external view returns (uint256 unitsInPeriod, uint256 amountInPeriod, uint256 unitsForLife, uint256 amountForLife);

    /// @return an Authorisation word, 0 if there is none
    function authorisationOf(uint32 payer, uint32 number) external view returns (uint256);

    function reviewerKindOf(uint32 payer, uint32 reviewer) external view returns (ReviewerKind);

    /// @return the register of accredited organisations
    function participants() external view returns (IParticipants);

    /// @return the register of consents
    function consents() external view returns (IConsentRegistry);
}
