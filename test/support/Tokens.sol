// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title OpenToken
/// @notice Mints any amount to anybody, for amounts that no faucet gives.
contract OpenToken is ERC20 {
    constructor() ERC20("Open", "OPEN") {}

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

/// @title CallingToken
/// @notice Calls `target` with `data` as if it were the sender's hook, once, before a transfer from `hooked`.
contract CallingToken is OpenToken {
    address public hooked;
    bool public isCalled;
    bytes public result;
    bytes private _data;

    function hook(address hooked_, bytes calldata data) external {
        hooked = hooked_;
        _data = data;
        isCalled = false;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (hooked != address(0) && (from == hooked || to == hooked) && !isCalled) {
            isCalled = true;
            bool isOk;
            (isOk, result) = hooked.call(_data);
            require(isOk, "hook failed");
        }
        super._update(from, to, amount);
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
