// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Modes} from "../Modes.sol";
import {IModelRegistry} from "./IModelRegistry.sol";
import {IntegerModels} from "./IntegerModels.sol";
import {ModelIds} from "./ModelIds.sol";

/// @title ModelRegistry
/// @notice See IModelRegistry.
contract ModelRegistry is IModelRegistry {
    mapping(bytes32 modelId => Model) private _models;
    mapping(address operator => mapping(bytes32 modelId => bool)) private _serving;

    /// @inheritdoc IModelRegistry
    function publish(
        bytes32 commitment,
        bytes calldata spec,
        uint8 modes,
        string calldata metadataURI
    ) external returns (bytes32 modelId) {
        require(modes != 0 && modes >> Modes.COUNT == 0, ModesInvalid(modes));
        if (modes & (1 << Modes.OPTIMISTIC) != 0) IntegerModels.validate(spec);
        modelId = ModelIds.compute(msg.sender, commitment, spec);
        require(_models[modelId].publisher == address(0), ModelAlreadyPublished(modelId));

        _models[modelId] = Model({publisher: msg.sender, publishedAt: uint48(block.timestamp), modes: modes});
        emit ModelPublished(modelId, msg.sender, commitment, spec, modes, metadataURI);
    }

    /// @inheritdoc IModelRegistry
    function setServing(bytes32 modelId, bool serving) external {
        require(_models[modelId].publisher != address(0), ModelUnknown(modelId));
        _serving[msg.sender][modelId] = serving;
        emit ServingSet(msg.sender, modelId, serving);
    }

    /// @inheritdoc IModelRegistry
    function get(bytes32 modelId) external view returns (Model memory) {
        return _models[modelId];
    }

    /// @inheritdoc IModelRegistry
    function isServing(address operator, bytes32 modelId) external view returns (bool) {
        return _serving[operator][modelId];
    }
}
