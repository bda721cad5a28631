// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PckExtension} from "../../contracts/enclave/PckExtension.sol";
import {Certificate, X509} from "../../contracts/enclave/X509.sol";

/// @title X509Harness
/// @notice The libraries read calldata, so they are called.
contract X509Harness {
    function parse(bytes calldata der) external pure returns (Certificate memory) {
        return X509.parse(der);
    }

    function time(bytes calldata der) external pure returns (uint48, uint256) {
        return X509.time(der, 0, der.length);
    }

    function extension(bytes calldata der) external pure returns (bytes32, uint256, uint256) {
        return X509.extension(der, 0, der.length);
    }

    function readPlatform(
        bytes calldata der,
        uint256 start,
        uint256 end
    ) external pure returns (bytes6, bytes16, uint16) {
        return PckExtension.read(der, start, end);
    }
}
