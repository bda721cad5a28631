// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IIntelCollateral} from "../../contracts/enclave/IIntelCollateral.sol";
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

    function put(bytes memory data, uint256 offset, bytes32 word) internal pure {
        for (uint256 i = 0; i < 32; ++i) data[offset + i] = word[i];
    }
}
