// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {ExactTransfer} from "../../contracts/tokens/ExactTransfer.sol";
import {Papers} from "../support/Papers.sol";
import {CallingToken, OpenToken, Puppet, TaxedToken} from "../support/Tokens.sol";
import {vm} from "../support/Vm.sol";

contract AccountsTest is Papers {
    function test_fundPutsTokensIntoTheAccount() external {
        _allow(payer, address(escrow), 70e6);
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.Funded(payer, operator, client.addr, 70e6);
        vm.prank(payer);
        escrow.fund(70e6, operator, client.addr);
        _fund(payer, client.addr, 30e6);

        IFeeEscrow.Account memory found = escrow.account(payer, operator, client.addr);
        vm.assertEq(found.balance, 100e6, "both");
        vm.assertEq(found.settled + found.settledAt, 0, "nothing settled");
        _assertTokens(address(escrow), 100e6, "tokens");
        vm.assertEq(escrow.account(payer, rival, client.addr).balance, 0, "another operator's");
        vm.assertEq(escrow.account(payer, operator, payer).balance, 0, "another signer's");
        vm.assertEq(escrow.account(operator, payer, client.addr).balance, 0, "another payer's");
    }

    function test_fundRefusesZeroes() external {
        vm.expectRevert(IFeeEscrow.ZeroAddress.selector);
        escrow.fund(1, address(0), client.addr);
        vm.expectRevert(IFeeEscrow.ZeroAddress.selector);
        escrow.fund(1, operator, address(0));
        vm.expectRevert(IFeeEscrow.ZeroAmount.selector);
        escrow.fund(0, operator, client.addr);
    }

    function test_fundHoldsTheGreatestAmountThatThereCanBe() external {
        (FeeEscrow its, OpenToken open) = _escrowOf(new OpenToken(), payer, type(uint96).max);
        vm.prank(payer);
        its.fund(type(uint96).max, operator, client.addr);
        vm.assertEq(its.account(payer, operator, client.addr).balance, type(uint96).max, "balance");
        vm.assertEq(open.balanceOf(address(its)), type(uint96).max, "tokens");
    }

    function test_threat29_fundRefusesATokenWithAFee() external {
        (FeeEscrow its, OpenToken taxed) = _escrowOf(new TaxedToken(), payer, 100);
        vm.expectRevert(abi.encodeWithSelector(ExactTransfer.InexactTransfer.selector, address(taxed), 100, 99));
        vm.prank(payer);
        its.fund(100, operator, client.addr);
    }

    function test_threat29_refundCannotBeTakenTwiceFromATokensHook() external {
        address puppet = address(new Puppet());
        (FeeEscrow its, OpenToken calling) = _escrowOf(new CallingToken(), puppet, 100);
        vm.prank(puppet);
        its.fund(100, operator, client.addr);
        vm.prank(puppet);
        its.thaw(operator, client.addr, 50);
        _wait(Clocks.REFUND_THAW);
        bytes memory again = abi.encodeCall(IFeeEscrow.refund, (operator, client.addr));
        CallingToken(address(calling)).hook(puppet, abi.encodeCall(Puppet.run, (address(its), again)));
        vm.expectRevert("hook failed");
        vm.prank(puppet);
        its.refund(operator, client.addr);
    }

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

    function test_E6_nobodyElseThawsOrRefundsAnAccount() external {
        _fund(payer, client.addr, 100);
        vm.expectRevert(abi.encodeWithSelector(IFeeEscrow.BalanceInsufficient.selector, 1, 0));
        vm.prank(client.addr);
        escrow.thaw(operator, client.addr, 1);
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
        escrow.thaw(operator, client.addr, amount);
    }

    function _refund() private returns (uint256) {
        vm.prank(payer);
        return escrow.refund(operator, client.addr);
    }

    /// @dev An escrow of another token, with `who` about to fund `amount`.
    function _escrowOf(OpenToken other, address who, uint256 amount) private returns (FeeEscrow its, OpenToken) {
        its = FeeEscrow(_deployEscrow(address(other), treasury, FEE_BPS));
        other.mint(who, amount);
        vm.prank(who);
        other.approve(address(its), amount);
        return (its, other);
    }
}
