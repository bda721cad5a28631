// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/**
 * @title PayTo
 * @notice An operator's address for whoever pays without knowing Surety: any x402 scheme that pays an address, or a plain
 * transfer. What comes in can go nowhere but through the escrow that made it: its split, its cap, the operator's history.
 * @dev It has no function at all: the escrow that creates it takes what comes in by allowance.
 */
contract PayTo {
    using SafeERC20 for IERC20;

    constructor(IERC20 token) {
        token.forceApprove(msg.sender, type(uint256).max);
    }
}
