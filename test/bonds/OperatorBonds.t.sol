// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {ExactTransfer} from "../../contracts/tokens/ExactTransfer.sol";
import {CallingToken, OpenToken, Puppet, TaxedToken} from "../support/Tokens.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

contract OperatorBondsTest is World {
    function test_constructorTakesItsParameters() external view {
        vm.assertEq(address(bonds.token()), address(token), "token");
        vm.assertEq(bonds.leastOwnBond(), LEAST_OWN_BOND, "least own bond");
        vm.assertEq(bonds.unbondingDelay(), UNBONDING, "delay");
        vm.assertEq(bonds.authority(), address(authority), "authority");
    }

    function test_constructorRefusesNoToken() external {
        vm.expectRevert(IOperatorBonds.ZeroAddress.selector);
        this.deployBonds(address(0), UNBONDING);
    }

    function test_threat2_constructorHoldsTheDelayInItsBounds() external {
        _expectDelayRefused(uint48(Clocks.MIN_UNBONDING - 1));
        this.deployBonds(address(token), uint48(Clocks.MIN_UNBONDING - 1));
        _expectDelayRefused(uint48(Clocks.MAX_UNBONDING + 1));
        this.deployBonds(address(token), uint48(Clocks.MAX_UNBONDING + 1));
    }

    function test_registerRecordsThePayoutAndTheTime() external {
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.OperatorRegistered(operator, payout, "ipfs://operator");
        _register(operator);

        IOperatorBonds.OperatorView memory found = bonds.operatorOf(operator);
        vm.assertEq(found.payout, payout, "payout");
        vm.assertEq(found.registeredAt, START, "time");
        vm.assertEq(found.assets + found.active + found.shares + found.debt + found.epoch, 0, "nothing bonded");
        vm.assertEq(bonds.payoutOf(operator), payout, "payoutOf");
    }

    function test_registerRefusesASecondTime() external {
        _register(operator);
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.OperatorAlreadyRegistered.selector, operator));
        vm.prank(operator);
        bonds.register(stranger, "");
    }

    function test_registerRefusesNoPayout() external {
        vm.expectRevert(IOperatorBonds.ZeroAddress.selector);
        vm.prank(operator);
        bonds.register(address(0), "");
    }

    function test_registerRefusesBeforeTheContractIsOpen() external {
        OperatorBonds closed = OperatorBonds(_deployBonds(address(token), UNBONDING));
        vm.expectRevert(IOperatorBonds.NotOpen.selector);
        closed.register(payout, "");
    }

    function test_setPayoutChangesIt() external {
        _register(operator);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.PayoutSet(operator, stranger);
        vm.prank(operator);
        bonds.setPayout(stranger);
        vm.assertEq(bonds.payoutOf(operator), stranger, "payout");
    }

    function test_setPayoutRefusesZeroAndTheUnregistered() external {
        vm.expectRevert(IOperatorBonds.ZeroAddress.selector);
        bonds.setPayout(address(0));
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.OperatorNotRegistered.selector, stranger));
        vm.prank(stranger);
        bonds.setPayout(payout);
    }

    function test_bondAddsToThePoolAndTheCover() external {
        _register(operator);
        _allow(operator, address(bonds), BOND);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Bonded(operator, BOND, BOND);
        vm.prank(operator);
        bonds.bond(BOND);

        IOperatorBonds.OperatorView memory found = bonds.operatorOf(operator);
        vm.assertEq(found.assets, BOND, "assets");
        vm.assertEq(found.active, BOND, "active");
        vm.assertEq(found.shares, BOND, "shares");
        vm.assertEq(bonds.cover(operator), BOND, "cover");
        vm.assertEq(bonds.slashable(operator), BOND, "slashable");
        _assertTokens(address(bonds), BOND, "taken in");
        _assertTokens(operator, 0, "paid");
    }

    function test_bondRefusesZeroAndTheUnregistered() external {
        vm.expectRevert(IOperatorBonds.ZeroAmount.selector);
        bonds.bond(0);
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.OperatorNotRegistered.selector, stranger));
        vm.prank(stranger);
        bonds.bond(1);
    }

    function test_coverIsZeroBelowTheLeastOwnBond() external {
        _register(operator);
        _bond(operator, LEAST_OWN_BOND - 1);
        vm.assertEq(bonds.cover(operator), 0, "one unit short");
        _bond(operator, 1);
        vm.assertEq(bonds.cover(operator), LEAST_OWN_BOND, "reached");
    }

    function test_bondHoldsTheGreatestAmountThatThereCanBe() external {
        (OperatorBonds other, OpenToken open) = _bondsOf(new OpenToken(), operator, type(uint96).max);
        vm.prank(operator);
        other.bond(type(uint96).max - 1);
        vm.prank(operator);
        other.bond(1);
        vm.assertEq(other.cover(operator), type(uint96).max, "cover");
        vm.assertEq(open.balanceOf(address(other)), type(uint96).max, "tokens");
    }

    function test_threat29_bondRefusesATokenWithAFee() external {
        (OperatorBonds other, OpenToken taxed) = _bondsOf(new TaxedToken(), operator, 100);
        vm.expectRevert(abi.encodeWithSelector(ExactTransfer.InexactTransfer.selector, address(taxed), 100, 99));
        vm.prank(operator);
        other.bond(100);
    }

    function test_threat29_bondCannotBeEnteredAgainFromATokensHook() external {
        address puppet = address(new Puppet());
        (OperatorBonds other, OpenToken calling) = _bondsOf(new CallingToken(), puppet, 200);
        bytes memory again = abi.encodeCall(IOperatorBonds.bond, (100));
        CallingToken(address(calling)).hook(puppet, abi.encodeCall(Puppet.run, (address(other), again)));

        vm.expectRevert("hook failed");
        vm.prank(puppet);
        other.bond(100);
    }

    function test_openRefusesASecondTime() external {
        vm.expectRevert(IOperatorBonds.AlreadyOpen.selector);
        bonds.open();
    }

    function test_openSaysSo() external {
        OperatorBonds closed = OperatorBonds(_deployBonds(address(token), UNBONDING));
        vm.expectEmit(address(closed));
        emit IOperatorBonds.Opened();
        closed.open();
    }

    function test_setUnbondingDelayChangesIt() external {
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.UnbondingDelaySet(Clocks.MIN_UNBONDING);
        bonds.setUnbondingDelay(uint48(Clocks.MIN_UNBONDING));
        vm.assertEq(bonds.unbondingDelay(), Clocks.MIN_UNBONDING, "least");
        bonds.setUnbondingDelay(uint48(Clocks.MAX_UNBONDING));
        vm.assertEq(bonds.unbondingDelay(), Clocks.MAX_UNBONDING, "greatest");
    }

    function test_threat2_setUnbondingDelayHoldsItInItsBounds() external {
        _expectDelayRefused(uint48(Clocks.MIN_UNBONDING - 1));
        bonds.setUnbondingDelay(uint48(Clocks.MIN_UNBONDING - 1));
        _expectDelayRefused(uint48(Clocks.MAX_UNBONDING + 1));
        bonds.setUnbondingDelay(uint48(Clocks.MAX_UNBONDING + 1));
        _expectDelayRefused(type(uint48).max);
        bonds.setUnbondingDelay(type(uint48).max);
    }

    function test_restrictedFunctionsRefuseStrangers() external {
        bytes[] memory calls = new bytes[](4);
        calls[0] = abi.encodeCall(bonds.open, ());
        calls[1] = abi.encodeCall(bonds.addSlasher, (stranger));
        calls[2] = abi.encodeCall(bonds.removeSlasher, (address(validity)));
        calls[3] = abi.encodeCall(bonds.setUnbondingDelay, (UNBONDING));
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(stranger);
            (bool isOk, bytes memory result) = address(bonds).call(calls[i]);
            vm.assertFalse(isOk, "refused");
            bytes memory expected = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger);
            vm.assertEq(keccak256(result), keccak256(expected), "as unauthorized");
        }
    }

    function deployBonds(address token_, uint48 delay) external returns (address) {
        return _deployBonds(token_, delay);
    }

    /// @dev Bonds of another token, with `who` registered and about to bond `amount`.
    function _bondsOf(OpenToken other, address who, uint256 amount) private returns (OperatorBonds, OpenToken) {
        OperatorBonds its = OperatorBonds(_deployBonds(address(other), UNBONDING));
        its.open();
        vm.prank(who);
        its.register(payout, "");
        other.mint(who, amount);
        vm.prank(who);
        other.approve(address(its), amount);
        return (its, other);
    }

    function _expectDelayRefused(uint48 delay) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IOperatorBonds.UnbondingDelayOutOfRange.selector,
                delay,
                Clocks.MIN_UNBONDING,
                Clocks.MAX_UNBONDING
            )
        );
    }
}
