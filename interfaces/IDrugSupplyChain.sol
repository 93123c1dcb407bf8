// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ICustody} from "./ICustody.sol";
import {IHandling} from "./IHandling.sol";
import {IOversight} from "./IOversight.sol";

/// @title DrugSupplyChain: where every pack is, and what may happen to it
/// @notice This is the interface of the whole, at one address. It is told in three parts, as the contract is made of three.
///
///         A *product* is a GTIN that a regulator has authorised an organisation to place on the market. A *lot* of it is
///         units 0 to units − 1: the serial numbers of the packs stand in a Merkle tree of RFC 9162, whose root the lot
///         commits to, and a unit is known by its place in that tree.
///
///         Units are numbered in packing order, so a case, a pallet, a truckload is a run of consecutive units: an
///         *interval*. A lot is always covered, without gap or overlap, by intervals, and each is in the custody of one
///         organisation.
///
///         A shipment has two sides. The holder ships; from then on the interval is on its way, and still the holder's
///         responsibility, until the counterparty receives or refuses it. Ownership is another thing than custody:
///         carriers hold what they do not own, and bring it nowhere but where its owner sends it.
///
///         Forward, towards patients, moves only what is released, not expired, not recalled, and held up by nothing: no
///         investigation, no hold, no unverified return. Backward moves everything that still exists.
interface IDrugSupplyChain is ICustody, IHandling, IOversight {
    /// @notice Makes several calls in the caller's name: all of them or none.
    function multicall(bytes[] calldata data) external payable returns (bytes[] memory);
}
