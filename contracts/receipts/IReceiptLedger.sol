// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Receipt} from "./Receipts.sol";

/**
 * @title IReceiptLedger
 * @notice Batches of receipts, committed as the root of a tree at the same cost for any number of them.
 * @dev Invariants: L1 an operator's batches number its receipts without gap or overlap; L2 a committed batch never
 * changes.
 */
interface IReceiptLedger {
    /// @notice A batch: the receipts `firstSequence` to `firstSequence + count - 1` of its operator.
    struct Batch {
        uint64 firstSequence;
        uint64 count;
        uint48 committedAt;
    }

    /**
     * @notice A batch was committed.
     * @param dataHash keccak256 of the batch's published leaves, 32 bytes each in order of sequence.
     * @param dataURI where they are.
     */
    event BatchCommitted(
        address indexed operator,
        bytes32 indexed root,
        uint64 firstSequence,
        uint64 count,
        bytes32 dataHash,
        string dataURI
    );

    /// @notice A batch has at least one receipt.
    error BatchEmpty();
    /// @notice The operator committed this root before.
    error BatchAlreadyCommitted(address operator, bytes32 root);
    /// @notice A batch starts where the one before ended.
    error SequenceNotContiguous(address operator, uint64 firstSequence, uint64 expected);

    /**
     * @notice Commits a batch. Only the operator or its agent.
     * @param root the root over the receipts' struct hashes in OpenZeppelin's SimpleMerkleTree format.
     */
    function commit(
        address operator,
        bytes32 root,
        uint64 firstSequence,
        uint64 count,
        bytes32 dataHash,
        string calldata dataURI
    ) external;

    /// @notice The batch that `operator` committed under `root`; all zero where there is none.
    function batch(address operator, bytes32 root) external view returns (Batch memory);

    /// @notice The sequence with which the operator's next batch starts.
    function nextSequence(address operator) external view returns (uint64);

    /**
     * @notice When `receipt` was committed, in seconds; 0 where `proof` does not show it in a batch of its operator, or
     * its sequence is not in that batch's range.
     */
    function committedAt(
        Receipt calldata receipt,
        bytes32 root,
        bytes32[] calldata proof
    ) external view returns (uint256);

    /// @notice The digest that the operator's key signs.
    function receiptDigest(Receipt calldata receipt) external view returns (bytes32);
}
