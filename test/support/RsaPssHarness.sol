// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OpenGradientReceipts} from "../../contracts/enclave/OpenGradientReceipts.sol";
import {RsaPss} from "../../contracts/enclave/RsaPss.sol";

/// @title RsaPssHarness
/// @notice The libraries' functions as calls, so that they can be given too little gas.
contract RsaPssHarness {
    function verify(
        bytes calldata modulus,
        bytes32 messageHash,
        bytes calldata signature
    ) external view returns (bool) {
        return RsaPss.verify(modulus, messageHash, signature);
    }

    function digest(bytes32 inputHash, bytes32 outputHash, uint256 timestamp) external pure returns (bytes32) {
        return OpenGradientReceipts.digest(inputHash, outputHash, timestamp);
    }
}
