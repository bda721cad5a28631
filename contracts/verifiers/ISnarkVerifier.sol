// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title ISnarkVerifier
 * @notice Verifies proofs of one circuit, whose verification key is part of its code.
 * @dev The shape of the verifiers that Barretenberg writes for UltraHonk. A Groth16 verifier fits behind it by an adapter
 * that reads `proof` as its three points and hands the public inputs on. It must be a function of its code and its
 * arguments alone: no storage, no calls but to precompiles, nothing of the block. Then whoever knows its code hash knows
 * its answers.
 */
interface ISnarkVerifier {
    /**
     * @notice Whether `proof` proves the circuit's statement for `publicInputs`, each a field element.
     * @dev Refuses by false or by a revert of its own.
     */
    function verify(bytes calldata proof, bytes32[] calldata publicInputs) external view returns (bool);
}
