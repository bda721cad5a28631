// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ModelIds, ModelOpening} from "../models/ModelIds.sol";
import {Receipt} from "../receipts/Receipts.sol";
import {Order} from "../settlement/Requests.sol";
import {IChecker} from "./IChecker.sol";
import {ISnarkVerifier} from "./ISnarkVerifier.sol";
import {ISnarkVerifiers} from "./ISnarkVerifiers.sol";

/**
 * @title SnarkChecker
 * @notice Judges a receipt of the snark mode by its proof.
 *
 * @dev A model of this mode is published with a commitment to weights that nobody else sees, and a spec of 36 bytes: the
 * code hash of its verifier, then the lengths of input and output as uint16, in bytes and in logits of four bytes each.
 * The receipt's `proofHash` is the hash of the proof. Its public inputs, each a field element: the commitment, each
 * input byte, each logit as the uint32 of its two's complement.
 *
 * Evidence is `abi.encode(ModelOpening, bytes proof, bytes input, bytes output)`. Any valid proof of the statement serves:
 * a receipt binds the one that its operator handed out, and another of the same statement says the same.
 */
contract SnarkChecker is IChecker {
    /**
     * @notice What a verifier gets to spend: more than three times what the iris network's takes (0.6M), so that no good
     * proof runs out of it, whatever whoever calls provides. A bad one may well use it all.
     */
    uint256 public constant VERIFIER_GAS = 2_000_000;
    /// @dev What is spent between the look at what is left and the call.
    uint256 private constant CALL_RESERVE = 10_000;
    uint256 private constant LOGIT_BYTES = 4;
    uint256 private constant SPEC_BYTES = 36;

    ISnarkVerifiers public immutable verifiers;

    /// @notice The spec of a snark model has 36 bytes.
    error SpecLengthInvalid(uint256 length);
    /// @notice Proof, input or output is not the one that was committed to.
    error HashMismatch(bytes32 expected, bytes32 found);
    /// @notice The input, which is the client's, is not as long as the model's.
    error InputLengthInvalid(uint256 length, uint256 expected);
    /// @notice The verifier would not get its gas: call with more.
    error GasInsufficient(uint256 left, uint256 needed);

    constructor(ISnarkVerifiers verifiers_) {
        verifiers = verifiers_;
    }

    /// @inheritdoc IChecker
    function isFaulty(
        Order calldata order,
        Receipt calldata receipt,
        bytes calldata evidence
    ) external view returns (bool) {
        (ModelOpening memory model, bytes memory proof, bytes memory input, bytes memory output) = abi.decode(
            evidence,
            (ModelOpening, bytes, bytes, bytes)
        );
        ModelIds.requireOpens(order.modelId, model);
        (bytes32 codeHash, uint256 inputBytes, uint256 logits) = _read(model.spec);
        ISnarkVerifier verifier = verifiers.requireVerifier(codeHash);
        // Nothing has this hash: a receipt that states it names no proof.
        if (receipt.proofHash == 0) return true;
        _requireHash(receipt.proofHash, proof);
        _requireHash(order.inputHash, input);
        _requireHash(receipt.outputHash, output);
        require(input.length == inputBytes, InputLengthInvalid(input.length, inputBytes));
        if (output.length != logits * LOGIT_BYTES) return true;
        return !_verifies(verifier, proof, _publicInputs(model.commitment, input, output));
    }

    /// @dev Whether the verifier accepts the proof. Reverts, and so decides nothing, where it would not get its gas.
    function _verifies(
        ISnarkVerifier verifier,
        bytes memory proof,
        bytes32[] memory publicInputs
    ) private view returns (bool) {
        bytes memory data = abi.encodeCall(ISnarkVerifier.verify, (proof, publicInputs));
        // INVARIANT: a call passes on 63/64 of what is left, silently less than it was told to. A verifier that starves
        // refuses a good proof, and would convict an honest operator.
        uint256 needed = VERIFIER_GAS + VERIFIER_GAS / 63 + CALL_RESERVE;
        require(gasleft() >= needed, GasInsufficient(gasleft(), needed));
        (bool isDone, bytes memory result) = address(verifier).staticcall{gas: VERIFIER_GAS}(data);
        return isDone && result.length == 32 && bytes32(result) == bytes32(uint256(1));
    }

    function _publicInputs(
        bytes32 commitment,
        bytes memory input,
        bytes memory output
    ) private pure returns (bytes32[] memory fields) {
        uint256 logits = output.length / LOGIT_BYTES;
        fields = new bytes32[](1 + input.length + logits);
        fields[0] = commitment;
        for (uint256 i = 0; i < input.length; ++i) fields[1 + i] = bytes32(uint256(uint8(input[i])));
        for (uint256 i = 0; i < logits; ++i) {
            uint256 logit = 0;
            for (uint256 j = 0; j < LOGIT_BYTES; ++j) logit = (logit << 8) | uint8(output[i * LOGIT_BYTES + j]);
            fields[1 + input.length + i] = bytes32(logit);
        }
    }

    /// @dev What a spec says: the verifier's code hash, the length of the input, the number of logits.
    function _read(bytes memory spec) private pure returns (bytes32 codeHash, uint256 inputBytes, uint256 logits) {
        require(spec.length == SPEC_BYTES, SpecLengthInvalid(spec.length));
        codeHash = bytes32(spec);
        inputBytes = (uint256(uint8(spec[32])) << 8) | uint8(spec[33]);
        logits = (uint256(uint8(spec[34])) << 8) | uint8(spec[35]);
    }

    function _requireHash(bytes32 expected, bytes memory preimage) private pure {
        bytes32 found = keccak256(preimage);
        require(found == expected, HashMismatch(expected, found));
    }
}
