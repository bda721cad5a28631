// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Clocks} from "../Clocks.sol";

/**
 * @title EvidenceCommitments
 * @notice Who reports a fault first commits to the very call that will prove it, so that nobody who sees the proof in
 * the mempool can take the bounty.
 *
 * @dev A commitment is keccak256(reporter, keccak256(calldata)): the calldata carries a salt, so that it tells nothing.
 * It carries a deposit, can be opened from the next block on, and lapses after `Clocks.EVIDENCE_LAPSE` with its deposit
 * lost for good: a culprit cannot cheaply park evidence against itself. Whether evidence came in time is judged by when
 * it was committed.
 */
abstract contract EvidenceCommitments {
    struct Commitment {
        uint48 time;
        uint48 blockNumber;
    }

    /// @notice What a commitment carries, in the chain's smallest unit of coin.
    uint256 public immutable evidenceDeposit;

    mapping(bytes32 commitment => Commitment) private _commitments;

    /// @notice The deposit sent is not the deposit asked for.
    error DepositInexact(uint256 sent, uint256 asked);
    error EvidenceAlreadyCommitted(bytes32 commitment);
    /// @notice This call, by this sender, was not committed: send `commitmentOf(sender, calldata)` to `commitEvidence`.
    error EvidenceNotCommitted(bytes32 commitment);
    error EvidenceTooEarly(uint256 blockNumber);
    error EvidenceLapsed(uint256 lapsedAt);

    constructor(uint256 evidenceDeposit_) {
        evidenceDeposit = evidenceDeposit_;
    }

    /// @notice Commits the caller to evidence. Takes `evidenceDeposit`, given back when the evidence holds.
    function commitEvidence(bytes32 commitment) external payable {
        require(msg.value == evidenceDeposit, DepositInexact(msg.value, evidenceDeposit));
        require(_commitments[commitment].time == 0, EvidenceAlreadyCommitted(commitment));
        _commitments[commitment] = Commitment(uint48(block.timestamp), uint48(block.number));
    }

    /// @notice The commitment of `reporter` to a call of this contract with `data`.
    function commitmentOf(address reporter, bytes calldata data) public pure returns (bytes32) {
        return keccak256(abi.encode(reporter, keccak256(data)));
    }

    /// @dev Opens the commitment to the call under way; returns when it was made, and what `_returnDeposit` gives back.
    function _openEvidence() internal returns (uint256 committedAt) {
        bytes32 commitment = commitmentOf(msg.sender, msg.data);
        Commitment memory found = _commitments[commitment];
        require(found.time != 0, EvidenceNotCommitted(commitment));
        require(block.number > found.blockNumber, EvidenceTooEarly(found.blockNumber));
        uint256 lapsesAt = _extended(found.time, found.time + Clocks.EVIDENCE_LAPSE);
        require(block.timestamp <= lapsesAt, EvidenceLapsed(lapsesAt));
        delete _commitments[commitment];
        return found.time;
    }

    /// @dev When a timer ends: suspended time does not count.
    function _extended(uint256 since, uint256 until) internal view virtual returns (uint256);

    /// @dev Last in a call: it hands control to the reporter.
    function _returnDeposit() internal {
        Address.sendValue(payable(msg.sender), evidenceDeposit);
    }
}
