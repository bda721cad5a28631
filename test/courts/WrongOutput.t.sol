// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICourt} from "../../contracts/courts/ICourt.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {Order, Request} from "../../contracts/settlement/Requests.sol";
import {OptimisticChecker} from "../../contracts/verifiers/OptimisticChecker.sol";
import {SmallModel} from "../support/SmallModel.sol";
import {Trial} from "../support/Trial.sol";
import {vm} from "../support/Vm.sol";

/// @dev From a wrong neuron to the slash, through the court.
contract WrongOutputTest is Trial {
    using SmallModel for SmallModel.Run;
    using SmallModel for OptimisticChecker.Neuron;
    using SmallModel for OptimisticChecker.Rerun;

    SmallModel.Run private _honest = SmallModel.run(keccak256("model"));

    function test_C2_wrongNeuronOfASignedReceiptIsSlashed() external {
        SmallModel.Run memory lying = _tampered();
        (Receipt memory receipt, Request memory request, Order memory order) = _served(lying);
        _bring(validity, _output(_signed(receipt), request, order, lying.neuron(0, 0).encode()));
        vm.assertTrue(validity.isPunished(_receiptFault(receipt)), "punished");
        vm.assertEq(_ownBond(), BOND - 200e6, "by the mode's row");
    }

    function test_C2_wrongOutputOfACommittedReceiptIsSlashedByARerun() external {
        SmallModel.Run memory lying = _tampered();
        (Receipt memory receipt, Request memory request, Order memory order) = _served(lying);
        _bring(validity, _output(_committed(receipt), request, order, lying.rerun().encode()));
        vm.assertTrue(validity.isPunished(_receiptFault(receipt)), "punished");
    }

    function test_C1_rightOutputIsNoFault() external {
        SmallModel.Run memory honest = _honest;
        (Receipt memory receipt, Request memory request, Order memory order) = _served(honest);
        bytes memory expected = abi.encodeWithSelector(ICourt.NotAFault.selector);
        bytes memory neuron = honest.neuron(2, 1).encode();
        _bringInVain(validity, _output(_signed(receipt), request, order, neuron), expected);
        _bringInVain(validity, _output(_signed(receipt), request, order, honest.rerun().encode()), expected);
    }

    function test_C3_wrongInOutputAndTermsIsPunishedOnce() external {
        SmallModel.Run memory lying = _tampered();
        (Receipt memory receipt, Request memory request, Order memory order) = _served(lying);
        receipt.price = order.maxPrice + 1;
        ICourt.Exhibit memory exhibit = _signed(receipt);
        _bring(validity, _output(exhibit, request, order, lying.neuron(0, 0).encode()));
        _bring(validity, _terms(exhibit, request, order));
        vm.assertEq(_ownBond(), BOND - 200e6, "once");
    }

    function test_outputIsJudgedWithinTheWindow() external {
        SmallModel.Run memory lying = _tampered();
        (Receipt memory receipt, Request memory request, Order memory order) = _served(lying);
        bytes memory data = _output(_signed(receipt), request, order, lying.neuron(0, 0).encode());
        vm.warp(START + WINDOW + 1);
        _bringInVain(
            validity,
            data,
            abi.encodeWithSelector(ICourt.EvidenceOutOfTime.selector, _now(), START, START + WINDOW)
        );
        vm.warp(START + WINDOW);
        _bring(validity, bytes.concat(data, hex"00"));
    }

    function _tampered() private view returns (SmallModel.Run memory lying) {
        lying = _honest;
        lying.vectors[1][0] ^= 0x01;
    }

    /// @dev What the client asked, and the operator answered with these vectors.
    function _served(
        SmallModel.Run memory self
    ) private view returns (Receipt memory receipt, Request memory request, Order memory order) {
        (Order memory wanted, Receipt memory answered) = self.papers();
        order = _order();
        (order.modelId, order.inputHash) = (wanted.modelId, wanted.inputHash);
        request = _request(order);
        receipt = _receipt(request);
        (receipt.outputHash, receipt.proofHash) = (answered.outputHash, answered.proofHash);
    }

    function _output(
        ICourt.Exhibit memory exhibit,
        Request memory request,
        Order memory order,
        bytes memory evidence
    ) private view returns (bytes memory) {
        return abi.encodeCall(validity.convictOutput, (exhibit, request, order, evidence, SALT));
    }
}
