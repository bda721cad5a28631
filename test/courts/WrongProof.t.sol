// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICourt} from "../../contracts/courts/ICourt.sol";
import {Modes} from "../../contracts/Modes.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {Order, Request} from "../../contracts/settlement/Requests.sol";
import {ISnarkVerifier} from "../../contracts/verifiers/ISnarkVerifier.sol";
import {SnarkChecker} from "../../contracts/verifiers/SnarkChecker.sol";
import {IrisProofs} from "../support/IrisProofs.sol";
import {Trial} from "../support/Trial.sol";
import {vm} from "../support/Vm.sol";

/// @dev From a wrong proof to the slash, through the court.
contract WrongProofTest is Trial {
    using IrisProofs for IrisProofs.Shown;

    IrisProofs.Shown private _proven;

    function setUp() public override {
        super.setUp();
        _proven = IrisProofs.read(0, snarkVerifiers.admit(ISnarkVerifier(_deploy(IrisProofs.VERIFIER, ""))));
    }

    function test_C2_wrongOutputUnderAnHonestProofIsSlashed() external {
        IrisProofs.Shown memory lying = _proven;
        lying.output[3] ^= 0x01;
        (Receipt memory receipt, bytes memory data) = _served(lying);
        _bring(validity, data);
        vm.assertTrue(validity.isPunished(_receiptFault(receipt)), "punished");
        vm.assertEq(_ownBond(), BOND - 200e6, "by the mode's row");
    }

    function test_C2_wrongProofIsSlashed() external {
        IrisProofs.Shown memory lying = _proven;
        lying.proof[1000] ^= 0x01;
        (Receipt memory receipt, bytes memory data) = _served(lying);
        _bring(validity, data);
        vm.assertTrue(validity.isPunished(_receiptFault(receipt)), "punished");
    }

    function test_C1_provenOutputIsNoFault() external {
        (, bytes memory data) = _served(_proven);
        _bringInVain(validity, data, abi.encodeWithSelector(ICourt.NotAFault.selector));
    }

    /// @dev C1: whoever opens evidence chooses the gas, and no choice convicts. At none is the deposit lost by it either.
    function test_C1_honestOperatorIsNotConvictedByStarvation() external {
        (Receipt memory receipt, bytes memory data) = _served(_proven);
        _commitEvidence(validity, reporter, data);
        vm.roll(vm.getBlockNumber() + 1);
        for (uint256 gas_ = 50_000; gas_ < 3_000_000; gas_ += 29_017) {
            vm.prank(reporter);
            (bool isDone, ) = address(validity).call{gas: gas_}(data);
            vm.assertFalse(isDone, "not convicted");
        }
        vm.assertFalse(validity.isPunished(_receiptFault(receipt)), "not punished");
        vm.assertEq(_ownBond(), BOND, "whole");
    }

    /// @dev A starved court says so, instead of calling the answer right.
    function test_C2_starvedCourtCanBeAskedAgain() external {
        IrisProofs.Shown memory lying = _proven;
        lying.proof[1000] ^= 0x01;
        (Receipt memory receipt, bytes memory data) = _served(lying);
        _commitEvidence(validity, reporter, data);
        vm.roll(vm.getBlockNumber() + 1);
        vm.prank(reporter);
        (bool isDone, bytes memory reason) = address(validity).call{gas: 1_500_000}(data);
        vm.assertFalse(isDone, "too little");
        vm.assertEq(bytes32(bytes4(reason)), bytes32(SnarkChecker.GasInsufficient.selector), "and it says so");
        _open(validity, reporter, data, "");
        vm.assertTrue(validity.isPunished(_receiptFault(receipt)), "punished");
    }

    /// @dev What the client asked in this mode, and evidence of what the operator answered.
    function _served(IrisProofs.Shown memory shown) private returns (Receipt memory receipt, bytes memory data) {
        (Order memory wanted, Receipt memory answered) = shown.papers();
        Order memory order = _order();
        (order.mode, order.modelId, order.inputHash) = (Modes.SNARK, wanted.modelId, wanted.inputHash);
        Request memory request = _request(order);
        receipt = _receipt(request);
        (receipt.outputHash, receipt.proofHash) = (answered.outputHash, answered.proofHash);
        data = abi.encodeCall(validity.convictOutput, (_committed(receipt), request, order, shown.encode(), SALT));
    }
}
