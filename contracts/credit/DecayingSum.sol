// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title DecayingSum
 * @notice A sum whose parts lose half of their weight every half-life, kept as one number and its time.
 *
 * @dev Everything that is remembered has a weight at time t that is the same function for all: with n whole half-lives
 * since time 0 and a fraction f (0 <= f < 1) of the next,
 *
 *     weight(t) = (1 - f / 2) / 2^n          worth = value * weight(time) / weight(since), rounded down
 *
 * It halves over every half-life, falls steadily, is never off by more than 6.2 percent of an exponential, and needs
 * none. Since the weight depends on t alone, it makes no difference how often a sum was brought up to date on the way:
 * nobody keeps an old sum heavy by touching it. `src/core/credit.ts` computes the same, and tests hold both to it.
 */
library DecayingSum {
    /// @notice What `value`, exact at time `since`, is worth at `time`. Times in seconds; `time` not before `since`; `value`
    /// below 2^128.
    function worth(uint256 value, uint256 since, uint256 time, uint256 halfLife) internal pure returns (uint256) {
        uint256 halvings = time / halfLife - since / halfLife;
        if (halvings > 128) return 0;
        return (value * (2 * halfLife - (time % halfLife))) / ((2 * halfLife - (since % halfLife)) << halvings);
    }
}
