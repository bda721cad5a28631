// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IOperatorBonds} from "../bonds/IOperatorBonds.sol";
import {IKeyRegistry} from "../keys/IKeyRegistry.sol";
import {IReceiptLedger} from "../receipts/IReceiptLedger.sol";
import {Receipt, Receipts} from "../receipts/Receipts.sol";
import {IFeeEscrow} from "../settlement/IFeeEscrow.sol";
import {Request} from "../settlement/Requests.sol";
import {EvidenceCommitments} from "./EvidenceCommitments.sol";
import {ICourt} from "./ICourt.sol";
import {ICourtPolicies} from "./ICourtPolicies.sol";

/**
 * @title Court
 * @notice What all courts share: attribution of receipts, settled prices, and punishment, once a fault.
 */
abstract contract Court is ICourt, EvidenceCommitments {
    /// @notice The contracts that a court reads, and the bonds that it slashes.
    struct Wiring {
        IOperatorBonds bonds;
        IKeyRegistry keys;
        IReceiptLedger ledger;
        IFeeEscrow escrow;
        ICourtPolicies policies;
    }

    /// @dev A payer whom a faulty receipt harmed: what it paid for it, as far as that has been settled.
    struct Harm {
        address payer;
        bytes32 leaf;
        uint256 settledPrice;
    }

    uint256 private constant BPS = 10_000;

    IOperatorBonds public immutable bonds;
    IKeyRegistry public immutable keys;
    IReceiptLedger public immutable ledger;
    IFeeEscrow public immutable escrow;
    ICourtPolicies public immutable policies;

    mapping(bytes32 fault => bool) private _punished;
    mapping(bytes32 leaf => uint256) private _judgedPrices;

    constructor(Wiring memory wiring, uint256 evidenceDeposit) EvidenceCommitments(evidenceDeposit) {
        bonds = wiring.bonds;
        keys = wiring.keys;
        ledger = wiring.ledger;
        escrow = wiring.escrow;
        policies = wiring.policies;
    }

    /// @inheritdoc ICourt
    function isPunished(bytes32 fault) external view returns (bool) {
        return _punished[fault];
    }

    /// @dev Reverts unless the receipt counts against its operator; returns since when it can be challenged, in seconds.
    function _attribute(Exhibit calldata exhibit) internal view returns (uint256 opensAt) {
        Receipt calldata receipt = exhibit.receipt;
        if (exhibit.root != 0) {
            opensAt = ledger.committedAt(receipt, exhibit.root, exhibit.proof);
            require(opensAt != 0, ReceiptNotCommitted(receipt.operator, exhibit.root));
            return opensAt;
        }
        (address signer, , ) = ECDSA.tryRecover(ledger.receiptDigest(receipt), exhibit.signature);
        require(
            signer == receipt.signer && keys.isValidAt(signer, receipt.operator, receipt.issuedAt),
            SignatureNotOperators(receipt.operator, receipt.signer)
        );
        return receipt.issuedAt;
    }

    /// @dev The policy of `row` that was in force at `opensAt`; reverts unless the evidence came within its window.
    /// A committed receipt is judged by the time of its commitment: its own may be the very lie.
    function _policyInTime(
        uint8 row,
        uint256 evidenceAt,
        uint256 opensAt
    ) internal view returns (ICourtPolicies.Policy memory policy) {
        policy = policies.policyAt(row, opensAt);
        uint256 closesAt = _extended(opensAt, opensAt + policy.window);
        require(opensAt <= evidenceAt && evidenceAt <= closesAt, EvidenceOutOfTime(evidenceAt, opensAt, closesAt));
    }

    /// @inheritdoc EvidenceCommitments
    function _extended(uint256 since, uint256 until) internal view override returns (uint256) {
        return bonds.extended(since, until);
    }

    /// @dev Reverts unless `request` is the one that the receipt answers.
    function _requireRequest(Receipt calldata receipt, Request memory request) internal view {
        bytes32 found = escrow.requestDigest(request);
        require(found == receipt.requestHash, RequestMismatch(receipt.requestHash, found));
    }

    /// @dev What `payer` has really paid for a receipt: the part of its units that has been settled. Prices that nobody
    /// paid slash nothing.
    function _harmOf(Receipt calldata receipt, address payer) internal view returns (Harm memory harm) {
        (harm.payer, harm.leaf) = (payer, Receipts.hash(receipt));
        if (receipt.charged < receipt.price) return harm;
        uint256 settled = escrow.account(payer, receipt.operator, receipt.client).settled;
        (, uint256 reached) = Math.trySub(settled, receipt.charged - receipt.price);
        harm.settledPrice = Math.min(reached, receipt.price);
    }

    /**
     * @dev Slashes for `fault` and gives the reporter its deposit back. A fault costs its part of the bond once. A price
     * that is settled only after the verdict is judged when the evidence comes again: so a culprit gains nothing by
     * having itself convicted first and settling then.
     */
    function _punish(
        bytes32 fault,
        address operator,
        ICourtPolicies.Policy memory policy,
        Harm[] memory harms
    ) internal {
        bool isFirst = !_punished[fault];
        _punished[fault] = true;
        (uint256 prices, IOperatorBonds.Award[] memory awards) = _judgePrices(harms, policy.compensationMultiple);
        if (!isFirst && prices == 0) {
            emit AlreadyPunished(fault, msg.sender);
        } else {
            _slash(fault, operator, policy, _asked(operator, policy, isFirst, prices), awards);
        }
        _returnDeposit();
    }

    /// @dev What of the prices has been settled since they were judged last, and the compensations for it. The first
    /// award is left for the reporter.
    function _judgePrices(
        Harm[] memory harms,
        uint256 multiple
    ) private returns (uint256 prices, IOperatorBonds.Award[] memory awards) {
        awards = new IOperatorBonds.Award[](harms.length + 1);
        for (uint256 i = 0; i < harms.length; ++i) {
            Harm memory harm = harms[i];
            uint256 unjudged = harm.settledPrice - _judgedPrices[harm.leaf];
            if (unjudged == 0) continue;
            _judgedPrices[harm.leaf] = harm.settledPrice;
            prices += unjudged;
            awards[i + 1] = IOperatorBonds.Award(harm.payer, _clip(unjudged * multiple));
        }
    }

    function _asked(
        address operator,
        ICourtPolicies.Policy memory policy,
        bool isFirst,
        uint256 prices
    ) private view returns (uint96) {
        // Of the least bond where less is left: whoever emptied its bond, or shrank it fault by fault, owes the rest.
        uint256 base = isFirst ? Math.max(_ownBond(operator), bonds.leastOwnBond()) : 0;
        uint256 part = Math.mulDiv(base, policy.slashBps, BPS, Math.Rounding.Ceil);
        return _clip(Math.max(part, prices * policy.priceMultiple));
    }

    function _slash(
        bytes32 fault,
        address operator,
        ICourtPolicies.Policy memory policy,
        uint96 asked,
        IOperatorBonds.Award[] memory awards
    ) private {
        // Of what is there, not of what is asked: a great price must not let the bounty eat the compensation.
        uint256 bounty = (Math.min(asked, _ownBond(operator)) * policy.bountyBps) / BPS;
        awards[0] = IOperatorBonds.Award(msg.sender, uint96(bounty));
        (uint256 slashed, uint256[] memory paid) = bonds.slash(operator, asked, awards);
        uint256 compensated = 0;
        for (uint256 i = 1; i < paid.length; ++i) compensated += paid[i];
        emit Convicted(fault, operator, msg.sender, asked, slashed, compensated, paid[0]);
    }

    function _ownBond(address operator) private view returns (uint256 own) {
        (own, ) = bonds.slashable(operator);
    }

    function _clip(uint256 amount) private pure returns (uint96) {
        return uint96(Math.min(amount, type(uint96).max));
    }
}
