// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title Governance
/// @notice Who may accredit, suspend and pause: OpenZeppelin's AccessManager, with roles that
///         `carechain/governance.py` names. The registrar acts with a delay in which the guardian can cancel;
///         suspending and pausing take effect at once.
///
///         Trusts: its admin, who acts with a delay too.
///         Stopped by: nothing.
contract Governance is AccessManager {
    /// @param initialAdmin configures the roles, hands over and renounces in the same deployment
    constructor(address initialAdmin) AccessManager(initialAdmin) {}
}
