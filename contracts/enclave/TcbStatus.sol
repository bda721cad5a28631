// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// JSON is full of double quotes, which single ones leave readable.
// solhint-disable quotes

import {Json} from "./Json.sol";

/// @notice What Intel thinks of a platform, or of an enclave, with certain security versions.
enum TcbStatus {
    UpToDate,
    SWHardeningNeeded,
    ConfigurationNeeded,
    ConfigurationAndSWHardeningNeeded,
    OutOfDate,
    OutOfDateConfigurationNeeded,
    Revoked
}

/**
 * @title TcbStatuses
 * @notice Reads statuses, and says which are good enough.
 */
library TcbStatuses {
    using Json for Json.Reader;

    /// @dev No version is as high: nothing is good enough.
    uint24 internal constant NO_VERSION = type(uint24).max;

    /// @notice A status that is none of the seven.
    error TcbStatusUnknown(bytes status);
    /// @notice Levels start with the newest.
    error TcbLevelsUnordered(uint256 previous, uint256 next);

    /// @notice The floor: what is known to be broken, or wrongly set up, is not trusted.
    function isTrusted(TcbStatus status) internal pure returns (bool) {
        return status == TcbStatus.UpToDate || status == TcbStatus.SWHardeningNeeded;
    }

    /// @notice Reads `,"tcbDate":...,"tcbStatus":...` and the advisories after it, up to the level's end.
    function read(Json.Reader memory reader) internal pure returns (TcbStatus status) {
        reader.pass(',"tcbDate":');
        reader.date();
        reader.pass(',"tcbStatus":');
        status = _statusOf(reader.string_());
        if (reader.tryPass(',"advisoryIDs":[')) {
            do reader.skipString(); while (reader.tryPass(","));
            reader.pass("]");
        }
        reader.pass("}");
    }

    /// @notice Reads a list of levels of one security version each, and returns the least of those at its head that are
    /// trusted: what has this version or a higher one is, everything else is not.
    function readLeast(Json.Reader memory reader) internal pure returns (uint24 least) {
        reader.pass(',"tcbLevels":[');
        least = NO_VERSION;
        uint256 previous = NO_VERSION;
        bool isHead = true;
        do {
            reader.pass('{"tcb":{"isvsvn":');
            uint256 version = reader.number(type(uint16).max);
            reader.pass("}");
            require(version < previous, TcbLevelsUnordered(previous, version));
            previous = version;
            isHead = isTrusted(read(reader)) && isHead;
            if (isHead) least = uint24(version);
        } while (reader.tryPass(","));
        reader.pass("]");
    }

    function _statusOf(bytes memory text) private pure returns (TcbStatus) {
        bytes32 hash = keccak256(text);
        if (hash == keccak256("UpToDate")) return TcbStatus.UpToDate;
        if (hash == keccak256("SWHardeningNeeded")) return TcbStatus.SWHardeningNeeded;
        if (hash == keccak256("ConfigurationNeeded")) return TcbStatus.ConfigurationNeeded;
        if (hash == keccak256("ConfigurationAndSWHardeningNeeded")) return TcbStatus.ConfigurationAndSWHardeningNeeded;
        if (hash == keccak256("OutOfDate")) return TcbStatus.OutOfDate;
        if (hash == keccak256("OutOfDateConfigurationNeeded")) return TcbStatus.OutOfDateConfigurationNeeded;
        require(hash == keccak256("Revoked"), TcbStatusUnknown(text));
        return TcbStatus.Revoked;
    }
}
