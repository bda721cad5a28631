// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../bonds/IOperatorBonds.sol";
import {IFeeEscrow} from "../settlement/IFeeEscrow.sol";
import {ICreditHistory} from "./ICreditHistory.sol";

/// @title CreditHistory
/// @notice See ICreditHistory.
/// @dev It stores nothing: the escrow and the bonds keep the two sums as they go, and a score that nobody reads costs
/// nothing. More settled never lowers it and a fault never raises it, as S / (S + c) grows with S and falls with c.
contract CreditHistory is ICreditHistory {
    uint256 private constant SCALE = 1_000;

    IOperatorBonds public immutable bonds;
    IFeeEscrow public immutable escrow;
    /// @inheritdoc ICreditHistory
    uint256 public immutable prior;
    /// @inheritdoc ICreditHistory
    uint256 public immutable severity;

    constructor(IOperatorBonds bonds_, IFeeEscrow escrow_, uint96 prior_, uint32 severity_) {
        require(prior_ != 0, PriorZero());
        bonds = bonds_;
        escrow = escrow_;
        prior = prior_;
        severity = severity_;
    }

    /// @inheritdoc ICreditHistory
    function creditOf(address operator) external view returns (Credit memory) {
        uint256 settled = escrow.historyOf(operator);
        uint256 faulted = bonds.faultsOf(operator);
        uint256 score = (settled * SCALE) / (settled + prior + severity * faulted);
        return Credit({settled: settled, faulted: faulted, score: score, proven: settled >= prior});
    }
}
