// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title PlainToken
/// @notice Knows neither permits nor authorizations; mints any amount to anybody.
contract PlainToken is ERC20 {
    constructor() ERC20("Plain", "PLAIN") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @title SilentToken
/// @notice Takes every call that it does not know, and does nothing.
contract SilentToken is PlainToken {
    fallback() external {
        // Permits and authorizations end here, as with the best known wrapper of the chain's coin.
    }
}

/// @title OpenToken
/// @notice Mints any amount to anybody, for amounts that no faucet gives; with permits and authorizations.
contract OpenToken is ERC20Permit, ERC3009 {
    constructor() ERC20("Open", "OPEN") ERC20Permit("Open") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice The test token's, so that it can stand in its place.
    function faucet(uint256 amount) external {
        _mint(msg.sender, amount);
    }
}

/// @title TaxedToken
/// @notice Keeps one unit of every transfer for itself.
contract TaxedToken is OpenToken {
    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from != address(0) && to != address(0)) super._update(to, address(this), 1);
    }
}

/// @title BonusToken
/// @notice Delivers one unit more than was sent.
contract BonusToken is OpenToken {
    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from != address(0) && to != address(0)) super._update(address(0), to, 1);
    }
}

/// @title RebasingToken
/// @notice Holds parts of a whole whose worth changes, and moves whole parts only, so that a unit can be lost on the way.
contract RebasingToken is OpenToken {
    uint256 private _worth = 1e18;

    /// @notice Sets what a part is worth, in 1e-18 units.
    function rebase(uint256 worth) external {
        _worth = worth;
    }

    function balanceOf(address who) public view override returns (uint256) {
        return (super.balanceOf(who) * _worth) / 1e18;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, (amount * 1e18) / _worth);
    }
}

/// @title CallingToken
/// @notice Calls `target` with `data`, once, before a transfer from or to `hooked`.
contract CallingToken is OpenToken {
    address public hooked;
    bool public isCalled;
    bytes public result;
    address private _target;
    bool private _mayFail;
    bytes private _data;

    /// @notice As if it were the hook of `hooked_` itself; a transfer fails where its hook does.
    function hook(address hooked_, bytes calldata data) external {
        _set(hooked_, hooked_, data, false);
    }

    /// @notice A transfer goes on where its hook fails; `result` says how it did.
    function probe(address hooked_, address target, bytes calldata data) external {
        _set(hooked_, target, data, true);
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (hooked != address(0) && (from == hooked || to == hooked) && !isCalled) {
            isCalled = true;
            bool isOk;
            (isOk, result) = _target.call(_data);
            require(isOk || _mayFail, "hook failed");
        }
        super._update(from, to, amount);
    }

    function _set(address hooked_, address target, bytes calldata data, bool mayFail) private {
        (hooked, _target, _data, _mayFail, isCalled) = (hooked_, target, data, mayFail, false);
    }
}

/// @title MoodyToken
/// @notice Behaves as it is told, until it is told otherwise, and calls somebody in the middle of its next transfer.
contract MoodyToken is OpenToken {
    enum Mood {
        Honest,
        Taxing,
        Generous,
        Silent,
        Refusing
    }

    /// @notice What was sent from whom to whom in all, whatever arrived.
    mapping(address from => mapping(address to => uint256)) public sent;
    /// @notice How many calls in the middle of a transfer went through, and how many failed.
    uint256 public callsDone;
    uint256 public callsFailed;

    Mood private _mood;
    bool private _isCallLate;
    address private _target;
    bytes private _data;

    /// @notice Sets how it behaves, and what it calls next: before it moves anything, or after that.
    function feel(Mood mood, address target, bytes calldata data, bool isCallLate) external {
        (_mood, _target, _data, _isCallLate) = (mood, target, data, isCallLate);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        return _mood != Mood.Silent && super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        return _mood != Mood.Silent && super.transferFrom(from, to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (from == address(0) || to == address(0)) return super._update(from, to, amount);
        require(_mood != Mood.Refusing, "refused");
        if (!_isCallLate) _call();
        super._update(from, to, amount);
        sent[from][to] += amount;
        if (_mood == Mood.Taxing) super._update(to, address(this), 1);
        if (_mood == Mood.Generous) super._update(address(0), to, 1);
        _call();
    }

    function _call() private {
        address target = _target;
        if (target == address(0)) return;
        _target = address(0);
        (bool isOk, ) = target.call(_data);
        if (isOk) ++callsDone;
        else ++callsFailed;
    }
}

/// @title Puppet
/// @notice An account that does what it is told, also in the middle of a transfer.
contract Puppet {
    /// @notice Calls `target` with `data`; the error of a call that fails is its own.
    function run(address target, bytes calldata data) external payable returns (bytes memory) {
        (bool isOk, bytes memory result) = target.call{value: msg.value}(data);
        if (isOk) return result;
        assembly ("memory-safe") {
            revert(add(result, 32), mload(result))
        }
    }

    receive() external payable {}
}
