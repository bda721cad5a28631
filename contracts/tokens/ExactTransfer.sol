// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/**
 * @title ExactTransfer
 * @notice Takes tokens in and refuses those that deliver another amount than was asked for, such as tokens with a fee
 * on transfer: the books hold exactly what the contract holds.
 */
library ExactTransfer {
    using SafeERC20 for IERC20;

    /// @notice The token delivered another amount than was asked for.
    error InexactTransfer(address token, uint256 asked, uint256 received);

    /// @notice Moves `amount` from `from`, who approved it, to this contract.
    function pull(IERC20 token, address from, uint256 amount) internal {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - before;
        require(received == amount, InexactTransfer(address(token), amount, received));
    }
}
