// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";
import {GuiltyBooks} from "./GuiltyBooks.sol";
import {GuiltySilence} from "./GuiltySilence.sol";

/// @title GuiltyHandler
/// @notice An operator that commits every fault there is and does all it can not to pay for it; and one honest reporter.
contract GuiltyHandler is GuiltySilence {
    struct Ticket {
        address owner;
        uint48 id;
    }

    Ticket[] private _tickets;
    uint256 private _rotations;

    /// @notice What a run is made of: each takes two numbers, and makes of them what it likes.
    function actions() external pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](25);
        selectors[0] = this.equivocate.selector;
        selectors[1] = this.breakTerms.selector;
        selectors[2] = this.lie.selector;
        selectors[3] = this.withhold.selector;
        selectors[4] = this.settle.selector;
        selectors[5] = this.settle.selector;
        selectors[6] = this.demand.selector;
        selectors[7] = this.demandUnit.selector;
        selectors[8] = this.demandUnit.selector;
        selectors[9] = this.answerFalsely.selector;
        selectors[10] = this.punishSilence.selector;
        selectors[11] = this.punishAgain.selector;
        selectors[12] = this.report.selector;
        selectors[13] = this.report.selector;
        selectors[14] = this.accuseItself.selector;
        selectors[15] = this.copy.selector;
        selectors[16] = this.reopen.selector;
        selectors[17] = this.bondMore.selector;
        selectors[18] = this.unbond.selector;
        selectors[19] = this.withdraw.selector;
        selectors[20] = this.delegate.selector;
        selectors[21] = this.rotate.selector;
        selectors[22] = this.suspend.selector;
        selectors[23] = this.wait_.selector;
        selectors[24] = this.escape.selector;
    }

    /// @notice Bonds more, at times all that it owes besides, which is burnt.
    function bondMore(uint256, uint256 seed) public {
        if (_isSuspended()) return;
        uint96 debt = bonds.operatorOf(operator).debt;
        uint96 amount = uint96(_bound(_random(seed, "bond"), 1, 1_000e6));
        _reach(State.DebtBurnt, debt != 0);
        _bond(operator, _pick(seed, "pays", 2) == 0 ? debt + amount : amount);
        // Who is registered stays so: nobody starts anew.
        bytes memory data = abi.encodeCall(bonds.register, (puppet, 0, ""));
        (, bytes4 reason) = _try(operator, address(bonds), 0, data);
        _hold(reason == IOperatorBonds.OperatorAlreadyRegistered.selector, "an operator is registered once");
    }

    /// @notice Asks back part of the own bond or all of it.
    function unbond(uint256, uint256 seed) public {
        IOperatorBonds.PoolView memory own = bonds.operatorOf(operator).own;
        uint128 active = own.shares - own.unbonding;
        if (active == 0) return;
        bool isAll = _pick(seed, "is all", 3) == 0;
        _ask(operator, isAll ? active : uint128(_bound(_random(seed, "shares"), 1, active)));
    }

    /// @notice Leaves with all that its faults have left it, once nothing can be brought against it any more.
    function escape(uint256, uint256 seed) external {
        bondMore(0, seed);
        unbond(0, seed);
        _pass(UNBONDING + Clocks.MAX_SUSPENSION);
        for (uint256 i = _tickets.length; i > 0; --i) withdraw(i - 1, seed);
    }

    /// @notice Takes what is ripe.
    function withdraw(uint256 which, uint256) public {
        if (_tickets.length == 0 || _isSuspended()) return;
        which %= _tickets.length;
        Ticket memory ticket = _tickets[which];
        IOperatorBonds.Ticket memory found = bonds.ticketOf(operator, ticket.owner, ticket.id);
        if (_now() < bonds.extended(ticket.id, found.maturesAt)) return;
        _tickets[which] = _tickets[_tickets.length - 1];
        _tickets.pop();
        if (found.shares == 0) return;
        bool isPaid = bonds.withdraw(operator, ticket.owner, ticket.id) != 0;
        _reach(State.Withdrawn, isPaid && ticket.owner == operator);
        _reach(State.DelegatedOut, isPaid && ticket.owner != operator);
        _reach(State.Emptied, isPaid && ticket.owner == operator && _ownBond() == 0);
    }

    /// @notice A delegator comes, or leaves.
    function delegate(uint256, uint256 seed) external {
        (uint128 shares, ) = bonds.positionOf(operator, delegator);
        if (shares != 0 && _pick(seed, "leaves", 2) == 0) return _ask(delegator, shares);
        uint256 room = bonds.delegationRoom(operator);
        if (room == 0 || _isSuspended()) return;
        uint96 amount = uint96(_bound(_random(seed, "amount"), 1, room));
        (uint128 bought, ) = bonds.quoteDelegation(operator, amount);
        if (bought != 0) _delegate(delegator, amount);
    }

    /// @notice Takes another key, and has the one before end.
    function rotate(uint256, uint256) external {
        address old = operatorKey.addr;
        uint256 key = uint256(keccak256(abi.encode("key", ++_rotations)));
        operatorKey = Actor(vm.addr(key), key);
        _registerKey(operator, operatorKey);
        vm.prank(operator);
        keys.end(old, uint48(_now() + Clocks.KEY_NOTICE));
        _reach(State.Rotated, true);
    }

    function suspend(uint256, uint256 seed) external {
        _reach(State.Suspended, _suspend(seed));
    }

    /// @notice Lets time pass. Whatever the reporter has to do in it, it does in the last second.
    function wait_(uint256, uint256 seed) external {
        _pass(_span(seed));
    }

    /// @notice Until all that can be evidenced has been.
    function finish() external {
        _pass(30 days);
    }

    function _ask(address owner, uint128 shares) private {
        vm.prank(owner);
        _tickets.push(Ticket(owner, bonds.requestUnbond(operator, shares)));
    }
}

/// @title GuiltyInvariantsTest
/// @notice C2: every fault that is evidenced in time is punished, whatever the operator does first. C3: once. C4: and
/// nobody who is in league with it gets back more than half of what it loses itself.
contract GuiltyInvariantsTest is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @dev As many calls as it takes to come across everything, in so many runs.
    uint256 private constant CALLS = 400;
    uint256 private constant RUNS = 4;

    GuiltyHandler private _handler;

    function setUp() public {
        _handler = new GuiltyHandler();
        _handler.setUp();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), _handler.actions());
    }

    /// @dev Each verdict is held against the books when it falls (`GuiltyBooks`).
    function invariant_C2_C3_C4_everyFaultIsPunishedOnceAndPaysNobody() public view {
        vm.assertEq(_handler.broken(), "", "broken");
    }

    /// @dev C2 to the end: what has not been reported yet is, in the last second.
    function afterInvariant() public {
        _handler.finish();
        vm.assertEq(_handler.broken(), "", "broken");
    }

    /// @dev Fixed runs that come across everything there is, so that the invariants cannot become hollow unseen.
    function test_everyFaultIsCommittedAndPunished() external {
        uint256[] memory states = new uint256[](uint256(type(GuiltyBooks.State).max) + 1);
        bytes4[] memory actions = _handler.actions();
        for (uint256 run = 0; run < RUNS; ++run) {
            if (run != 0) setUp();
            for (uint256 i = 0; i < CALLS; ++i) {
                uint256 random = uint256(keccak256(abi.encode(run, i)));
                bytes4 action = actions[random % actions.length];
                (bool isDone, ) = address(_handler).call(abi.encodeWithSelector(action, random >> 32, random >> 64));
                vm.assertTrue(isDone, "nothing reverts");
            }
            for (uint256 i = 0; i < states.length; ++i) states[i] += _handler.reached(GuiltyBooks.State(i));
            afterInvariant();
        }
        vm.assertEq(_missing(states), "", "states that were not reached");
    }

    function _missing(uint256[] memory counts) private pure returns (string memory places) {
        for (uint256 i = 0; i < counts.length; ++i) {
            if (counts[i] == 0) places = string.concat(places, " ", Strings.toString(i));
        }
    }
}
