// SPDX-License-Identifier: MIT
// solhint-disable one-contract-per-file
pragma solidity ^0.8.30;

import {TestToken} from "./TestToken.sol";

/// @notice Who is told of what it receives.
interface ITokenReceiver {
    /// @param amount in the smallest units
    function tokensReceived(uint256 amount) external;
}

/// @title A token of six decimals that can be told to behave as no plain one does
contract OddToken is TestToken {
    enum Manner {
        Plain,
        TakesFee, // of a hundredth
        ReturnsFalse, // and moves nothing
        Reverts,
        Tells // the receiver, when it has it
    }

    Manner public manner;
    /// @notice Who cannot receive it.
    mapping(address holder => bool) public blocked;

    error TokenStopped();
    error HolderBlocked(address holder);

    constructor() TestToken(6) {}

    function behave(Manner manner_) external {
        manner = manner_;
    }

    function setBlocked(address holder, bool blocked_) external {
        blocked[holder] = blocked_;
    }

    /// @dev As `transfer` and `transferFrom` of ERC-20.
    function transfer(address to, uint256 amount) public override returns (bool) {
        if (!_goes(to)) return false;
        bool moved = super.transfer(to, amount);
        _afterwards(to, amount);
        return moved;
    }

    /// @dev As `transfer` and `transferFrom` of ERC-20.
    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (!_goes(to)) return false;
        bool moved = super.transferFrom(from, to, amount);
        _afterwards(to, amount);
        return moved;
    }

    function _goes(address to) private view returns (bool) {
        if (manner == Manner.Reverts) revert TokenStopped();
        if (blocked[to]) revert HolderBlocked(to);
        return manner != Manner.ReturnsFalse;
    }

    function _afterwards(address to, uint256 amount) private {
        if (manner == Manner.TakesFee) _burn(to, amount / 100);
        if (manner == Manner.Tells && to.code.length != 0) ITokenReceiver(to).tokensReceived(amount);
    }
}

// slither-disable-start erc20-interface (as tokens are that answer nothing)
/// @title A token whose functions return nothing, as those of USDT
contract SilentToken {
    mapping(address holder => uint256) public balanceOf;
    mapping(address holder => mapping(address spender => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external {
        allowance[msg.sender][spender] = amount;
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @title Whoever, told that it has received something, makes a call
/// @notice Anybody tells it what to do.
contract TalkativePayee is ITokenReceiver {
    address private _target;
    bytes private _data;
    bool private _swallows;
    /// @notice What came of the calls that it made when it received something.
    bytes[] public answers;

    /// @param data of the call that it is to make, once; empty for none
    /// @param swallows whether a call that reverts is no matter to it
    function instruct(address target, bytes calldata data, bool swallows) external {
        (_target, _data, _swallows) = (target, data, swallows);
    }

    /// @notice Does something in its own name, now.
    function execute(address target, bytes calldata data) external {
        _call(target, data, false);
    }

    /// @inheritdoc ITokenReceiver
    function tokensReceived(uint256) external {
        if (_data.length == 0) return;
        bytes memory data = _data;
        delete _data;
        answers.push(_call(_target, data, _swallows));
    }

    function _call(address target, bytes memory data, bool swallows) private returns (bytes memory answer) {
        bool done;
        // Calling anything is what it is for.
        // solhint-disable-next-line avoid-low-level-calls
        (done, answer) = target.call(data);
        if (done || swallows) return answer;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") { revert(add(answer, 32), mload(answer)) }
    }
}
// slither-disable-end erc20-interface
