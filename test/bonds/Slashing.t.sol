// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

contract SlashingTest is World {
    function setUp() public override {
        super.setUp();
        _enter();
    }

    function _beforeOpening() internal override {
        bonds.addSlasher(address(this));
    }

    function test_slashTakesAwardsAndBurns() external {
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Awarded(reporter, operator, 30e6);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Awarded(payer, operator, 20e6);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Slashed(operator, address(this), 200e6, 200e6, 50e6, 0);
        (uint256 slashed, uint256[] memory paid) = bonds.slash(operator, 200e6, _awards(30e6, 20e6));

        vm.assertEq(slashed, 200e6, "slashed");
        vm.assertEq(paid[0], 30e6, "first award");
        vm.assertEq(paid[1], 20e6, "second award");
        vm.assertEq(bonds.awardsOf(reporter), 30e6, "first recipient");
        vm.assertEq(bonds.awardsOf(payer), 20e6, "second recipient");
        vm.assertEq(bonds.burnable(), 150e6, "the rest is burnt");
        vm.assertEq(bonds.cover(operator), 800e6, "cover");
        vm.assertEq(bonds.faultsOf(operator), 200e6, "remembered");
    }

    function test_threat5_C4_awardsReachHalfOfTheSlashInTheirOrder() external {
        (, uint256[] memory paid) = bonds.slash(operator, 200e6, _awards(70e6, 31e6));
        vm.assertEq(paid[0], 70e6, "first in full");
        vm.assertEq(paid[1], 30e6, "second as far as half reaches");
        (, paid) = bonds.slash(operator, 201, _awards(101, 1));
        vm.assertEq(paid[0], 100, "half, rounded down");
        vm.assertEq(paid[1], 0, "nothing left");
    }

    function test_slashOfOneUnitAwardsNothing() external {
        (uint256 slashed, uint256[] memory paid) = bonds.slash(operator, 1, _awards(1, 1));
        vm.assertEq(slashed, 1, "slashed");
        vm.assertEq(paid[0] + paid[1], 0, "half of one is nothing");
    }

    function test_threat3_slashForMoreThanThereIsTakesAllAndKeepsTheDebt() external {
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Slashed(operator, address(this), BOND + 300e6, BOND, 0, 300e6);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.PoolWiped(operator, 1, 0);
        (uint256 slashed, ) = bonds.slash(operator, BOND + 300e6, _noAwards());
        vm.assertEq(slashed, BOND, "all that there was");
        vm.assertEq(bonds.operatorOf(operator).debt, 300e6, "debt");
        vm.assertEq(bonds.operatorOf(operator).epoch, 1, "epoch");
        vm.assertEq(bonds.faultsOf(operator), BOND + 300e6, "remembered as asked");
    }

    function test_threat43_debtIsBurntFromNewBondFirst() external {
        bonds.slash(operator, BOND + 300e6, _noAwards());
        _allow(operator, address(bonds), 200e6);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.DebtBurnt(operator, 200e6, 100e6);
        vm.prank(operator);
        bonds.bond(200e6);
        vm.assertEq(bonds.operatorOf(operator).debt, 100e6, "debt left");
        vm.assertEq(bonds.operatorOf(operator).shares, 0, "no shares for it");

        _bond(operator, 100e6 + LEAST_OWN_BOND);
        vm.assertEq(bonds.operatorOf(operator).debt, 0, "debt paid");
        vm.assertEq(bonds.cover(operator), LEAST_OWN_BOND, "only what is left covers");
        vm.assertEq(bonds.burnable(), BOND + 300e6, "everything asked is burnt");
    }

    function test_threat43_slashOfAnEmptyOperatorIsDebtAlone() external {
        (uint256 slashed, ) = bonds.slash(rival, 300e6, _awards(100e6, 100e6));
        vm.assertEq(slashed, 0, "nothing there");
        vm.assertEq(bonds.awardsOf(reporter), 0, "nothing to award");
        _register(rival);
        _bond(rival, 300e6);
        vm.assertEq(bonds.slashable(rival), 0, "owed before it joined");
    }

    function test_threat3_debtSaturatesAndTheSlashGoesThrough() external {
        bonds.slash(operator, type(uint96).max, _noAwards());
        bonds.slash(operator, type(uint96).max, _noAwards());
        vm.assertEq(bonds.operatorOf(operator).debt, type(uint96).max, "debt at most");
        vm.assertEq(bonds.faultsOf(operator), type(uint96).max, "faults at most");
    }

    function test_slashOfZeroChangesNothing() external {
        bonds.slash(operator, 0, _awards(1, 1));
        vm.assertEq(bonds.slashable(operator), BOND, "assets");
        vm.assertEq(bonds.operatorOf(operator).epoch, 0, "epoch");
        vm.assertEq(bonds.burnable(), 0, "burnt");
    }

    function test_threat4_slashesTakeTheSameInAnyOrder() external {
        _register(rival);
        _bond(rival, BOND);
        bonds.slash(operator, 100e6, _noAwards());
        bonds.slash(operator, 2_000e6, _noAwards());
        bonds.slash(rival, 2_000e6, _noAwards());
        bonds.slash(rival, 100e6, _noAwards());
        vm.assertEq(bonds.operatorOf(operator).debt, bonds.operatorOf(rival).debt, "debt");
        vm.assertEq(bonds.operatorOf(rival).debt, 1_100e6, "all that was asked and not there");
    }

    function test_threat11_dustIsBurntAndANewEpochStarts() external {
        // A share worth less than 2^-20 is dust: 1000e6 >> 20 is 953.67, so 953 units are dust and 954 are not.
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.PoolWiped(operator, 1, 953);
        bonds.slash(operator, BOND - 953, _noAwards());
        vm.assertEq(bonds.slashable(operator), 0, "nothing left");
        vm.assertEq(bonds.burnable(), BOND, "dust is burnt too");
        vm.assertEq(bonds.operatorOf(operator).debt, 0, "and is no debt");
        _bond(operator, BOND);
        vm.assertEq(bonds.operatorOf(operator).shares, BOND, "shares from one to one again");
    }

    function test_threat11_justAboveDustThePoolGoesOn() external {
        bonds.slash(operator, BOND - 954, _noAwards());
        vm.assertEq(bonds.operatorOf(operator).epoch, 0, "same epoch");
        vm.assertEq(bonds.slashable(operator), 954, "left");
        _bond(operator, BOND);
        vm.assertLe(bonds.operatorOf(operator).shares, uint256(BOND + 954) << 20, "shares stay bounded");
    }

    function test_slashRefusesAnyoneElse() external {
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.NotSlasher.selector, stranger));
        vm.prank(stranger);
        bonds.slash(operator, 1, _noAwards());
    }

    function test_claimAwardsPaysOnce() external {
        bonds.slash(operator, 200e6, _awards(30e6, 20e6));
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.AwardsClaimed(reporter, 30e6);
        vm.prank(reporter);
        vm.assertEq(bonds.claimAwards(), 30e6, "returned");
        _assertTokens(reporter, 30e6, "paid");
        vm.assertEq(bonds.awardsOf(payer), 20e6, "the other's stays");

        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.NothingToClaim.selector, reporter));
        vm.prank(reporter);
        bonds.claimAwards();
    }

    function test_burnSendsAwayOnce() external {
        bonds.slash(operator, 200e6, _noAwards());
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Burnt(200e6);
        vm.prank(stranger);
        vm.assertEq(bonds.burn(), 200e6, "returned");
        address gone = bonds.BURN_ADDRESS();
        _assertTokens(gone, 200e6, "out of reach");
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.NothingToClaim.selector, gone));
        bonds.burn();
    }

    function test_faultsDecayByHalfInTheirHalfLife() external {
        bonds.slash(operator, 100e6, _noAwards());
        _wait(Clocks.FAULT_HALF_LIFE);
        vm.assertEq(bonds.faultsOf(operator), 50e6, "half");
        bonds.slash(operator, 100e6, _noAwards());
        vm.assertEq(bonds.faultsOf(operator), 150e6, "new on top of old");
    }

    /// @dev B6: at most what was asked and is there; the parts and the debt sum to what was asked.
    function testFuzz_B6_C4_slashSumsExactly(uint96 bonded, uint96 asked, uint96 first, uint96 second) external {
        _register(rival);
        _bond(rival, uint96(_bound(bonded, 1, 1e12)));
        uint256 before = bonds.slashable(rival);
        (uint256 slashed, uint256[] memory paid) = bonds.slash(rival, asked, _awards(first, second));

        vm.assertEq(slashed, asked < before ? asked : before, "all that was asked and is there");
        vm.assertEq(asked, slashed + bonds.operatorOf(rival).debt, "the rest is debt");
        vm.assertEq(bonds.awardsOf(reporter) + bonds.awardsOf(payer), paid[0] + paid[1], "credited as returned");
        vm.assertLe(paid[0] + paid[1], slashed / 2, "at most half");
        vm.assertEq(bonds.burnable() + paid[0] + paid[1] + bonds.slashable(rival), before, "nothing is lost");
        bool isBoth = uint256(first) + second <= slashed / 2;
        if (isBoth) vm.assertEq(paid[0] + paid[1], uint256(first) + second, "in full where half reaches");
    }

    /// @dev B7: ten tickets more cost a slash no more gas.
    function test_B7_slashGasIsFlatInTickets() external {
        bonds.slash(operator, 1e6, _awards(1, 1));
        vm.prank(operator);
        bonds.requestUnbond(1);
        bonds.slash(operator, 1e6, _awards(1, 1));
        uint256 withOne = vm.lastCallGas().gasTotalUsed;
        for (uint256 i = 0; i < 10; ++i) {
            vm.prank(operator);
            bonds.requestUnbond(1);
        }
        bonds.slash(operator, 1e6, _awards(1, 1));
        vm.assertLe(vm.lastCallGas().gasTotalUsed, withOne, "gas");
    }

    function _awards(uint96 first, uint96 second) private view returns (IOperatorBonds.Award[] memory awards) {
        awards = new IOperatorBonds.Award[](2);
        awards[0] = IOperatorBonds.Award(reporter, first);
        awards[1] = IOperatorBonds.Award(payer, second);
    }

    function _noAwards() private pure returns (IOperatorBonds.Award[] memory) {
        return new IOperatorBonds.Award[](0);
    }
}
