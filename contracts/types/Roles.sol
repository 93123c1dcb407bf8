// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Roles an accredited organisation may hold
/// @notice One bit a role; an organisation holds any combination, and a caller asks for "any of" a combination.
///         The set serves all four domains. `carechain/roles.py` is its twin.
library Roles {
    // Care
    uint32 internal constant PROVIDER = 1 << 0; // hospital, practice, care home
    uint32 internal constant LABORATORY = 1 << 1; // clinical, imaging or trial laboratory
    uint32 internal constant PHARMACY = 1 << 2; // dispenses to patients
    // Medicines (DSCSA trading partners, EU GDP actors)
    uint32 internal constant MANUFACTURER = 1 << 3;
    uint32 internal constant REPACKAGER = 1 << 4;
    uint32 internal constant WHOLESALER = 1 << 5;
    uint32 internal constant CARRIER = 1 << 6; // third-party logistics: custody without ownership
    uint32 internal constant RETURNS_PROCESSOR = 1 << 7; // reverse logistics and destruction
    uint32 internal constant INSPECTOR = 1 << 8; // quality inspection and release
    // Trials (ICH E6)
    uint32 internal constant SPONSOR = 1 << 9;
    uint32 internal constant RESEARCH_ORGANISATION = 1 << 10; // contract research organisation
    uint32 internal constant INVESTIGATOR_SITE = 1 << 11;
    uint32 internal constant ETHICS_BOARD = 1 << 12; // IRB or IEC
    uint32 internal constant SAFETY_BOARD = 1 << 13; // independent data monitoring committee
    // Payment
    uint32 internal constant PAYER = 1 << 14;
    uint32 internal constant CLAIM_REVIEWER = 1 << 15; // utilisation review, independent review organisation
    // Oversight
    uint32 internal constant REGULATOR = 1 << 16;
    uint32 internal constant AUDITOR = 1 << 17;
    // Infrastructure
    uint32 internal constant RELAYER = 1 << 18; // submits what patients signed
    uint32 internal constant STORAGE_NODE = 1 << 19; // keeps shards of encrypted records
    uint32 internal constant SENSOR_OPERATOR = 1 << 20; // answers for registered sensors

    /// @dev Every role above. A bit outside it is refused, so that a later meaning can't be smuggled in now.
    uint32 internal constant ALL = (1 << 21) - 1;
}
