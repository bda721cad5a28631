// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/**
 * @title TestToken
 * @notice Worthless money for local chains and testnets: six decimals, permits and signed authorizations (EIP-3009)
 * like USDC, and a faucet for everyone.
 */
contract TestToken is ERC20Permit, ERC3009 {
    /// @notice The most that one call of the faucet gives, in the token's smallest unit.
    uint256 public constant FAUCET_LIMIT = 1_000_000e6;

    /// @notice The faucet was asked for more than it gives at once.
    error FaucetLimitExceeded(uint256 asked, uint256 limit);

    constructor() ERC20("Surety Test Dollar", "TUSD") ERC20Permit("Surety Test Dollar") {}

    /// @notice Gives the caller `amount`.
    function faucet(uint256 amount) external {
        require(amount <= FAUCET_LIMIT, FaucetLimitExceeded(amount, FAUCET_LIMIT));
        _mint(msg.sender, amount);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
