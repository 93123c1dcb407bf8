// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @notice A case, a pallet or another container, in one word: which units it holds, and whether it is still closed.
///         From the low end: lot 64 | first 24 | end 24 | tier 8 | opened 1. All zero: never packed.
type Container is uint256;

using ContainerLibrary for Container global;

/// @title Fields of the Container word
library ContainerLibrary {
    uint256 private constant FIRST = 64;
    uint256 private constant END = 88;
    uint256 private constant TIER = 112;
    uint256 private constant OPENED = 1 << 120;

    function make(uint64 lot_, uint24 first_, uint24 end_, uint256 tier_) internal pure returns (Container) {
        return Container.wrap(uint256(lot_) | (uint256(first_) << FIRST) | (uint256(end_) << END) | (tier_ << TIER));
    }

    function lot(Container self) internal pure returns (uint64) {
        return uint64(Container.unwrap(self));
    }

    function first(Container self) internal pure returns (uint24) {
        return uint24(Container.unwrap(self) >> FIRST);
    }

    /// @return the unit after its last
    function end(Container self) internal pure returns (uint24) {
        return uint24(Container.unwrap(self) >> END);
    }

    /// @return 1 for a container of units, 2 for one of those, 3 for one of these
    function tier(Container self) internal pure returns (uint256) {
        return uint8(Container.unwrap(self) >> TIER);
    }

    /// @return whether it was packed and not opened since
    function isClosed(Container self) internal pure returns (bool) {
        return Container.unwrap(self) != 0 && Container.unwrap(self) & OPENED == 0;
    }

    function asOpened(Container self) internal pure returns (Container) {
        return Container.wrap(Container.unwrap(self) | OPENED);
    }
}
