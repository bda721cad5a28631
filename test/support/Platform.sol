// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {IIntelCollateral} from "../../contracts/enclave/IIntelCollateral.sol";
import {DerWriter} from "./DerWriter.sol";
import {vm} from "./Vm.sol";

/// @notice The cheatcodes that read test/vectors/tdx.json, and that sign as an enclave does.
interface PlatformCheats {
    function readFile(string calldata path) external view returns (string memory);
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function signP256(uint256 secret, bytes32 digest) external pure returns (bytes32 r, bytes32 s);
}

/**
 * @title Platform
 * @notice The tests' own TDX platform: what its Intel says, and quotes of its enclaves.
 */
library Platform {
    PlatformCheats private constant CHEATS = PlatformCheats(address(vm));

    uint256 internal constant REPORT_DATA = 568;
    uint256 internal constant SIGNATURE = 632;
    uint256 internal constant KEY = 696;

    /// @dev ecdsa-with-SHA256.
    bytes private constant ALGORITHM = hex"300a06082a8648ce3d040302";

    /// @notice The part stands nowhere.
    error PartMissing(bytes part);

    /// @notice A value of the vectors.
    function get(string memory name) internal view returns (bytes memory) {
        return CHEATS.parseJsonBytes(CHEATS.readFile("test/vectors/tdx.json"), string.concat(".", name));
    }

    /// @notice Brings everything that a quote needs.
    function bring(IIntelCollateral collateral) internal {
        collateral.bringAuthority(get("authority"));
        collateral.bringRevocations(get("rootCrl"));
        collateral.bringRevocations(get("crl"));
        bringTcbInfo(collateral);
        bringQeIdentity(collateral);
    }

    function bringTcbInfo(IIntelCollateral collateral) internal {
        collateral.bringTcbInfo(get("tcbInfo"), get("tcbInfoSignature"), get("signer"));
    }

    function bringQeIdentity(IIntelCollateral collateral) internal {
        collateral.bringQeIdentity(get("qeIdentity"), get("qeIdentitySignature"), get("signer"));
    }

    /// @notice A quote in which the enclave says `said`.
    function quote(bytes32[2] memory said) internal view returns (bytes memory) {
        bytes memory changed = get("quote");
        put(changed, REPORT_DATA, said[0]);
        put(changed, REPORT_DATA + 32, said[1]);
        return signed(changed);
    }

    /// @notice The quote, signed anew by its attestation key.
    function signed(bytes memory changed) internal view returns (bytes memory) {
        bytes memory head = new bytes(SIGNATURE);
        for (uint256 i = 0; i < SIGNATURE; ++i) head[i] = changed[i];
        (bytes32 r, bytes32 s) = CHEATS.signP256(uint256(bytes32(get("attestationSecret"))), sha256(head));
        put(changed, SIGNATURE, r);
        put(changed, SIGNATURE + 32, s);
        return changed;
    }

    /// @notice The signature, r and s, of whoever is called `name` in src/sim/tdxPlatform.ts.
    function sign(string memory name, bytes memory text) internal pure returns (bytes32 r, bytes32 s) {
        return CHEATS.signP256(uint256(keccak256(bytes.concat("surety tdx ", bytes(name)))), sha256(text));
    }

    /// @notice The certificate or list, with a changed body of the same length, signed anew by its issuer.
    function issued(bytes memory changed, string memory issuer) internal pure returns (bytes memory) {
        (uint256 start, ) = _content(changed, 0);
        (, uint256 end) = _content(changed, start);
        bytes memory body = Bytes.slice(changed, start, end);
        (bytes32 r, bytes32 s) = sign(issuer, body);
        bytes memory numbers = bytes.concat(DerWriter.integer(uint256(r)), DerWriter.integer(uint256(s)));
        bytes memory signature = DerWriter.element(0x03, bytes.concat(hex"00", DerWriter.element(0x30, numbers)));
        return DerWriter.element(0x30, bytes.concat(body, ALGORITHM, signature));
    }

    /// @notice Where `part` stands first.
    function find(bytes memory data, bytes memory part) internal pure returns (uint256 offset) {
        bytes32 hash = keccak256(part);
        for (; offset + part.length <= data.length; ++offset) {
            if (keccak256(Bytes.slice(data, offset, offset + part.length)) == hash) return offset;
        }
        revert PartMissing(part);
    }

    function put(bytes memory data, uint256 offset, bytes32 word) internal pure {
        for (uint256 i = 0; i < 32; ++i) data[offset + i] = word[i];
    }

    /// @dev Where the content of the element at `offset` starts, and where it ends.
    function _content(bytes memory der, uint256 offset) private pure returns (uint256 start, uint256 end) {
        uint256 length = uint8(der[offset + 1]);
        start = offset + 2;
        if (length >= 0x80) {
            uint256 count = length & 0x7f;
            length = 0;
            for (uint256 i = 0; i < count; ++i) length = (length << 8) | uint8(der[start + i]);
            start += count;
        }
        end = start + length;
    }
}
