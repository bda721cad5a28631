// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {EnclaveKinds} from "../enclave/EnclaveKinds.sol";
import {OpenGradientReceipts} from "../enclave/OpenGradientReceipts.sol";
import {RsaPss} from "../enclave/RsaPss.sol";
import {IKeyRegistry} from "../keys/IKeyRegistry.sol";
import {IModelRegistry} from "../models/IModelRegistry.sol";
import {ModelIds, ModelOpening} from "../models/ModelIds.sol";
import {Receipt} from "../receipts/Receipts.sol";
import {Order} from "../settlement/Requests.sol";
import {IChecker} from "./IChecker.sol";

/**
 * @title EnclaveChecker
 * @notice Whether an answer of the enclave mode bears what its model asks for: an attested key, or the signature of an
 * enclave's RSA key, that the model's publisher allowed when the receipt was issued.
 * @dev Evidence is `abi.encode(ModelOpening, bytes proof)`; the model's spec names the kind. Where the kind needs a
 * proof, the receipt's `proofHash` is the hash of modulus and signature, 256 bytes each. Everything is asked for the
 * receipt's own time, so that ending a key or a measurement neither convicts nor clears what came before.
 */
contract EnclaveChecker is IChecker {
    /// @dev An RSA modulus, and a signature by its key.
    uint256 private constant PROOF_BYTES = 2 * RsaPss.KEY_BYTES;

    /// @notice The proof is not the one that the receipt binds.
    error ProofMismatch(bytes32 expected, bytes32 found);

    /// @notice Whose keys there are.
    IKeyRegistry public immutable keys;
    /// @notice What their publishers allow for models.
    IModelRegistry public immutable models;

    constructor(IKeyRegistry keys_, IModelRegistry models_) {
        keys = keys_;
        models = models_;
    }

    /// @inheritdoc IChecker
    function isFaulty(
        Order calldata order,
        Receipt calldata receipt,
        bytes calldata evidence
    ) external view returns (bool) {
        (ModelOpening memory model, bytes memory proof) = abi.decode(evidence, (ModelOpening, bytes));
        ModelIds.requireOpens(order.modelId, model);
        if (EnclaveKinds.kindOf(model.spec) == EnclaveKinds.OPEN_GRADIENT) {
            return !_isSignedByEnclave(order, receipt, proof);
        }
        return !models.isMeasurementAllowedAt(order.modelId, keys.measurementOf(receipt.signer), receipt.issuedAt);
    }

    /// @dev That the message holds the receipt's hashes and time needs no comparison: it is made of them.
    function _isSignedByEnclave(
        Order calldata order,
        Receipt calldata receipt,
        bytes memory proof
    ) private view returns (bool) {
        if (receipt.proofHash == 0) return false;
        bytes32 found = keccak256(proof);
        require(found == receipt.proofHash, ProofMismatch(receipt.proofHash, found));
        if (proof.length != PROOF_BYTES) return false;

        bytes memory modulus = Bytes.slice(proof, 0, RsaPss.KEY_BYTES);
        bytes32 modulusHash = keccak256(modulus);
        if (!keys.isRsaKeyValidAt(receipt.operator, modulusHash, receipt.issuedAt)) return false;
        if (!models.isMeasurementAllowedAt(order.modelId, modulusHash, receipt.issuedAt)) return false;
        bytes32 digest = OpenGradientReceipts.digest(order.inputHash, receipt.outputHash, receipt.issuedAt);
        return RsaPss.verify(modulus, digest, Bytes.slice(proof, RsaPss.KEY_BYTES));
    }
}
