// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IConsentRegistry} from "../../interfaces/IConsentRegistry.sol";

/// @title Measures what an answer of the registry costs another contract, for tests
contract ConsentProbe {
    IConsentRegistry private immutable _registry;

    constructor(IConsentRegistry registry) {
        _registry = registry;
    }

    /// @return gasUsed execution gas of the call, everything cold
    function checkRecorded(
        address patient,
        uint32 grantee,
        bytes32 scope,
        uint256 purpose,
        uint256 categories,
        uint256 dataFrom,
        uint256 dataTo
    ) external view returns (uint256 gasUsed, IConsentRegistry.ConsentStatus status) {
        uint256 before = gasleft();
        status = _registry.checkRecorded(patient, grantee, scope, purpose, categories, dataFrom, dataTo);
        gasUsed = before - gasleft();
    }

    /// @return gasUsed execution gas of the call, everything cold
    function checkPresented(
        IConsentRegistry.PresentedConsent calldata presented,
        uint256 purpose,
        uint256 categories,
        uint256 dataFrom,
        uint256 dataTo
    ) external view returns (uint256 gasUsed, IConsentRegistry.ConsentStatus status) {
        uint256 before = gasleft();
        status = _registry.checkPresented(presented, purpose, categories, dataFrom, dataTo);
        gasUsed = before - gasleft();
    }
}
