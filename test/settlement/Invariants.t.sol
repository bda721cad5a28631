// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Request} from "../../contracts/settlement/Requests.sol";
import {TestToken} from "../../contracts/tokens/TestToken.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

/**
 * @title EscrowHandler
 * @notice What payers, signers, operators, delegators and slashers can do to the escrow, each call a valid one, with the
 * books kept a second time. A slasher itself.
 */
contract EscrowHandler is Test {
    struct Ticket {
        address operator;
        address owner;
        uint48 id;
    }

    FeeEscrow private _escrow;
    OperatorBonds private _bonds;
    TestToken private _token;

    address[2] public operators;
    address[2] public payers;
    Actor[2] private _signers;
    address[2] private _delegators;
    Ticket[] private _tickets;

    uint256 public funded;
    uint256 public refunded;
    uint256 public withdrawn;
    /// @notice What was brought to delegators.
    uint256 public rewarded;
    /// @notice What settlements returned, by operator.
    mapping(address operator => uint256) public paid;
    /// @notice Whether a settled total ever fell, or a settlement left more exposed than covered, or paid unseen.
    bool public isTotalLowered;
    bool public isUncovered;
    bool public isUnaccounted;

    constructor(FeeEscrow escrow, OperatorBonds bonds, TestToken token) {
        (_escrow, _bonds, _token) = (escrow, bonds, token);
        operators = [_actor("first").addr, _actor("second").addr];
        payers = [_actor("payer").addr, _actor("another payer").addr];
        (_signers[0], _signers[1]) = (_actor("signer"), _actor("another signer"));
        _delegators = [_actor("delegator").addr, _actor("another delegator").addr];
    }

    function enter() external {
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(operators[i]);
            _bonds.register(operators[i], 2_500, "");
            _bond(operators[i], 1_000e6);
        }
    }

    function fund(uint256 which, uint256 amount) external {
        (address payer, address operator, address signer) = account(which);
        amount = _bound(amount, 1, 800e6);
        _give(payer, address(_escrow), amount);
        vm.prank(payer);
        _escrow.fund(amount, operator, signer);
        funded += amount;
    }

    /// @dev Settles a batch of one operator: any accounts, any totals, fresh, late, stale and too early vouchers.
    function settle(uint256 seed) external {
        address operator = operators[seed % 2];
        IFeeEscrow.Claim[] memory claims = new IFeeEscrow.Claim[](_bound(uint256(keccak256(abi.encode(seed))), 1, 5));
        uint256[8] memory before = _totals();
        for (uint256 i = 0; i < claims.length; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            claims[i] = _claim(operator, random);
        }
        uint256 parts = _parts(operator);
        vm.prank(operator);
        uint256 returned = _escrow.settle(operator, claims);
        paid[operator] += returned;

        uint256[8] memory settled = _totals();
        uint256 sum = 0;
        for (uint256 i = 0; i < 8; ++i) {
            if (settled[i] < before[i]) isTotalLowered = true;
            else sum += settled[i] - before[i];
        }
        if (sum != returned || _parts(operator) != parts + returned) isUnaccounted = true;
        if (returned != 0 && _escrow.exposureOf(operator) > _bonds.cover(operator)) isUncovered = true;
    }

    function thaw(uint256 which, uint256 amount) external {
        (address payer, address operator, address signer) = account(which);
        IFeeEscrow.Thaw memory running = _escrow.thawOf(payer, operator, signer);
        uint96 balance = _escrow.account(payer, operator, signer).balance;
        bool isFree = running.amount == 0 || _now() > running.maturesAt + Clocks.REFUND_LAPSE;
        if (balance == 0 || !isFree) return;
        vm.prank(payer);
        _escrow.thaw(_bound(amount, 1, balance), operator, signer);
    }

    /// @dev Waits for a thaw where one is under way, and takes it.
    function refund(uint256 which) external {
        (address payer, address operator, address signer) = account(which);
        IFeeEscrow.Thaw memory running = _escrow.thawOf(payer, operator, signer);
        if (running.amount == 0 || _now() > running.maturesAt + Clocks.REFUND_LAPSE) return;
        if (_now() < running.maturesAt) vm.warp(running.maturesAt);
        uint256 before = _token.balanceOf(payer);
        vm.prank(payer);
        uint256 amount = _escrow.refund(operator, signer);
        if (_token.balanceOf(payer) != before + amount) isUnaccounted = true;
        refunded += amount;
    }

    function cancelThaw(uint256 which) external {
        (address payer, address operator, address signer) = account(which);
        if (_escrow.thawOf(payer, operator, signer).amount == 0) return;
        vm.prank(payer);
        _escrow.cancelThaw(operator, signer);
    }

    function withdraw(uint256 who) external {
        if (_escrow.earningsOf(operators[who % 2]) != 0) withdrawn += _escrow.withdrawEarnings(operators[who % 2]);
        if (_escrow.protocolFees() != 0) withdrawn += _escrow.withdrawProtocolFees();
    }

    function bond(uint256 who, uint256 amount) external {
        _bond(operators[who % 2], _bound(amount, 1, 1_000e6));
    }

    /// @dev Brings the delegators' part to their pool, or to the protocol where that has ended: nothing gets lost, and
    /// nothing becomes the operator's.
    function rewardDelegators(uint256 who) external {
        address operator = operators[who % 2];
        uint256 due = _escrow.delegatorsFeesOf(operator);
        if (due == 0) return;
        (, uint256 delegated) = _bonds.slashable(operator);
        uint256 earned = _escrow.earningsOf(operator);
        uint256 parts = _parts(operator);
        uint256 brought = _escrow.rewardDelegators(operator);
        (, uint256 delegatedAfter) = _bonds.slashable(operator);
        bool isWhole = (brought == 0 || brought == due) && delegatedAfter == delegated + brought;
        bool isSplit = _parts(operator) == parts - brought && _escrow.earningsOf(operator) == earned;
        if (!isWhole || !isSplit) isUnaccounted = true;
        rewarded += brought;
    }

    function delegate(uint256 who, uint256 amount) external {
        address operator = operators[who % 2];
        address delegator = _delegators[(who / 2) % 2];
        uint256 room = _bonds.delegationRoom(operator);
        if (room == 0) return;
        amount = _bound(amount, 1, room);
        (uint128 shares, ) = _bonds.quoteDelegation(operator, uint96(amount));
        if (shares == 0) return;
        _give(delegator, address(_bonds), amount);
        vm.prank(delegator);
        _bonds.delegate(operator, uint96(amount), shares);
    }

    /// @dev An operator asks back part of its bond, or a delegator part or all of what it delegated.
    function requestUnbond(uint256 who, uint256 part, bool isAll) external {
        address operator = operators[who % 2];
        address owner = [operator, _delegators[0], _delegators[1]][(who / 2) % 3];
        uint128 held;
        if (owner == operator) {
            IOperatorBonds.PoolView memory own = _bonds.operatorOf(operator).own;
            held = (own.shares - own.unbonding) / 4;
        } else {
            (held, ) = _bonds.positionOf(operator, owner);
        }
        if (held == 0) return;
        vm.prank(owner);
        uint48 id = _bonds.requestUnbond(operator, isAll ? held : uint128(_bound(part, 1, held)));
        _tickets.push(Ticket(operator, owner, id));
    }

    /// @dev Waits for a ticket and takes it.
    function withdrawTicket(uint256 which) external {
        if (_tickets.length == 0) return;
        which %= _tickets.length;
        Ticket memory ticket = _tickets[which];
        _tickets[which] = _tickets[_tickets.length - 1];
        _tickets.pop();
        IOperatorBonds.Ticket memory found = _bonds.ticketOf(ticket.operator, ticket.owner, ticket.id);
        // Requests of one second are one ticket.
        if (found.shares == 0) return;
        if (_now() < found.maturesAt) vm.warp(found.maturesAt);
        vm.prank(ticket.owner);
        _bonds.withdraw(ticket.operator, ticket.owner, ticket.id);
    }

    /// @dev Part of the own bond and more; at times all that there is, so that pools end with fees still due to them.
    function slash(uint256 who, uint256 amount, uint256 kind) external {
        address operator = operators[who % 2];
        (uint256 own, uint256 delegated) = _bonds.slashable(operator);
        amount = kind % 4 == 0 ? own + delegated : _bound(amount, 1, 500e6);
        _bonds.slash(operator, uint96(amount), new IOperatorBonds.Award[](0));
    }

    function wait_(uint256 time) external {
        _wait(_bound(time, 1, 10 days));
    }

    /// @notice Account `which` of eight: payer, operator, signer.
    function account(uint256 which) public view returns (address payer, address operator, address signer) {
        return (payers[which % 2], operators[(which / 2) % 2], _signers[(which / 4) % 2].addr);
    }

    function _claim(address operator, uint256 random) private view returns (IFeeEscrow.Claim memory claim) {
        Actor memory signer = _signers[(random >> 1) % 2];
        claim.payer = payers[random % 2];
        IFeeEscrow.Account memory found = _escrow.account(claim.payer, operator, signer.addr);
        // Around what was settled and what is there, so that replays, partial payments and skips all happen.
        claim.ceiling = uint128(_bound(random >> 8, 0, uint256(found.settled) + found.balance + 100e6));
        claim.total = uint128(_bound(random >> 16, 0, uint256(claim.ceiling) + claim.ceiling / 8));
        claim.deadline = uint64(_bound(random >> 24, _now() - 26 hours, _now() + 26 hours));
        claim.orderHash = bytes32(random);
        (claim.r, claim.vs) = _signCompact(
            signer.key,
            _escrow.requestDigest(Request(claim.payer, operator, claim.ceiling, claim.deadline, claim.orderHash))
        );
    }

    /// @dev What of the fees is an operator's, its delegators' and the protocol's.
    function _parts(address operator) private view returns (uint256) {
        return _escrow.earningsOf(operator) + _escrow.delegatorsFeesOf(operator) + _escrow.protocolFees();
    }

    function _bond(address operator, uint256 amount) private {
        _give(operator, address(_bonds), amount);
        vm.prank(operator);
        _bonds.bond(uint96(amount));
    }

    function _totals() private view returns (uint256[8] memory totals) {
        for (uint256 i = 0; i < 8; ++i) {
            (address payer, address operator, address signer) = account(i);
            totals[i] = _escrow.account(payer, operator, signer).settled;
        }
    }

    function _give(address to, address spender, uint256 amount) private {
        vm.prank(to);
        _token.faucet(amount);
        vm.prank(to);
        _token.approve(spender, amount);
    }
}

contract EscrowInvariantsTest is World {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    EscrowHandler private _handler;

    function setUp() public override {
        super.setUp();
        _handler.enter();
    }

    function _beforeOpening() internal override {
        _handler = new EscrowHandler(escrow, bonds, token);
        bonds.addSlasher(address(_handler));
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), new bytes4[](13));
        targets[0].selectors[0] = EscrowHandler.fund.selector;
        targets[0].selectors[1] = EscrowHandler.settle.selector;
        targets[0].selectors[2] = EscrowHandler.thaw.selector;
        targets[0].selectors[3] = EscrowHandler.refund.selector;
        targets[0].selectors[4] = EscrowHandler.cancelThaw.selector;
        targets[0].selectors[5] = EscrowHandler.withdraw.selector;
        targets[0].selectors[6] = EscrowHandler.bond.selector;
        targets[0].selectors[7] = EscrowHandler.slash.selector;
        targets[0].selectors[8] = EscrowHandler.wait_.selector;
        targets[0].selectors[9] = EscrowHandler.rewardDelegators.selector;
        targets[0].selectors[10] = EscrowHandler.delegate.selector;
        targets[0].selectors[11] = EscrowHandler.requestUnbond.selector;
        targets[0].selectors[12] = EscrowHandler.withdrawTicket.selector;
    }

    function invariant_B1_tokensEqualLiabilities() external view {
        uint256 liabilities = escrow.protocolFees();
        for (uint256 i = 0; i < 2; ++i) {
            address operator = _handler.operators(i);
            liabilities += escrow.earningsOf(operator) + escrow.delegatorsFeesOf(operator);
        }
        for (uint256 i = 0; i < 8; ++i) liabilities += escrow.account(_payer(i), _operator(i), _signer(i)).balance;
        _assertTokens(address(escrow), liabilities, "B1");
        uint256 gone = _handler.refunded() + _handler.withdrawn() + _handler.rewarded();
        vm.assertEq(liabilities, _handler.funded() - gone, "what came and has not gone");
    }

    function invariant_E1_settledTotalsOnlyGrowByWhatWasPaid() external view {
        vm.assertFalse(_handler.isTotalLowered(), "never lower");
        vm.assertFalse(_handler.isUnaccounted(), "sums of a settlement, E3 included");
        for (uint256 i = 0; i < 2; ++i) {
            uint256 settled = 0;
            for (uint256 j = 0; j < 8; ++j) {
                if (_operator(j) != _handler.operators(i)) continue;
                settled += escrow.account(_payer(j), _operator(j), _signer(j)).settled;
            }
            vm.assertEq(settled, _handler.paid(_handler.operators(i)), "E1");
        }
    }

    function invariant_E2_paidIsAtMostFunded() external view {
        uint256 balances = 0;
        for (uint256 i = 0; i < 8; ++i) balances += escrow.account(_payer(i), _operator(i), _signer(i)).balance;
        uint256 paid = _handler.paid(_handler.operators(0)) + _handler.paid(_handler.operators(1));
        vm.assertEq(_handler.funded(), balances + paid + _handler.refunded(), "E2, to the unit");
    }

    function invariant_E5_settledInTheCapWindowIsCovered() external view {
        vm.assertFalse(_handler.isUncovered(), "E5");
    }

    function _payer(uint256 which) private view returns (address payer) {
        (payer, , ) = _handler.account(which);
    }

    function _operator(uint256 which) private view returns (address operator) {
        (, operator, ) = _handler.account(which);
    }

    function _signer(uint256 which) private view returns (address signer) {
        (, , signer) = _handler.account(which);
    }
}
