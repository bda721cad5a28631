// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Request} from "../../contracts/settlement/Requests.sol";
import {SlidingSum} from "../../contracts/settlement/SlidingSum.sol";
import {Papers} from "../support/Papers.sol";
import {vm} from "../support/Vm.sol";

/// @dev What an operator may settle, and what becomes of it. The world starts with the first second of a bucket.
contract ExposureTest is Papers {
    uint256 private constant LENGTH = SlidingSum.BUCKET_LENGTH;
    /// @dev How long what is settled in the first second of a bucket stays exposed.
    uint256 private constant LONGEST = Clocks.CAP_WINDOW + LENGTH;

    function setUp() public override {
        super.setUp();
        _fund(payer, client.addr, 100_000e6);
    }

    function test_E5_settledWithinTheCapWindowIsAtMostTheCover() external {
        vm.assertEq(_pull(BOND + 1), BOND, "in part, up to the cover");
        _assertNoCover();
        vm.warp(START + LONGEST - 1);
        _assertNoCover();
        vm.warp(START + LONGEST);
        vm.assertEq(_pull(BOND + 1), BOND, "all of it again");
    }

    function test_E5_coverThatEndsInABatchPaysInPartAndThenNothing() external {
        IFeeEscrow.Claim[] memory claims = new IFeeEscrow.Claim[](3);
        for (uint128 i = 0; i < 3; ++i) claims[i] = _more(600e6 * (i + 1));
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.Settled(escrow.accountId(payer, operator, client.addr), BOND);
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.ClaimSkipped(operator, 2, IFeeEscrow.Skip.NoCover);
        vm.prank(operator);
        vm.assertEq(escrow.settle(operator, claims), BOND, "600 and 400 and nothing");
        vm.assertEq(escrow.account(payer, operator, client.addr).settled, BOND, "to the cover");
    }

    function test_constructorHoldsTheHalfLifeOfHistoryInItsBounds() external {
        vm.assertEq(escrow.settledHalfLife(), SETTLED_HALF_LIFE, "as given");
        uint48 least = uint48(Clocks.MIN_SETTLED_HALF_LIFE);
        uint48 most = uint48(Clocks.MAX_SETTLED_HALF_LIFE);
        vm.assertEq(FeeEscrow(this.deployRemembering(least)).settledHalfLife(), least, "the least");
        vm.assertEq(FeeEscrow(this.deployRemembering(most)).settledHalfLife(), most, "the most");
        uint48[4] memory wrong = [0, least - 1, most + 1, type(uint48).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IFeeEscrow.HalfLifeOutOfRange.selector, wrong[i], least, most));
            this.deployRemembering(wrong[i]);
        }
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

    function test_threat53_E5_leavingDelegatorsLowerTheRoomAtOnce() external {
        _delegate(delegator, BOND);
        _pull(BOND);
        vm.prank(delegator);
        bonds.requestUnbond(operator, BOND);
        _assertNoCover();
    }

    function test_settledInTheFirstSecondOfABucketIsExposedForTheWindowAndTheBucket() external {
        _pull(400e6);
        _assertLeavesAt(START + LONGEST, 400e6);
    }

    function test_settledInTheLastSecondOfABucketIsExposedForTheWindow() external {
        vm.warp(START + LENGTH - 1);
        _pull(400e6);
        _assertLeavesAt(START + LENGTH - 1 + Clocks.CAP_WINDOW + 1, 400e6);
    }

    function test_bucketsLeaveOneAfterAnother() external {
        for (uint128 i = 1; i <= 9; ++i) {
            _pull(i * 10e6);
            _wait(LENGTH);
        }
        // The first one left when the ninth bucket began, the second one when the tenth did.
        vm.assertEq(escrow.exposureOf(operator), (3 + 4 + 5 + 6 + 7 + 8 + 9) * 10e6, "the last eight buckets'");
        for (uint256 i = 3; i <= 9; ++i) {
            uint256 before = escrow.exposureOf(operator);
            _wait(LENGTH - 1);
            vm.assertEq(escrow.exposureOf(operator), before, "until its last second");
            _wait(1);
            vm.assertEq(escrow.exposureOf(operator), before - i * 10e6, "the oldest");
        }
    }

    /// @dev At least seven eighths of the cover in each window, for as long as one likes.
    function test_steadyOperatorSettlesSevenEighthsOfItsCoverInEveryWindow() external {
        uint128 step = BOND / 8 / 4;
        for (uint256 i = 0; i < 4 * 25; ++i) {
            vm.assertEq(_pull(step), step, "in full");
            _wait(LENGTH / 4);
        }
        uint256 perWindow = uint256(step) * 4 * 7;
        vm.assertEq(perWindow, (bonds.cover(operator) * 7) / 8, "seven eighths");
    }

    function testFuzz_exposureLastsForTheWindowAndAtMostABucketMore(uint32 offset, uint128 amount) external {
        _wait(offset % (10 * LENGTH));
        uint256 settledAt = _now();
        uint256 paid = _pull(uint128(_bound(amount, 1, BOND)));
        vm.warp(settledAt + Clocks.CAP_WINDOW);
        vm.assertEq(escrow.exposureOf(operator), paid, "for the whole window");
        vm.warp(settledAt + LONGEST);
        vm.assertEq(escrow.exposureOf(operator), 0, "and no more than a bucket");
    }

    function test_historyDecaysByHalfInItsHalfLife() external {
        _pull(400e6);
        vm.warp(START + LONGEST);
        vm.assertEq(escrow.historyOf(operator), 400e6, "whole");
        vm.warp(START + LONGEST + SETTLED_HALF_LIFE);
        vm.assertEq(escrow.historyOf(operator), 200e6, "half");
    }

    function test_bucketsAddUpInHistoryAsTheyLeave() external {
        _pull(100e6);
        vm.warp(START + LENGTH);
        _pull(200e6);
        vm.warp(START + LONGEST);
        vm.assertEq(escrow.exposureOf(operator), 200e6, "the younger");
        vm.assertEq(escrow.historyOf(operator), 100e6, "the older");
        _pull(1);
        vm.assertEq(escrow.historyOf(operator), 100e6, "the same after settling");
        // START is on the 56th day of a half-life of 90: the older one became history on the 72nd, the younger one does on
        // the 74th.
        vm.warp(START + LONGEST + LENGTH);
        vm.assertEq(escrow.historyOf(operator), 200e6 + (100e6 * uint256(180 - 74)) / (180 - 72), "together");
    }

    function test_othersExposureIsTheirOwn() external {
        _register(rival);
        _bond(rival, BOND);
        _pull(BOND);
        vm.assertEq(escrow.exposureOf(rival), 0, "rival's");
        vm.assertEq(escrow.historyOf(rival), 0, "rival's history");
        vm.warp(START + LONGEST);
        vm.assertEq(escrow.historyOf(rival), 0, "rival's history later");
    }

    /// @dev What a batch costs does not grow with the time in which nothing was settled.
    function test_longSilenceCostsNoMoreThanAWindow() external {
        _pull(1);
        vm.warp(START + LONGEST);
        uint256 window = _gasOf(_more(1));
        vm.warp(START + 100_000 * LENGTH);
        vm.assertLe(_gasOf(_more(1)), window, "a window or ages");
    }

    /// @dev What views say is what the next settlement finds, however long nothing was settled.
    function testFuzz_viewsEqualTheBooksBroughtToTheTime(uint256[4] memory waits, uint128[4] memory amounts) external {
        for (uint256 i = 0; i < waits.length; ++i) {
            _wait(_bound(waits[i], 0, 2 * LONGEST));
            uint256 exposure = escrow.exposureOf(operator);
            uint256 history = escrow.historyOf(operator);
            uint256 paid = _pull(uint128(_bound(amounts[i], 0, 600e6)));
            vm.assertEq(escrow.exposureOf(operator), exposure + paid, "exposure");
            vm.assertEq(escrow.historyOf(operator), history, "history");
            vm.assertLe(escrow.exposureOf(operator), bonds.cover(operator), "E5");
        }
    }

    function deployRemembering(uint48 halfLife) external returns (address) {
        return
            _deploy(
                "contracts/settlement/FeeEscrow.sol:FeeEscrow",
                abi.encode(token, bonds, treasury, FEE_BPS, COVERAGE_BPS, halfLife, authority)
            );
    }

    function _assertLeavesAt(uint256 time, uint256 amount) private {
        vm.warp(time - 1);
        vm.assertEq(escrow.exposureOf(operator), amount, "exposed to its last second");
        vm.assertEq(escrow.historyOf(operator), 0, "no history yet");
        vm.warp(time);
        vm.assertEq(escrow.exposureOf(operator), 0, "no longer");
        vm.assertEq(escrow.historyOf(operator), amount, "history");
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

    function _gasOf(IFeeEscrow.Claim memory claim) private returns (uint256) {
        uint256 paid = _settle(claim);
        uint256 used = vm.lastCallGas().gasTotalUsed;
        vm.assertEq(paid, 1, "settled");
        return used;
    }

    function _assertNoCover() private {
        IFeeEscrow.Claim memory claim = _more(1);
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.ClaimSkipped(operator, 0, IFeeEscrow.Skip.NoCover);
        vm.assertEq(_settle(claim), 0, "nothing");
    }
}
