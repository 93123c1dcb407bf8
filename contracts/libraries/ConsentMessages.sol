// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IRepresentation} from "../../interfaces/IRepresentation.sol";
import {ConsentTerms} from "../types/ConsentTerms.sol";

/// @title What patients and guardians sign
/// @notice EIP-712 struct hashes. A wallet shows every field by its name, so the packed terms are spelt out here.
///         docs/SIGNATURES.md lists the types; `carechain/typed_data.py` is the twin.
library ConsentMessages {
    bytes32 private constant CONSENT = keccak256(
        "Consent(address patient,uint32 grantee,bytes32 scope,uint64 purposes,uint64 categories,uint32 notBefore,uint32 notAfter,uint16 dataFrom,uint16 dataTo,bytes32 document,uint32 signedAt)"
    );
    bytes32 private constant PRESENTED_CONSENT = keccak256(
        "PresentedConsent(address patient,uint32 grantee,bytes32 scope,uint64 purposes,uint64 categories,uint32 notBefore,uint32 notAfter,uint16 dataFrom,uint16 dataTo,bytes32 document,uint32 revokedAllAt,uint8 number)"
    );
    bytes32 private constant REVOCATION =
        keccak256("Revocation(address patient,uint32 grantee,bytes32 scope,uint32 signedAt)");
    bytes32 private constant REVOKE_ALL = keccak256("RevokeAll(address patient,uint32 signedAt)");
    bytes32 private constant REVOKE_PRESENTED =
        keccak256("RevokePresented(address patient,uint32 revokedAllAt,uint8 number)");
    bytes32 private constant APPOINT_REPRESENTATIVE = keccak256(
        "AppointRepresentative(address patient,address representative,uint8 kind,uint40 until,uint32 version)"
    );
    bytes32 private constant DISMISS_REPRESENTATIVE =
        keccak256("DismissRepresentative(address patient,address representative,uint32 version)");
    bytes32 private constant PLAN_RECOVERY =
        keccak256("PlanRecovery(address patient,address[] guardians,uint8 threshold,uint32 delay,uint32 version)");
    bytes32 private constant APPROVE_RECOVERY =
        keccak256("ApproveRecovery(address patient,address newKey,uint32 version)");
    bytes32 private constant CANCEL_RECOVERY = keccak256("CancelRecovery(address patient,uint32 version)");

    function consent(
        address patient,
        uint32 grantee,
        bytes32 scope,
        ConsentTerms terms,
        bytes32 document
    ) internal pure returns (bytes32) {
        return _hashConsent(CONSENT, patient, grantee, scope, terms, document, 0, 12);
    }

    function presentedConsent(
        address patient,
        uint32 grantee,
        bytes32 scope,
        ConsentTerms terms,
        bytes32 document,
        uint8 number
    ) internal pure returns (bytes32) {
        return _hashConsent(PRESENTED_CONSENT, patient, grantee, scope, terms, document, number, 13);
    }

    function revocation(
        address patient,
        uint32 grantee,
        bytes32 scope,
        uint32 signedAt
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(REVOCATION, patient, grantee, scope, signedAt));
    }

    function revokeAll(address patient, uint32 signedAt) internal pure returns (bytes32) {
        return keccak256(abi.encode(REVOKE_ALL, patient, signedAt));
    }

    function revokePresented(address patient, uint32 revokedAllAt, uint8 number) internal pure returns (bytes32) {
        return keccak256(abi.encode(REVOKE_PRESENTED, patient, revokedAllAt, number));
    }

    function appointRepresentative(
        address patient,
        address representative,
        IRepresentation.RepresentativeKind kind,
        uint40 until,
        uint32 version
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(APPOINT_REPRESENTATIVE, patient, representative, kind, until, version));
    }

    function dismissRepresentative(
        address patient,
        address representative,
        uint32 version
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(DISMISS_REPRESENTATIVE, patient, representative, version));
    }

    function planRecovery(
        address patient,
        address[] calldata guardians,
        uint8 threshold,
        uint32 delay,
        uint32 version
    ) internal pure returns (bytes32) {
        // EIP-712 hashes an array as the concatenation of its padded elements, which is how abi.encodePacked lays it out.
        bytes32 named = keccak256(abi.encodePacked(guardians));
        return keccak256(abi.encode(PLAN_RECOVERY, patient, named, threshold, delay, version));
    }

    function approveRecovery(address patient, address newKey, uint32 version) internal pure returns (bytes32) {
        return keccak256(abi.encode(APPROVE_RECOVERY, patient, newKey, version));
    }

    function cancelRecovery(address patient, uint32 version) internal pure returns (bytes32) {
        return keccak256(abi.encode(CANCEL_RECOVERY, patient, version));
    }

    /// @dev abi.encode would take new memory for every consent of a batch; this hashes them all in the same place.
    /// @param words how many 32-byte words the type has, its hash included: the number is the last, and only presented consents
    ///        have it
    function _hashConsent(
        bytes32 typeHash,
        address patient,
        uint32 grantee,
        bytes32 scope,
        ConsentTerms terms,
        bytes32 document,
        uint8 bitNumber,
        uint256 words
    ) private pure returns (bytes32 result) {
        // 170 gas a consent less than abi.encode, in batches of a hundred.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, typeHash)
            mstore(add(at, 0x20), shr(96, shl(96, patient)))
            mstore(add(at, 0x40), and(grantee, 0xffffffff))
            mstore(add(at, 0x60), scope)
            mstore(add(at, 0x80), shr(192, terms)) // purposes
            mstore(add(at, 0xa0), and(shr(128, terms), 0xffffffffffffffff)) // categories
            mstore(add(at, 0xc0), and(shr(96, terms), 0xffffffff)) // notBefore
            mstore(add(at, 0xe0), and(shr(64, terms), 0xffffffff)) // notAfter
            mstore(add(at, 0x100), and(shr(48, terms), 0xffff)) // dataFrom
            mstore(add(at, 0x120), and(shr(32, terms), 0xffff)) // dataTo
            mstore(add(at, 0x140), document)
            mstore(add(at, 0x160), and(terms, 0xffffffff)) // signedAt, or revokedAllAt
            mstore(add(at, 0x180), and(bitNumber, 0xff))
            result := keccak256(at, shl(5, words))
        }
    }
}
