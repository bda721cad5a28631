// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title Modes
 * @notice Why a receipt is believed: the numbers that stand in an order's `mode`.
 */
library Modes {
    /// @notice The operator's bond stands behind its signature: who, not whether right.
    uint8 internal constant SIGNED = 0;
    /// @notice The key was attested with a measurement that the model allows.
    uint8 internal constant ENCLAVE = 1;
    /// @notice A proof of the inference verifies against the model's commitment.
    uint8 internal constant SNARK = 2;
    /// @notice Anyone can re-execute it and prove one wrong neuron.
    uint8 internal constant OPTIMISTIC = 3;
    /// @notice How many modes there are.
    uint8 internal constant COUNT = 4;
}
