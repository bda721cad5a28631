// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Json} from "../../contracts/enclave/Json.sol";
import {TcbStatus, TcbStatuses} from "../../contracts/enclave/TcbStatus.sol";

/// @title TcbStatusesHarness
/// @notice Reads from a text's first character, and says how far it read.
contract TcbStatusesHarness {
    function read(bytes calldata text) external pure returns (TcbStatus status, uint256 end) {
        Json.Reader memory reader = Json.Reader(text, 0);
        return (TcbStatuses.read(reader), reader.offset);
    }

    function readLeast(bytes calldata text) external pure returns (uint24 least, uint256 end) {
        Json.Reader memory reader = Json.Reader(text, 0);
        return (TcbStatuses.readLeast(reader), reader.offset);
    }

    function isTrusted(TcbStatus status) external pure returns (bool) {
        return TcbStatuses.isTrusted(status);
    }
}
