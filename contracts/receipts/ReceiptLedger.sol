// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {OperatorAgents} from "../access/OperatorAgents.sol";
import {IReceiptLedger} from "./IReceiptLedger.sol";
import {Receipt, Receipts} from "./Receipts.sol";

/// @title ReceiptLedger
/// @notice See IReceiptLedger.
contract ReceiptLedger is IReceiptLedger, EIP712, OperatorAgents {
    /// @dev Where an operator's next batch starts, beside who may commit it.
    struct Head {
        uint64 nextSequence;
        address agent;
    }

    // Kept under the operator as well, so that nobody can take a root that another is about to commit.
    mapping(address operator => mapping(bytes32 root => Batch)) private _batches;
    mapping(address operator => Head) private _heads;
    mapping(address operator => string) private _dataURIs;

    constructor() EIP712("Surety", "1") {}

    /// @inheritdoc IReceiptLedger
    function commit(
        address operator,
        bytes32 root,
        bytes32 dataHash,
        uint64 firstSequence,
        uint32 count
    ) external onlyOperatorOrAgent(operator) {
        require(count != 0, BatchEmpty());
        uint64 expected = _heads[operator].nextSequence;
        require(firstSequence == expected, SequenceNotContiguous(operator, firstSequence, expected));
        require(_batches[operator][root].count == 0, BatchAlreadyCommitted(operator, root));

        _heads[operator].nextSequence = firstSequence + count;
        _batches[operator][root] = Batch(firstSequence, count, uint48(block.timestamp));
        emit BatchCommitted(operator, root, firstSequence, count, dataHash);
    }

    /// @inheritdoc IReceiptLedger
    function setDataURI(address operator, string calldata uri) external onlyOperatorOrAgent(operator) {
        _dataURIs[operator] = uri;
        emit DataURISet(operator, uri);
    }

    /// @inheritdoc IReceiptLedger
    function dataURIOf(address operator) external view returns (string memory) {
        return _dataURIs[operator];
    }

    /// @inheritdoc IReceiptLedger
    function batch(address operator, bytes32 root) external view returns (Batch memory) {
        return _batches[operator][root];
    }

    /// @inheritdoc IReceiptLedger
    function nextSequence(address operator) external view returns (uint64) {
        return _heads[operator].nextSequence;
    }

    /// @inheritdoc IReceiptLedger
    function committedAt(
        Receipt calldata receipt,
        bytes32 root,
        bytes32[] calldata proof
    ) external view returns (uint256) {
        Batch storage found = _batches[receipt.operator][root];
        // An unknown batch has no range, so no sequence is in it.
        bool inRange = receipt.sequence >= found.firstSequence && receipt.sequence - found.firstSequence < found.count;
        if (!inRange || !MerkleProof.verifyCalldata(proof, root, Receipts.hash(receipt))) return 0;
        return found.committedAt;
    }

    /// @inheritdoc IReceiptLedger
    function receiptDigest(Receipt calldata receipt) external view returns (bytes32) {
        return _hashTypedDataV4(Receipts.hash(receipt));
    }

    /// @inheritdoc OperatorAgents
    function agentOf(address operator) public view override returns (address) {
        return _heads[operator].agent;
    }

    function _setAgent(address operator, address agent) internal override {
        _heads[operator].agent = agent;
    }
}
