// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// JSON reads better without a backslash before each of its quotation marks.
// solhint-disable quotes

import {ContextsHarness} from "../support/ContextsHarness.sol";
import {vm} from "../support/Vm.sol";

/// @notice The cheatcodes that these tests need beside those of `Vm`.
interface Cheats {
    function readFile(string calldata path) external view returns (string memory);

    function parseJsonTypeArray(
        string calldata json,
        string calldata key,
        string calldata types
    ) external pure returns (bytes memory);
}

/// @dev Whether a context lets strangers see the payload: `vectors.test.ts` holds src/core to the same file.
contract ContextsTest {
    struct Context {
        bytes text;
        bool discloses;
    }

    /// @dev As in src/core/context.ts and contracts/courts/Demands.sol.
    uint256 private constant MAX_AGENT = 128;
    uint256 private constant MAX_ANSWER_GAS = 650_000;

    ContextsHarness private immutable _contexts = new ContextsHarness();

    function test_contextsAreReadAsCoreReadsThem() external view {
        string memory file = Cheats(address(vm)).readFile("test/vectors/protocol.json");
        bytes memory encoded = Cheats(address(vm)).parseJsonTypeArray(
            file,
            ".contexts",
            "Context(bytes text,bool discloses)"
        );
        Context[] memory contexts = abi.decode(encoded, (Context[]));
        uint256 disclosing = 0;
        for (uint256 i = 0; i < contexts.length; ++i) {
            if (contexts[i].discloses) ++disclosing;
            vm.assertTrue(
                _contexts.disclosesPayload(contexts[i].text) == contexts[i].discloses,
                string(contexts[i].text)
            );
        }
        vm.assertGt(disclosing, 10, "many that do");
        vm.assertGt(contexts.length - disclosing, 10, "and many that do not");
    }

    function test_disclosesWhereItsFirstMemberSaysSo() external view {
        _assertDiscloses('{"disclose":true,"runtime":"r","version":"1"}');
        _assertHides('{"disclose":false,"runtime":"r","version":"1"}');
    }

    function test_disclosesWhereItSaysSoBehindTheAgent() external view {
        _assertDiscloses('{"agent":"eip155:1:8004:7","disclose":true,"runtime":"r","version":"1"}');
        _assertDiscloses('{"agent":"","disclose":true,"runtime":"r","version":"1"}');
        _assertHides('{"agent":"eip155:1:8004:7","disclose":false,"runtime":"r","version":"1"}');
        _assertHides('{"agent":"","disclose":false,"runtime":"r","version":"1"}');
    }

    function test_agentCannotSpeakForItsContext() external view {
        _assertHides('{"agent":"\\"disclose\\":true","disclose":false,"runtime":"r","version":"1"}');
        _assertHides('{"agent":"\\",\\"disclose\\":true,\\"","disclose":false,"runtime":"r","version":"1"}');
        _assertHides('{"agent":"a\\\\","disclose":false,"runtime":"\\"disclose\\":true","version":"1"}');
        _assertDiscloses('{"agent":"a\\\\","disclose":true,"runtime":"r","version":"1"}');
        _assertDiscloses('{"agent":"\\\\\\"","disclose":true,"runtime":"r","version":"1"}');
        _assertDiscloses('{"agent":"\\u0022\\u001f\\n","disclose":true,"runtime":"r","version":"1"}');
        _assertDiscloses('{"agent":"\\",\\"disclose\\":false,","disclose":true,"runtime":"r","version":"1"}');
    }

    function test_whatFollowsCannotSpeakForItsContext() external view {
        _assertHides('{"disclose":false,"runtime":"r","sampling":{"disclose":true},"version":"1"}');
        _assertHides('{"disclose":false,"runtime":"\\"disclose\\":true","version":"1"}');
        _assertHides('{"runtime":"r","disclose":true,"version":"1"}');
        _assertHides('{"sampling":{"disclose":true}}');
    }

    function test_whatEndsEarlyDoesNotDisclose() external view {
        bytes memory full = '{"agent":"a\\\\b","disclose":true';
        for (uint256 length = 0; length < full.length; ++length) {
            bytes memory cut = new bytes(length);
            for (uint256 i = 0; i < length; ++i) cut[i] = full[i];
            _assertHides(cut);
        }
        _assertDiscloses(full);
        _assertHides('{"agent":"never ended');
        _assertHides('{"agent":"never ended\\');
    }

    /// @dev Any bytes are read to an end.
    function testFuzz_anyBytesAreRead(bytes calldata context) external view {
        _contexts.disclosesPayload(context);
        _contexts.disclosesPayload(bytes.concat('{"agent":"', context));
    }

    /// @dev The longest name that nodes serve, every character of it an escape of six: it takes no more than as many
    /// plain bytes, and less than half of what the deposit for one demand is made for.
    function test_threat45_longestNameIsReadForLittleGas() external view {
        bytes memory escapes;
        for (uint256 i = 0; i < MAX_AGENT; ++i) escapes = bytes.concat(escapes, "\\u001f");
        bytes memory plain = new bytes(escapes.length);
        for (uint256 i = 0; i < plain.length; ++i) plain[i] = "a";
        uint256 gas = _gasOfName(escapes);
        vm.assertLe(gas, _gasOfName(plain), "as many plain bytes");
        vm.assertLt(gas, MAX_ANSWER_GAS / 2, "of what a demand pays for");
    }

    function _gasOfName(bytes memory name) private view returns (uint256) {
        vm.assertTrue(_contexts.disclosesPayload(bytes.concat('{"agent":"', name, '","disclose":true}')), "read");
        return vm.lastCallGas().gasTotalUsed;
    }

    function _assertDiscloses(bytes memory context) private view {
        vm.assertTrue(_contexts.disclosesPayload(context), string(context));
    }

    function _assertHides(bytes memory context) private view {
        vm.assertFalse(_contexts.disclosesPayload(context), string(context));
    }
}
