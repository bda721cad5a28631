// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ModelIds} from "../../contracts/models/ModelIds.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {Order} from "../../contracts/settlement/Requests.sol";
import {ISnarkVerifier} from "../../contracts/verifiers/ISnarkVerifier.sol";
import {ISnarkVerifiers} from "../../contracts/verifiers/ISnarkVerifiers.sol";
import {SnarkChecker} from "../../contracts/verifiers/SnarkChecker.sol";
import {SnarkVerifiers} from "../../contracts/verifiers/SnarkVerifiers.sol";
import {IrisProofs} from "../support/IrisProofs.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

contract SnarkCheckerTest is Test {
    using IrisProofs for IrisProofs.Shown;

    uint256 private constant FIELD_ORDER = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;
    uint256 private constant WORDS = 202;

    SnarkVerifiers private _verifiers;
    SnarkChecker private _checker;
    ISnarkVerifier private _iris;
    IrisProofs.Shown private _proven;

    function setUp() external {
        address authority = _deploy("AccessManager", abi.encode(address(this)));
        _verifiers = SnarkVerifiers(
            _deploy("contracts/verifiers/SnarkVerifiers.sol:SnarkVerifiers", abi.encode(authority))
        );
        _checker = SnarkChecker(_deploy("contracts/verifiers/SnarkChecker.sol:SnarkChecker", abi.encode(_verifiers)));
        _iris = ISnarkVerifier(_deploy(IrisProofs.VERIFIER, ""));
        _proven = IrisProofs.read(0, _verifiers.admit(_iris));
    }

    function test_C1_goodProofsAreNoFault() external view {
        for (uint256 i = 0; i < IrisProofs.COUNT; ++i) {
            IrisProofs.Shown memory shown = IrisProofs.read(i, address(_iris).codehash);
            vm.assertEq(shown.proof.length, WORDS * 32, "whole");
            vm.assertFalse(_isFaulty(shown), "good");
        }
    }

    /// @dev What the bound of `VERIFIER_GAS` stands on: a good proof takes at most half of it.
    function test_C1_verifierGasIsTwiceWhatAGoodProofTakes() external view {
        for (uint256 i = 0; i < IrisProofs.COUNT; ++i) {
            IrisProofs.Shown memory shown = IrisProofs.read(i, address(_iris).codehash);
            bytes32[] memory fields = _fields(shown);
            uint256 before = gasleft();
            bool isGood = _iris.verify(shown.proof, fields);
            vm.assertLe((before - gasleft()) * 2, _checker.VERIFIER_GAS(), "half");
            vm.assertTrue(isGood, "good");
        }
    }

    /// @dev C1: whoever calls chooses the gas. At no limit does a starved verifier pass for a refusal.
    function test_C1_goodProofIsNeverConvictedAtAnyGas() external view {
        bytes memory data = _call(_proven);
        for (uint256 gas_ = 20_000; gas_ < 3_000_000; gas_ += 17_011) {
            vm.assertTrue(_verdict(data, gas_) != Verdict.Faulty, "coarse");
        }
        // And step by step around the least gas with which anything is decided.
        (uint256 undecided, uint256 decided) = (20_000, 3_000_000);
        while (decided - undecided > 1) {
            uint256 middle = (undecided + decided) / 2;
            if (_verdict(data, middle) == Verdict.None) undecided = middle;
            else decided = middle;
        }
        vm.assertGt(decided, _checker.VERIFIER_GAS(), "only with all of the verifier's gas");
        for (uint256 gas_ = decided - 200; gas_ < decided + 200; ++gas_) {
            vm.assertTrue(_verdict(data, gas_) == (gas_ < decided ? Verdict.None : Verdict.Good), "fine");
        }
    }

    function test_starvedVerifierDecidesNothing() external {
        (Order memory order, Receipt memory receipt) = _proven.papers();
        bytes memory evidence = _proven.encode();
        vm.expectPartialRevert(SnarkChecker.GasInsufficient.selector);
        _checker.isFaulty{gas: 1_500_000}(order, receipt, evidence);
    }

    /// @dev C2: each word of the proof counts. The first eight are points of a recursion that this circuit has none of.
    function test_C2_everyRegionOfTheProofIsBinding() external {
        for (uint256 word = 0; word < WORDS; ++word) {
            IrisProofs.Shown memory shown = _proven;
            shown.proof[word * 32 + 31] ^= 0x01;
            vm.assertTrue(_isFaulty(shown), "flipped");
        }
    }

    function testFuzz_C2_flippedBitIsAFault(uint256 place, uint8 bit) external view {
        IrisProofs.Shown memory shown = _proven;
        place = _bound(place, 0, WORDS * 32 - 1);
        shown.proof[place] ^= bytes1(uint8(1 << (bit % 8)));
        vm.assertTrue(_isFaulty(shown), "flipped");
    }

    /// @dev A field element has one encoding: none is the same one plus the field's order.
    function test_C2_proofsAreNotMalleableByTheFieldsOrder() external view {
        for (uint256 word = 0; word < WORDS; word += 7) {
            IrisProofs.Shown memory shown = _proven;
            bytes memory proof = shown.proof;
            uint256 value;
            assembly ("memory-safe") {
                value := mload(add(proof, add(32, mul(word, 32))))
            }
            if (value == 0 || value > type(uint256).max - FIELD_ORDER) continue;
            assembly ("memory-safe") {
                mstore(add(proof, add(32, mul(word, 32))), add(value, FIELD_ORDER))
            }
            vm.assertTrue(_isFaulty(shown), "not canonical");
        }
    }

    function test_C2_wrongOutputIsAFault() external view {
        for (uint256 i = 0; i < _proven.output.length; ++i) {
            IrisProofs.Shown memory shown = _proven;
            shown.output[i] ^= 0x01;
            vm.assertTrue(_isFaulty(shown), "another output");
        }
    }

    function test_C2_proofForAnotherInputIsAFault() external view {
        for (uint256 i = 0; i < _proven.input.length; ++i) {
            IrisProofs.Shown memory shown = _proven;
            shown.input[i] ^= 0x01;
            vm.assertTrue(_isFaulty(shown), "another input");
        }
    }

    function test_C2_proofOfOtherWeightsIsAFault() external view {
        IrisProofs.Shown memory shown = _proven;
        shown.model.commitment = bytes32(uint256(shown.model.commitment) - 1);
        vm.assertTrue(_isFaulty(shown), "other weights");
    }

    /// @dev A proof is bound by its hash, and any proof of the receipt's own statement will do.
    function test_C2_proofOfAnotherAnswerIsAFault() external view {
        IrisProofs.Shown memory shown = _proven;
        shown.proof = IrisProofs.read(1, address(_iris).codehash).proof;
        vm.assertTrue(_isFaulty(shown), "another answer's");
    }

    function test_C2_proofsOfTheWrongLengthAreAFault() external view {
        IrisProofs.Shown memory shown = _proven;
        shown.proof = "";
        vm.assertTrue(_isFaulty(shown), "empty");
        shown.proof = bytes.concat(_proven.proof, bytes32(0));
        vm.assertTrue(_isFaulty(shown), "long");
        shown.proof = bytes.concat(_proven.proof, hex"00");
        vm.assertTrue(_isFaulty(shown), "a byte more");
        bytes memory short = _proven.proof;
        assembly ("memory-safe") {
            mstore(short, sub(mload(short), 32))
        }
        shown.proof = short;
        vm.assertTrue(_isFaulty(shown), "short");
    }

    function test_C2_outputsOfTheWrongLengthAreAFault() external view {
        IrisProofs.Shown memory shown = _proven;
        shown.output = "";
        vm.assertTrue(_isFaulty(shown), "empty");
        shown.output = bytes.concat(_proven.output, hex"00");
        vm.assertTrue(_isFaulty(shown), "a byte more");
        shown.output = bytes.concat(_proven.output, hex"00000000");
        vm.assertTrue(_isFaulty(shown), "a logit more");
    }

    function test_C2_receiptThatNamesNoProofIsAFault() external view {
        (Order memory order, Receipt memory receipt) = _proven.papers();
        receipt.proofHash = 0;
        vm.assertTrue(_checker.isFaulty(order, receipt, _proven.encode()), "no proof");
    }

    /// @dev The input is the client's: an operator is not to blame for its length.
    function test_C1_inputOfTheWrongLengthConvictsNobody() external {
        IrisProofs.Shown memory shown = _proven;
        shown.input = bytes.concat(shown.input, hex"00");
        _expectRefused(shown, abi.encodeWithSelector(SnarkChecker.InputLengthInvalid.selector, 5, 4));
        shown.input = "";
        _expectRefused(shown, abi.encodeWithSelector(SnarkChecker.InputLengthInvalid.selector, 0, 4));
    }

    function test_evidenceThatIsNotTheReceiptsIsRefused() external {
        (Order memory order, Receipt memory receipt) = _proven.papers();
        IrisProofs.Shown memory shown = _proven;
        shown.proof[0] ^= 0x01;
        _expectMismatch(order, receipt, shown, receipt.proofHash, shown.proof);
        shown = _proven;
        shown.input[0] ^= 0x01;
        _expectMismatch(order, receipt, shown, order.inputHash, shown.input);
        shown = _proven;
        shown.output[0] ^= 0x01;
        _expectMismatch(order, receipt, shown, receipt.outputHash, shown.output);
    }

    function test_anotherModelIsRefused() external {
        (Order memory order, Receipt memory receipt) = _proven.papers();
        bytes memory evidence = _proven.encode();
        bytes32 found = order.modelId;
        order.modelId = keccak256("other");
        vm.expectRevert(abi.encodeWithSelector(ModelIds.ModelMismatch.selector, order.modelId, found));
        _checker.isFaulty(order, receipt, evidence);
    }

    function test_specOfAnotherLengthIsRefused() external {
        IrisProofs.Shown memory shown = _proven;
        shown.model.spec = bytes.concat(shown.model.spec, hex"00");
        _expectRefused(shown, abi.encodeWithSelector(SnarkChecker.SpecLengthInvalid.selector, 37));
        shown.model.spec = "";
        _expectRefused(shown, abi.encodeWithSelector(SnarkChecker.SpecLengthInvalid.selector, 0));
    }

    /// @dev Threat 46: a verifier that nobody admitted judges nobody, not even for a receipt without a proof.
    function test_threat46_verifierThatWasNotAdmittedJudgesNobody() external {
        ISnarkVerifier other = _create(hex"5f5260205ff3");
        bytes32 codeHash = address(other).codehash;
        IrisProofs.Shown memory shown = IrisProofs.read(0, codeHash);
        _expectRefused(shown, abi.encodeWithSelector(ISnarkVerifiers.VerifierUnknown.selector, codeHash));
    }

    function test_threat46_verifierThatChangedJudgesNobody() external {
        bytes32 admitted = address(_iris).codehash;
        vm.etch(address(_iris), hex"5f5f52602f5ff3");
        bytes32 found = address(_iris).codehash;
        _expectRefused(
            _proven,
            abi.encodeWithSelector(ISnarkVerifiers.VerifierChanged.selector, _iris, admitted, found)
        );
    }

    /// @dev Only a plain true is one: not a false, not another word, not more or less than a word.
    function test_answersThatAreNotTrueAreRefusals() external {
        vm.assertFalse(_answered(hex"60015f5260205ff3"), "true");
        vm.assertTrue(_answered(hex"5f5f5260205ff3"), "false");
        vm.assertTrue(_answered(hex"60025f5260205ff3"), "another word");
        vm.assertTrue(_answered(hex"60015f5260405ff3"), "two words");
        vm.assertTrue(_answered(hex"60015f52601f6001f3"), "less than a word");
        vm.assertTrue(_answered(hex"00"), "nothing");
        vm.assertTrue(_answered(hex"60015f5260205ffd"), "a revert with a true in it");
    }

    enum Verdict {
        None,
        Good,
        Faulty
    }

    function _verdict(bytes memory data, uint256 gas_) private view returns (Verdict) {
        (bool isDone, bytes memory result) = address(_checker).staticcall{gas: gas_}(data);
        if (!isDone) return Verdict.None;
        return abi.decode(result, (bool)) ? Verdict.Faulty : Verdict.Good;
    }

    function _call(IrisProofs.Shown memory shown) private view returns (bytes memory) {
        (Order memory order, Receipt memory receipt) = shown.papers();
        return abi.encodeCall(_checker.isFaulty, (order, receipt, shown.encode()));
    }

    /// @dev What is judged of the answer of an operator that handed this out.
    function _isFaulty(IrisProofs.Shown memory shown) private view returns (bool) {
        (Order memory order, Receipt memory receipt) = shown.papers();
        return _checker.isFaulty(order, receipt, shown.encode());
    }

    /// @dev Judged by a verifier of this code.
    function _answered(bytes memory code) private returns (bool) {
        return _isFaulty(IrisProofs.read(0, _verifiers.admit(_create(code))));
    }

    function _create(bytes memory code) private returns (ISnarkVerifier) {
        address account = address(uint160(uint256(keccak256(code))));
        vm.etch(account, code);
        return ISnarkVerifier(account);
    }

    function _fields(IrisProofs.Shown memory shown) private pure returns (bytes32[] memory fields) {
        fields = new bytes32[](8);
        fields[0] = shown.model.commitment;
        for (uint256 i = 0; i < 4; ++i) fields[1 + i] = bytes32(uint256(uint8(shown.input[i])));
        for (uint256 i = 0; i < 12; ++i) {
            fields[5 + i / 4] = bytes32((uint256(fields[5 + i / 4]) << 8) | uint8(shown.output[i]));
        }
    }

    function _expectRefused(IrisProofs.Shown memory shown, bytes memory expected) private {
        (Order memory order, Receipt memory receipt) = shown.papers();
        bytes memory evidence = shown.encode();
        vm.expectRevert(expected);
        _checker.isFaulty(order, receipt, evidence);
    }

    function _expectMismatch(
        Order memory order,
        Receipt memory receipt,
        IrisProofs.Shown memory shown,
        bytes32 expected,
        bytes memory preimage
    ) private {
        bytes memory evidence = shown.encode();
        vm.expectRevert(abi.encodeWithSelector(SnarkChecker.HashMismatch.selector, expected, keccak256(preimage)));
        _checker.isFaulty(order, receipt, evidence);
    }
}
