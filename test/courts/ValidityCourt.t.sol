// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {ICourtPolicies} from "../../contracts/courts/ICourtPolicies.sol";
import {IValidityCourt} from "../../contracts/courts/IValidityCourt.sol";
import {Modes} from "../../contracts/Modes.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {Order, Request, Requests} from "../../contracts/settlement/Requests.sol";
import {Trial} from "../support/Trial.sol";
import {vm} from "../support/Vm.sol";

contract ValidityCourtTest is Trial {
    function test_receiptWithinItsTermsIsNoFault() external {
        Request memory request = _request(_order());
        Receipt memory receipt = _receipt(request);
        bytes memory expected = abi.encodeWithSelector(ICourt.NotAFault.selector);
        _bringInVain(validity, _terms(_signed(receipt), request, _order()), expected);
        _bringInVain(validity, _terms(_committed(receipt), request, _order()), expected);
    }

    function test_priceAboveTheMaximumIsAFault() external view {
        Order memory order = _order();
        order.maxPrice = PRICE;
        _assertBreach(order, _receipt(_request(order)), IValidityCourt.Breach.None);
        order.maxPrice = PRICE - 1;
        _assertBreach(order, _receipt(_request(order)), IValidityCourt.Breach.PriceAboveMaximum);
    }

    function test_priceAboveTheTariffIsAFault() external view {
        Receipt memory receipt = _receipt(_request(_order()));
        receipt.outputUnits -= 1;
        _assertBreach(_order(), receipt, IValidityCourt.Breach.PriceAboveTariff);
        receipt.price -= 2_000;
        _assertBreach(_order(), receipt, IValidityCourt.Breach.None);
        receipt.inputUnits -= 1;
        _assertBreach(_order(), receipt, IValidityCourt.Breach.PriceAboveTariff);
    }

    function test_unitsThatDoNotHoldThePriceAreAFault() external view {
        Receipt memory receipt = _receipt(_request(_order()));
        receipt.charged = receipt.price;
        _assertBreach(_order(), receipt, IValidityCourt.Breach.None);
        receipt.charged = receipt.price - 1;
        _assertBreach(_order(), receipt, IValidityCourt.Breach.UnitsInvalid);
        receipt.charged = 0;
        _assertBreach(_order(), receipt, IValidityCourt.Breach.None);
    }

    function test_ordersOfNoModeAreJudgedAsSigned() external {
        ICourtPolicies.Policy memory policy = _policy();
        (policy.slashBps, policy.effectiveFrom) = (100, uint48(_now() + Clocks.POLICY_DELAY));
        policies.set(Modes.SIGNED, policy);
        _wait(Clocks.POLICY_DELAY);
        for (uint8 mode = Modes.COUNT; mode < Modes.COUNT + 2; ++mode) {
            Order memory order = _order();
            (order.mode, order.maxPrice) = (mode, PRICE - 1);
            Request memory request = _request(order);
            uint256 bond = _ownBond();
            _bring(validity, _terms(_signed(_receipt(request)), request, order));
            vm.assertEq(_ownBond(), bond - bond / 100, "the row of the signed mode");
        }
    }

    function test_tariffOfTheGreatestNumbersDoesNotOverflow() external view {
        Order memory order = _order();
        (order.maxPrice, order.base) = (type(uint128).max, type(uint128).max);
        (order.inputRate, order.outputRate) = (type(uint64).max, type(uint64).max);
        Receipt memory receipt = _receipt(_request(order));
        (receipt.price, receipt.charged) = (type(uint128).max, type(uint128).max);
        (receipt.inputUnits, receipt.outputUnits) = (type(uint32).max, type(uint32).max);
        _assertBreach(order, receipt, IValidityCourt.Breach.None);
    }

    function test_threat55_issuedAfterTheDeadlineIsAFault() external view {
        Request memory request = _request(_order());
        Receipt memory receipt = _receipt(request);
        receipt.issuedAt = request.deadline;
        _assertBreach(_order(), receipt, IValidityCourt.Breach.None);
        receipt.issuedAt = request.deadline + 1;
        _assertBreach(_order(), receipt, IValidityCourt.Breach.IssuedAfterDeadline);
        receipt.issuedAt = type(uint64).max;
        _assertBreach(_order(), receipt, IValidityCourt.Breach.IssuedAfterDeadline);
    }

    function test_threat55_issuedBeforeTheHorizonIsAFault() external view {
        Request memory request = _request(_order());
        Receipt memory receipt = _receipt(request);
        receipt.issuedAt = uint64(request.deadline - Clocks.DEADLINE_HORIZON);
        _assertBreach(_order(), receipt, IValidityCourt.Breach.None);
        receipt.issuedAt -= 1;
        _assertBreach(_order(), receipt, IValidityCourt.Breach.IssuedBeforeHorizon);
    }

    function test_committedBeforeItWasIssuedIsAFault() external {
        Request memory request = _request(_order());
        Receipt memory receipt = _receipt(request);
        receipt.issuedAt += 1;
        _bring(validity, _terms(_committed(receipt), request, _order()));
        vm.assertTrue(validity.isPunished(_receiptFault(receipt)), "punished");
        vm.assertTrue(
            _breach(_order(), request, receipt, START) == IValidityCourt.Breach.IssuedAfterCommitment,
            "the time"
        );
        vm.assertTrue(_breach(_order(), request, receipt, START + 1) == IValidityCourt.Breach.None, "at it");
    }

    function test_committedUnderAKeyThatIsNotTheOperatorsIsAFault() external {
        Request memory request = _request(_order());
        Receipt memory receipt = _receipt(request);
        receipt.signer = stranger;
        _bring(validity, _terms(_committed(receipt), request, _order()));
        vm.assertTrue(validity.isPunished(_receiptFault(receipt)), "punished");
    }

    function test_threat42_keyRegisteredAfterTheReceiptDoesNotMendIt() external {
        Request memory request = _request(_order());
        Receipt memory receipt = _receipt(request);
        Actor memory late = _actor("late key");
        receipt.signer = late.addr;
        _wait(1);
        _registerKey(operator, late);
        _bring(validity, _terms(_committed(receipt), request, _order()));
        vm.assertTrue(validity.isPunished(_receiptFault(receipt)), "punished");
    }

    function test_orderThatTheRequestDoesNotHoldIsRefused() external {
        Request memory request = _request(_order());
        Order memory other = _order();
        other.maxPrice = 1;
        bytes memory expected = abi.encodeWithSelector(
            ICourt.RequestMismatch.selector,
            request.orderHash,
            Requests.hash(other)
        );
        ICourt.Exhibit memory exhibit = _signed(_receipt(request));
        _bringInVain(validity, _terms(exhibit, request, other), expected);
        _bringInVain(validity, _output(exhibit, request, other, ""), expected);
    }

    function test_convictOutputRefusesModesThatNobodyJudges() external {
        uint8[2] memory unjudged = [Modes.SIGNED, Modes.COUNT];
        for (uint256 i = 0; i < unjudged.length; ++i) {
            Order memory order = _order();
            order.mode = unjudged[i];
            Request memory request = _request(order);
            vm.assertEq(address(validity.checkerOf(order.mode)), address(0), "no checker");
            _bringInVain(
                validity,
                _output(_signed(_receipt(request)), request, order, ""),
                abi.encodeWithSelector(IValidityCourt.ModeNotJudged.selector, order.mode)
            );
        }
    }

    function test_eachModeThatIsJudgedHasItsOwnChecker() external view {
        vm.assertEq(address(validity.checkerOf(Modes.ENCLAVE)), address(enclaveChecker), "enclave");
        vm.assertEq(address(validity.checkerOf(Modes.SNARK)), address(snarkChecker), "snark");
        vm.assertEq(address(validity.checkerOf(Modes.OPTIMISTIC)), address(checker), "optimistic");
    }

    function test_receiptIsJudgedByThePolicyWhenItWasIssued() external {
        ICourtPolicies.Policy memory policy = _policy();
        (policy.slashBps, policy.effectiveFrom) = (10_000, uint48(START + Clocks.POLICY_DELAY));
        policies.set(Modes.OPTIMISTIC, policy);
        (ICourt.Exhibit memory exhibit, Request memory request, Order memory order) = _overcharged();
        _wait(Clocks.POLICY_DELAY + 1);
        _bring(validity, _terms(exhibit, request, order));
        vm.assertEq(_ownBond(), BOND - 200e6, "a fifth, as it was then");
    }

    function test_threat55_committedReceiptWithAFalseTimeIsJudgedByThePolicyAtItsCommitment() external {
        ICourtPolicies.Policy memory policy = _policy();
        (policy.slashBps, policy.effectiveFrom) = (10_000, uint48(START + Clocks.POLICY_DELAY));
        policies.set(Modes.OPTIMISTIC, policy);
        _wait(Clocks.POLICY_DELAY);
        Request memory request = _request(_order());
        Receipt memory receipt = _receipt(request);
        receipt.issuedAt = 1;
        _bring(validity, _terms(_committed(receipt), request, _order()));
        vm.assertEq(_ownBond(), 0, "the policy in force, not the one of 1970");
    }

    function _output(
        ICourt.Exhibit memory exhibit,
        Request memory request,
        Order memory order,
        bytes memory evidence
    ) private view returns (bytes memory) {
        return abi.encodeCall(validity.convictOutput, (exhibit, request, order, evidence, SALT));
    }

    function _breach(
        Order memory order,
        Request memory request,
        Receipt memory receipt,
        uint256 committedAt
    ) private view returns (IValidityCourt.Breach) {
        return validity.breachOf(ICourt.Exhibit(receipt, 0, new bytes32[](0), ""), request, order, committedAt);
    }

    function _assertBreach(Order memory order, Receipt memory receipt, IValidityCourt.Breach expected) private view {
        IValidityCourt.Breach found = _breach(order, _request(order), receipt, 0);
        vm.assertEq(uint256(found), uint256(expected), "breach");
    }
}
