// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title CreditScore
 * @notice The formula of credit.
 * @dev `S / (S + c)` grows with S and falls with c, for all numbers and rounded down, too: `proofs/CreditScore.sol`.
 * `src/core/credit.ts` computes the same, and tests hold both to it.
 */
library CreditScore {
    uint256 internal constant SCALE = 1_000;

    /**
     * @notice S * 1000 / (S + P + K * F), rounded down: 0 to 999.
     * @param settled S, below 2^96.
     * @param faulted F, below 2^96.
     * @param prior P, not zero, below 2^96.
     * @param severity K, below 2^32.
     */
    function score(uint256 settled, uint256 faulted, uint256 prior, uint256 severity) internal pure returns (uint256) {
        return (settled * SCALE) / (settled + prior + severity * faulted);
    }

    /// @notice Whether a score says anything yet: not where less is settled than an operator is worth nothing without.
    function isProven(uint256 settled, uint256 prior) internal pure returns (bool) {
        return settled >= prior;
    }
}
