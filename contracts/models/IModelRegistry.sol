// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title IModelRegistry
 * @notice What models there are: commitments that anyone publishes and nobody overwrites, and which operators serve
 * them. Whoever uses a model recomputes its commitment from the weights first.
 */
interface IModelRegistry {
    /// @notice A published model. `modes` has bit `1 << mode` set for each verification mode that it can be served in.
    struct Model {
        address publisher;
        uint48 publishedAt;
        uint8 modes;
    }

    event ModelPublished(
        bytes32 indexed modelId,
        address indexed publisher,
        bytes32 commitment,
        bytes spec,
        uint8 modes,
        string metadataURI
    );
    event ServingSet(address indexed operator, bytes32 indexed modelId, bool serving);
    event MeasurementAllowed(bytes32 indexed modelId, bytes32 indexed measurement, uint48 allowedFrom);
    event MeasurementEndSet(bytes32 indexed modelId, bytes32 indexed measurement, uint48 allowedUntil);

    /// @notice The caller has published this model already.
    error ModelAlreadyPublished(bytes32 modelId);
    /// @notice `modes` is empty, names a mode that does not exist, or two whose specs differ: optimistic, snark, enclave.
    error ModesInvalid(uint8 modes);
    /// @notice The spec of a model of the snark mode has 36 bytes.
    error SnarkSpecLengthInvalid(uint256 length);
    /// @notice Nobody has published this model.
    error ModelUnknown(bytes32 modelId);
    /// @notice The model's publisher is somebody else.
    error NotPublisher(bytes32 modelId, address caller);
    /// @notice Zero stands for keys that no enclave holds.
    error MeasurementZero();
    /// @notice The measurement is, or was, allowed for the model already; or never was.
    error MeasurementAlreadyAllowed(bytes32 modelId, bytes32 measurement);
    error MeasurementNotAllowed(bytes32 modelId, bytes32 measurement);

    /**
     * @notice Publishes a model under the caller's name.
     * @param commitment the hash of its weights; for integer models the Merkle root of their rows.
     * @param spec what else defines the computation. Optimistic: widths and shifts (see `IntegerModels`). Snark: the hash
     * of the verifier's code, the number of input bytes and of logits (uint16 each). Enclave: its kind, one byte (see
     * `EnclaveKinds`). Signed: anything.
     * @param modes a bit for each verification mode: signed, and at most one of the others.
     * @param metadataURI where weights and description are found; not part of the id.
     */
    function publish(
        bytes32 commitment,
        bytes calldata spec,
        uint8 modes,
        string calldata metadataURI
    ) external returns (bytes32 modelId);

    /// @notice Says that the caller serves a published model, or no longer does.
    function setServing(bytes32 modelId, bool serving) external;

    /**
     * @notice Says that answers of an enclave with this measurement are the model's, from this block on, with no end.
     * By the model's publisher alone.
     * @param measurement of a TD (see `TdxQuotes`), or keccak256 of the RSA modulus of an enclave whose attestation the
     * publisher has checked.
     */
    function allowMeasurement(bytes32 modelId, bytes32 measurement) external;

    /**
     * @notice Sets or brings forward the end of a measurement. By the model's publisher alone. What was answered before
     * stays right, and what has ended is never allowed again.
     * @param until the first second at which it is no longer allowed; at least `Clocks.KEY_NOTICE` ahead.
     */
    function endMeasurement(bytes32 modelId, bytes32 measurement, uint48 until) external;

    /// @notice The model's record; all zero where it is not published.
    function get(bytes32 modelId) external view returns (Model memory);

    /// @notice Whether `operator` says that it serves the model.
    function isServing(address operator, bytes32 modelId) external view returns (bool);

    /// @notice Whether the measurement was allowed for the model at `time`.
    function isMeasurementAllowedAt(bytes32 modelId, bytes32 measurement, uint256 time) external view returns (bool);
}
