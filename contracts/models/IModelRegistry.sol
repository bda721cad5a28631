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

    /// @notice The caller has published this model already.
    error ModelAlreadyPublished(bytes32 modelId);
    /// @notice `modes` is empty or names a mode that does not exist.
    error ModesInvalid(uint8 modes);
    /// @notice Nobody has published this model.
    error ModelUnknown(bytes32 modelId);

    /**
     * @notice Publishes a model under the caller's name.
     * @param commitment the hash of its weights; for integer models the Merkle root of their rows.
     * @param spec what else defines the computation; for integer models the widths and shifts, which must be valid if
     * `modes` holds the optimistic mode (see `IntegerModels`).
     * @param modes a bit for each verification mode.
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

    /// @notice The model's record; all zero where it is not published.
    function get(bytes32 modelId) external view returns (Model memory);

    /// @notice Whether `operator` says that it serves the model.
    function isServing(address operator, bytes32 modelId) external view returns (bool);
}
