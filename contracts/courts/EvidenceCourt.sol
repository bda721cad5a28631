// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Clocks} from "../Clocks.sol";
import {Receipt} from "../receipts/Receipts.sol";
import {Court} from "./Court.sol";
import {EvidenceCommitments} from "./EvidenceCommitments.sol";
import {ICourtPolicies} from "./ICourtPolicies.sol";
import {IDisclosureCourt} from "./IDisclosureCourt.sol";

/**
 * @title EvidenceCourt
 * @notice What the courts share that judge receipts: why a receipt counts against its operator, and until when.
 */
abstract contract EvidenceCourt is Court, EvidenceCommitments {
    /// @notice Where receipts were disclosed on demand, and when.
    IDisclosureCourt public immutable disclosures;

    constructor(
        Wiring memory wiring,
        IDisclosureCourt disclosures_,
        uint256 evidenceDeposit
    ) Court(wiring) EvidenceCommitments(evidenceDeposit) {
        disclosures = disclosures_;
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

    /**
     * @dev The policy of `row` that was in force at `opensAt`; reverts unless the evidence came within its window, or
     * within what follows the disclosure of one of the receipts that it is about. A committed receipt is judged by the
     * time of its commitment: its own may be the very lie.
     */
    function _policyInTime(
        uint8 row,
        uint256 evidenceAt,
        uint256 opensAt,
        bytes32[2] memory leaves
    ) internal view returns (ICourtPolicies.Policy memory policy) {
        policy = policies.policyAt(row, opensAt);
        uint256 closesAt = _extended(opensAt, opensAt + policy.window);
        // Disclosures cost a call to look up, and only late evidence needs them.
        if (evidenceAt > closesAt) {
            closesAt = Math.max(closesAt, Math.max(_disclosedUntil(leaves[0]), _disclosedUntil(leaves[1])));
        }
        require(opensAt <= evidenceAt && evidenceAt <= closesAt, EvidenceOutOfTime(evidenceAt, opensAt, closesAt));
    }

    /// @inheritdoc EvidenceCommitments
    function _extended(uint256 since, uint256 until) internal view override returns (uint256) {
        return bonds.extended(since, until);
    }

    /// @dev Until when a receipt stays open to evidence because it was disclosed late; 0 where it was not.
    function _disclosedUntil(bytes32 leaf) private view returns (uint256) {
        uint256 disclosedAt = disclosures.disclosedAt(leaf);
        return disclosedAt == 0 ? 0 : _extended(disclosedAt, disclosedAt + Clocks.EVIDENCE_AFTER_ANSWER);
    }
}
