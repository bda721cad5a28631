// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title EnclaveKinds
 * @notice How an enclave's answers are told from others: the one byte that is the spec of a model of the enclave mode.
 */
library EnclaveKinds {
    /// @notice The key that signs the receipts was registered by a TDX quote.
    uint8 internal constant ATTESTED_KEY = 0;
    /// @notice An RSA key of the enclave signed the answer, as OpenGradient's gateway does.
    uint8 internal constant OPEN_GRADIENT = 1;
    /// @notice How many kinds there are.
    uint8 internal constant COUNT = 2;

    /// @notice The spec is not one byte that names a kind.
    error EnclaveSpecInvalid(bytes spec);

    /// @notice The kind that a spec names. Reverts where it names none.
    function kindOf(bytes memory spec) internal pure returns (uint8 kind) {
        require(spec.length == 1 && uint8(spec[0]) < COUNT, EnclaveSpecInvalid(spec));
        return uint8(spec[0]);
    }
}
