// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title TcbStatusNames
/// @notice How Intel writes its statuses, in the order of `TcbStatus`.
library TcbStatusNames {
    uint256 internal constant COUNT = 7;

    function nameOf(uint256 status) internal pure returns (string memory) {
        string[COUNT] memory names = [
            "UpToDate",
            "SWHardeningNeeded",
            "ConfigurationNeeded",
            "ConfigurationAndSWHardeningNeeded",
            "OutOfDate",
            "OutOfDateConfigurationNeeded",
            "Revoked"
        ];
        return names[status];
    }
}
