// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../Clocks.sol";
import {Modes} from "../Modes.sol";
import {Receipt, Receipts} from "../receipts/Receipts.sol";
import {Order, Request, Requests} from "../settlement/Requests.sol";
import {IChecker} from "../verifiers/IChecker.sol";
import {EvidenceCourt} from "./EvidenceCourt.sol";
import {ICourtPolicies} from "./ICourtPolicies.sol";
import {IDisclosureCourt} from "./IDisclosureCourt.sol";
import {IValidityCourt} from "./IValidityCourt.sol";

/// @title ValidityCourt
/// @notice See IValidityCourt.
/// @dev Checkers are fixed: whoever could add one could convict anybody, so another checker is another court, and waits
/// as a new slasher does.
contract ValidityCourt is IValidityCourt, EvidenceCourt {
    IChecker private immutable _signed;
    IChecker private immutable _enclave;
    IChecker private immutable _snark;
    IChecker private immutable _optimistic;

    /// @param checkers by mode; zero where outputs of the mode are not judged.
    constructor(
        Wiring memory wiring,
        IDisclosureCourt disclosures_,
        uint256 evidenceDeposit,
        IChecker[4] memory checkers
    ) EvidenceCourt(wiring, disclosures_, evidenceDeposit) {
        _signed = checkers[Modes.SIGNED];
        _enclave = checkers[Modes.ENCLAVE];
        _snark = checkers[Modes.SNARK];
        _optimistic = checkers[Modes.OPTIMISTIC];
    }

    /// @inheritdoc IValidityCourt
    function convictOutput(
        Exhibit calldata exhibit,
        Request calldata request,
        Order calldata order,
        bytes calldata evidence,
        bytes32
    ) external {
        (, ICourtPolicies.Policy memory policy, bytes32 leaf) = _open(exhibit, request, order);
        IChecker checker = checkerOf(order.mode);
        require(address(checker) != address(0), ModeNotJudged(order.mode));
        require(checker.isFaulty(order, exhibit.receipt, evidence), NotAFault());
        _punishReceipt(exhibit.receipt, leaf, request.payer, policy);
    }

    /// @inheritdoc IValidityCourt
    function convictTerms(Exhibit calldata exhibit, Request calldata request, Order calldata order, bytes32) external {
        (uint256 opensAt, ICourtPolicies.Policy memory policy, bytes32 leaf) = _open(exhibit, request, order);
        uint256 committedAt = exhibit.root == 0 ? 0 : opensAt;
        require(breachOf(exhibit, request, order, committedAt) != Breach.None, NotAFault());
        _punishReceipt(exhibit.receipt, leaf, request.payer, policy);
    }

    /// @inheritdoc IValidityCourt
    function breachOf(
        Exhibit calldata exhibit,
        Request calldata request,
        Order calldata order,
        uint256 committedAt
    ) public view returns (Breach) {
        Receipt calldata receipt = exhibit.receipt;
        if (receipt.price > order.maxPrice) return Breach.PriceAboveMaximum;
        if (receipt.price > _tariff(receipt, order)) return Breach.PriceAboveTariff;
        // A receipt outside the account's total charges nothing; any other owns as many units as it costs.
        if (receipt.charged != 0 && receipt.charged < receipt.price) return Breach.UnitsInvalid;
        if (receipt.issuedAt > request.deadline) return Breach.IssuedAfterDeadline;
        if (uint256(receipt.issuedAt) + Clocks.DEADLINE_HORIZON < request.deadline) return Breach.IssuedBeforeHorizon;
        if (committedAt == 0) return Breach.None;
        if (receipt.issuedAt > committedAt) return Breach.IssuedAfterCommitment;
        bool owned = keys.isValidAt(receipt.signer, receipt.operator, receipt.issuedAt);
        return owned ? Breach.None : Breach.KeyNotOperators;
    }

    /// @inheritdoc IValidityCourt
    function checkerOf(uint8 mode) public view returns (IChecker) {
        if (mode == Modes.SIGNED) return _signed;
        if (mode == Modes.ENCLAVE) return _enclave;
        if (mode == Modes.SNARK) return _snark;
        if (mode == Modes.OPTIMISTIC) return _optimistic;
        return IChecker(address(0));
    }

    /// @dev Opens the evidence that was committed to: request and order are the receipt's, it counts against its operator,
    /// and can still be challenged.
    function _open(
        Exhibit calldata exhibit,
        Request calldata request,
        Order calldata order
    ) private returns (uint256 opensAt, ICourtPolicies.Policy memory policy, bytes32 leaf) {
        uint256 evidenceAt = _openEvidence();
        bytes32 found = Requests.hash(order);
        require(found == request.orderHash, RequestMismatch(request.orderHash, found));
        _requireRequest(exhibit.receipt, request);
        opensAt = _attribute(exhibit);
        leaf = Receipts.hash(exhibit.receipt);
        policy = _policyInTime(_rowOf(order), evidenceAt, opensAt, [leaf, leaf]);
    }

    /// @dev The contested thing is the receipt, and its leaf the fault: however many ways it is wrong, it is punished once.
    function _punishReceipt(
        Receipt calldata receipt,
        bytes32 leaf,
        address payer,
        ICourtPolicies.Policy memory policy
    ) private {
        Harm[] memory harms = new Harm[](1);
        harms[0] = _harmOf(receipt, leaf, payer);
        _punish(leaf, receipt.operator, msg.sender, policy, harms);
        _returnDeposit();
    }

    /// @dev An order of no mode at all is judged as the one that promises least.
    function _rowOf(Order calldata order) private pure returns (uint8) {
        return order.mode < Modes.COUNT ? order.mode : Modes.SIGNED;
    }

    function _tariff(Receipt calldata receipt, Order calldata order) private pure returns (uint256) {
        return
            uint256(order.base) +
            uint256(order.inputRate) * receipt.inputUnits +
            uint256(order.outputRate) * receipt.outputUnits;
    }
}
