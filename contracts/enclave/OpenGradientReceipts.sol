// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title OpenGradientReceipts
 * @notice What an enclave of OpenGradient's gateway signs for an answer.
 *
 * @dev `sign_data` and `compute_tee_msg_hash` in tee_gateway/tee_manager.py of github.com/OpenGradient/tee-gateway sign
 * keccak256(inputHash ‖ outputHash ‖ timestamp), 96 bytes packed, as a message of 32 bytes: RSA-2048-PSS, SHA-256, a
 * salt of 32 bytes. RSA-PSS hashes that message once more. inputHash is the keccak256 of the request's bytes, outputHash
 * that of the response's UTF-8 content, timestamp Unix time in seconds. Their chain computes the same in
 * contracts/solidity/TEEInferenceVerifier.sol of github.com/OpenGradient/og-evm. The message names neither model nor
 * operator.
 */
library OpenGradientReceipts {
    /// @notice The SHA-256 hash of the message, as `RsaPss.verify` takes it.
    function digest(bytes32 inputHash, bytes32 outputHash, uint256 timestamp) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(keccak256(abi.encodePacked(inputHash, outputHash, timestamp))));
    }
}
