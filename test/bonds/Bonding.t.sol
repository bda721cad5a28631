// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {Stakes} from "../support/Stakes.sol";
import {OpenToken} from "../support/Tokens.sol";
import {vm} from "../support/Vm.sol";

/// @dev An operator's own money.
contract BondingTest is Stakes {
    function setUp() public override {
        super.setUp();
        _register(operator);
    }

    function test_bondAddsToTheOwnPoolAndTheCover() external {
        _allow(operator, address(bonds), BOND);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Bonded(operator, BOND, BOND);
        vm.prank(operator);
        bonds.bond(BOND);

        vm.assertEq(_own().assets, BOND, "assets");
        vm.assertEq(_own().active, BOND, "active");
        vm.assertEq(_own().shares, BOND, "shares");
        vm.assertEq(_delegated().assets + _delegated().shares, 0, "nothing delegated");
        vm.assertEq(bonds.cover(operator), BOND, "cover");
        _assertTokens(address(bonds), BOND, "taken in");
        _assertTokens(operator, 0, "paid");
    }

    function test_bondRefusesZero() external {
        vm.expectRevert(IOperatorBonds.ZeroAmount.selector);
        vm.prank(operator);
        bonds.bond(0);
    }

    function test_bondRefusesTheUnregistered() external {
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.OperatorNotRegistered.selector, stranger));
        vm.prank(stranger);
        bonds.bond(1);
    }

    function test_bondHoldsTheGreatestAmountThatThereCanBe() external {
        OpenToken open = new OpenToken();
        OperatorBonds other = _bondsOf(open, operator, type(uint96).max);
        vm.prank(operator);
        other.bond(type(uint96).max - 1);
        vm.prank(operator);
        other.bond(1);
        vm.assertEq(other.cover(operator), type(uint96).max, "cover");
        vm.assertEq(open.balanceOf(address(other)), type(uint96).max, "tokens");
    }

    function test_bondAfterASlashBuysSharesAtTheirWorth() external {
        _bond(operator, BOND);
        _slash(BOND / 2);
        _allow(operator, address(bonds), 100e6);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Bonded(operator, 100e6, 200e6);
        vm.prank(operator);
        bonds.bond(100e6);
        vm.assertEq(_own().assets, BOND / 2 + 100e6, "assets");
        vm.assertEq(_own().shares, BOND + 200e6, "shares");
    }

    function test_threat10_tokensSentDirectlyAreNobodysBond() external {
        _bond(operator, BOND);
        _give(stranger, 500e6);
        vm.prank(stranger);
        token.transfer(address(bonds), 500e6);
        vm.assertEq(_own().assets, BOND, "assets");
        _bond(operator, 100e6);
        vm.assertEq(_own().shares, BOND + 100e6, "at the same price");
    }

    /// @dev Nobody rewards an own bond, so its shares cost a unit at most and nothing of an amount is left over.
    function testFuzz_bondTakesTheWholeAmount(uint96 first, uint96 slashed, uint128 left, uint96 second) external {
        first = uint96(_bound(first, 1, 1e12));
        _bond(operator, first);
        _slash(uint96(_bound(slashed, 0, first)));
        if (_own().shares != 0) {
            uint48 ticket = _requestUnbond(operator, uint128(_bound(left, 1, _own().shares)));
            _wait(UNBONDING);
            _withdraw(operator, ticket);
        }
        uint256 before = _own().assets;
        second = uint96(_bound(second, 1, 1e12));
        uint256 kept = token.balanceOf(operator);
        _bond(operator, second);
        vm.assertEq(_own().assets, before + second, "to the last unit");
        _assertTokens(operator, kept, "nothing left over");
    }
}
