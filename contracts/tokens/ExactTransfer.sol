// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/**
 * @title ExactTransfer
 * @notice Takes tokens in and refuses those that deliver another amount than was asked for, such as tokens with a fee
 * on transfer: the books hold exactly what the contract holds.
 */
library ExactTransfer {
    using SafeERC20 for IERC20;

    /// @notice An ERC-2612 permit of `amount` to this contract, valid until `deadline`, in seconds.
    struct Permit {
        uint256 amount;
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /**
     * @notice An EIP-3009 authorization to move tokens to this contract, valid after `validAfter` and before
     * `validBefore`, in seconds.
     * @param salt makes two like authorizations two; the nonce that is signed is made from it and from what it is for.
     */
    struct Authorization {
        uint256 validAfter;
        uint256 validBefore;
        bytes32 salt;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice The token delivered another amount than was asked for.
    error InexactTransfer(address token, uint256 asked, uint256 received);

    /// @notice The permit of `owner` was refused, and it has not approved as much otherwise.
    error PermitRefused(address token, address owner, uint256 asked, uint256 allowance);

    /// @notice The authorization of `owner` was refused, used before, or the token knows none; `reason` is the token's error.
    error AuthorizationRefused(address token, address owner, bytes reason);

    /// @notice Uses a permit of `owner`. One that somebody has used before, copied from the mempool, does no harm: what
    /// counts is the allowance.
    function permit(IERC20 token, address owner, Permit calldata self) internal {
        try
            IERC20Permit(address(token)).permit(
                owner,
                address(this),
                self.amount,
                self.deadline,
                self.v,
                self.r,
                self.s
            )
        {
            return;
        } catch {
            uint256 allowance = token.allowance(owner, address(this));
            require(allowance >= self.amount, PermitRefused(address(token), owner, self.amount, allowance));
        }
    }

    /// @notice Moves `amount` from `from`, who approved it, to this contract.
    function pull(IERC20 token, address from, uint256 amount) internal {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(from, address(this), amount);
        _requireExact(token, before, amount);
    }

    /// @notice Moves `amount` from `from`, who signed an authorization with `nonce` for it, to this contract.
    function pullAuthorized(
        IERC20 token,
        address from,
        uint256 amount,
        bytes32 nonce,
        Authorization calldata self
    ) internal {
        uint256 before = token.balanceOf(address(this));
        try
            IERC3009(address(token)).receiveWithAuthorization(
                from,
                address(this),
                amount,
                self.validAfter,
                self.validBefore,
                nonce,
                self.v,
                self.r,
                self.s
            )
        {
            _requireExact(token, before, amount);
        } catch (bytes memory reason) {
            revert AuthorizationRefused(address(token), from, reason);
        }
    }

    function _requireExact(IERC20 token, uint256 before, uint256 amount) private view {
        uint256 received = token.balanceOf(address(this)) - before;
        require(received == amount, InexactTransfer(address(token), amount, received));
    }
}
