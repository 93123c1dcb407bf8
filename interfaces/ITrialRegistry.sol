// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ITrialOversight} from "./ITrialOversight.sol";
import {ITrialRecord} from "./ITrialRecord.sol";
import {ITrialResults} from "./ITrialResults.sol";

/// @title TrialRegistry: clinical trials that nobody can quietly rewrite
/// @notice This is the interface of the whole, at one address. It is told in three parts, as the contract is made of three.
///
///         A *trial* is registered by its sponsor with its protocol, its analysis plan and each of its outcomes. An
///         *amendment* holds once the ethics board has approved it, its day has come, and it is put in force; what held before
///         stays provable. *Participants* are pseudonyms, enrolled at an open *site* under a consent that is in force. Each
///         organisation that records data has a *stream*: a log of RFC 9162 of which every entry is the root of a batch of
///         records. *Treatments* are allocated from a list that is committed to before the first enrolment. Once the *dataset is
///         locked*, the list is revealed, and *results* are posted for each outcome.
interface ITrialRegistry is ITrialRecord, ITrialOversight, ITrialResults {
    /// @notice Makes several calls in the caller's name: all of them or none.
    function multicall(bytes[] calldata data) external payable returns (bytes[] memory);
}
