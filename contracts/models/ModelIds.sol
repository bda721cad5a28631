// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What makes a model's id: who published it, the commitment to its weights, what else defines its computation.
struct ModelOpening {
    address publisher;
    bytes32 commitment;
    bytes spec;
}

/**
 * @title ModelIds
 * @notice A model's id binds who published it, its weights and what else defines its computation.
 */
library ModelIds {
    /// @notice The opening is not of the model that was ordered.
    error ModelMismatch(bytes32 expected, bytes32 found);

    /// @notice The id of a model. The publisher is in it, so that nobody can take another's model for his own.
    function compute(address publisher, bytes32 commitment, bytes memory spec) internal pure returns (bytes32) {
        return keccak256(abi.encode(publisher, commitment, keccak256(spec)));
    }

    /// @notice Reverts unless `opening` is of `modelId`.
    function requireOpens(bytes32 modelId, ModelOpening memory opening) internal pure {
        bytes32 found = compute(opening.publisher, opening.commitment, opening.spec);
        require(found == modelId, ModelMismatch(modelId, found));
    }
}
