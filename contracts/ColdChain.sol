// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IDrugSupplyChain} from "../interfaces/IDrugSupplyChain.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";

contract ColdChain {
    IParticipants public immutable participants;
    IDrugSupplyChain public immutable supply;

    constructor(IParticipants participants_, IDrugSupplyChain supply_) {
        participants = participants_;
        supply = supply_;
    }
}
