// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

/// @dev Who may slash, and when.
contract SlashersTest is World {
    function test_slasherAddedBeforeOpeningStartsAtOnce() external {
        OperatorBonds closed = OperatorBonds(_deployBonds(address(token), UNBONDING));
        vm.expectEmit(address(closed));
        emit IOperatorBonds.SlasherAdded(stranger, START);
        closed.addSlasher(stranger);
        vm.assertTrue(closed.isSlasher(stranger), "at once");
    }

    function test_threat49_slasherAddedLaterStartsAfterEverybodyCouldLeave() external {
        uint256 activeFrom = START + Clocks.SLASHER_ACTIVATION;
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.SlasherAdded(stranger, activeFrom);
        bonds.addSlasher(stranger);

        vm.warp(activeFrom - 1);
        vm.assertFalse(bonds.isSlasher(stranger), "the second before");
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.NotSlasher.selector, stranger));
        vm.prank(stranger);
        bonds.slash(operator, 1, new IOperatorBonds.Award[](0));

        vm.warp(activeFrom);
        vm.assertTrue(bonds.isSlasher(stranger), "from then on");
        vm.prank(stranger);
        bonds.slash(operator, 1, new IOperatorBonds.Award[](0));
        vm.assertEq(bonds.operatorOf(operator).debt, 1, "works");
    }

    function test_threat49_longestExitEndsBeforeANewSlasherStarts() external {
        bonds.setUnbondingDelay(uint48(Clocks.MAX_UNBONDING));
        _enter();
        bonds.addSlasher(stranger);
        vm.prank(operator);
        uint48 ticket = bonds.requestUnbond(operator, BOND);
        _wait(Clocks.MAX_UNBONDING);
        bonds.withdraw(operator, operator, ticket);
        vm.assertFalse(bonds.isSlasher(stranger), "not yet");
        _assertTokens(operator, BOND, "left whole");
    }

    function test_addSlasherRefusesASecondTime() external {
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.SlasherAlreadyAdded.selector, address(validity)));
        bonds.addSlasher(address(validity));
    }

    function test_removedSlasherWorksUntilItsEnd() external {
        uint256 activeUntil = START + Clocks.SLASHER_REMOVAL;
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.SlasherRemoved(address(validity), activeUntil);
        bonds.removeSlasher(address(validity));

        vm.warp(activeUntil - 1);
        vm.assertTrue(bonds.isSlasher(address(validity)), "the second before");
        vm.warp(activeUntil);
        vm.assertFalse(bonds.isSlasher(address(validity)), "no longer");
    }

    function test_slasherRemovedBeforeItStartsNeverWorks() external {
        bonds.addSlasher(stranger);
        bonds.removeSlasher(stranger);
        vm.warp(START + Clocks.SLASHER_ACTIVATION);
        vm.assertFalse(bonds.isSlasher(stranger), "never");
    }

    function test_removedSlasherIsNeitherRemovedNorAddedAgain() external {
        bonds.removeSlasher(address(validity));
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.SlasherNotActive.selector, address(validity)));
        bonds.removeSlasher(address(validity));
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.SlasherAlreadyAdded.selector, address(validity)));
        bonds.addSlasher(address(validity));
    }

    function test_removeSlasherRefusesWhoIsNone() external {
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.SlasherNotActive.selector, stranger));
        bonds.removeSlasher(stranger);
    }

    function test_whoWasNeverAddedIsNoSlasher() external view {
        vm.assertFalse(bonds.isSlasher(stranger), "a stranger");
        vm.assertFalse(bonds.isSlasher(address(0)), "nobody");
        vm.assertTrue(bonds.isSlasher(address(equivocation)), "a court");
    }
}
