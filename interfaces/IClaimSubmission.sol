// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IClaimTypes} from "./IClaimTypes.sol";

/// @title ClaimSubmission: claims come in, are judged and paid
/// @notice A provider submits claims against a payer, any number in one call. Each is judged by the version of the plan that
///         is in force on its day, and what the plan pays is paid at once, in one transfer for all of them. A claim that is
///         not standard is parked for a reviewer; one that cannot be taken is refused, and the others of the call are taken.
interface IClaimSubmission is IClaimTypes {
    /// @notice What is known of a provider's account with a payer.
    struct AccountView {
        uint64 claims; // taken so far: the number of the next
        address payee; // zero if none is set
        uint48 owed; // overpaid before, and not yet withheld, minor units
        uint48 undelivered; // due, but the token did not move, minor units
        uint16 firstDay; // in the payer's network, both inclusive; 0 if never
        uint16 lastDay;
        bool barred; // by the payer
    }

    /// @notice A claim was taken, and settled by rule or parked. `entry` is what stands in the account's log at `number`.
    event ClaimTaken(uint256 indexed account, address indexed member, uint64 indexed number, bytes entry);
    /// @notice A claim was not taken.
    /// @param position in the call, counted from 0
    /// @param claim its control number
    event ClaimRefused(uint256 indexed account, uint256 position, bytes32 indexed claim, Refusal refusal);
    /// @notice The root of an account's log of this size is kept for good.
    event LogCheckpointed(uint256 indexed account, uint64 size, bytes32 root);
    event PayeeSet(uint256 indexed account, address payee);
    event PaymentCollected(uint256 indexed account, uint256 amount);

    /// @notice The number is not that of the account's next claim: the call was made before, or another came first.
    error ClaimNumberInvalid(uint256 account, uint64 first, uint64 next);
    /// @notice The provider has not said whom to pay.
    error PayeeUnknown(uint256 account);
    /// @notice Nothing waits to be collected.
    error NothingUndelivered(uint256 account);
    /// @notice The token did not move.
    error TransferFailed(uint256 account, address token, address payee);

    // Any function for an organisation reverts as `requireOperatorFor` of Participants unless the caller is a key of it, and
    // it is in standing with one of the roles named.

    /// @notice Submits claims, and pays for those that are settled by rule. For a provider, laboratory or pharmacy.
    /// @param first number of the account's next claim: a call that was made already is refused as a whole
    /// @param claims any number; the first that is taken gets the number `first`
    /// @dev Each claim ends in an event, ClaimTaken or ClaimRefused; payments in ProviderPaid. A later claim of the call is
    ///      judged with what the earlier ones have used. Where the token does not move, the amount waits for `collect`.
    ///      Reverts with ClaimNumberInvalid, PayeeUnknown, PayerUnknown, TokenNotExact.
    function submitClaims(uint32 payer, uint32 provider, uint64 first, Claim[] calldata claims) external;

    /// @notice Says whom to pay for a provider's claims. For the provider.
    /// @dev Reverts with PayeeInvalid.
    function setPayee(uint32 payer, uint32 provider, address payee) external;

    /// @notice Sends what could not be delivered. For the provider.
    /// @dev Reverts with NothingUndelivered, TransferFailed, TokenNotExact.
    function collect(uint32 payer, uint32 provider) external;

    // ------------------------------------------------------------------ anybody keeps a log's root

    /// @notice Keeps the root of an account's log as it is now. What is proven for it can be proven for good, however many
    ///         claims come in: without it, whoever adds claims makes proofs out of date that others are about to bring.
    /// @return size of the log
    /// @dev Kept before, it changes nothing and tells nothing.
    function checkpoint(uint32 payer, uint32 provider) external returns (uint64 size);

    // ------------------------------------------------------------------ answers; an account that is unknown is empty

    /// @return all that is known of an account
    function accountOf(uint32 payer, uint32 provider) external view returns (AccountView memory);

    /// @return size of an account's log
    /// @return root of it, RFC 9162 section 2.1.1
    function logOf(uint32 payer, uint32 provider) external view returns (uint64 size, bytes32 root);

    /// @return the root that was kept of an account's log of this size, 0 if none was
    function checkpointOf(uint32 payer, uint32 provider, uint64 size) external view returns (bytes32);

    /// @return whether a log of this earlier size and root is a beginning of the account's as it is now
    /// @param proof of consistency, RFC 9162 section 2.1.4
    function logContinues(
        uint32 payer,
        uint32 provider,
        uint64 oldSize,
        bytes32 oldRoot,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @return the part that knows what this one does not
    function review() external view returns (address);
}
