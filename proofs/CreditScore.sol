// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CreditScore} from "../contracts/credit/CreditScore.sol";

/// @dev The formula for all numbers that the escrow and the bonds can hold: no score is moved the wrong way.
contract CreditScoreProof {
    uint256 private constant SCALE = 1_000;

    /// @notice a score lies between 0 and 999, and nothing overflows
    function isBounded(uint96 settled, uint96 faulted, uint96 prior, uint32 severity) external pure {
        require(prior != 0);
        assert(CreditScore.score(settled, faulted, prior, severity) < SCALE);
    }

    /// @notice more settled never lowers a score
    function settledNeverLowers(
        uint96 settled,
        uint96 more,
        uint96 faulted,
        uint96 prior,
        uint32 severity
    ) external pure {
        require(prior != 0 && more >= settled);
        uint256 before = CreditScore.score(settled, faulted, prior, severity);
        assert(CreditScore.score(more, faulted, prior, severity) >= before);
    }

    /// @notice a fault never raises a score
    function faultNeverRaises(
        uint96 settled,
        uint96 faulted,
        uint96 more,
        uint96 prior,
        uint32 severity
    ) external pure {
        require(prior != 0 && more >= faulted);
        uint256 before = CreditScore.score(settled, faulted, prior, severity);
        assert(CreditScore.score(settled, more, prior, severity) <= before);
    }
}
