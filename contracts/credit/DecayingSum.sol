// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title DecayingSum
 * @notice A sum whose parts lose half of their weight every half-life, kept as one number and its time.
 *
 * @dev Within a half-life the decay is linear: after n half-lives and a fraction f (0 <= f < 1) of one,
 *
 *     worth = value / 2^n * (1 - f / 2)
 *
 * with the halves rounded down and the result, between them, up. It is exact at every whole half-life, never off by more
 * than 6.2 percent of an exponential between them, falls steadily, and needs none. `src/core/credit.ts` computes the same, and tests hold both to it.
 */
library DecayingSum {
    /// @notice What `value`, exact at time `since`, is worth at `time`. Times in seconds; `time` not before `since`.
    function worth(uint256 value, uint256 since, uint256 time, uint256 halfLife) internal pure returns (uint256) {
        uint256 elapsed = time - since;
        uint256 whole = elapsed / halfLife;
        if (whole > 255) return 0;
        uint256 halved = value >> whole;
        return halved - (halved * (elapsed % halfLife)) / (2 * halfLife);
    }
}
