// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClaimObjections} from "./IClaimObjections.sol";
import {IClaimProgramme} from "./IClaimProgramme.sol";
import {IClaimReview} from "./IClaimReview.sol";
import {IClaimSubmission} from "./IClaimSubmission.sol";

/// @title ClaimSettlement: claims that settle themselves
/// @notice This is the interface of the whole, at one address. It is told in four parts, as the contract is made of four.
///
///         A *payer* funds a *reserve*, publishes *plans* in versions, and enrols *members* under pseudonyms for *periods of
///         coverage*. A *provider* submits *claims* of *lines*; each is judged by the plan of its day, and *charge = paid + what is
///         not paid, each part with its reason* holds for every line, claim and payment. What the rules settle is paid at once. The
///         rest is *parked* for a *reviewer*; then come *appeal* and *external review*, each with a deadline.
interface IClaimSettlement is IClaimSubmission, IClaimReview, IClaimObjections, IClaimProgramme {
    /// @notice Makes several calls in the caller's name: all of them or none.
    function multicall(bytes[] calldata data) external payable returns (bytes[] memory);
}
