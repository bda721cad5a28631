// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// JSON is full of double quotes, which single ones leave readable.
// solhint-disable quotes

import {Json} from "./Json.sol";
import {TcbStatus, TcbStatuses} from "./TcbStatus.sol";

/// @notice A level of a platform's TCB: the least security versions, SGX's sixteen and then TDX's, and their status.
struct TcbLevel {
    bytes32 svns;
    uint16 pceSvn;
    TcbStatus status;
}

/**
 * @notice A TDX module that Intel signed.
 * @param version its number; 0 for the one that has no versions of its own.
 * @param identity the highest bytes of keccak256 of its signer (48 bytes) and its attributes (8), as far as the mask goes.
 * @param leastSvn the least security version that is trusted.
 */
struct TdxModule {
    uint8 version;
    bytes20 identity;
    bytes8 attributesMask;
    uint24 leastSvn;
}

/**
 * @notice What Intel says of a family of platforms.
 * @param from, until its issue and the next update, in seconds.
 * @param evaluation grows with what Intel knows.
 */
struct TcbInfo {
    bytes6 fmspc;
    uint48 from;
    uint48 until;
    uint32 evaluation;
    TdxModule[] modules;
    TcbLevel[] levels;
}

/**
 * @notice What Intel says of the enclave that signs quotes.
 * @param identity keccak256 of MISCSELECT (4 bytes) and attributes (16) as far as the masks go, MRSIGNER and product (2).
 * @param leastSvn the least security version that is trusted.
 */
struct QeIdentity {
    uint48 from;
    uint48 until;
    uint32 evaluation;
    bytes32 identity;
    bytes4 miscSelectMask;
    bytes16 attributesMask;
    uint24 leastSvn;
}

/**
 * @title TdxCollateralText
 * @notice Reads the two JSON texts that Intel signs for TDX, in the form in which its service writes them (version 4):
 * TCB info of version 3, and the identity of the quoting enclave of version 2.
 * @dev A contract of its own for its size; whoever brings collateral pays for it, no quote does.
 */
contract TdxCollateralText {
    using Json for Json.Reader;

    uint256 private constant COMPONENTS = 16;
    /// @dev Bounds memory, not Intel: there are a dozen levels and a handful of modules.
    uint256 private constant MOST_LEVELS = 64;
    uint256 private constant MOST_MODULES = 32;

    /// @notice More levels or modules than anybody could bring in one transaction.
    error TooManyEntries(uint256 most);
    /// @notice Two modules of one version.
    error ModuleTwice(uint8 version);

    /// @notice Reads TCB info.
    function readTcbInfo(bytes calldata text) external pure returns (TcbInfo memory info) {
        Json.Reader memory reader = Json.Reader(text, 0);
        reader.pass('{"id":"TDX","version":3');
        (info.from, info.until) = _readValidity(reader);
        reader.pass(',"fmspc":');
        info.fmspc = bytes6(reader.hex_(6));
        reader.pass(',"pceId":"0000","tcbType":0');
        info.evaluation = _readEvaluation(reader);
        info.modules = _readModules(reader);
        info.levels = _readLevels(reader);
        reader.pass("}");
        reader.requireEnd();
    }

    /// @notice Reads the quoting enclave's identity.
    function readQeIdentity(bytes calldata text) external pure returns (QeIdentity memory identity) {
        Json.Reader memory reader = Json.Reader(text, 0);
        reader.pass('{"id":"TD_QE","version":2');
        (identity.from, identity.until) = _readValidity(reader);
        identity.evaluation = _readEvaluation(reader);
        reader.pass(',"miscselect":');
        bytes4 miscSelect = bytes4(reader.hex_(4));
        reader.pass(',"miscselectMask":');
        identity.miscSelectMask = bytes4(reader.hex_(4));
        reader.pass(',"attributes":');
        bytes16 attributes = bytes16(reader.hex_(16));
        reader.pass(',"attributesMask":');
        identity.attributesMask = bytes16(reader.hex_(16));
        reader.pass(',"mrsigner":');
        bytes32 mrSigner = bytes32(reader.hex_(32));
        reader.pass(',"isvprodid":');
        uint16 product = uint16(reader.number(type(uint16).max));
        bytes20 masked = bytes20(
            bytes.concat(miscSelect & identity.miscSelectMask, attributes & identity.attributesMask)
        );
        identity.identity = keccak256(abi.encodePacked(masked, mrSigner, product));
        identity.leastSvn = TcbStatuses.readLeast(reader);
        reader.pass("}");
        reader.requireEnd();
    }

    function _readValidity(Json.Reader memory reader) private pure returns (uint48 from, uint48 until) {
        reader.pass(',"issueDate":');
        from = reader.date();
        reader.pass(',"nextUpdate":');
        until = reader.date();
    }

    function _readEvaluation(Json.Reader memory reader) private pure returns (uint32) {
        reader.pass(',"tcbEvaluationDataNumber":');
        return uint32(reader.number(type(uint32).max));
    }

    /// @dev The module without a version first.
    function _readModules(Json.Reader memory reader) private pure returns (TdxModule[] memory modules) {
        TdxModule[] memory found = new TdxModule[](MOST_MODULES);
        reader.pass(',"tdxModule":{"mrsigner":');
        found[0] = _readModule(reader);
        reader.pass("}");
        uint256 count = 1;
        if (reader.tryPass(',"tdxModuleIdentities":[')) {
            do {
                require(count < MOST_MODULES, TooManyEntries(MOST_MODULES));
                reader.pass('{"id":');
                uint8 version = _readVersion(reader);
                for (uint256 i = 0; i < count; ++i) require(found[i].version != version, ModuleTwice(version));
                reader.pass(',"mrsigner":');
                found[count] = _readModule(reader);
                (found[count].version, found[count].leastSvn) = (version, TcbStatuses.readLeast(reader));
                reader.pass("}");
                ++count;
            } while (reader.tryPass(","));
            reader.pass("]");
        }
        modules = new TdxModule[](count);
        for (uint256 i = 0; i < count; ++i) modules[i] = found[i];
    }

    /// @dev The number in `TDX_01`.
    function _readVersion(Json.Reader memory reader) private pure returns (uint8) {
        uint256 offset = reader.offset;
        bytes memory id = reader.string_();
        require(id.length == 6 && bytes4(id) == "TDX_", Json.JsonUnexpected(offset));
        return Json.hexByte(id[4], id[5], offset);
    }

    function _readModule(Json.Reader memory reader) private pure returns (TdxModule memory module) {
        bytes memory mrSigner = reader.hex_(48);
        reader.pass(',"attributes":');
        bytes8 attributes = bytes8(reader.hex_(8));
        reader.pass(',"attributesMask":');
        module.attributesMask = bytes8(reader.hex_(8));
        module.identity = bytes20(keccak256(bytes.concat(mrSigner, attributes & module.attributesMask)));
    }

    function _readLevels(Json.Reader memory reader) private pure returns (TcbLevel[] memory levels) {
        TcbLevel[] memory found = new TcbLevel[](MOST_LEVELS);
        uint256 count = 0;
        reader.pass(',"tcbLevels":[');
        do {
            require(count < MOST_LEVELS, TooManyEntries(MOST_LEVELS));
            reader.pass('{"tcb":{"sgxtcbcomponents":');
            uint256 svns = _readComponents(reader);
            reader.pass(',"pcesvn":');
            uint16 pceSvn = uint16(reader.number(type(uint16).max));
            reader.pass(',"tdxtcbcomponents":');
            svns = (svns << 128) | _readComponents(reader);
            reader.pass("}");
            found[count++] = TcbLevel(bytes32(svns), pceSvn, TcbStatuses.read(reader));
        } while (reader.tryPass(","));
        reader.pass("]");
        levels = new TcbLevel[](count);
        for (uint256 i = 0; i < count; ++i) levels[i] = found[i];
    }

    /// @dev Sixteen versions, a byte each.
    function _readComponents(Json.Reader memory reader) private pure returns (uint256 svns) {
        reader.pass("[");
        for (uint256 i = 0; i < COMPONENTS; ++i) {
            if (i != 0) reader.pass(",");
            reader.pass('{"svn":');
            svns = (svns << 8) | reader.number(type(uint8).max);
            if (reader.tryPass(',"category":')) reader.skipString();
            if (reader.tryPass(',"type":')) reader.skipString();
            reader.pass("}");
        }
        reader.pass("]");
    }
}
