// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Interval, Intervals} from "../access/Intervals.sol";
import {EnclaveKinds} from "../enclave/EnclaveKinds.sol";
import {Modes} from "../Modes.sol";
import {IModelRegistry} from "./IModelRegistry.sol";
import {IntegerModels} from "./IntegerModels.sol";
import {ModelIds} from "./ModelIds.sol";

/// @title ModelRegistry
/// @notice See IModelRegistry.
contract ModelRegistry is IModelRegistry {
    using Intervals for Interval;

    uint256 private constant SNARK_SPEC_BYTES = 36;

    mapping(bytes32 modelId => Model) private _models;
    mapping(address operator => mapping(bytes32 modelId => bool)) private _serving;
    mapping(bytes32 modelId => mapping(bytes32 measurement => Interval)) private _measurements;

    /// @inheritdoc IModelRegistry
    function publish(
        bytes32 commitment,
        bytes calldata spec,
        uint8 modes,
        string calldata metadataURI
    ) external returns (bytes32 modelId) {
        require(modes != 0 && modes >> Modes.COUNT == 0, ModesInvalid(modes));
        _requireSpec(modes, spec);
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
    function allowMeasurement(bytes32 modelId, bytes32 measurement) external {
        require(_models[modelId].publisher == msg.sender, NotPublisher(modelId, msg.sender));
        // INVARIANT: zero is what a key has that was registered without a quote.
        require(measurement != 0, MeasurementZero());
        Interval storage interval = _measurements[modelId][measurement];
        require(!interval.isStarted(), MeasurementAlreadyAllowed(modelId, measurement));
        emit MeasurementAllowed(modelId, measurement, interval.start());
    }

    /// @inheritdoc IModelRegistry
    function endMeasurement(bytes32 modelId, bytes32 measurement, uint48 until) external {
        require(_models[modelId].publisher == msg.sender, NotPublisher(modelId, msg.sender));
        Interval storage interval = _measurements[modelId][measurement];
        require(interval.isStarted(), MeasurementNotAllowed(modelId, measurement));
        interval.end(until);
        emit MeasurementEndSet(modelId, measurement, until);
    }

    /// @inheritdoc IModelRegistry
    function get(bytes32 modelId) external view returns (Model memory) {
        return _models[modelId];
    }

    /// @inheritdoc IModelRegistry
    function isServing(address operator, bytes32 modelId) external view returns (bool) {
        return _serving[operator][modelId];
    }

    /// @inheritdoc IModelRegistry
    function isMeasurementAllowedAt(bytes32 modelId, bytes32 measurement, uint256 time) external view returns (bool) {
        return _measurements[modelId][measurement].contains(time);
    }

    /// @dev A spec is read by its mode, so that only modes which read it alike may share one; signed reads none.
    function _requireSpec(uint8 modes, bytes calldata spec) private pure {
        uint8 reading = modes & ~uint8(1 << Modes.SIGNED);
        if (reading == 1 << Modes.OPTIMISTIC) IntegerModels.validate(spec);
        else if (reading == 1 << Modes.ENCLAVE) EnclaveKinds.kindOf(spec);
        else if (reading == 1 << Modes.SNARK) require(spec.length == SNARK_SPEC_BYTES, SnarkSpecLengthInvalid(spec.length));
        else require(reading == 0, ModesInvalid(modes));
    }
}
