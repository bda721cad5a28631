// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Papers} from "../support/Papers.sol";
import {vm} from "../support/Vm.sol";

contract FeesTest is Papers {
    function test_constructorTakesItsParameters() external view {
        vm.assertEq(address(escrow.token()), address(token), "token");
        vm.assertEq(address(escrow.bonds()), address(bonds), "bonds");
        vm.assertEq(escrow.treasury(), treasury, "treasury");
        vm.assertEq(escrow.protocolFeeBps(), FEE_BPS, "fee");
        vm.assertEq(escrow.coverageBps(), COVERAGE_BPS, "coverage");
        vm.assertEq(escrow.MIN_COVERAGE(), 10_000, "covered once at least");
        vm.assertEq(escrow.MAX_COVERAGE(), 100_000, "and ten times at most");
    }

    function test_constructorRefusesZeroesAndTooHighAFee() external {
        vm.expectRevert(IFeeEscrow.ZeroAddress.selector);
        this.deployEscrow(address(0), treasury, 0);
        vm.expectRevert(IFeeEscrow.ZeroAddress.selector);
        this.deployEscrow(address(token), address(0), 0);
        vm.expectRevert(abi.encodeWithSelector(IFeeEscrow.ProtocolFeeTooHigh.selector, 1_001, 1_000));
        this.deployEscrow(address(token), treasury, 1_001);
        bonds = OperatorBonds(address(0));
        vm.expectRevert(IFeeEscrow.ZeroAddress.selector);
        this.deployEscrow(address(token), treasury, 0);
    }

    function test_withdrawEarningsPaysThePayoutWhoeverCalls() external {
        _pay(100e6);
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.EarningsWithdrawn(operator, payout, 99e6);
        vm.prank(stranger);
        vm.assertEq(escrow.withdrawEarnings(operator), 99e6, "returned");
        _assertTokens(payout, 99e6, "paid");
        vm.assertEq(escrow.earningsOf(operator), 0, "nothing left");
        vm.expectRevert(IFeeEscrow.NothingToWithdraw.selector);
        escrow.withdrawEarnings(operator);
    }

    function test_withdrawEarningsRefusesTheUnregistered() external {
        vm.expectRevert(abi.encodeWithSelector(IFeeEscrow.OperatorNotRegistered.selector, rival));
        escrow.withdrawEarnings(rival);
    }

    function test_withdrawProtocolFeesPaysTheTreasuryWhoeverCalls() external {
        _pay(100e6);
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.ProtocolFeesWithdrawn(treasury, 1e6);
        vm.prank(stranger);
        vm.assertEq(escrow.withdrawProtocolFees(), 1e6, "returned");
        _assertTokens(treasury, 1e6, "paid");
        vm.expectRevert(IFeeEscrow.NothingToWithdraw.selector);
        escrow.withdrawProtocolFees();
    }

    function test_setProtocolFeeHoldsItsBound() external {
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.ProtocolFeeSet(1_000);
        escrow.setProtocolFee(1_000);
        vm.assertEq(escrow.protocolFeeBps(), 1_000, "the most");
        vm.expectRevert(abi.encodeWithSelector(IFeeEscrow.ProtocolFeeTooHigh.selector, 1_001, 1_000));
        escrow.setProtocolFee(1_001);
    }

    function test_newFeeIsTakenFromNewSettlementsOnly() external {
        _fund(payer, client.addr, 100e6);
        _settle(_claim(_request(_order()), client.key, 50e6));
        escrow.setProtocolFee(0);
        _settle(_claim(_request(_order()), client.key, 100e6));
        vm.assertEq(escrow.protocolFees(), 500_000, "of the first alone");
    }

    function test_setTreasuryRefusesZero() external {
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.TreasurySet(stranger);
        escrow.setTreasury(stranger);
        vm.assertEq(escrow.treasury(), stranger, "set");
        vm.expectRevert(IFeeEscrow.ZeroAddress.selector);
        escrow.setTreasury(address(0));
    }

    function test_restrictedFunctionsRefuseStrangers() external {
        bytes memory expected = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger);
        vm.expectRevert(expected);
        vm.prank(stranger);
        escrow.setProtocolFee(0);
        vm.expectRevert(expected);
        vm.prank(stranger);
        escrow.setTreasury(stranger);
    }

    /// @dev The authority can close the contract's restricted functions: no way of money is among them.
    function test_threat30_closingTheTargetStopsNoMoney() external {
        authority.setTargetClosed(address(escrow), true);
        vm.prank(operator);
        escrow.openPayTo();
        _give(escrow.payToOf(operator), 1e6);
        vm.assertEq(escrow.collect(operator), 1e6, "collects");
        _pay(100e6);
        _fund(payer, client.addr, 1);
        vm.prank(payer);
        escrow.thaw(1, operator, client.addr);
        _wait(Clocks.REFUND_THAW);
        vm.prank(payer);
        vm.assertEq(escrow.refund(operator, client.addr), 1, "refunds");
        vm.assertEq(escrow.withdrawEarnings(operator), 99_990_000, "pays the operator");
        vm.assertEq(escrow.withdrawProtocolFees(), 1_010_000, "pays the treasury");
    }

    function deployEscrow(address token_, address treasury_, uint16 feeBps) external returns (address) {
        return _deployEscrow(token_, treasury_, feeBps);
    }
}
