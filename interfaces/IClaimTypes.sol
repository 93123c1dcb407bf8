// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Words of the claim settlement: what its parts have in common
/// @notice Types, as words:
///         - payer, provider, reviewer: numbers of organisations in Participants. An *account* is `payer << 32 | provider`.
///         - member: an address that is the patient's pseudonym with this payer: the key with which they consent.
///         - amount: minor units of the plan's currency (cents), unless said otherwise. A claim is below 2^34 of them.
///         - units: hundredths of a unit of service.
///         - day: days since 1970-01-01 (UTC). A claim's day is the first of its lines.
///         - number: of a claim in its account, counted from 0: its index in the account's log.
///         - commitment: bytes32, a salted hash of something that is kept off chain.
///         - packed words: `contracts/types/{ClaimTerms,ServiceLine,LineOutcome,PlanTerms,BenefitRule}.sol` say what is in them.
///
///         Each account has a log of RFC 9162 of the claims that came in. An entry is made of these bytes, integers
///         big-endian, nothing between them:
///           uint8 state (1 settled, 2 parked) | uint8 flags (1 in the network, 2 after other payers, 4 another payer pays first) | uint32 payer |
///           uint32 provider | uint40 at | uint24 reasons | uint16 count | uint256 terms | bytes32 controlNumber |
///           bytes32 record | bytes32 diagnoses | count times (uint256 line | bytes32 procedure) |
///           of a settled claim, count times uint256 outcome
///         `at` is the time of the block, Unix seconds; `reasons` bits of `Parked`. The event holds the entry as it is.
interface IClaimTypes {
    /// @notice A claim as it comes in.
    struct Claim {
        uint256 terms; // a ClaimTerms word
        bytes32 controlNumber; // commitment to the provider's own number of it, the same whenever it is sent
        bytes32 record; // commitment to what supports it, or 0
        bytes32 diagnoses; // commitment to its diagnoses
        uint256[] lines; // for each line a ServiceLine word, then the commitment to its procedure; by category, then day
        bytes32[] proofs; // for each line priced by the fee schedule its inclusion proof there, one after the other
    }

    /// @notice A claim that came in before: its entry, the proof that it is in the account's log (RFC 9162 section 2.1.3),
    ///         as that is now or was at a checkpoint, and what was decided about it last.
    struct Evidence {
        uint32 payer;
        uint32 provider;
        uint64 number;
        bytes entry;
        uint64 size; // of the log for which the proof is
        bytes32[] proof;
        uint256[] outcomes; // of the last decision; empty if there was none
    }

    /// @notice Why something of a charge is not paid; behind it group and code that X12 has for that (CARC).
    enum Reason {
        None, // 0
        NotCovered, // 1: PR 204
        TooLate, // 2: CO 29
        NotAuthorised, // 3: CO 197
        Bundled, // 4: CO 97
        TooManyUnits, // 5: CO 151
        BenefitMaximum, // 6: PR 119
        LifetimeMaximum, // 7: PR 35
        BeforeCoverage, // 8: PR 26
        AfterCoverage, // 9: PR 27
        OutOfNetwork, // 10: PR 242
        OtherPayerFirst, // 11: OA 22
        NotNecessary, // 12: CO 50, by a reviewer alone
        Duplicate, // 13: OA 18, by a reviewer alone
        NotSupported, // 14: CO 150, by a reviewer alone
        NotFurnished // 15: CO 112, by a reviewer alone
    }

    /// @notice Why a claim is not settled by rule: positions of bits.
    enum Parked {
        NearDuplicate, // 0: same provider, member, day and category as a claim not long before, or in the place of one asked back
        AboveCeiling, // 1
        ReviewedCategory, // 2: the plan has such services reviewed
        ProviderVelocity, // 3
        MemberVelocity, // 4
        ProviderBarred, // 5
        ReserveShort, // 6: the payer's funds do not cover it
        OtherCoverage, // 7: it tells of other payers, and the payer is the first
        CrossesPeriods, // 8: its days are not all in one period of coverage and one version of the plan
        CategoryUnknown, // 9: the plan says nothing of such services
        FeeUnlisted, // 10: not in the fee schedule
        Liability // 11: somebody else may be liable
    }

    /// @notice Why a claim is not taken at all; the others of its batch are.
    enum Refusal {
        None, // 0
        Malformed, // 1: a word has bits that mean nothing, lines are missing, not in order, or too dear
        MemberUnknown, // 2: no such period of coverage
        PlanNotInForce, // 3: no such version, or it is not that of the day
        CurrencyForeign, // 4
        DayInFuture, // 5
        ConsentMissing, // 6: the member's consent to use of claims for payment by this payer is not in force
        Duplicate, // 7: provider, day, category and control number of a claim of this member not long before
        FeeUnproven, // 8
        ReplacementInvalid // 9: what it replaces is not voided, or was replaced already
    }

    /// @notice Where a claim stands that is not, or not only, settled by rule.
    enum Stage {
        None, // settled by rule, and nobody has said otherwise
        InReview, // waits for a reviewer
        Decided, // by a reviewer, or by rule once it was funded; may be appealed against
        InAppeal, // waits for another reviewer
        AppealDecided, // by another reviewer; external review may be asked for
        InExternalReview, // waits for a reviewer that is not the payer's
        Final,
        RefundRequested, // the payer wants the claim back; may be contested
        Voided // taken back, by the provider or by a refund
    }

    /// @notice The parts of a payer's programme that hold for all of its claims. Days are 1 to 90.
    struct Clocks {
        uint8 reviewDays; // to decide about a parked claim; interest runs from then
        uint8 appealDays; // to appeal, to ask for external review, and to contest a refund
        uint8 appealReviewDays; // to decide about an appeal
        uint8 externalDays; // to decide in external review
        uint16 interest; // on what is paid late, basis points a year, at most 10,000
    }

    // ------------------------------------------------------------------ refusals that several parts share

    /// @notice The payer has opened no reserve.
    error PayerUnknown(uint32 payer);
    /// @notice The entry is not this claim's in the account's log, that has another size now and no checkpoint of this one, or
    ///         the outcomes are not those of the last decision.
    error ClaimUnproven(uint256 account, uint64 number);
    /// @notice The claim is at another stage, or its deadline is past, or has not come.
    error ClaimStageInvalid(uint256 account, uint64 number, Stage stage, uint40 deadline);
    /// @notice The caller does not speak for whoever may do this.
    error ClaimNotYours(uint256 account, uint64 number);
    /// @notice The organisation may not decide at this stage: it is not named for it, took part before, or is the provider.
    error ReviewerNotEligible(uint32 payer, uint32 reviewer, Stage stage);
    /// @notice Neither zero nor this contract can be paid.
    error PayeeInvalid(uint256 account, address payee);
    /// @notice The payer's free funds do not cover it.
    error ReserveTooSmall(uint32 payer, uint256 needed, uint256 free);
    /// @notice The payee received another amount than was sent: the token takes a fee. In the token's smallest units.
    error TokenNotExact(address token, uint256 sent, uint256 received);
    /// @notice A part of the contract, or a register that it asks, has no code or belongs to another deployment.
    error PartInvalid(address part);

    // ------------------------------------------------------------------ what several parts tell

    /// @notice A provider was paid, in one transfer.
    /// @param payment in one word, from the low end: amount 64 | withheld 64 | interest 64 | undelivered 1. What claims pay +
    ///        interest - withheld = amount. Withheld is for what was overpaid before; an amount that is undelivered, since the
    ///        token did not move or the provider is not in standing, waits for `collect`
    event ProviderPaid(uint256 indexed account, uint256 payment);
    /// @notice A reviewer, or silence (then reviewer 0), left everything as it was decided before.
    event ClaimUpheld(uint256 indexed account, uint64 indexed number, uint32 indexed reviewer, Stage stage);
    /// @notice A refund is not owed.
    event RefundRejected(uint256 indexed account, uint64 indexed number, uint32 reviewer);
    /// @notice A claim was taken back: by its provider (Reason None), or because a refund is owed.
    /// @param owed what was paid for it, and is withheld from later payments, minor units
    event ClaimVoided(uint256 indexed account, uint64 indexed number, Reason reason, uint256 owed);
}
