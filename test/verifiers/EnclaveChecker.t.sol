// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {EnclaveKinds} from "../../contracts/enclave/EnclaveKinds.sol";
import {ModelIds, ModelOpening} from "../../contracts/models/ModelIds.sol";
import {Modes} from "../../contracts/Modes.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {Order, Request} from "../../contracts/settlement/Requests.sol";
import {EnclaveChecker} from "../../contracts/verifiers/EnclaveChecker.sol";
import {Platform} from "../support/Platform.sol";
import {Trial} from "../support/Trial.sol";
import {vm} from "../support/Vm.sol";

/// @notice The cheatcodes that read test/vectors/rsa.json.
interface RsaFiles {
    function readFile(string calldata path) external view returns (string memory);
    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);
    function parseJsonBytes32(string calldata json, string calldata key) external pure returns (bytes32);
    function parseJsonUint(string calldata json, string calldata key) external pure returns (uint256);
}

contract EnclaveCheckerTest is Trial {
    RsaFiles private constant FILES = RsaFiles(address(vm));

    Actor private _enclave = _actor("enclave key");
    address private _publisher = _actor("publisher").addr;
    bytes32 private _measurement;
    bytes private _modulus;
    bytes private _signature;
    uint64 private _timestamp;
    bytes32 private _inputHash;
    bytes32 private _outputHash;

    function setUp() public override {
        super.setUp();
        Platform.bring(collateral);
        _measurement = bytes32(Platform.get("measurement"));
        bytes memory consent = _sign(_enclave.key, keys.registrationDigest(_enclave.addr, operator));
        bytes memory quote = Platform.quote([keys.attestationDigest(_enclave.addr, operator), bytes32(0)]);
        vm.prank(operator);
        keys.registerAttested(_enclave.addr, consent, quote);

        string memory json = FILES.readFile("test/vectors/rsa.json");
        _modulus = FILES.parseJsonBytes(json, ".modulus");
        _signature = FILES.parseJsonBytes(json, ".receipts[1].signature");
        _inputHash = FILES.parseJsonBytes32(json, ".receipts[1].inputHash");
        _outputHash = FILES.parseJsonBytes32(json, ".receipts[1].outputHash");
        _timestamp = uint64(FILES.parseJsonUint(json, ".receipts[1].timestamp"));
    }

    // ---- attested keys

    function test_C1_answerOfAnAllowedEnclaveIsNoFault() external {
        ModelOpening memory model = _publish(EnclaveKinds.ATTESTED_KEY);
        _allow(model, _measurement);
        vm.assertFalse(_isFaulty(model, _enclave.addr, _now()), "allowed");
    }

    function test_C2_answerOfAKeyWithoutAnEnclaveIsAFault() external {
        ModelOpening memory model = _publish(EnclaveKinds.ATTESTED_KEY);
        _allow(model, _measurement);
        vm.assertTrue(_isFaulty(model, operatorKey.addr, _now()), "an ordinary key");
        vm.assertTrue(_isFaulty(model, stranger, _now()), "no key at all");
    }

    function test_C2_answerOfAnEnclaveThatIsNotAllowedIsAFault() external {
        ModelOpening memory model = _publish(EnclaveKinds.ATTESTED_KEY);
        vm.assertTrue(_isFaulty(model, _enclave.addr, _now()), "nothing allowed");
        _allow(model, keccak256("another"));
        vm.assertTrue(_isFaulty(model, _enclave.addr, _now()), "another allowed");
        _wait(1);
        _allow(model, _measurement);
        vm.assertTrue(_isFaulty(model, _enclave.addr, _now() - 1), "the second before");
        vm.assertFalse(_isFaulty(model, _enclave.addr, _now()), "from then on");
    }

    function test_threat34_threat42_endOfAMeasurementLeavesOlderReceiptsAsTheyWere() external {
        ModelOpening memory model = _publish(EnclaveKinds.ATTESTED_KEY);
        _allow(model, _measurement);
        uint256 end = _now() + Clocks.KEY_NOTICE;
        vm.prank(_publisher);
        models.endMeasurement(_idOf(model), _measurement, uint48(end));
        _wait(100 days);
        vm.assertFalse(_isFaulty(model, _enclave.addr, START), "checkable, and right");
        vm.assertFalse(_isFaulty(model, _enclave.addr, end - 1), "in its last second");
        vm.assertTrue(_isFaulty(model, _enclave.addr, end), "no longer");
    }

    function test_evidenceOfAnotherModelIsRefused() external {
        ModelOpening memory model = _publish(EnclaveKinds.ATTESTED_KEY);
        (Order memory order, Receipt memory receipt) = _enclavePapers(model, _enclave.addr, _now());
        ModelOpening memory other = ModelOpening(_publisher, "other code", model.spec);
        vm.expectRevert(abi.encodeWithSelector(ModelIds.ModelMismatch.selector, order.modelId, _idOf(other)));
        enclaveChecker.isFaulty(order, receipt, abi.encode(other, bytes("")));
    }

    function test_modelOfNoKindIsRefused() external {
        ModelOpening memory model = ModelOpening(_publisher, "code", hex"02");
        (Order memory order, Receipt memory receipt) = _enclavePapers(model, _enclave.addr, _now());
        vm.expectRevert(abi.encodeWithSelector(EnclaveKinds.EnclaveSpecInvalid.selector, hex"02"));
        enclaveChecker.isFaulty(order, receipt, abi.encode(model, bytes("")));
    }

    function test_C2_courtSlashesAnswersWithoutAnEnclave() external {
        ModelOpening memory model = _publish(EnclaveKinds.ATTESTED_KEY);
        _allow(model, _measurement);
        (ICourt.Exhibit memory exhibit, Request memory request, Order memory order) = _exhibit(model, operatorKey);
        uint256 own = _ownBond();
        bytes memory evidence = abi.encode(model, bytes(""));
        _bring(validity, abi.encodeCall(validity.convictOutput, (exhibit, request, order, evidence, SALT)));
        vm.assertLt(_ownBond(), own, "slashed");
    }

    function test_C1_courtAcquitsAnAllowedEnclave() external {
        ModelOpening memory model = _publish(EnclaveKinds.ATTESTED_KEY);
        _allow(model, _measurement);
        (ICourt.Exhibit memory exhibit, Request memory request, Order memory order) = _exhibit(model, _enclave);
        bytes memory evidence = abi.encode(model, bytes(""));
        _bringInVain(
            validity,
            abi.encodeCall(validity.convictOutput, (exhibit, request, order, evidence, SALT)),
            abi.encodeWithSelector(ICourt.NotAFault.selector)
        );
    }

    // ---- OpenGradient

    function test_C1_openGradientsAnswerIsNoFault() external {
        ModelOpening memory model = _openGradient();
        vm.assertFalse(_isFaultyRsa(model, bytes.concat(_modulus, _signature)), "right");
    }

    function test_C2_openGradientAnswerWithoutAProofIsAFault() external {
        ModelOpening memory model = _openGradient();
        (Order memory order, Receipt memory receipt) = _rsaPapers(model, "");
        receipt.proofHash = 0;
        vm.assertTrue(enclaveChecker.isFaulty(order, receipt, abi.encode(model, bytes(""))), "none");
        vm.assertTrue(_isFaultyRsa(model, ""), "of no length");
        vm.assertTrue(_isFaultyRsa(model, bytes.concat(_modulus, _signature, hex"00")), "too long");
    }

    function test_proofMustBeTheReceipts() external {
        ModelOpening memory model = _openGradient();
        bytes memory proof = bytes.concat(_modulus, _signature);
        (Order memory order, Receipt memory receipt) = _rsaPapers(model, proof);
        proof[300] ^= 0x01;
        vm.expectRevert(
            abi.encodeWithSelector(EnclaveChecker.ProofMismatch.selector, receipt.proofHash, keccak256(proof))
        );
        enclaveChecker.isFaulty(order, receipt, abi.encode(model, proof));
    }

    function test_C2_openGradientProofWithAWrongSignatureIsAFault() external {
        ModelOpening memory model = _openGradient();
        bytes memory proof = bytes.concat(_modulus, _signature);
        proof[300] ^= 0x01;
        vm.assertTrue(_isFaultyRsa(model, proof), "signature");

        proof[300] ^= 0x01;
        (Order memory order, Receipt memory receipt) = _rsaPapers(model, proof);
        order.inputHash = keccak256("another input");
        vm.assertTrue(enclaveChecker.isFaulty(order, receipt, abi.encode(model, proof)), "input");
        (order, receipt) = _rsaPapers(model, proof);
        receipt.outputHash = keccak256("another output");
        vm.assertTrue(enclaveChecker.isFaulty(order, receipt, abi.encode(model, proof)), "output");
        (order, receipt) = _rsaPapers(model, proof);
        receipt.issuedAt += 1;
        vm.assertTrue(enclaveChecker.isFaulty(order, receipt, abi.encode(model, proof)), "time");
    }

    function test_C2_openGradientKeyMustBeTheOperatorsAndAllowed() external {
        bytes memory proof = bytes.concat(_modulus, _signature);
        ModelOpening memory model = _publish(EnclaveKinds.OPEN_GRADIENT);
        vm.warp(_timestamp - 10);
        vm.assertTrue(_isFaultyRsa(model, proof), "neither");
        _allow(model, keccak256(_modulus));
        vm.assertTrue(_isFaultyRsa(model, proof), "not the operator's");
        vm.prank(rival);
        keys.registerRsa(_modulus);
        vm.assertTrue(_isFaultyRsa(model, proof), "another operator's");
        vm.prank(operator);
        keys.registerRsa(_modulus);
        vm.assertFalse(_isFaultyRsa(model, proof), "both");
        ModelOpening memory other = ModelOpening(_publisher, "other code", hex"01");
        vm.assertTrue(_isFaultyRsa(other, proof), "allowed for another model");
    }

    /// @dev Whatever gas is given, a right answer is never called wrong: short of gas the call fails.
    function test_C1_openGradientsAnswerIsNoFaultAtAnyGas() external {
        ModelOpening memory model = _openGradient();
        bytes memory proof = bytes.concat(_modulus, _signature);
        (Order memory order, Receipt memory receipt) = _rsaPapers(model, proof);
        bytes memory data = abi.encodeCall(enclaveChecker.isFaulty, (order, receipt, abi.encode(model, proof)));
        uint256 answers = 0;
        for (uint256 gas_ = 5_000; gas_ < 160_000; gas_ += 1_000) {
            (bool isOk, bytes memory result) = address(enclaveChecker).staticcall{gas: gas_}(data);
            if (!isOk) continue;
            vm.assertFalse(abi.decode(result, (bool)), "convicted");
            ++answers;
        }
        vm.assertGt(answers, 0, "enough gas at last");
    }

    function _publish(uint8 kind) private returns (ModelOpening memory model) {
        model = ModelOpening(_publisher, "code", abi.encodePacked(kind));
        vm.prank(_publisher);
        models.publish(model.commitment, model.spec, uint8(1 << Modes.ENCLAVE), "");
    }

    function _allow(ModelOpening memory model, bytes32 measurement) private {
        vm.prank(_publisher);
        models.allowMeasurement(_idOf(model), measurement);
    }

    /// @dev A model that allows the RSA key, which is the operator's, ten seconds before the receipt.
    function _openGradient() private returns (ModelOpening memory model) {
        vm.warp(_timestamp - 10);
        model = _publish(EnclaveKinds.OPEN_GRADIENT);
        _allow(model, keccak256(_modulus));
        vm.prank(operator);
        keys.registerRsa(_modulus);
    }

    function _enclavePapers(
        ModelOpening memory model,
        address signer,
        uint256 issuedAt
    ) private view returns (Order memory order, Receipt memory receipt) {
        order = _order();
        (order.mode, order.modelId) = (Modes.ENCLAVE, _idOf(model));
        receipt = _receipt(_request(order));
        (receipt.signer, receipt.issuedAt, receipt.proofHash) = (signer, uint64(issuedAt), 0);
    }

    function _rsaPapers(
        ModelOpening memory model,
        bytes memory proof
    ) private view returns (Order memory order, Receipt memory receipt) {
        (order, receipt) = _enclavePapers(model, operatorKey.addr, _timestamp);
        (order.inputHash, receipt.outputHash) = (_inputHash, _outputHash);
        receipt.proofHash = keccak256(proof);
    }

    function _exhibit(
        ModelOpening memory model,
        Actor memory signer
    ) private view returns (ICourt.Exhibit memory exhibit, Request memory request, Order memory order) {
        (order, ) = _enclavePapers(model, signer.addr, _now());
        request = _request(order);
        exhibit.receipt = _receipt(request);
        (exhibit.receipt.signer, exhibit.receipt.proofHash) = (signer.addr, 0);
        exhibit.signature = _sign(signer.key, ledger.receiptDigest(exhibit.receipt));
    }

    function _isFaulty(ModelOpening memory model, address signer, uint256 issuedAt) private view returns (bool) {
        (Order memory order, Receipt memory receipt) = _enclavePapers(model, signer, issuedAt);
        return enclaveChecker.isFaulty(order, receipt, abi.encode(model, bytes("")));
    }

    function _isFaultyRsa(ModelOpening memory model, bytes memory proof) private view returns (bool) {
        (Order memory order, Receipt memory receipt) = _rsaPapers(model, proof);
        return enclaveChecker.isFaulty(order, receipt, abi.encode(model, proof));
    }

    function _idOf(ModelOpening memory model) private pure returns (bytes32) {
        return ModelIds.compute(model.publisher, model.commitment, model.spec);
    }
}
