// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Request} from "../../contracts/settlement/Requests.sol";
import {SlidingSum} from "../../contracts/settlement/SlidingSum.sol";
import {Papers} from "../support/Papers.sol";
import {vm} from "../support/Vm.sol";

/// @dev While slashing is suspended nothing leaves exposure, since nothing could be punished meanwhile; money goes on.
contract SuspendingTest is Papers {
    uint256 private constant LONGEST = Clocks.CAP_WINDOW + SlidingSum.BUCKET_LENGTH;
    uint48 private constant WEEK = uint48(Clocks.MAX_SUSPENSION);

    function setUp() public override {
        super.setUp();
        _fund(payer, client.addr, 100_000e6);
    }

    function test_threat50_nothingLeavesExposureInASuspension() external {
        _pull(BOND);
        vm.warp(START + LONGEST - 1);
        bonds.suspend(WEEK);
        _wait(WEEK - 1);
        vm.assertEq(escrow.exposureOf(operator), BOND, "in its last second");
        _wait(1);
        vm.assertEq(escrow.exposureOf(operator), BOND, "at its end");
        vm.assertEq(_pull(1), 0, "no room");
        _wait(1);
        vm.assertEq(escrow.exposureOf(operator), 0, "with the second that was left");
        vm.assertEq(_pull(BOND + 1), BOND, "room");
    }

    function test_threat50_suspensionLengthensExposureByItself() external {
        _pull(BOND);
        _wait(3 days);
        bonds.suspend(5 days);
        vm.warp(START + LONGEST + 5 days - 1);
        vm.assertEq(escrow.exposureOf(operator), BOND, "to the last second");
        _wait(1);
        vm.assertEq(escrow.exposureOf(operator), 0, "five days later than without");
    }

    function test_threat22_vouchersAreSettledInASuspension() external {
        _pull(100e6);
        bonds.suspend(WEEK);
        _wait(WEEK / 2);
        vm.assertEq(_pull(200e6), 200e6, "as ever");
        // Of one bucket: between the two no time has passed that counts.
        vm.warp(START + LONGEST + WEEK - 1);
        vm.assertEq(escrow.exposureOf(operator), 300e6, "both");
        _wait(1);
        vm.assertEq(escrow.exposureOf(operator), 0, "together");
    }

    function test_threat22_refundsGoOnInASuspension() external {
        _fund(payer, payer, 100);
        vm.prank(payer);
        escrow.thaw(100, operator, payer);
        _wait(Clocks.REFUND_THAW - 1);
        bonds.suspend(WEEK);
        _wait(1);
        vm.prank(payer);
        vm.assertEq(escrow.refund(operator, payer), 100, "not held up");
    }

    function test_threat50_severalSuspensionsEachLengthenWhatTheyMeet() external {
        uint256 time = START;
        for (uint256 i = 0; i < 3; ++i) {
            vm.warp(time);
            vm.assertEq(_pull(BOND), BOND, "all of the cover");
            _wait(1 days);
            bonds.suspend(WEEK);
            // In active time each settles a whole exposure after the one before.
            uint256 leaves = time + LONGEST + WEEK;
            vm.warp(leaves - 1);
            vm.assertEq(escrow.exposureOf(operator), BOND, "to the last second");
            vm.warp(leaves);
            vm.assertEq(escrow.exposureOf(operator), 0, "left");
            // A whole number of buckets of active time, past the cooldown.
            time = leaves + 100 days;
        }
    }

    function test_threat50_historyDoesNotDecayInASuspension() external {
        _pull(400e6);
        vm.warp(START + LONGEST + 10 days);
        uint256 before = escrow.historyOf(operator);
        vm.assertLt(before, 400e6, "it decays");
        bonds.suspend(WEEK);
        _wait(WEEK);
        vm.assertEq(escrow.historyOf(operator), before, "not meanwhile");
        vm.warp(START + LONGEST + WEEK + SETTLED_HALF_LIFE);
        vm.assertEq(escrow.historyOf(operator), 200e6, "half, a week later than without");
    }

    function test_threat50_collectionsStayExposedInASuspension() external {
        vm.prank(operator);
        address payTo = escrow.openPayTo();
        _give(payTo, 100e6);
        escrow.collect(operator);
        _wait(1 days);
        bonds.suspend(WEEK);
        vm.warp(START + LONGEST + WEEK - 1);
        vm.assertEq(escrow.collectedOf(operator), 100e6, "to the last second");
        _wait(1);
        vm.assertEq(escrow.collectedOf(operator), 0, "a week later than without");
    }

    /// @dev Settles `amount` more in the account, as far as that goes.
    function _pull(uint128 amount) private returns (uint256) {
        Request memory request = _request(_order());
        request.ceiling = uint128(escrow.account(payer, operator, client.addr).settled) + amount;
        IFeeEscrow.Claim memory claim = _claim(request, client.key, request.ceiling);
        return _settle(claim);
    }
}
