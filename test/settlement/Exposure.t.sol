// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Request} from "../../contracts/settlement/Requests.sol";
import {Papers} from "../support/Papers.sol";
import {vm} from "../support/Vm.sol";

contract ExposureTest is Papers {
    uint256 private constant X = Clocks.CAP_WINDOW;

    function setUp() public override {
        super.setUp();
        _fund(payer, client.addr, 10_000e6);
    }

    function test_E5_settledWithinTheCapWindowIsAtMostTheCover() external {
        vm.assertEq(_pull(BOND + 1), BOND, "in part, up to the cover");
        _assertNoCover();
        vm.warp(START + 2 * X - 1);
        _assertNoCover();
        vm.warp(START + 2 * X);
        vm.assertEq(_pull(1), 1, "room again when the window after it is over");
    }

    function test_E5_unbondingLowersTheRoomAtOnce() external {
        _pull(600e6);
        vm.prank(operator);
        bonds.requestUnbond(operator, 500e6);
        _assertNoCover();
        _bond(operator, 200e6);
        vm.assertEq(_pull(600e6), 100e6, "what new bond covers");
    }

    function test_E5_operatorBelowTheLeastOwnBondSettlesNothing() external {
        vm.prank(operator);
        bonds.requestUnbond(operator, BOND - LEAST_OWN_BOND + 1);
        _assertNoCover();
        _bond(operator, 1);
        vm.assertEq(_pull(1), 1, "at the least");
    }

    function test_E5_delegationAddsToTheRoomUpToTheLeverage() external {
        _delegate(delegator, 2 * BOND);
        vm.assertEq(_pull(BOND), BOND, "as without it");
        vm.prank(operator);
        bonds.requestUnbond(operator, BOND / 2);
        vm.assertEq(_pull(BOND), (LEVERAGE * BOND) / 2 - BOND, "the rest of what own bond carries");
        _bond(operator, BOND / 2);
        vm.assertEq(_pull(3 * BOND), (LEVERAGE * BOND) / 2, "own and delegated");
        _assertNoCover();
    }

    function test_E5_leavingDelegatorsLowerTheRoomAtOnce() external {
        _delegate(delegator, BOND);
        _pull(BOND);
        vm.prank(delegator);
        bonds.requestUnbond(operator, BOND);
        _assertNoCover();
    }

    function test_exposureBecomesHistoryWhenItsWindowIsOver() external {
        _pull(400e6);
        vm.assertEq(escrow.historyOf(operator), 0, "none yet");
        vm.warp(START + X);
        vm.assertEq(escrow.exposureOf(operator), 400e6, "still exposed in the window after");
        vm.warp(START + 2 * X - 1);
        vm.assertEq(escrow.exposureOf(operator), 400e6, "to its last second");
        vm.warp(START + 2 * X);
        vm.assertEq(escrow.exposureOf(operator), 0, "no longer");
        vm.assertEq(escrow.historyOf(operator), 400e6, "history");
    }

    function test_historyDecaysByHalfInItsHalfLife() external {
        _pull(400e6);
        vm.warp(START + 2 * X + Clocks.SETTLED_HALF_LIFE);
        vm.assertEq(escrow.historyOf(operator), 200e6, "half");
    }

    function test_windowsAddUpInHistoryAsTheyClose() external {
        _pull(100e6);
        vm.warp(START + X);
        _pull(200e6);
        vm.assertEq(escrow.exposureOf(operator), 300e6, "both");
        vm.warp(START + 2 * X);
        vm.assertEq(escrow.exposureOf(operator), 200e6, "the younger");
        vm.assertEq(escrow.historyOf(operator), 100e6, "the older");
        _pull(1);
        vm.assertEq(escrow.historyOf(operator), 100e6, "the same after rolling");
        // The older one became history on the 84th day of a half-life of 90, and the younger becomes it 14 days later.
        vm.warp(START + 3 * X);
        vm.assertEq(escrow.historyOf(operator), 200e6 + (100e6 * uint256(180 - 8)) / ((180 - 84) * 2), "together");
    }

    /// @dev What views say is what the next settlement finds, however long nothing was settled.
    function testFuzz_viewsEqualTheRolledBooks(uint256[4] memory waits, uint128[4] memory amounts) external {
        for (uint256 i = 0; i < waits.length; ++i) {
            _wait(_bound(waits[i], 0, 4 * X));
            uint256 exposure = escrow.exposureOf(operator);
            uint256 history = escrow.historyOf(operator);
            uint256 paid = _pull(uint128(_bound(amounts[i], 0, 600e6)));
            vm.assertEq(escrow.exposureOf(operator), exposure + paid, "exposure");
            vm.assertEq(escrow.historyOf(operator), history, "history");
            vm.assertLe(escrow.exposureOf(operator), bonds.cover(operator), "E5");
        }
    }

    /// @dev Settles `amount` more in the account, as far as that goes.
    function _pull(uint128 amount) private returns (uint256) {
        return _settle(_more(amount));
    }

    function _more(uint128 amount) private view returns (IFeeEscrow.Claim memory) {
        Request memory request = _request(_order());
        request.ceiling = uint128(escrow.account(payer, operator, client.addr).settled) + amount;
        return _claim(request, client.key, request.ceiling);
    }

    function _assertNoCover() private {
        IFeeEscrow.Claim memory claim = _more(1);
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.ClaimSkipped(operator, 0, IFeeEscrow.Skip.NoCover);
        vm.assertEq(_settle(claim), 0, "nothing");
    }
}
