// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IOperatorBonds} from "../bonds/IOperatorBonds.sol";
import {Clocks} from "../Clocks.sol";
import {IReceiptLedger} from "../receipts/IReceiptLedger.sol";
import {Receipt, Receipts} from "../receipts/Receipts.sol";
import {IFeeEscrow} from "../settlement/IFeeEscrow.sol";
import {Request} from "../settlement/Requests.sol";
import {Equivocations} from "./Equivocations.sol";
import {ICourt} from "./ICourt.sol";
import {IDisclosureCourt} from "./IDisclosureCourt.sol";
import {IReceiptVerdicts} from "./IReceiptVerdicts.sol";

/// @title ReceiptVerdicts
/// @notice See IReceiptVerdicts.
contract ReceiptVerdicts is IReceiptVerdicts {
    /// @dev The longest that any court takes from the commitment on, whatever policy was in force, unless the receipt is
    /// shown anew.
    uint256 private constant LONGEST_TRIAL = Clocks.MAX_WINDOW + Clocks.MAX_DISPUTE;

    IOperatorBonds public immutable bonds;
    IReceiptLedger public immutable ledger;
    IFeeEscrow public immutable escrow;
    IDisclosureCourt public immutable disclosureCourt;
    ICourt public immutable equivocationCourt;
    ICourt public immutable validityCourt;

    constructor(
        IOperatorBonds bonds_,
        IReceiptLedger ledger_,
        IFeeEscrow escrow_,
        IDisclosureCourt disclosureCourt_,
        ICourt equivocationCourt_,
        ICourt validityCourt_
    ) {
        bonds = bonds_;
        ledger = ledger_;
        escrow = escrow_;
        disclosureCourt = disclosureCourt_;
        equivocationCourt = equivocationCourt_;
        validityCourt = validityCourt_;
    }

    /// @inheritdoc IReceiptVerdicts
    function verdictOf(Question calldata question) external view returns (Verdict) {
        Receipt calldata receipt = question.receipt;
        uint256 committedAt = ledger.committedAt(receipt, question.root, question.proof);
        require(committedAt != 0, ICourt.ReceiptNotCommitted(receipt.operator, question.root));
        bytes32 asked = escrow.requestDigest(question.request);
        require(asked == receipt.requestHash, ICourt.RequestMismatch(receipt.requestHash, asked));

        if (_isWrong(receipt, question.root) || _isContradicted(question)) return Verdict.Faulty;
        return block.timestamp > _closesAt(receipt, committedAt) ? Verdict.Unchallenged : Verdict.Open;
    }

    /// @dev Until when a court can punish the receipt, as far as is known now.
    function _closesAt(Receipt calldata receipt, uint256 committedAt) private view returns (uint256) {
        // Its signature alone is evidence from the time on that it states, which may be far ahead.
        uint256 since = Math.max(committedAt, receipt.issuedAt);
        // An account that still settles has its oldest receipts demanded, and what is shown is open to evidence anew.
        uint256 shownAt = disclosureCourt.disclosedAt(Receipts.hash(receipt));
        return
            Math.max(
                bonds.extended(since, since + LONGEST_TRIAL),
                bonds.extended(shownAt, shownAt + Clocks.EVIDENCE_AFTER_ANSWER + Clocks.EVIDENCE_LAPSE)
            );
    }

    /// @dev Whether the receipt was convicted itself, or was not shown when somebody asked.
    function _isWrong(Receipt calldata receipt, bytes32 root) private view returns (bool) {
        bytes32 leaf = Receipts.hash(receipt);
        ICourt silence = ICourt(address(disclosureCourt));
        return
            validityCourt.isPunished(leaf) ||
            silence.isPunished(disclosureCourt.receiptDemandId(receipt.operator, root, receipt.sequence)) ||
            silence.isPunished(disclosureCourt.payloadDemandId(leaf));
    }

    function _isContradicted(Question calldata question) private view returns (bool) {
        (Receipt calldata receipt, Request calldata request) = (question.receipt, question.request);
        address operator = receipt.operator;
        if (_isPunished(operator, Equivocations.sequenceId(receipt.sequence))) return true;
        if (_isPunished(operator, Equivocations.orderId(request.payer, request.orderHash))) return true;
        // Receipts that charge less than they cost own no units, nor do those that cost nothing.
        if (receipt.charged < receipt.price || receipt.price == 0) return false;
        uint128 from = question.contestedFrom;
        require(
            receipt.charged - receipt.price <= from && from < receipt.charged,
            UnitsNotIts(from, receipt.price, receipt.charged)
        );
        return _isPunished(operator, Equivocations.unitId(request.payer, receipt.client, from));
    }

    function _isPunished(address operator, bytes32 contested) private view returns (bool) {
        return equivocationCourt.isPunished(Equivocations.faultOf(operator, contested));
    }
}
