// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title ModelIds
 * @notice A model's id binds who published it, its weights and what else defines its computation.
 */
library ModelIds {
    /// @notice The id of a model. The publisher is in it, so that nobody can take another's model for his own.
    function compute(address publisher, bytes32 commitment, bytes memory spec) internal pure returns (bytes32) {
        return keccak256(abi.encode(publisher, commitment, keccak256(spec)));
    }
}
