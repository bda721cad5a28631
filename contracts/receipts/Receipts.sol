// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @notice What an operator signs about one answer.
 * @dev Verifies in ReceiptLedger's EIP-712 domain, everywhere. Its struct hash is its leaf in a committed batch.
 * @param requestHash the digest of the request that it answers, in FeeEscrow's domain.
 * @param operator who answers for it.
 * @param signer the key that signed it; judged where the receipt is committed.
 * @param client the key that signed the request, and with (payer, operator) selects the account.
 * @param sequence its number among the operator's receipts, from 0, without gaps.
 * @param outputHash keccak256 of the exact output.
 * @param proofHash what the mode needs; in the optimistic mode the hash of the hidden layers' activation hashes.
 * @param price this answer's fee, in the token's smallest unit.
 * @param charged the account's total after this answer: this receipt owns the units (charged - price, charged].
 * @param inputUnits, outputUnits what the tariff counts.
 * @param issuedAt when it was issued, in seconds.
 */
struct Receipt {
    bytes32 requestHash;
    address operator;
    address signer;
    address client;
    uint64 sequence;
    bytes32 outputHash;
    bytes32 proofHash;
    uint128 price;
    uint128 charged;
    uint32 inputUnits;
    uint32 outputUnits;
    uint64 issuedAt;
}

/**
 * @title Receipts
 * @notice Hashing of receipts.
 */
library Receipts {
    bytes32 internal constant TYPEHASH = keccak256(
        "Receipt(bytes32 requestHash,address operator,address signer,address client,uint64 sequence,bytes32 outputHash,bytes32 proofHash,uint128 price,uint128 charged,uint32 inputUnits,uint32 outputUnits,uint64 issuedAt)"
    );

    /// @notice The EIP-712 struct hash: the receipt's leaf.
    function hash(Receipt memory receipt) internal pure returns (bytes32) {
        return keccak256(abi.encode(TYPEHASH, receipt));
    }
}
