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
        uint32 count;
        uint48 committedAt;
    }

    /// @notice A batch was committed; `dataHash` is keccak256 of its published leaves, 32 bytes each in order of sequence.
    event BatchCommitted(
        address indexed operator,
        bytes32 indexed root,
        uint64 firstSequence,
        uint32 count,
        bytes32 dataHash
    );

    /// @notice An operator's published batches are found under `uri` from now on, those of before too.
    event DataURISet(address indexed operator, string uri);

    /// @notice A batch has at least one receipt.
    error BatchEmpty();
    /// @notice The operator committed this root before.
    error BatchAlreadyCommitted(address operator, bytes32 root);
    /// @notice A batch starts where the one before ended.
    error SequenceNotContiguous(address operator, uint64 firstSequence, uint64 expected);

    /**
     * @notice Commits a batch. Only the operator or its agent.
     * @param count at most 2^32 - 1: who steals an agent's key cannot use up all of an operator's numbers with it.
     * @param root the root over the receipts' struct hashes in OpenZeppelin's SimpleMerkleTree format.
     */
    function commit(address operator, bytes32 root, bytes32 dataHash, uint64 firstSequence, uint32 count) external;

    /// @notice Says where `operator` publishes its batches: the one with root R under `uri`/R, R as 0x and 64 lower-case
    /// digits. Only the operator or its agent.
    function setDataURI(address operator, string calldata uri) external;

    /// @notice Where `operator` publishes its batches; empty where it has not said.
    function dataURIOf(address operator) external view returns (string memory);

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
