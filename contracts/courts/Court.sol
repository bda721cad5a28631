// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IOperatorBonds} from "../bonds/IOperatorBonds.sol";
import {IKeyRegistry} from "../keys/IKeyRegistry.sol";
import {IReceiptLedger} from "../receipts/IReceiptLedger.sol";
import {Receipt} from "../receipts/Receipts.sol";
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

    /// @dev When a receipt can be challenged, both ends inclusive, in seconds.
    struct Term {
        uint256 opensAt;
        uint256 closesAt;
    }

    /// @dev A payer whom a fault harmed: what it paid, as far as it has been settled.
    struct Harm {
        address payer;
        uint256 settledPrice;
    }

    uint256 private constant BPS = 10_000;

    IOperatorBonds public immutable bonds;
    IKeyRegistry public immutable keys;
    IReceiptLedger public immutable ledger;
    IFeeEscrow public immutable escrow;
    ICourtPolicies public immutable policies;

    mapping(bytes32 fault => bool) private _punished;

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

    /// @dev Reverts unless the receipt counts against its operator; returns when it can be challenged.
    function _attribute(Exhibit calldata exhibit, uint256 window) internal view returns (Term memory) {
        Receipt calldata receipt = exhibit.receipt;
        if (exhibit.root != 0) {
            uint256 committedAt = ledger.committedAt(receipt, exhibit.root, exhibit.proof);
            require(committedAt != 0, ReceiptNotCommitted(receipt.operator, exhibit.root));
            return Term(committedAt, committedAt + window);
        }
        (address signer, , ) = ECDSA.tryRecover(ledger.receiptDigest(receipt), exhibit.signature);
        require(
            signer == receipt.signer && keys.isValidAt(signer, receipt.operator, receipt.issuedAt),
            SignatureNotOperators(receipt.operator, receipt.signer)
        );
        return Term(receipt.issuedAt, uint256(receipt.issuedAt) + window);
    }

    function _requireInTime(uint256 evidenceAt, Term memory term) internal pure {
        require(
            term.opensAt <= evidenceAt && evidenceAt <= term.closesAt,
            EvidenceOutOfTime(evidenceAt, term.opensAt, term.closesAt)
        );
    }

    /// @dev Reverts unless `request` is the one that the receipt answers.
    function _requireRequest(Receipt calldata receipt, Request memory request) internal view {
        bytes32 found = escrow.requestDigest(request);
        require(found == receipt.requestHash, RequestMismatch(receipt.requestHash, found));
    }

    /// @dev What `payer` has really paid for a receipt: the part of its units that has been settled. Prices that nobody
    /// paid slash nothing.
    function _harmOf(Receipt calldata receipt, address payer) internal view returns (Harm memory) {
        if (receipt.charged < receipt.price) return Harm(payer, 0);
        uint256 settled = escrow.account(payer, receipt.operator, receipt.client).settled;
        (, uint256 reached) = Math.trySub(settled, receipt.charged - receipt.price);
        return Harm(payer, Math.min(reached, receipt.price));
    }

    /// @dev Slashes for `fault`, unless it has been done; gives the reporter its deposit back either way.
    function _punish(
        bytes32 fault,
        address operator,
        ICourtPolicies.Policy memory policy,
        Harm[] memory harms
    ) internal {
        if (_punished[fault]) {
            emit AlreadyPunished(fault, msg.sender);
            _returnDeposit();
            return;
        }
        _punished[fault] = true;

        uint256 settledPrices = 0;
        IOperatorBonds.Award[] memory awards = new IOperatorBonds.Award[](harms.length + 1);
        for (uint256 i = 0; i < harms.length; ++i) {
            settledPrices += harms[i].settledPrice;
            awards[i + 1] = IOperatorBonds.Award(
                harms[i].payer,
                _clip(harms[i].settledPrice * policy.compensationMultiple)
            );
        }
        uint96 asked = _clip(
            Math.max(
                Math.mulDiv(bonds.slashable(operator), policy.slashBps, BPS, Math.Rounding.Ceil),
                settledPrices * policy.priceMultiple
            )
        );
        // First the reporter: without one nobody would be compensated.
        awards[0] = IOperatorBonds.Award(msg.sender, uint96((uint256(asked) * policy.bountyBps) / BPS));

        (uint256 slashed, uint256[] memory paid) = bonds.slash(operator, asked, awards);
        uint256 compensated = 0;
        for (uint256 i = 1; i < paid.length; ++i) compensated += paid[i];
        emit Convicted(fault, operator, msg.sender, asked, slashed, compensated, paid[0]);
        _returnDeposit();
    }

    function _clip(uint256 amount) private pure returns (uint96) {
        return uint96(Math.min(amount, type(uint96).max));
    }
}
