// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice What a payer has put aside to pay claims with, in one word. Amounts are in minor units. From the low end:
///
///         token 160 | funds 45 | encumbered 45 | scale 6
///
///         - token: an ERC-20.
///         - funds: what of the token is the payer's.
///         - encumbered: the part of it that waits for decisions.
///         - scale: a minor unit is 10^scale of the token's smallest units.
type Reserve is uint256;

using ReserveLibrary for Reserve global;

/// @title Fields of the Reserve word
library ReserveLibrary {
    uint256 private constant FUNDS = 160;
    uint256 private constant ENCUMBERED = 205;
    uint256 private constant SCALE = 250;

    function token(Reserve self) internal pure returns (address) {
        return address(uint160(Reserve.unwrap(self)));
    }

    function funds(Reserve self) internal pure returns (uint256) {
        return uint256((Reserve.unwrap(self) >> FUNDS) & ((1 << 45) - 1));
    }

    function encumbered(Reserve self) internal pure returns (uint256) {
        return uint256((Reserve.unwrap(self) >> ENCUMBERED) & ((1 << 45) - 1));
    }

    function scale(Reserve self) internal pure returns (uint256) {
        return uint256((Reserve.unwrap(self) >> SCALE) & ((1 << 6) - 1));
    }

    function exists(Reserve self) internal pure returns (bool) {
        return Reserve.unwrap(self) != 0;
    }

    /// @return what is not encumbered
    function free(Reserve self) internal pure returns (uint256) {
        unchecked {
            return self.funds() - self.encumbered();
        }
    }

    /// @param amount in minor units
    /// @return in the token's smallest units
    function inToken(Reserve self, uint256 amount) internal pure returns (uint256) {
        return amount * 10 ** self.scale();
    }

    function make(address token_, uint256 scale_) internal pure returns (Reserve) {
        return Reserve.wrap(uint160(token_) | (scale_ << SCALE));
    }

    /// @dev Nothing is encumbered that is not there, and no sum reaches the next field, or there is a fault in here.
    function withFunds(Reserve self, uint256 funds_, uint256 encumbered_) internal pure returns (Reserve) {
        assert(funds_ >> 45 == 0 && encumbered_ <= funds_);
        uint256 kept = Reserve.unwrap(self) & ~(((1 << 90) - 1) << FUNDS);
        return Reserve.wrap(kept | (funds_ << FUNDS) | (encumbered_ << ENCUMBERED));
    }
}
