// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ConsentTerms, ConsentTermsLibrary} from "../types/ConsentTerms.sol";
import {DataCategories} from "../types/DataCategories.sol";
import {Organisation, OrganisationLibrary} from "../types/Organisation.sol";
import {PatientState} from "../types/PatientState.sol";
import {PurposeOfUse} from "../types/PurposeOfUse.sol";
import {Roles} from "../types/Roles.sol";

/// @title Shows the packed words and their libraries to tests
contract TypesProbe {
    struct Terms {
        uint256 purposes;
        uint256 purposesField;
        uint256 categories;
        uint256 notBefore;
        uint256 notAfter;
        uint256 dataFrom;
        uint256 dataTo;
        uint256 stamp;
        bool byPatient;
        bool revoked;
    }

    function termsOf(uint256 word) external pure returns (Terms memory) {
        ConsentTerms terms = ConsentTerms.wrap(word);
        return Terms({
            purposes: terms.purposes(),
            purposesField: terms.purposesField(),
            categories: terms.categories(),
            notBefore: terms.notBefore(),
            notAfter: terms.notAfter(),
            dataFrom: terms.dataFrom(),
            dataTo: terms.dataTo(),
            stamp: terms.stamp(),
            byPatient: terms.byPatient(),
            revoked: terms.isRevoked()
        });
    }

    function stamped(uint256 word, uint32 stamp) external pure returns (uint256) {
        return ConsentTerms.unwrap(ConsentTerms.wrap(word).stamped(stamp));
    }

    function givenByPatient(uint256 word) external pure returns (uint256) {
        return ConsentTerms.unwrap(ConsentTerms.wrap(word).givenByPatient());
    }

    function revokedTerms(uint32 stamp) external pure returns (uint256) {
        return ConsentTerms.unwrap(ConsentTermsLibrary.revoked(stamp));
    }

    /// @return results bit i is whether purpose i is covered, for 0 to 255
    function coveredPurposes(uint64 granted) external pure returns (uint256 results) {
        for (uint256 purpose = 0; purpose < 256; ++purpose) {
            if (PurposeOfUse.covers(granted, purpose)) results |= 1 << purpose;
        }
    }

    function coversPurpose(uint64 granted, uint256 purpose) external pure returns (bool) {
        return PurposeOfUse.covers(granted, purpose);
    }

    function parentOf(uint256 purpose) external pure returns (uint256) {
        return PurposeOfUse.parent(purpose);
    }

    function grantablePurposes() external pure returns (uint64) {
        return PurposeOfUse.GRANTABLE;
    }

    function categoryHalves() external pure returns (uint64 classes, uint64 labels) {
        return (DataCategories.CLASSES, DataCategories.LABELS);
    }

    function coversCategories(uint256 granted, uint256 asked) external pure returns (bool) {
        return DataCategories.covers(granted, asked);
    }

    function isDescriptive(uint256 categories) external pure returns (bool) {
        return DataCategories.isDescriptive(categories);
    }

    function stateOf(uint256 word) external pure returns (uint32 revokedAllAt, bool keyRetired) {
        PatientState state = PatientState.wrap(word);
        return (state.revokedAllAt(), state.keyRetired());
    }

    function presentedRevoked(uint256 word, uint256 number) external pure returns (bool) {
        return PatientState.wrap(word).presentedRevoked(number);
    }

    function withPresentedRevoked(uint256 word, uint256 number) external pure returns (uint256) {
        return PatientState.unwrap(PatientState.wrap(word).withPresentedRevoked(number));
    }

    function withKeyRetired(uint256 word) external pure returns (uint256) {
        return PatientState.unwrap(PatientState.wrap(word).withKeyRetired());
    }

    function withRevokedAllAt(uint256 word, uint32 revokedAllAt) external pure returns (uint256) {
        return PatientState.unwrap(PatientState.wrap(word).withRevokedAllAt(revokedAllAt));
    }

    function packOrganisation(
        uint32 roles,
        uint40 licenceExpiry,
        uint8 state,
        uint16 generation,
        address principal
    ) external pure returns (uint256) {
        Organisation organisation = OrganisationLibrary.pack(roles, licenceExpiry);
        return Organisation.unwrap(organisation.withState(state).withGeneration(generation).withPrincipal(principal));
    }

    function withTerms(uint256 word, uint32 roles, uint40 licenceExpiry) external pure returns (uint256) {
        return Organisation.unwrap(Organisation.wrap(word).withTerms(roles, licenceExpiry));
    }

    function organisationOf(uint256 word)
        external
        pure
        returns (uint32 roles, uint40 licenceExpiry, uint8 state, uint16 generation, address principal, bool exists)
    {
        Organisation self = Organisation.wrap(word);
        return (self.roles(), self.licenceExpiry(), self.state(), self.generation(), self.principal(), self.exists());
    }

    function allRoles() external pure returns (uint32) {
        return Roles.ALL;
    }
}
