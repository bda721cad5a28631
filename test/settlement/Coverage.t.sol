// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Request} from "../../contracts/settlement/Requests.sol";
import {Papers} from "../support/Papers.sol";
import {vm} from "../support/Vm.sol";

/// @dev How much cover stands behind what is exposed: the ratio that governance may move within its bounds.
contract CoverageTest is Papers {
    uint24 private constant LEAST = 10_000;
    uint24 private constant MOST = 100_000;

    function setUp() public override {
        super.setUp();
        _fund(payer, client.addr, 100 * BOND);
    }

    function test_constructorSetsItWithinItsBounds() external {
        vm.assertEq(_deployed(LEAST).coverageBps(), LEAST, "the least");
        vm.assertEq(_deployed(MOST).coverageBps(), MOST, "the most");
        uint24[4] memory wrong = [0, LEAST - 1, MOST + 1, type(uint24).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            _expectOutOfRange(wrong[i]);
            this.deploy(wrong[i]);
        }
    }

    function test_setCoverageHoldsItInItsBounds() external {
        uint24[2] memory right = [MOST, LEAST];
        for (uint256 i = 0; i < right.length; ++i) {
            vm.expectEmit(address(escrow));
            emit IFeeEscrow.CoverageSet(right[i]);
            escrow.setCoverage(right[i]);
            vm.assertEq(escrow.coverageBps(), right[i], "set");
        }
        uint24[4] memory wrong = [0, LEAST - 1, MOST + 1, type(uint24).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            _expectOutOfRange(wrong[i]);
            escrow.setCoverage(wrong[i]);
        }
    }

    function test_setCoverageRefusesStrangers() external {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        vm.prank(stranger);
        escrow.setCoverage(LEAST);
    }

    function test_capIsTheCoverDividedByTheCoverage() external {
        escrow.setCoverage(25_000);
        vm.assertEq(_pull(BOND), (BOND * 10) / 25, "two fifths");
        escrow.setCoverage(20_000);
        vm.assertEq(_pull(BOND), BOND / 2 - (BOND * 10) / 25, "up to a half");
        escrow.setCoverage(LEAST);
        vm.assertEq(_pull(BOND), BOND / 2, "up to the whole");
    }

    function testFuzz_E5_exposureTimesCoverageIsAtMostTheCover(uint24 coverage, uint96 bonded) external {
        coverage = uint24(_bound(coverage, LEAST, MOST));
        _bond(operator, uint96(_bound(bonded, 1, 90 * BOND)));
        escrow.setCoverage(coverage);
        uint256 paid = _pull(100 * BOND);
        vm.assertEq(paid, (bonds.cover(operator) * 10_000) / coverage, "the cap, floored");
        vm.assertLe(paid * coverage, bonds.cover(operator) * 10_000, "never above it");
    }

    function test_coverageRaisedAboveWhatIsExposedLeavesNoRoomAndStopsNothing() external {
        _pull(BOND / 2);
        vm.prank(operator);
        escrow.openPayTo();
        _give(escrow.payToOf(operator), 1);
        escrow.setCoverage(MOST);
        Request memory request = _request(_order());
        IFeeEscrow.Claim memory claim = _claim(_more(request, 1), client.key, request.ceiling);
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.ClaimSkipped(operator, 0, IFeeEscrow.Skip.NoCover);
        vm.assertEq(_settle(claim), 0, "nothing");
        vm.assertEq(escrow.exposureOf(operator), BOND / 2, "exposed as before");
        vm.expectRevert(abi.encodeWithSelector(IFeeEscrow.NoCoverLeft.selector, operator));
        escrow.collect(operator);

        escrow.setCoverage(LEAST);
        vm.assertEq(_settle(claim), 1, "room again");
    }

    function test_halfOfTheCapIsCollected() external {
        vm.prank(operator);
        escrow.openPayTo();
        _give(escrow.payToOf(operator), BOND);
        escrow.setCoverage(20_000);
        vm.assertEq(escrow.collect(operator), BOND / 4, "half of half of the cover");
    }

    function deploy(uint24 coverage) external returns (address) {
        bytes memory arguments = abi.encode(token, bonds, treasury, FEE_BPS, coverage, SETTLED_HALF_LIFE, authority);
        return _deploy("contracts/settlement/FeeEscrow.sol:FeeEscrow", arguments);
    }

    function _deployed(uint24 coverage) private returns (FeeEscrow) {
        return FeeEscrow(this.deploy(coverage));
    }

    /// @dev Settles `amount` more in the account, as far as that goes.
    function _pull(uint128 amount) private returns (uint256) {
        Request memory request = _more(_request(_order()), amount);
        return _settle(_claim(request, client.key, request.ceiling));
    }

    /// @dev Raises the request's ceiling to `amount` more than is settled.
    function _more(Request memory request, uint128 amount) private view returns (Request memory) {
        request.ceiling = uint128(escrow.account(payer, operator, client.addr).settled) + amount;
        return request;
    }

    function _expectOutOfRange(uint24 coverage) private {
        vm.expectRevert(abi.encodeWithSelector(IFeeEscrow.CoverageOutOfRange.selector, coverage, LEAST, MOST));
    }
}
