// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Request} from "../../contracts/settlement/Requests.sol";
import {Papers} from "../support/Papers.sol";
import {Puppet} from "../support/Tokens.sol";
import {vm} from "../support/Vm.sol";

/// @dev Money out of accounts, back to who put it in.
contract RefundsTest is Papers {
    function test_thawNamesAmountAndTime() external {
        _fund(payer, client.addr, 100e6);
        uint256 maturesAt = START + Clocks.REFUND_THAW;
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.ThawStarted(payer, operator, client.addr, 60e6, maturesAt);
        _thaw(60e6);
        IFeeEscrow.Thaw memory found = escrow.thawOf(payer, operator, client.addr);
        vm.assertEq(found.amount, 60e6, "amount");
        vm.assertEq(found.maturesAt, maturesAt, "time");
        vm.assertEq(escrow.account(payer, operator, client.addr).balance, 100e6, "good for vouchers meanwhile");
    }

    function test_thawRefusesZeroAndMoreThanThereIs() external {
        _fund(payer, client.addr, 100);
        vm.expectRevert(IFeeEscrow.ZeroAmount.selector);
        _thaw(0);
        vm.expectRevert(abi.encodeWithSelector(IFeeEscrow.BalanceInsufficient.selector, 101, 100));
        _thaw(101);
        for (uint256 i = 96; i < 256; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IFeeEscrow.BalanceInsufficient.selector, 2 ** i + 1, 100));
            vm.prank(payer);
            escrow.thaw(2 ** i + 1, operator, client.addr);
        }
        _thaw(100);
    }

    function test_threat23_thawUnderWayIsNeitherResetNorGrown() external {
        _fund(payer, client.addr, 100);
        _thaw(60);
        uint256 maturesAt = START + Clocks.REFUND_THAW;
        bytes memory expected = abi.encodeWithSelector(IFeeEscrow.ThawUnderWay.selector, 60, maturesAt);
        vm.expectRevert(expected);
        _thaw(100);
        vm.warp(maturesAt + Clocks.REFUND_LAPSE);
        vm.expectRevert(expected);
        _thaw(100);
        _wait(1);
        _thaw(100);
        vm.assertEq(escrow.thawOf(payer, operator, client.addr).amount, 100, "a lapsed one is void");
    }

    function test_threat22_refundWaitsForTheWholeThaw() external {
        _fund(payer, client.addr, 100);
        _thaw(60);
        uint256 maturesAt = START + Clocks.REFUND_THAW;
        vm.warp(maturesAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IFeeEscrow.ThawNotMature.selector, maturesAt));
        _refund();

        vm.warp(maturesAt);
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.Refunded(payer, operator, client.addr, 60);
        vm.assertEq(_refund(), 60, "returned");
        _assertTokens(payer, 60, "paid");
        vm.assertEq(escrow.account(payer, operator, client.addr).balance, 40, "the rest");
        vm.expectRevert(IFeeEscrow.NoThaw.selector);
        _refund();
    }

    function test_maturedThawLapsesAfterADay() external {
        _fund(payer, client.addr, 100);
        _thaw(60);
        uint256 lapsesAt = START + Clocks.REFUND_THAW + Clocks.REFUND_LAPSE;
        vm.warp(lapsesAt + 1);
        vm.expectRevert(abi.encodeWithSelector(IFeeEscrow.ThawLapsed.selector, lapsesAt));
        _refund();
        vm.warp(lapsesAt);
        vm.assertEq(_refund(), 60, "in its last second");
    }

    function test_threat22_vouchersTakeWhatThaws() external {
        _fund(payer, client.addr, 100e6);
        _thaw(100e6);
        _wait(Clocks.REFUND_THAW);
        _settle(_claim(_request(_order()), client.key, 70e6));
        vm.assertEq(_refund(), 30e6, "what is still there");
    }

    function test_refundOfAnEmptiedAccountPaysNothing() external {
        _fund(payer, client.addr, 100e6);
        _thaw(100e6);
        _wait(Clocks.REFUND_THAW);
        _settle(_claim(_request(_order()), client.key, 100e6));
        vm.assertEq(_refund(), 0, "nothing");
        vm.assertEq(escrow.thawOf(payer, operator, client.addr).amount, 0, "thaw over");
    }

    function test_cancelThawEndsIt() external {
        _fund(payer, client.addr, 100);
        _thaw(60);
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.ThawCancelled(payer, operator, client.addr);
        vm.prank(payer);
        escrow.cancelThaw(operator, client.addr);
        vm.expectRevert(IFeeEscrow.NoThaw.selector);
        vm.prank(payer);
        escrow.cancelThaw(operator, client.addr);
        _thaw(100);
    }

    /// @dev What comes in while a thaw runs is not part of it.
    function test_threat23_newMoneyIsNotThawedByAnOldThaw() external {
        _fund(payer, client.addr, 100);
        _thaw(60);
        _wait(Clocks.REFUND_THAW - 1);
        _fund(payer, client.addr, 1_000);
        _wait(1);
        vm.assertEq(_refund(), 60, "what was thawed");
        vm.assertEq(escrow.account(payer, operator, client.addr).balance, 1_040, "the rest stays");
        vm.expectRevert(IFeeEscrow.NoThaw.selector);
        _refund();
    }

    function test_threat23_thawThatVouchersUsedUpTakesNoMoreThanItNamed() external {
        _fund(payer, client.addr, 100e6);
        _thaw(60e6);
        _settle(_claim(_request(_order()), client.key, 100e6));
        _fund(payer, client.addr, 100e6);
        _wait(Clocks.REFUND_THAW);
        vm.assertEq(_refund(), 60e6, "what it named");
        vm.assertEq(escrow.account(payer, operator, client.addr).balance, 40e6, "the rest stays");
    }

    function test_refundLeavesWhatWasSettledAsItIs() external {
        _pay(10e6);
        _fund(payer, client.addr, 100);
        _thaw(100);
        _wait(Clocks.REFUND_THAW);
        _refund();
        IFeeEscrow.Account memory found = escrow.account(payer, operator, client.addr);
        vm.assertEq(found.balance, 0, "balance");
        vm.assertEq(found.settled, 10e6, "total");
        vm.assertEq(found.settledAt, START, "time");
    }

    /// @dev A key's promises are over when its account is empty, and begin anew where they ended.
    function test_threat20_voucherOfBeforeARefundPaysNothingAgain() external {
        _fund(payer, client.addr, 100e6);
        Request memory request = _request(_order());
        request.deadline = uint64(START + Clocks.REFUND_THAW);
        vm.warp(START + Clocks.REFUND_THAW - Clocks.DEADLINE_HORIZON);
        IFeeEscrow.Claim memory claim = _claim(request, client.key, 40e6);
        vm.assertEq(_settle(claim), 40e6, "once");
        _thaw(60e6);
        _wait(Clocks.REFUND_THAW);
        _refund();
        _fund(payer, client.addr, 100e6);
        vm.warp(request.deadline);
        vm.assertEq(_settle(claim), 0, "not again");
    }

    /// @dev A contract signs nothing: it names a key, and takes back what is left itself.
    function test_threat27_contractPaysByAKeyAndRefundsItself() external {
        Puppet puppet = new Puppet();
        _give(address(puppet), 100e6);
        puppet.run(address(token), abi.encodeCall(token.approve, (address(escrow), 100e6)));
        puppet.run(address(escrow), abi.encodeCall(IFeeEscrow.fund, (100e6, operator, client.addr)));
        Request memory request = _request(_order());
        request.payer = address(puppet);
        vm.assertEq(_settle(_claim(request, client.key, 40e6)), 40e6, "by voucher of its key");

        puppet.run(address(escrow), abi.encodeCall(IFeeEscrow.thaw, (60e6, operator, client.addr)));
        _wait(Clocks.REFUND_THAW);
        puppet.run(address(escrow), abi.encodeCall(IFeeEscrow.refund, (operator, client.addr)));
        _assertTokens(address(puppet), 60e6, "what is left");
    }

    function test_E6_nobodyElseThawsOrRefundsAnAccount() external {
        _fund(payer, client.addr, 100);
        vm.expectRevert(abi.encodeWithSelector(IFeeEscrow.BalanceInsufficient.selector, 1, 0));
        vm.prank(client.addr);
        escrow.thaw(1, operator, client.addr);
        _thaw(100);
        _wait(Clocks.REFUND_THAW);
        address[3] memory others = [client.addr, operator, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(IFeeEscrow.NoThaw.selector);
            vm.prank(others[i]);
            escrow.refund(operator, client.addr);
        }
    }

    function _thaw(uint96 amount) private {
        vm.prank(payer);
        escrow.thaw(amount, operator, client.addr);
    }

    function _refund() private returns (uint256) {
        vm.prank(payer);
        return escrow.refund(operator, client.addr);
    }
}
