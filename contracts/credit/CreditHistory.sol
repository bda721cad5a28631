// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IOperatorBonds} from "../bonds/IOperatorBonds.sol";
import {Clocks} from "../Clocks.sol";
import {IFeeEscrow} from "../settlement/IFeeEscrow.sol";
import {CreditScore} from "./CreditScore.sol";
import {ICreditHistory} from "./ICreditHistory.sol";

/// @title CreditHistory
/// @notice See ICreditHistory.
/// @dev It stores no facts: the escrow and the bonds keep the two sums as they go, and a score that nobody reads costs
/// nothing.
contract CreditHistory is ICreditHistory, AccessManaged {
    /// @notice Bounds of the severity. A unit of fault always outweighs a unit of good service, and never so much that a
    /// single cheap fault is the end of an operator.
    uint32 public constant MIN_SEVERITY = 2;
    uint32 public constant MAX_SEVERITY = 1_000;
    /// @notice How many times the first prior the prior can become, or what part of it. Code cannot know what a token is
    /// worth, so the bounds are relative: scores are never given away, and nobody is made unproven by fiat.
    uint256 public constant MAX_DRIFT = 16;
    /// @notice How many times itself a parameter can become by one change, or what part of itself.
    uint256 public constant MAX_STEP = 2;

    IOperatorBonds public immutable bonds;
    IFeeEscrow public immutable escrow;
    /// @notice What the prior was at first, see `MAX_DRIFT`.
    uint256 public immutable firstPrior;

    // One slot: who asks for credit reads all of it.
    /// @inheritdoc ICreditHistory
    uint96 public prior;
    /// @inheritdoc ICreditHistory
    uint32 public severity;
    /// @inheritdoc ICreditHistory
    uint48 public changedAt;

    constructor(
        IOperatorBonds bonds_,
        IFeeEscrow escrow_,
        uint96 prior_,
        uint32 severity_,
        address authority
    ) AccessManaged(authority) {
        require(prior_ != 0, PriorOutOfRange(0, 1, type(uint96).max));
        require(
            severity_ >= MIN_SEVERITY && severity_ <= MAX_SEVERITY,
            SeverityOutOfRange(severity_, MIN_SEVERITY, MAX_SEVERITY)
        );
        bonds = bonds_;
        escrow = escrow_;
        firstPrior = prior_;
        _set(prior_, severity_);
    }

    /// @inheritdoc ICreditHistory
    function setParameters(uint96 prior_, uint32 severity_) external restricted {
        // INVARIANT: a fault is not forgiven, and no score given away, at a stroke: what governance may move in a year is
        // known beforehand, and everybody can leave between two steps.
        uint256 cooledDown = changedAt + Clocks.CREDIT_COOLDOWN;
        require(block.timestamp >= cooledDown, ParametersCoolingDown(cooledDown));
        (uint256 least, uint256 most) = _stepsFrom(
            prior,
            Math.ceilDiv(firstPrior, MAX_DRIFT),
            Math.min(firstPrior * MAX_DRIFT, type(uint96).max)
        );
        require(prior_ >= least && prior_ <= most, PriorOutOfRange(prior_, least, most));
        (least, most) = _stepsFrom(severity, MIN_SEVERITY, MAX_SEVERITY);
        require(severity_ >= least && severity_ <= most, SeverityOutOfRange(severity_, least, most));
        _set(prior_, severity_);
    }

    /// @inheritdoc ICreditHistory
    function creditOf(address operator) external view returns (Credit memory) {
        uint256 settled = escrow.historyOf(operator);
        uint256 faulted = bonds.faultsOf(operator);
        return
            Credit({
                settled: settled,
                faulted: faulted,
                score: CreditScore.score(settled, faulted, prior, severity),
                proven: CreditScore.isProven(settled, prior)
            });
    }

    function _set(uint96 prior_, uint32 severity_) private {
        (prior, severity, changedAt) = (prior_, severity_, uint48(block.timestamp));
        emit ParametersSet(prior_, severity_);
    }

    /// @dev What a parameter can become now, within its bounds.
    function _stepsFrom(
        uint256 current,
        uint256 least,
        uint256 most
    ) private pure returns (uint256 lowest, uint256 highest) {
        lowest = Math.max(least, Math.ceilDiv(current, MAX_STEP));
        highest = Math.min(most, current * MAX_STEP);
    }
}
