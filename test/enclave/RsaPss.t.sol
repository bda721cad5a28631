// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OpenGradientReceipts} from "../../contracts/enclave/OpenGradientReceipts.sol";
import {RsaPss} from "../../contracts/enclave/RsaPss.sol";
import {RsaPssHarness} from "../support/RsaPssHarness.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

/// @notice The cheatcodes that read test/vectors/rsa.json.
interface Files {
    function readFile(string calldata path) external view returns (string memory);

    function parseJsonType(
        string calldata json,
        string calldata key,
        string calldata types
    ) external pure returns (bytes memory);

    function parseJsonTypeArray(
        string calldata json,
        string calldata key,
        string calldata types
    ) external pure returns (bytes memory);
}

contract RsaPssTest is Test {
    Files private constant FILES = Files(address(uint160(uint256(keccak256("hevm cheat code")))));

    struct Case {
        string name;
        bytes modulus;
        bytes32 messageHash;
        bytes signature;
        bool isValid;
    }

    struct GatewayReceipt {
        bytes32 inputHash;
        bytes32 outputHash;
        uint256 timestamp;
        bytes32 digest;
        bytes signature;
    }

    RsaPssHarness private _harness = new RsaPssHarness();
    string private _json = FILES.readFile("test/vectors/rsa.json");
    bytes private _modulus = _cases()[0].modulus;
    bytes32 private _messageHash = _cases()[0].messageHash;
    bytes private _signature = _cases()[0].signature;

    function test_verifyJudgesAsNodeDoes() external view {
        Case[] memory cases = _cases();
        uint256 valid = 0;
        for (uint256 i = 0; i < cases.length; ++i) {
            bool isValid = RsaPss.verify(cases[i].modulus, cases[i].messageHash, cases[i].signature);
            vm.assertTrue(isValid == cases[i].isValid, cases[i].name);
            if (isValid) ++valid;
        }
        vm.assertEq(valid, 5, "good ones");
        vm.assertEq(cases.length, 67, "all of them");
    }

    function test_digestIsWhatTheGatewaySigns() external view {
        bytes memory decoded = FILES.parseJsonTypeArray(
            _json,
            ".receipts",
            "GatewayReceipt(bytes32 inputHash,bytes32 outputHash,uint256 timestamp,bytes32 digest,bytes signature)"
        );
        GatewayReceipt[] memory receipts = abi.decode(decoded, (GatewayReceipt[]));
        for (uint256 i = 0; i < receipts.length; ++i) {
            GatewayReceipt memory shown = receipts[i];
            bytes32 digest = OpenGradientReceipts.digest(shown.inputHash, shown.outputHash, shown.timestamp);
            vm.assertEq(digest, shown.digest, "digest");
            vm.assertTrue(RsaPss.verify(_modulus, digest, shown.signature), "signature");
        }
        vm.assertEq(receipts.length, 3, "all of them");
    }

    function test_verifyRefusesAnyByteOfTheSignatureChanged() external view {
        bytes memory signature = _signature;
        for (uint256 i = 0; i < signature.length; ++i) {
            signature[i] ^= bytes1(uint8(1 << (i % 8)));
            vm.assertFalse(RsaPss.verify(_modulus, _messageHash, signature), "changed");
            signature[i] ^= bytes1(uint8(1 << (i % 8)));
        }
        vm.assertTrue(RsaPss.verify(_modulus, _messageHash, signature), "as it was");
    }

    function test_verifyRefusesAnyByteOfTheModulusChanged() external view {
        bytes memory modulus = _modulus;
        for (uint256 i = 0; i < modulus.length; ++i) {
            modulus[i] ^= bytes1(uint8(1 << (i % 8)));
            vm.assertFalse(RsaPss.verify(modulus, _messageHash, _signature), "changed");
            modulus[i] ^= bytes1(uint8(1 << (i % 8)));
        }
        vm.assertTrue(RsaPss.verify(modulus, _messageHash, _signature), "as it was");
    }

    function test_verifyRefusesAnyByteOfTheMessageChanged() external view {
        for (uint256 i = 0; i < 256; i += 7) {
            vm.assertFalse(RsaPss.verify(_modulus, _messageHash ^ bytes32(uint256(1) << i), _signature), "changed");
        }
    }

    function testFuzz_verifyRefusesNoise(bytes32 seed, bytes32 messageHash) external view {
        bytes memory signature = new bytes(256);
        for (uint256 i = 0; i < 256; ++i) signature[i] = keccak256(abi.encode(seed, i / 32))[i % 32];
        vm.assertFalse(RsaPss.verify(_modulus, messageHash, signature), "noise");
    }

    /// @dev Whoever brings evidence chooses the gas: with any amount of it a good signature is good, or the call reverts.
    function test_gasStarvedCallsRevertAndNeverConvict() external view {
        bytes memory call = abi.encodeCall(RsaPssHarness.verify, (_modulus, _messageHash, _signature));
        uint256 reverted = 0;
        uint256 verified = 0;
        for (uint256 limit = 1_000; limit < 100_000; limit += 97) {
            (bool done, bytes memory result) = address(_harness).staticcall{gas: limit}(call);
            if (done) {
                vm.assertTrue(abi.decode(result, (bool)), "judged wrong for want of gas");
                ++verified;
            } else {
                ++reverted;
            }
        }
        vm.assertGt(reverted, 300, "too little gas reverts");
        vm.assertGt(verified, 300, "enough verifies");
    }

    function _cases() private view returns (Case[] memory) {
        bytes memory decoded = FILES.parseJsonTypeArray(
            FILES.readFile("test/vectors/rsa.json"),
            ".cases",
            "Case(string name,bytes modulus,bytes32 messageHash,bytes signature,bool isValid)"
        );
        return abi.decode(decoded, (Case[]));
    }
}
