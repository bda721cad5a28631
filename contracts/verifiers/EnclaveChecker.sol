// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EnclaveKinds} from "../enclave/EnclaveKinds.sol";
import {IKeyRegistry} from "../keys/IKeyRegistry.sol";
import {IModelRegistry} from "../models/IModelRegistry.sol";
import {ModelIds, ModelOpening} from "../models/ModelIds.sol";
import {Receipt} from "../receipts/Receipts.sol";
import {Order} from "../settlement/Requests.sol";
import {IChecker} from "./IChecker.sol";

/**
 * @title EnclaveChecker
 * @notice Whether an answer of the enclave mode bears what its model asks for: a key of an enclave that the model's
 * publisher allowed when the receipt was issued.
 * @dev Evidence is `abi.encode(ModelOpening, bytes proof)`; the model's spec names the kind. Everything is asked for the
 * receipt's own time, so that ending a key or a measurement neither convicts nor clears what came before.
 */
contract EnclaveChecker is IChecker {
    /// @notice Models of this kind are not judged.
    error EnclaveKindNotJudged(uint8 kind);

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
        (ModelOpening memory model, ) = abi.decode(evidence, (ModelOpening, bytes));
        ModelIds.requireOpens(order.modelId, model);
        uint8 kind = EnclaveKinds.kindOf(model.spec);
        require(kind == EnclaveKinds.ATTESTED_KEY, EnclaveKindNotJudged(kind));
        bytes32 measurement = keys.measurementOf(receipt.signer);
        return !models.isMeasurementAllowedAt(order.modelId, measurement, receipt.issuedAt);
    }
}
