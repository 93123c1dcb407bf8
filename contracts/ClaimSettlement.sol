// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClaimSubmission} from "../interfaces/IClaimSubmission.sol";
import {IConsentRegistry} from "../interfaces/IConsentRegistry.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ClaimState} from "./claims/ClaimState.sol";
import {Adjudication} from "./libraries/Adjudication.sol";
import {MerkleLog} from "./libraries/MerkleLog.sol";
import {Parts} from "./libraries/Parts.sol";
import {RecordedConsent} from "./libraries/RecordedConsent.sol";
import {Standing} from "./libraries/Standing.sol";
import {ClaimCase, ClaimCaseLibrary} from "./types/ClaimCase.sol";
import {ClaimTerms} from "./types/ClaimTerms.sol";
import {Coverage} from "./types/Coverage.sol";
import {PlanTerms} from "./types/PlanTerms.sol";
import {ProviderTerms} from "./types/ProviderTerms.sol";
import {Reserve} from "./types/Reserve.sol";
import {ServiceLine} from "./types/ServiceLine.sol";

/// @title ClaimSettlement
/// @notice Insurance claims that settle themselves: submitted, judged by the plan in force on the day of service, and paid,
///         in one transaction; what is not standard waits for people, with a clock.
///
///         Trusts: Participants for who speaks for an organisation; ConsentRegistry for what a patient consents to; a payer
///         for its plans, members and network; a provider for what it claims, which is committed to and can be audited; each
///         payer's token to be a plain ERC-20.
///         Stopped by: a provider's suspension stops what it submits and what it is paid; a payer can bar a provider, and
///         its claims go to reviewers. What never stops: claims against a reserve that covers them, appeals, deadlines that
///         anybody enforces, a member's word about a service, every answer.
///         Immutable: no proxy. A later version is another deployment.
///         Several calls of one sender go into one transaction by `multicall`: all of them or none.
/// @dev One contract does not hold all of it: here is what is called most, and calls that it does not know run in its
///      storage by the code of `review`, which hands on to ClaimProgramme what it does not know. All three are immutable
///      and have their storage from ClaimState. The interface of the whole is IClaimSettlement.
contract ClaimSettlement is IClaimSubmission, ClaimState {
    using MerkleLog for MerkleLog.Log;
    using RecordedConsent for IConsentRegistry;
    using Standing for IParticipants;

    uint8 private constant SETTLED = 1;
    uint8 private constant PARKED = 2;
    uint256 private constant PERMITTED = uint256(IConsentRegistry.ConsentStatus.Permitted);
    uint256 private constant PAYMENT = 28; // HPAYMT of PurposeOfUse
    uint256 private constant CLAIM = 1 << 8; // of DataCategories
    uint256 private constant DAYS_FROM_1900_TO_1970 = 25_567;
    uint256 private constant LAST_DATA_DAY = type(uint16).max; // of ConsentTerms: that day, and every later one
    uint256 private constant MARKS = 8; // in `Member.recent`

    /// @inheritdoc IClaimSubmission
    address public immutable review;

    /// @dev What the claims of one call have in common, and what they come to.
    struct Batch {
        uint32 payer;
        uint32 provider;
        uint256 account;
        ProviderTerms provided;
        Reserve reserve;
        uint256 free; // of the payer's funds
        uint256 encumbered; // by claims of this batch
        uint256 paid;
        uint64 first; // number
        uint64 next; // number
        bytes32[] leaves;
    }

    /// @dev A claim while it is looked at.
    struct Incoming {
        ClaimTerms terms;
        uint256 day; // first of its lines
        uint256 lastDay;
        uint256 memberKey;
        uint256 mark;
        Coverage coverage;
        PlanTerms plan;
        uint256 reasons;
        uint256 denial;
        bool inNetwork;
    }

    /// @param participants_ the register of accredited organisations
    /// @param consents_ the register of consents
    /// @param review_ the part that knows what this one does not
    constructor(
        IParticipants participants_,
        IConsentRegistry consents_,
        address review_
    ) ClaimState(participants_, consents_) {
        _requirePart(review_);
        review = review_;
    }

    // ------------------------------------------------------------------ a provider submits, and is paid

    /// @inheritdoc IClaimSubmission
    function submitClaims(uint32 payer, uint32 provider, uint64 first, Claim[] calldata claims) external {
        _participants.requireCallerFor(provider, CARE);
        Batch memory batch;
        (batch.payer, batch.provider, batch.account) = (payer, provider, _accountOf(payer, provider));
        Account storage account = _accounts[batch.account];
        if (account.log.size != first) revert ClaimNumberInvalid(batch.account, first, account.log.size);
        if (account.payee == address(0)) revert PayeeUnknown(batch.account);
        batch.reserve = _programmes[payer].reserve;
        if (!batch.reserve.exists()) revert PayerUnknown(payer);
        batch.provided = ProviderTerms.wrap(account.log.note);
        (batch.free, batch.first, batch.next) = (batch.reserve.free(), first, first);
        batch.leaves = new bytes32[](claims.length);
        for (uint256 i = 0; i < claims.length; ++i) {
            Refusal refusal = _take(batch, claims[i]);
            if (refusal != Refusal.None) emit ClaimRefused(batch.account, i, claims[i].controlNumber, refusal);
        }
        uint256 taken = batch.next - first;
        if (taken == 0) return;
        account.log.note = ProviderTerms.unwrap(batch.provided);
        bytes32[] memory leaves = batch.leaves;
        // Refused claims have no leaf.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") { mstore(leaves, taken) }
        // slither-disable-next-line unused-return (it is `first`)
        account.log.appendMany(leaves);
        Reserve reserve = batch.reserve;
        if (batch.encumbered != 0) {
            reserve = reserve.withFunds(reserve.funds(), reserve.encumbered() + batch.encumbered);
        }
        if (batch.paid != 0) {
            _pay(payer, batch.account, reserve, batch.paid, 0, true);
        } else if (batch.encumbered != 0) {
            _programmes[payer].reserve = reserve;
        }
    }

    /// @inheritdoc IClaimSubmission
    function setPayee(uint32 payer, uint32 provider, address payee) external {
        _participants.requireCallerFor(provider, CARE);
        uint256 account = _accountOf(payer, provider);
        if (payee == address(0) || payee == address(this)) revert PayeeInvalid(account, payee);
        _accounts[account].payee = payee;
        emit PayeeSet(account, payee);
    }

    /// @inheritdoc IClaimSubmission
    function collect(uint32 payer, uint32 provider) external {
        _participants.requireCallerFor(provider, CARE);
        uint256 key = _accountOf(payer, provider);
        Account storage account = _accounts[key];
        uint256 amount = account.undelivered;
        if (amount == 0) revert NothingUndelivered(key);
        account.undelivered = 0;
        emit PaymentCollected(key, amount);
        Reserve reserve = _programmes[payer].reserve;
        if (!_send(reserve, account.payee, amount)) revert TransferFailed(key, reserve.token(), account.payee);
    }

    // ------------------------------------------------------------------ answers

    /// @inheritdoc IClaimSubmission
    function accountOf(uint32 payer, uint32 provider) external view returns (AccountView memory) {
        Account storage account = _accounts[_accountOf(payer, provider)];
        ProviderTerms provided = ProviderTerms.wrap(account.log.note);
        return AccountView({
            claims: account.log.size,
            payee: account.payee,
            owed: account.owed,
            undelivered: account.undelivered,
            firstDay: uint16(provided.firstDay()),
            lastDay: uint16(provided.lastDay()),
            barred: provided.barred()
        });
    }

    /// @inheritdoc IClaimSubmission
    function logOf(uint32 payer, uint32 provider) external view returns (uint64 size, bytes32 root) {
        MerkleLog.Log storage log = _accounts[_accountOf(payer, provider)].log;
        return (log.size, log.root());
    }

    /// @inheritdoc IClaimSubmission
    function logContinues(
        uint32 payer,
        uint32 provider,
        uint64 oldSize,
        bytes32 oldRoot,
        bytes32[] calldata proof
    ) external view returns (bool) {
        return _accounts[_accountOf(payer, provider)].log.continues(oldSize, oldRoot, proof);
    }

    /// @dev What is not here is known to ClaimReview or, behind it, to ClaimProgramme.
    fallback() external {
        Parts.run(review);
    }

    // ------------------------------------------------------------------ a claim is taken

    /// @return why it is not taken; then nothing of it is kept
    function _take(Batch memory batch, Claim calldata claim) private returns (Refusal) {
        Incoming memory incoming;
        incoming.terms = ClaimTerms.wrap(claim.terms);
        uint256[] memory lines = claim.lines;
        Refusal refusal = _look(batch, claim, lines, incoming);
        if (refusal != Refusal.None) return refusal;
        Adjudication.Benefits memory benefits;
        benefits.inNetwork = incoming.inNetwork;
        benefits.afterOthers = incoming.terms.priorTold();
        benefits.denial = incoming.denial;
        Judgement memory judgement;
        Verdict memory verdict =
            _judge(batch.payer, batch.provider, incoming.terms, lines, incoming.day, benefits, judgement);
        if (verdict.charge >= MAX_CHARGE) return Refusal.Malformed;
        if (incoming.terms.replaces() != 0) _markReplaced(batch.account, incoming.terms.replaces() - 1);
        _tally(batch, incoming, verdict);
        uint256 reasons = incoming.reasons;
        uint8 state = reasons == 0 ? SETTLED : PARKED;
        if (reasons == 0) {
            batch.paid += verdict.paid;
            batch.free -= verdict.paid;
            _count(batch.payer, incoming.terms, lines, verdict.outcomes, true, false);
        } else {
            _park(batch, reasons, verdict.charge);
            verdict.outcomes = new uint256[](0);
        }
        bytes memory entry = abi.encodePacked(
            abi.encodePacked(
                state,
                uint8((incoming.inNetwork ? 1 : 0) | (incoming.terms.priorTold() ? 2 : 0)),
                batch.payer,
                batch.provider,
                uint40(block.timestamp),
                uint24(reasons),
                uint16(lines.length / LINE_WORDS)
            ),
            claim.terms,
            claim.controlNumber,
            claim.record,
            claim.diagnoses,
            lines,
            verdict.outcomes
        );
        uint64 number = batch.next;
        emit ClaimTaken(batch.account, incoming.terms.member(), number, entry);
        batch.leaves[number - batch.first] = MerkleLog.hashLeaf(entry);
        batch.next = number + 1;
        return Refusal.None;
    }

    /// @dev All that is asked of a claim before it is judged.
    function _look(
        Batch memory batch,
        Claim calldata claim,
        uint256[] memory lines,
        Incoming memory incoming
    ) private view returns (Refusal) {
        ClaimTerms terms = incoming.terms;
        if (!terms.isWellFormed() || !_readDays(lines, incoming)) return Refusal.Malformed;
        if (incoming.lastDay > _today()) return Refusal.DayInFuture;
        incoming.memberKey = _memberKey(batch.payer, terms.member(), terms.coverage());
        Member storage member = _members[incoming.memberKey];
        Coverage coverage = incoming.coverage = member.coverage;
        if (!coverage.exists()) return Refusal.MemberUnknown;
        PlanVersion storage version = _plans[_planVersionKey(batch.payer, coverage.plan(), terms.version())];
        PlanTerms plan = incoming.plan = version.terms;
        if (!plan.exists() || incoming.day < plan.from() || incoming.day >= plan.until()) {
            return Refusal.PlanNotInForce;
        }
        if (terms.currency() != plan.currency()) return Refusal.CurrencyForeign;
        if (!_isConsented(batch.payer, terms.member(), incoming.day)) return Refusal.ConsentMissing;
        Refusal refusal = _lookForDuplicates(batch, claim.controlNumber, lines[0], member.recent, incoming);
        if (refusal != Refusal.None) return refusal;
        if (!_areFeesProven(version, claim, lines)) return Refusal.FeeUnproven;
        incoming.inNetwork = batch.provided.isInNetwork(incoming.day);
        incoming.denial = _denialOf(terms, coverage, plan, incoming.day, _today());
        return Refusal.None;
    }

    /// @dev First and last day of the lines, which must be well-formed and in order of their categories.
    function _readDays(uint256[] memory lines, Incoming memory incoming) private pure returns (bool) {
        uint256 length = lines.length;
        if (length == 0 || length % LINE_WORDS != 0 || length / LINE_WORDS > MAX_LINES) return false;
        uint256 category = 0;
        (uint256 first, uint256 last) = (type(uint256).max, 0);
        for (uint256 i = 0; i < length; i += LINE_WORDS) {
            ServiceLine line = ServiceLine.wrap(lines[i]);
            if (!line.isWellFormed() || line.category() < category) return false;
            category = line.category();
            uint256 day = line.day();
            if (day < first) first = day;
            if (day > last) last = day;
        }
        (incoming.day, incoming.lastDay) = (first, last);
        return true;
    }

    function _isConsented(uint32 payer, address member, uint256 day) private view returns (bool) {
        unchecked {
            uint256 dataDay = day + DAYS_FROM_1900_TO_1970;
            if (dataDay > LAST_DATA_DAY) dataDay = LAST_DATA_DAY;
            return _consents.statusOf(member, payer, 0, PAYMENT, CLAIM, dataDay) == PERMITTED;
        }
    }

    /// @dev A mark has 16 bits of what near duplicates have in common, above 16 of what is the provider's own number.
    function _lookForDuplicates(
        Batch memory batch,
        bytes32 controlNumber,
        uint256 firstLine,
        uint256 recent,
        Incoming memory incoming
    ) private view returns (Refusal) {
        ServiceLine line = ServiceLine.wrap(firstLine);
        uint256 near = uint16(uint256(keccak256(abi.encode(batch.provider, incoming.day, line.category()))));
        if (near == 0) near = 1; // 0 is no mark
        uint256 mark = incoming.mark = (near << 16) | uint16(uint256(keccak256(abi.encode(controlNumber))));
        uint256 replaces = incoming.terms.replaces();
        if (replaces != 0) {
            // It resembles what it replaces; that was voided, and is replaced once.
            ClaimCase voided = _cases[_caseKey(batch.account, uint64(replaces - 1))].word;
            bool fit = voided.stage() == uint8(Stage.Voided) && !voided.replaced();
            return fit ? Refusal.None : Refusal.ReplacementInvalid;
        }
        for (; recent != 0; recent >>= 32) {
            if (uint32(recent) == mark) return Refusal.Duplicate;
            if (uint32(recent) >> 16 == near) incoming.reasons |= 1 << uint256(Parked.NearDuplicate);
        }
        return Refusal.None;
    }

    /// @dev Every line that names a price from the fee schedule must prove it, in the order of the lines.
    function _areFeesProven(
        PlanVersion storage version,
        Claim calldata claim,
        uint256[] memory lines
    ) private view returns (bool) {
        uint256 next = 0;
        for (uint256 i = 0; i < lines.length; i += LINE_WORDS) {
            ServiceLine line = ServiceLine.wrap(lines[i]);
            if (line.allowed() == 0) continue;
            uint64 size = version.scheduleSize;
            if (line.entry() >= size) return false;
            uint256 end = next + _pathLength(line.entry(), size);
            if (end > claim.proofs.length) return false;
            bytes32 leaf = MerkleLog.hashLeaf(abi.encodePacked(lines[i + 1], uint40(line.allowed())));
            if (!MerkleLog.verifyInclusion(leaf, line.entry(), size, claim.proofs[next:end], version.scheduleRoot)) {
                return false;
            }
            next = end;
        }
        return next == claim.proofs.length;
    }

    /// @return length how many hashes an inclusion proof has, RFC 9162 section 2.1.3.1
    function _pathLength(uint64 index, uint64 size) private pure returns (uint256 length) {
        uint256 last = size - 1;
        uint256 rest = index;
        for (; rest != last; (rest, last) = (rest >> 1, last >> 1)) {
            ++length;
        }
        // From here on it is the last of its level: it has a sibling where it is a right node.
        for (; rest != 0; rest >>= 1) {
            if (rest & 1 != 0) ++length;
        }
    }

    /// @dev Counts the claim for the velocity of both, and gathers why it should not be settled by rule.
    function _tally(Batch memory batch, Incoming memory incoming, Verdict memory verdict) private {
        Coverage coverage = incoming.coverage;
        PlanTerms plan = incoming.plan;
        uint256 today = _today();
        uint256 reasons = incoming.reasons;
        // What is denied as a whole needs nobody to look at what else it says.
        if (incoming.denial == 0) reasons |= verdict.reasons;
        batch.provided = batch.provided.withClaim(today);
        // Before the period begins, all weeks are one.
        coverage = coverage.withClaim(today < coverage.firstDay() ? 0 : (today - coverage.firstDay()) / 7 & 255);
        if (plan.providerVelocity() != 0 && batch.provided.claims() > plan.providerVelocity()) {
            reasons |= 1 << uint256(Parked.ProviderVelocity);
        }
        if (plan.memberVelocity() != 0 && coverage.claims() > plan.memberVelocity()) {
            reasons |= 1 << uint256(Parked.MemberVelocity);
        }
        if (batch.provided.barred()) reasons |= 1 << uint256(Parked.ProviderBarred);
        if (incoming.terms.liability()) reasons |= 1 << uint256(Parked.Liability);
        if (incoming.terms.priorTold() && !coverage.secondary()) reasons |= 1 << uint256(Parked.OtherCoverage);
        if (incoming.denial == 0 && (incoming.lastDay > coverage.lastDay() || incoming.lastDay >= plan.until())) {
            reasons |= 1 << uint256(Parked.CrossesPeriods);
        }
        if (verdict.paid > plan.ceiling()) reasons |= 1 << uint256(Parked.AboveCeiling);
        if (verdict.paid > batch.free) reasons |= 1 << uint256(Parked.ReserveShort);
        incoming.reasons = reasons;
        Member storage member = _members[incoming.memberKey];
        member.coverage = coverage;
        member.recent = (member.recent << 32) | incoming.mark;
    }

    /// @dev A claim that waits holds its charge of the reserve, if that is there: what is approved later is then covered.
    function _park(Batch memory batch, uint256 reasons, uint256 charge) private {
        uint256 payBy = block.timestamp + uint256(_programmes[batch.payer].clocks.reviewDays) * 1 days;
        uint256 held = charge <= batch.free ? charge : 0;
        batch.free -= held;
        batch.encumbered += held;
        _cases[_caseKey(batch.account, batch.next)].word =
            ClaimCaseLibrary.make(uint256(Stage.InReview), reasons, payBy, payBy, held);
    }

    function _markReplaced(uint256 account, uint256 number) private {
        Case storage voided = _cases[_caseKey(account, uint64(number))];
        voided.word = voided.word.withReplaced();
    }
}
