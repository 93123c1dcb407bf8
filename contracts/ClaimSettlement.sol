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
import {Coverage, CoverageLibrary} from "./types/Coverage.sol";
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
///      storage by the code of `review`, which hands on what it does not know, as the next part does. All four are immutable
///      and have their storage from ClaimState. The interface of the whole is IClaimSettlement.
contract ClaimSettlement is IClaimSubmission, ClaimState {
    using MerkleLog for MerkleLog.Log;
    using RecordedConsent for IConsentRegistry;
    using Standing for IParticipants;

    uint256 private constant SETTLED = 1;
    uint256 private constant PARKED = 2;
    uint256 private constant PERMITTED = uint256(IConsentRegistry.ConsentStatus.Permitted);
    uint256 private constant PAYMENT = 28; // HPAYMT of PurposeOfUse
    uint256 private constant CLAIM = 1 << 8; // of DataCategories
    uint256 private constant DAYS_FROM_1900_TO_1970 = 25_567;
    uint256 private constant LAST_DATA_DAY = type(uint16).max; // of ConsentTerms: that day, and every later one

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
    }

    /// @dev A claim while it is looked at.
    struct Incoming {
        uint256 lastDay; // of its lines
        uint256 mark;
        bool priced; // a line names a price from the fee schedule
        Coverage coverage;
        PlanTerms plan;
        uint256 reasons;
        uint256 denial;
        uint256 flags; // of its entry
        bool reviewed; // as if a person approved it
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
        batch.free = batch.reserve.free();
        uint256 free;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") { free := mload(0x40) }
        for (uint256 i = 0; i < claims.length; ++i) {
            // Nothing that a claim left in memory is needed any more: a hundred of them would make memory dear.
            // solhint-disable-next-line no-inline-assembly
            assembly ("memory-safe") { mstore(0x40, free) }
            Refusal refusal = _take(account, batch, claims[i]);
            if (refusal != Refusal.None) emit ClaimRefused(batch.account, i, claims[i].controlNumber, refusal);
        }
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

    /// @inheritdoc IClaimSubmission
    function checkpoint(uint32 payer, uint32 provider) external returns (uint64 size) {
        uint256 account = _accountOf(payer, provider);
        MerkleLog.Log storage log = _accounts[account].log;
        size = log.size;
        uint256 key = _caseKey(account, size);
        if (_checkpoints[key] != 0) return size;
        bytes32 root = log.root();
        _checkpoints[key] = root;
        emit LogCheckpointed(account, size, root);
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
    function checkpointOf(uint32 payer, uint32 provider, uint64 size) external view returns (bytes32) {
        return _checkpoints[_caseKey(_accountOf(payer, provider), size)];
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

    /// @dev What is not here is known to ClaimReview or, behind it, to ClaimObjections or ClaimProgramme.
    fallback() external {
        Parts.run(review);
    }

    // ------------------------------------------------------------------ a claim is taken

    /// @return why it is not taken; then nothing of it is kept
    function _take(Account storage account, Batch memory batch, Claim calldata claim) private returns (Refusal) {
        // slither-disable-next-line uninitialized-local (memory begins as zeros)
        Subject memory subject;
        (subject.account, subject.terms, subject.lines) = (batch.account, ClaimTerms.wrap(claim.terms), claim.lines);
        // slither-disable-next-line uninitialized-local (memory begins as zeros)
        Incoming memory incoming;
        Refusal refusal = _look(batch, claim, subject, incoming);
        if (refusal != Refusal.None) return refusal;
        // slither-disable-next-line uninitialized-local (memory begins as zeros)
        Verdict memory verdict;
        _judgeFirst(subject, incoming, verdict);
        if (verdict.charge >= MAX_CHARGE) return Refusal.Malformed;
        uint256 replaces = subject.terms.replaces();
        if (replaces != 0) _markReplaced(batch.account, replaces - 1);
        uint256 reasons = _tally(batch, subject.terms, incoming, verdict);
        Coverage coverage = incoming.coverage;
        uint256[] memory outcomes = verdict.outcomes;
        // slither-disable-next-line incorrect-equality (bits, not a time)
        if (reasons == 0) {
            batch.paid += verdict.paid;
            batch.free -= verdict.paid;
            coverage = _meet(batch.account, coverage, verdict.deductible, verdict.share, false);
            if (verdict.limited) {
                _use(subject, outcomes, false);
                _consume(subject, outcomes, false);
            }
        } else {
            _park(batch, account.log.size, reasons, subject, incoming);
            outcomes = new uint256[](0);
        }
        _coverages[subject.memberKey] = coverage;
        bytes32 leaf = _record(account.log.size, claim, subject, incoming.flags, reasons, outcomes);
        // slither-disable-next-line unused-return (it is what `_record` was told)
        account.log.append(leaf, ProviderTerms.unwrap(batch.provided));
        return Refusal.None;
    }

    function _judgeFirst(Subject memory subject, Incoming memory incoming, Verdict memory verdict) private view {
        // slither-disable-next-line uninitialized-local (memory begins as zeros)
        Adjudication.Benefits memory benefits;
        benefits.inNetwork = incoming.flags & IN_NETWORK != 0;
        benefits.reviewed = incoming.reviewed;
        benefits.afterOthers = incoming.flags & AFTER_OTHERS != 0;
        benefits.denial = incoming.denial;
        _startClaim(subject.account, incoming.coverage, incoming.plan, benefits);
        // Nobody has decided about any line.
        // slither-disable-next-line uninitialized-local (memory begins as zeros)
        bytes memory decisions;
        // slither-disable-next-line uninitialized-local (memory begins as zeros)
        uint256[] memory caps;
        _judge(subject, benefits, decisions, caps, verdict);
    }

    /// @dev Writes the entry where the event is made from it, and both at once: an entry is the event's only data.
    /// @return leaf of the entry
    function _record(
        uint256 numbered,
        Claim calldata claim,
        Subject memory subject,
        uint256 flags,
        uint256 reasons,
        uint256[] memory outcomes
    ) private returns (bytes32 leaf) {
        (uint256 account, uint256[] memory lines) = (subject.account, subject.lines);
        // slither-disable-next-line incorrect-equality (bits, not a time)
        uint256 head = ((reasons == 0 ? SETTLED : PARKED) << 152) | (flags << 144) | (account << 80);
        head |= (block.timestamp << 40) | (reasons << 16) | (lines.length / LINE_WORDS);
        bytes32 topic = ClaimTaken.selector;
        address member = subject.terms.member();
        bytes memory entry;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            // The event's data are an offset, then the entry as bytes.
            let data := mload(0x40)
            mstore(data, 32)
            entry := add(data, 32)
            let next := add(entry, 32)
            mstore(next, shl(96, head))
            next := add(next, 20)
            calldatacopy(next, claim, 128) // terms, controlNumber, record, diagnoses
            next := add(next, 128)
            let size := shl(5, mload(lines))
            pop(staticcall(gas(), 4, add(lines, 32), size, next, size))
            next := add(next, size)
            size := shl(5, mload(outcomes))
            pop(staticcall(gas(), 4, add(outcomes, 32), size, next, size))
            next := add(next, size)
            mstore(next, 0)
            mstore(entry, sub(sub(next, entry), 32))
            let end := and(add(next, 31), not(31))
            mstore(0x40, end)
            log4(data, sub(end, data), topic, account, member, numbered)
        }
        return MerkleLog.hashLeaf(entry);
    }

    /// @dev All that is asked of a claim before it is judged.
    function _look(
        Batch memory batch,
        Claim calldata claim,
        Subject memory subject,
        Incoming memory incoming
    ) private view returns (Refusal) {
        ClaimTerms terms = subject.terms;
        if (!terms.isWellFormed() || !_readDays(subject, incoming)) return Refusal.Malformed;
        (uint256 day, uint256 today) = (subject.day, _today());
        if (incoming.lastDay > today) return Refusal.DayInFuture;
        subject.memberKey = _memberKey(batch.payer, terms.member(), terms.coverage());
        Coverage coverage = incoming.coverage = _coverages[subject.memberKey];
        if (!coverage.exists()) return Refusal.MemberUnknown;
        subject.planVersion = _planVersionKey(batch.payer, coverage.plan(), terms.version());
        PlanVersion storage version = _plans[subject.planVersion];
        PlanTerms plan = incoming.plan = version.terms;
        if (!plan.exists() || day < plan.from() || day >= plan.until()) return Refusal.PlanNotInForce;
        if (terms.currency() != plan.currency()) return Refusal.CurrencyForeign;
        if (!_isConsented(batch.payer, terms.member(), day)) return Refusal.ConsentMissing;
        Refusal refusal = _lookForDuplicates(batch, claim.controlNumber, subject, incoming);
        if (refusal != Refusal.None) return refusal;
        if (incoming.priced || claim.proofs.length != 0) {
            if (!_areFeesProven(version, claim, subject.lines)) return Refusal.FeeUnproven;
        }
        if (batch.provided.isInNetwork(day)) incoming.flags = IN_NETWORK;
        if (terms.priorTold()) incoming.flags |= AFTER_OTHERS;
        if (coverage.secondary()) incoming.flags |= SECONDARY;
        incoming.denial = _denialOf(terms, coverage, plan, coverage.secondary(), day, today);
        return Refusal.None;
    }

    /// @dev First and last day of the lines, which must be well-formed and in order.
    function _readDays(Subject memory subject, Incoming memory incoming) private pure returns (bool) {
        uint256[] memory lines = subject.lines;
        uint256 length = lines.length;
        if (length == 0 || length % LINE_WORDS != 0 || length / LINE_WORDS > MAX_LINES) return false;
        uint256 before = 0;
        (uint256 first, uint256 last) = (type(uint256).max, 0);
        bool priced = false;
        unchecked {
            for (uint256 i = 0; i < length; i += LINE_WORDS) {
                ServiceLine line = ServiceLine.wrap(lines[i]);
                uint256 order = _orderOf(line);
                if (!line.isWellFormed() || order < before) return false;
                before = order;
                uint256 day = line.day();
                if (day < first) first = day;
                if (day > last) last = day;
                if (line.allowed() != 0) priced = true;
            }
        }
        (subject.day, incoming.lastDay, incoming.priced) = (first, last, priced);
        return true;
    }

    function _isConsented(uint32 payer, address member, uint256 day) private view returns (bool) {
        unchecked {
            uint256 dataDay = day + DAYS_FROM_1900_TO_1970;
            if (dataDay > LAST_DATA_DAY) dataDay = LAST_DATA_DAY;
            return _consents.statusOf(member, payer, 0, PAYMENT, CLAIM, dataDay) == PERMITTED;
        }
    }

    /// @dev By chance one claim in four thousand looks like one of four others, and goes to a reviewer for it. What a provider
    ///      took back has no mark any more; what was refunded has.
    function _lookForDuplicates(
        Batch memory batch,
        bytes32 controlNumber,
        Subject memory subject,
        Incoming memory incoming
    ) private view returns (Refusal) {
        uint256 category = ServiceLine.wrap(subject.lines[0]).category();
        uint256 mark = _markOf(batch.provider, subject.day, category, controlNumber);
        incoming.mark = mark;
        uint256 replaces = subject.terms.replaces();
        bool refunded = false;
        if (replaces != 0) {
            ClaimCase voided = _cases[_caseKey(batch.account, uint64(replaces - 1))].word;
            if (voided.stage() != uint8(Stage.Voided) || voided.replaced()) return Refusal.ReplacementInvalid;
            refunded = voided.refundReason() != 0;
            // What was found to be owed, or asked back, is not paid again by rule.
            if (refunded) incoming.reasons |= 1 << uint256(Parked.NearDuplicate);
        }
        for (uint256 marks = incoming.coverage.marks(); marks != 0; marks >>= CoverageLibrary.MARK) {
            uint256 apart = (marks ^ mark) & ((1 << CoverageLibrary.MARK) - 1);
            if (apart == 0 && !refunded) return Refusal.Duplicate;
            if (apart >> OWN_BITS == 0) incoming.reasons |= 1 << uint256(Parked.NearDuplicate);
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

    /// @dev Counts the claim for the velocity of both.
    /// @return reasons why it should not be settled by rule
    function _tally(
        Batch memory batch,
        ClaimTerms terms,
        Incoming memory incoming,
        Verdict memory verdict
    ) private view returns (uint256 reasons) {
        PlanTerms plan = incoming.plan;
        uint256 today = _today();
        ProviderTerms provided = batch.provided.withClaim(today);
        uint256 from = incoming.coverage.firstDay();
        // Before the period begins, all weeks are one.
        Coverage coverage = incoming.coverage.withClaim(today < from ? 0 : ((today - from) / 7) & 255, incoming.mark);
        (batch.provided, incoming.coverage) = (provided, coverage);
        reasons = incoming.reasons;
        // slither-disable-next-line incorrect-equality (a reason, not a time)
        if (incoming.denial == 0) {
            // What is denied as a whole needs nobody to look at what else it says.
            reasons |= verdict.reasons;
            if (incoming.lastDay > coverage.lastDay() || incoming.lastDay >= plan.until()) {
                reasons |= 1 << uint256(Parked.CrossesPeriods);
            }
        }
        uint256 limit = plan.providerVelocity();
        if (limit != 0 && provided.claims() > limit) reasons |= 1 << uint256(Parked.ProviderVelocity);
        limit = plan.memberVelocity();
        if (limit != 0 && coverage.claims() > limit) reasons |= 1 << uint256(Parked.MemberVelocity);
        if (provided.barred()) reasons |= 1 << uint256(Parked.ProviderBarred);
        if (terms.liability()) reasons |= 1 << uint256(Parked.Liability);
        if (terms.priorTold() && !coverage.secondary()) reasons |= 1 << uint256(Parked.OtherCoverage);
        if (verdict.paid > plan.ceiling()) reasons |= 1 << uint256(Parked.AboveCeiling);
        if (verdict.paid > batch.free) reasons |= 1 << uint256(Parked.ReserveShort);
    }

    /// @dev A claim that waits holds what may be approved of it, if that is there: what is approved later is then covered.
    function _park(
        Batch memory batch,
        uint64 numbered,
        uint256 reasons,
        Subject memory subject,
        Incoming memory incoming
    ) private {
        uint256 payBy =
            block.timestamp + uint256(_programmes[batch.payer].clocks.reviewDays) * 1 days;
        // One that is barred could hold up all others.
        uint256 held = batch.provided.barred() ? 0 : _approvable(subject, incoming);
        if (held > batch.free) held = 0;
        batch.free -= held;
        batch.encumbered += held;
        _cases[_caseKey(batch.account, numbered)].word =
            ClaimCaseLibrary.make(uint256(Stage.InReview), reasons, payBy, payBy, held);
    }

    /// @dev Changes `incoming`, of which its judging is over.
    /// @return what the plan would allow of the claim if a person approved it all now. A decision pays more only where it
    ///         finds more left of a limit: of a line that it denies, or of a claim that was taken back in between
    function _approvable(Subject memory subject, Incoming memory incoming) private view returns (uint256) {
        incoming.reviewed = true;
        // slither-disable-next-line incorrect-equality (a reason, not a time)
        if (incoming.denial == uint256(Reason.TooLate)) incoming.denial = 0;
        // slither-disable-next-line uninitialized-local (memory begins as zeros)
        Verdict memory verdict;
        _judgeFirst(subject, incoming, verdict);
        return verdict.paid + verdict.share;
    }

    function _markReplaced(uint256 account, uint256 number) private {
        Case storage voided = _cases[_caseKey(account, uint64(number))];
        voided.word = voided.word.withReplaced();
    }
}
