// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {Request} from "../../contracts/settlement/Requests.sol";
import {ExactTransfer} from "../../contracts/tokens/ExactTransfer.sol";
import {Papers} from "../support/Papers.sol";
import {Stakes} from "../support/Stakes.sol";
import {CallingToken, OpenToken, Puppet, RebasingToken, TaxedToken} from "../support/Tokens.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

/// @dev Bonds of tokens with a fee, of such as change their balances, and of such as call their holders.
contract StrangeTokensTest is Papers, Stakes {
    uint96 private constant MUCH = 10_000e6;

    Puppet private _puppet = new Puppet();

    function setUp() public override(Papers, World) {
        super.setUp();
    }

    function _beforeOpening() internal override(Stakes, World) {
        super._beforeOpening();
    }

    function test_threat29_tokenWithAFeeIsRefused() external {
        TaxedToken taxed = new TaxedToken();
        OperatorBonds other = _bondsOf(taxed, operator, MUCH);
        _expectInexact(address(taxed), 100, 99);
        vm.prank(operator);
        other.bond(100);
    }

    /// @dev One that starts to take a fee later, when delegators are in.
    function test_threat29_feeThatComesLaterIsRefusedWhereverTokensComeIn() external {
        RebasingToken rebasing = new RebasingToken();
        OperatorBonds other = _staked(rebasing, operator);
        // A part is worth one and a half units: 66 parts are moved for 100 units, and are worth 99.
        rebasing.rebase(1.5e18);
        _expectInexact(address(rebasing), 100, 99);
        vm.prank(operator);
        other.bond(100);
        vm.prank(delegator);
        rebasing.approve(address(other), MUCH);
        _expectInexact(address(rebasing), 100, 99);
        vm.prank(delegator);
        other.delegate(operator, 100, 0);
        _expectInexact(address(rebasing), 100, 99);
        vm.prank(delegator);
        other.reward(operator, 100);
    }

    /// @dev What a balance gains belongs to nobody. What it loses is lost by who leaves last, and by nobody twice.
    function test_threat29_changedBalanceChangesNobodysShares() external {
        RebasingToken rebasing = new RebasingToken();
        OperatorBonds other = _staked(rebasing, operator);
        rebasing.rebase(2e18);
        (uint256 own, uint256 delegated) = other.slashable(operator);
        vm.assertEq(own, BOND, "own");
        vm.assertEq(delegated, BOND, "delegated");

        rebasing.rebase(0.5e18);
        vm.prank(operator);
        uint48 ticket = other.requestUnbond(operator, BOND);
        vm.prank(delegator);
        other.requestUnbond(operator, BOND);
        _wait(UNBONDING);
        uint256 before = rebasing.balanceOf(delegator);
        vm.assertEq(other.withdraw(operator, delegator, ticket), BOND, "while there are tokens");
        vm.assertEq(rebasing.balanceOf(delegator), before + BOND, "paid whole");
        vm.expectPartialRevert(IERC20Errors.ERC20InsufficientBalance.selector);
        other.withdraw(operator, operator, ticket);
        vm.assertEq(other.ticketOf(operator, operator, ticket).shares, BOND, "the ticket stands");

        rebasing.rebase(1e18);
        rebasing.mint(address(other), BOND);
        vm.assertEq(other.withdraw(operator, operator, ticket), BOND, "until there are tokens");
    }

    /// @dev Each way in and out, with each guarded function called from the middle of its transfer.
    function test_threat29_nothingIsEnteredAgainFromATokensHook() external {
        CallingToken calling = new CallingToken();
        OperatorBonds other = _staked(calling, address(_puppet));
        bytes[] memory inner = _guarded();
        bytes[5] memory outer = [inner[0], inner[2], inner[4], inner[5], inner[6]];
        for (uint256 i = 0; i < outer.length; ++i) {
            for (uint256 k = 0; k < inner.length; ++k) {
                _renew(other);
                calling.probe(address(_puppet), address(_puppet), _puppets(address(other), inner[k]));
                _puppet.run(address(other), outer[i]);
                _assertReentryRefused(calling);
            }
        }
    }

    /// @dev The own pool is written after the transfer: a slash in the middle of it would be undone, and its award paid
    /// from others' money.
    function test_threat29_slashFromATokensHookIsNotUndone() external {
        CallingToken calling = new CallingToken();
        OperatorBonds other = _staked(calling, address(_puppet));
        IOperatorBonds.Award[] memory awards = new IOperatorBonds.Award[](1);
        awards[0] = IOperatorBonds.Award(address(_puppet), BOND / 2);
        bytes memory slash = abi.encodeCall(IOperatorBonds.slash, (address(_puppet), BOND, awards));
        calling.probe(address(_puppet), address(_puppet), _puppets(address(other), slash));
        _puppet.run(address(other), abi.encodeCall(IOperatorBonds.bond, (1)));

        _assertReentryRefused(calling);
        (uint256 own, uint256 delegated) = other.slashable(address(_puppet));
        uint256 liabilities = own + delegated + other.awardsOf(address(_puppet));
        vm.assertEq(calling.balanceOf(address(other)), liabilities, "B1");
    }

    function test_threat29_bondsAreNotEnteredFromTheEscrowsReward() external {
        (CallingToken calling, OperatorBonds other, FeeEscrow its) = _withFees();
        bytes[] memory inner = _guarded();
        for (uint256 k = 0; k < inner.length; ++k) {
            if (its.delegatorsFeesOf(operator) == 0) _serve(calling, its, 100e6 * (k + 1));
            calling.probe(address(its), address(_puppet), _puppets(address(other), inner[k]));
            vm.assertGt(its.rewardDelegators(operator), 0, "the reward goes on");
            _assertReentryRefused(calling);
        }
    }

    function test_threat29_escrowsRewardIsNotEnteredFromItselfOrTheBonds() external {
        (CallingToken calling, OperatorBonds other, FeeEscrow its) = _withFees();
        uint256 due = its.delegatorsFeesOf(operator);
        bytes memory reward = abi.encodeCall(its.rewardDelegators, (operator));
        calling.probe(delegator, address(its), reward);
        vm.prank(delegator);
        other.delegate(operator, 1, 0);
        _assertReentryRefused(calling);
        vm.assertEq(its.delegatorsFeesOf(operator), due, "still due");

        calling.probe(address(its), address(its), reward);
        vm.assertEq(its.rewardDelegators(operator), due, "brought once");
        _assertReentryRefused(calling);
        (, uint256 delegated) = other.slashable(operator);
        vm.assertEq(delegated, BOND + 1 + due, "to the delegators");
    }

    /// @dev Bonds of another token where `who` has bonded and `delegator` delegated `BOND` each.
    function _staked(OpenToken its, address who) private returns (OperatorBonds other) {
        other = _bondsOf(its, who, MUCH);
        vm.prank(who);
        other.bond(BOND);
        its.mint(delegator, MUCH);
        vm.prank(delegator);
        its.approve(address(other), MUCH);
        vm.prank(delegator);
        other.delegate(who, BOND, 0);
    }

    /// @dev Gives the puppet what each guarded function wants: a mature ticket of now, an award, and whom to delegate to.
    function _renew(OperatorBonds other) private {
        vm.warp(START);
        if (other.payoutOf(rival) == address(0)) {
            CallingToken calling = CallingToken(address(other.token()));
            vm.prank(rival);
            other.register(payout, 0, "");
            calling.mint(rival, 2 * BOND);
            vm.prank(rival);
            calling.approve(address(other), 2 * BOND);
            vm.prank(rival);
            other.bond(BOND);
        }
        _puppet.run(address(other), abi.encodeCall(IOperatorBonds.requestUnbond, (address(_puppet), 1e6)));
        IOperatorBonds.Award[] memory awards = new IOperatorBonds.Award[](1);
        awards[0] = IOperatorBonds.Award(address(_puppet), 1);
        other.slash(address(_puppet), 2, awards);
        _wait(UNBONDING);
    }

    /// @dev Each function that moves tokens or writes a pool, as the puppet would call it.
    function _guarded() private view returns (bytes[] memory calls) {
        ExactTransfer.Permit memory permit;
        calls = new bytes[](8);
        calls[0] = abi.encodeCall(IOperatorBonds.bond, (10));
        calls[1] = abi.encodeCall(IOperatorBonds.bondWithPermit, (10, permit));
        calls[2] = abi.encodeCall(IOperatorBonds.delegate, (rival, 10, 0));
        calls[3] = abi.encodeCall(IOperatorBonds.delegateWithPermit, (rival, 10, 0, permit));
        calls[4] = abi.encodeCall(IOperatorBonds.reward, (address(_puppet), 10));
        calls[5] = abi.encodeCall(IOperatorBonds.withdraw, (address(_puppet), address(_puppet), uint48(START)));
        calls[6] = abi.encodeCall(IOperatorBonds.claimAwards, ());
        calls[7] = abi.encodeCall(IOperatorBonds.slash, (address(_puppet), 10, _noAwards()));
    }

    /// @dev An operator and a delegator of a token with hooks, and fees due to the latter. From here on the world's bonds
    /// and escrow are those of that token.
    function _withFees() private returns (CallingToken calling, OperatorBonds other, FeeEscrow its) {
        calling = new CallingToken();
        other = _staked(calling, operator);
        bonds = other;
        its = FeeEscrow(_deployEscrow(address(calling), treasury, FEE_BPS));
        escrow = its;
        _serve(calling, its, 100e6);
    }

    /// @dev Settles vouchers of the payer up to `total`, with new money.
    function _serve(CallingToken calling, FeeEscrow its, uint256 total) private {
        calling.mint(payer, total);
        vm.prank(payer);
        calling.approve(address(its), total);
        vm.prank(payer);
        its.fund(total, operator, client.addr);
        Request memory request = _request(_order());
        request.ceiling = uint128(total);
        _settle(_claim(request, client.key, uint128(total)));
    }

    function _puppets(address target, bytes memory data) private pure returns (bytes memory) {
        return abi.encodeCall(Puppet.run, (target, data));
    }

    function _expectInexact(address its, uint256 asked, uint256 received) private {
        vm.expectRevert(abi.encodeWithSelector(ExactTransfer.InexactTransfer.selector, its, asked, received));
    }

    function _assertReentryRefused(CallingToken calling) private view {
        vm.assertTrue(calling.isCalled(), "the hook was called");
        bytes memory expected = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        vm.assertEq(keccak256(calling.result()), keccak256(expected), "refused as a reentry");
    }
}
