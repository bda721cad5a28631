// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Request} from "../../contracts/settlement/Requests.sol";
import {SlidingSum} from "../../contracts/settlement/SlidingSum.sol";
import {Papers} from "../support/Papers.sol";
import {OpenToken} from "../support/Tokens.sol";
import {vm} from "../support/Vm.sol";

/// @dev What was sent to an operator's address, through split, cap and history.
contract CollectingTest is Papers {
    uint256 private constant LENGTH = SlidingSum.BUCKET_LENGTH;
    uint256 private constant LONGEST = Clocks.CAP_WINDOW + LENGTH;
    uint96 private constant FEES = 100e6;
    /// @dev What may be collected within a window: half of what may be exposed.
    uint96 private constant HALF = BOND / 2;

    function test_collectRefusesAnAddressThatIsNotOpen() external {
        _send(FEES);
        vm.expectRevert(abi.encodeWithSelector(IFeeEscrow.PayToNotOpen.selector, operator));
        escrow.collect(operator);
    }

    function test_moneySentBeforeTheAddressIsOpenIsNotLost() external {
        _send(FEES);
        _open();
        vm.assertEq(escrow.collect(operator), FEES, "all of it");
    }

    function test_collectRefusesWhereNothingCame() external {
        _open();
        vm.expectRevert(IFeeEscrow.NothingToWithdraw.selector);
        escrow.collect(operator);
    }

    function test_E3_anyoneCollectsAndFeesAreSplitInThree() external {
        _delegate(delegator, BOND);
        address payTo = _open();
        _send(FEES);
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.Collected(operator, FEES);
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.FeesSplit(operator, FEES, 1e6, 44_550_000);
        vm.prank(stranger);
        vm.assertEq(escrow.collect(operator), FEES, "returned");

        _assertTokens(address(escrow), FEES, "in the escrow");
        _assertTokens(payTo, 0, "taken");
        vm.assertEq(escrow.protocolFees(), 1e6, "protocol's part");
        vm.assertEq(escrow.delegatorsFeesOf(operator), 44_550_000, "delegators' part");
        vm.assertEq(escrow.earningsOf(operator), FEES - 1e6 - 44_550_000, "operator's part");
        vm.assertEq(escrow.exposureOf(operator), FEES, "exposed");
        vm.assertEq(escrow.collectedOf(operator), FEES, "of it collected");
        IFeeEscrow.Account memory found = escrow.account(payTo, operator, address(0));
        vm.assertEq(found.balance, 0, "no balance");
        vm.assertEq(found.settled, FEES, "total");
        vm.assertEq(found.settledAt, START, "time");
    }

    function test_collectAddsToItsTotal() external {
        _open();
        _collect(30e6);
        _wait(5);
        _send(20e6);
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.Collected(operator, 50e6);
        vm.assertEq(escrow.collect(operator), 20e6, "what is new");
        vm.assertEq(escrow.account(escrow.payToOf(operator), operator, address(0)).settledAt, START + 5, "time");
    }

    function test_collectedMoneyBecomesHistoryAsSettledMoneyDoes() external {
        _open();
        _collect(FEES);
        vm.warp(START + LONGEST - 1);
        vm.assertEq(escrow.exposureOf(operator), FEES, "exposed to its last second");
        vm.assertEq(escrow.collectedOf(operator), FEES, "as collected");
        vm.warp(START + LONGEST);
        vm.assertEq(escrow.exposureOf(operator), 0, "no longer");
        vm.assertEq(escrow.collectedOf(operator), 0, "nor as collected");
        vm.assertEq(escrow.historyOf(operator), FEES, "history");
    }

    function test_threat51_collectTakesHalfOfTheCapAndTheRestLater() external {
        address payTo = _open();
        _send(2 * HALF);
        vm.assertEq(escrow.collect(operator), HALF, "half of the cap");
        _assertTokens(payTo, HALF, "the rest stays");
        _expectNoCover();
        escrow.collect(operator);
        vm.warp(START + LONGEST - 1);
        _expectNoCover();
        escrow.collect(operator);
        vm.warp(START + LONGEST);
        vm.assertEq(escrow.collect(operator), HALF, "the rest");
        _assertTokens(payTo, 0, "nothing stays");
    }

    function test_threat51_donationCannotBlockVouchers() external {
        _open();
        _send(100 * BOND);
        vm.prank(stranger);
        escrow.collect(operator);
        _expectNoCover();
        vm.prank(stranger);
        escrow.collect(operator);
        _fund(payer, client.addr, BOND);
        vm.assertEq(_settleTotal(BOND), BOND - HALF, "vouchers have the other half");
    }

    /// @dev However it is cut up and whenever it comes, within a window donations take at most half.
    function testFuzz_threat51_donationsTakeAtMostHalfOfTheCap(
        uint96[6] memory sent,
        uint32[6] memory waits,
        uint96[6] memory settled
    ) external {
        _open();
        _fund(payer, client.addr, 100 * BOND);
        uint128 total = 0;
        for (uint256 i = 0; i < sent.length; ++i) {
            _send(_bound(sent[i], 1, BOND));
            try escrow.collect(operator) {} catch (bytes memory reason) {
                bytes memory expected = abi.encodeWithSelector(IFeeEscrow.NoCoverLeft.selector, operator);
                vm.assertEq(keccak256(reason), keccak256(expected), "no cover");
            }
            vm.assertLe(escrow.collectedOf(operator), HALF, "at most half");
            total += uint128(_settleTotal(total + uint128(_bound(settled[i], 0, BOND))));
            vm.assertLe(escrow.exposureOf(operator), BOND, "E5");
            vm.assertGe(escrow.exposureOf(operator), escrow.collectedOf(operator), "a part of what is exposed");
            _wait(waits[i] % (12 days));
        }
    }

    /// @dev Client and whale are one: served on half of the own bond's cap, it delegates, pays, has that collected, takes
    /// most of it back as the delegators' part, and leaves with the cover that the voucher was counted on.
    function test_threat51_threat53_whaleCannotPayCollectAndLeaveToBlockVouchers() external {
        _open();
        _fund(payer, client.addr, HALF);
        _delegate(delegator, 2 * BOND);
        _send(BOND);
        vm.assertEq(escrow.collect(operator), HALF, "half of what the own bond covers");
        escrow.rewardDelegators(operator);
        (uint128 shares, ) = bonds.positionOf(operator, delegator);
        vm.prank(delegator);
        bonds.requestUnbond(operator, shares);
        vm.assertEq(_settleTotal(HALF), HALF, "the voucher is paid");
    }

    function test_vouchersThatTookTheWholeCapLeaveNothingToCollect() external {
        _open();
        _send(FEES);
        _fund(payer, client.addr, BOND);
        vm.assertEq(_settleTotal(BOND - 1), BOND - 1, "all but a unit");
        vm.assertEq(escrow.collect(operator), 1, "the last unit");
        _expectNoCover();
        escrow.collect(operator);
        vm.warp(START + LONGEST);
        vm.assertEq(escrow.collect(operator), FEES - 1, "later");
    }

    function test_collectedBeforeTheCoverFellStaysCountedAndBlocksNothingButItself() external {
        _open();
        _collect(HALF);
        vm.prank(operator);
        bonds.requestUnbond(operator, BOND / 4);
        _send(1);
        _expectNoCover();
        escrow.collect(operator);
        _fund(payer, client.addr, BOND);
        vm.assertEq(_settleTotal(BOND), BOND / 4, "what is left to vouchers");
    }

    function test_collectionsOfOneBucketLeaveTogetherAndOfTwoOneByOne() external {
        _open();
        _collect(HALF / 2);
        _wait(LENGTH);
        _collect(HALF / 4);
        _collect(HALF / 4);
        vm.warp(START + LONGEST);
        vm.assertEq(escrow.collectedOf(operator), HALF / 2, "the younger two");
        _send(BOND);
        vm.assertEq(escrow.collect(operator), HALF / 2, "room for as much as left");
        vm.warp(START + LONGEST + LENGTH);
        vm.assertEq(escrow.collectedOf(operator), HALF / 2, "what came last");
        vm.assertEq(escrow.exposureOf(operator), HALF / 2, "of what is exposed");
    }

    /// @dev The parts are floored on what the address has paid in all, so that nobody rounds them away by collecting often.
    function test_E3_manySmallCollectionsRoundNothingAway() external {
        _delegate(delegator, BOND);
        _open();
        for (uint256 i = 0; i < 300; ++i) {
            vm.assertEq(_collect(1), 1, "a unit");
        }
        vm.assertEq(escrow.protocolFees(), 3, "a hundredth");
        vm.assertEq(escrow.delegatorsFeesOf(operator), uint256(297 * 45) / 100, "their part of the rest");
        vm.assertEq(escrow.earningsOf(operator), 300 - 3 - uint256(297 * 45) / 100, "the operator's");
    }

    function testFuzz_E3_collectionsSplitAsOneWould(uint64[5] memory sent) external {
        _delegate(delegator, BOND);
        _open();
        uint256 total = 0;
        for (uint256 i = 0; i < sent.length; ++i) total += _collect(_bound(sent[i], 1, HALF / 5));
        uint256 protocol = total / 100;
        vm.assertEq(escrow.protocolFees(), protocol, "protocol's part of the whole");
        vm.assertEq(escrow.delegatorsFeesOf(operator), ((total - protocol) * 45) / 100, "delegators' part");
        vm.assertEq(
            escrow.earningsOf(operator) + escrow.protocolFees() + escrow.delegatorsFeesOf(operator),
            total,
            "sum"
        );
        _assertTokens(address(escrow), total, "all of it");
    }

    function test_otherTokensStayUntouched() external {
        address payTo = _open();
        OpenToken foreign = new OpenToken();
        foreign.mint(payTo, FEES);
        vm.expectRevert(IFeeEscrow.NothingToWithdraw.selector);
        escrow.collect(operator);
        _collect(FEES);
        vm.assertEq(foreign.balanceOf(payTo), FEES, "still there");
        vm.assertEq(foreign.balanceOf(address(escrow)), 0, "not taken");
    }

    function test_everyOperatorsMoneyIsItsOwn() external {
        _register(rival);
        _bond(rival, BOND);
        vm.prank(rival);
        escrow.openPayTo();
        _open();
        _collect(FEES);
        vm.expectRevert(IFeeEscrow.NothingToWithdraw.selector);
        escrow.collect(rival);
        vm.assertEq(escrow.earningsOf(rival) + escrow.exposureOf(rival) + escrow.collectedOf(rival), 0, "rival's");
    }

    /// @dev Nobody signs for the address: its account is filled by nobody, and no signature selects it.
    function test_noVoucherAndNoFundingReachTheAddresssAccount() external {
        address payTo = _open();
        _send(FEES);
        Request memory request = _request(_order());
        request.payer = payTo;
        IFeeEscrow.Claim memory claim = _claim(request, client.key, FEES);
        (claim.r, claim.vs) = (0, 0);
        vm.expectEmit(address(escrow));
        emit IFeeEscrow.ClaimSkipped(operator, 0, IFeeEscrow.Skip.BadSignature);
        vm.assertEq(_settle(claim), 0, "no signature");
        vm.expectRevert(IFeeEscrow.ZeroAddress.selector);
        vm.prank(payTo);
        escrow.fund(1, operator, address(0));
    }

    function test_collectTakesNothingThatIsInTheEscrow() external {
        _open();
        _fund(payer, client.addr, FEES);
        _collect(1);
        vm.assertEq(escrow.account(payer, operator, client.addr).balance, FEES, "the client's");
        _assertTokens(address(escrow), FEES + 1, "both");
        FeeEscrow other = FeeEscrow(_deployEscrow(address(token), treasury, FEE_BPS));
        vm.expectRevert(abi.encodeWithSelector(IFeeEscrow.PayToNotOpen.selector, operator));
        other.collect(operator);
    }

    function _open() private returns (address) {
        vm.prank(operator);
        return escrow.openPayTo();
    }

    /// @dev Sends new money to the operator's address, as anyone may.
    function _send(uint256 amount) private {
        token.faucet(amount);
        token.transfer(escrow.payToOf(operator), amount);
    }

    function _collect(uint256 amount) private returns (uint256) {
        _send(amount);
        return escrow.collect(operator);
    }

    function _settleTotal(uint128 total) private returns (uint256) {
        Request memory request = _request(_order());
        request.ceiling = total;
        return _settle(_claim(request, client.key, total));
    }

    function _expectNoCover() private {
        vm.expectRevert(abi.encodeWithSelector(IFeeEscrow.NoCoverLeft.selector, operator));
    }
}
