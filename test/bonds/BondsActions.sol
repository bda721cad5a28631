// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds, LEAST_REWARDED_SHARES} from "../../contracts/bonds/IOperatorBonds.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {TestToken} from "../../contracts/tokens/TestToken.sol";
import {vm} from "../support/Vm.sol";
import {BondsBooks} from "./BondsBooks.sol";

/**
 * @title BondsActions
 * @notice Everything that can happen to the bonds. Each call either goes through, or is one that must be refused and is
 * checked to be, by the name of the error: so none reverts (B8). A slasher and the authority's admin itself.
 */
abstract contract BondsActions is BondsBooks {
    /// @dev The most that the faucet gives at once is the 12th power.
    uint256 private constant DIGITS = 12;
    uint256 private constant FAUCET = 10 ** DIGITS;

    uint256 private constant FEW = 10;
    uint256 private constant NOBODY = type(uint256).max;

    OperatorBonds private _bonds;
    TestToken private _token;

    /// @notice The last one registers late.
    address[OPERATORS] public operators;
    /// @notice The last one is an operator as well.
    address[DELEGATORS] public delegators;
    /// @notice The last one is an operator as well.
    address[RECIPIENTS] public recipients;
    /// @notice The gas of the dearest slash so far.
    uint256 public mostSlashGas;
    address private immutable _stranger = _actor("somebody").addr;
    bool private _isLateRegistered;
    uint256 private _strangersDebt;

    constructor(OperatorBonds bonds, TestToken token) {
        (_bonds, _token) = (bonds, token);
        (_delay, _leverage) = (bonds.unbondingDelay(), bonds.leverage());
        _leastOwnBond = bonds.leastOwnBond();
        operators = [_actor("first").addr, _actor("second").addr, _actor("third").addr, _actor("late").addr];
        delegators = [_actor("one").addr, _actor("two").addr, _actor("three").addr, operators[0]];
        recipients = [_actor("reporter").addr, _actor("payer").addr, operators[0]];
    }

    /// @dev Whatever the call is, it touches no other operator than `operator`, and makes nobody's shares worth less.
    modifier changes(uint256 operator) {
        IOperatorBonds.OperatorView[OPERATORS] memory before = _views();
        _;
        IOperatorBonds.OperatorView[OPERATORS] memory found = _views();
        _checkOthers(before, found, operator);
        for (uint256 i = 0; i < OPERATORS; ++i) {
            _checkPrice(before[i].own, found[i].own);
            _checkPrice(before[i].delegated, found[i].delegated);
        }
    }

    /// @notice Everybody but the late one registers, which is slashed first, and something is there to be lost.
    function enter() external {
        _slash(OPERATORS - 1, _leastOwnBond, new IOperatorBonds.Award[](0));
        for (uint256 i = 0; i < OPERATORS - 1; ++i) _register(i);
        for (uint256 i = 0; i < OPERATORS - 2; ++i) {
            _bond(i, 1_000e6);
            for (uint256 j = 0; j < DELEGATORS - 1; ++j) _delegate(i, delegators[j], 300e6);
        }
    }

    /// @notice What a run is made of: each takes two numbers, and makes of them what it likes.
    function actions() external pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](17);
        selectors[0] = this.register.selector;
        selectors[1] = this.bond.selector;
        selectors[2] = this.delegate.selector;
        selectors[3] = this.reward.selector;
        selectors[4] = this.leaveOwn.selector;
        selectors[5] = this.leaveDelegated.selector;
        selectors[6] = this.withdraw.selector;
        selectors[7] = this.slash.selector;
        selectors[8] = this.slashStranger.selector;
        selectors[9] = this.claim.selector;
        selectors[10] = this.suspend.selector;
        selectors[11] = this.wait_.selector;
        selectors[12] = this.waitFor.selector;
        selectors[13] = this.configure.selector;
        selectors[14] = this.donate.selector;
        selectors[15] = this.leaveTwice.selector;
        selectors[16] = this.exhaust.selector;
    }

    function register(uint256 who, uint256) external changes(who % OPERATORS) {
        _register(who % OPERATORS);
    }

    /// @notice Bonds any amount; half of the time one that others may delegate to.
    function bond(uint256 who, uint256 seed) external changes(who % OPERATORS) {
        bool isEnough = _pick(seed, "is enough", 2) == 0;
        uint256 amount = isEnough ? _bound(seed, _leastOwnBond, 10 * _leastOwnBond) : _size(seed);
        _bond(who % OPERATORS, amount);
    }

    function delegate(uint256 who, uint256 seed) external changes(who % OPERATORS) {
        uint256 operator = who % OPERATORS;
        _delegate(operator, delegators[_pick(seed, "delegator", DELEGATORS)], _part(operator, seed));
    }

    /// @notice Gives to all delegators; then somebody delegates a unit.
    function reward(uint256 who, uint256 seed) external changes(who % OPERATORS) {
        uint256 operator = who % OPERATORS;
        Book storage pool = _delegated[operator];
        uint256 amount = _size(seed);
        address giver = _stranger;
        _give(giver, amount);
        bytes memory call = abi.encodeCall(IOperatorBonds.reward, (operators[operator], uint96(amount)));
        if (pool.shares < LEAST_REWARDED_SHARES) {
            return _refused(Rule.B8, giver, call, IOperatorBonds.NoDelegators.selector);
        }

        vm.prank(giver);
        _bonds.reward(operators[operator], uint96(amount));
        _reach(State.RewardBeyondThePool, amount > pool.assets);
        pool.assets += amount;
        // A share may be dearer now than a unit.
        _delegate(operator, delegators[0], 1);
    }

    function leaveOwn(uint256 who, uint256 seed) external changes(who % OPERATORS) {
        uint256 operator = who % OPERATORS;
        address owner = operators[operator];
        _leave(operator, owner, _share(_activeOf(operator, owner), seed));
    }

    function leaveDelegated(uint256 who, uint256 seed) external changes(who % OPERATORS) {
        uint256 operator = who % OPERATORS;
        address owner = delegators[_pick(seed, "delegator", DELEGATORS)];
        // An operator that leaves itself leaves with its own bond.
        if (owner == operators[operator]) owner = delegators[0];
        _leave(operator, owner, _share(_activeOf(operator, owner), seed));
    }

    /// @notice Leaves twice in one second, with another delay or another pool the second time.
    function leaveTwice(uint256 who, uint256 seed) external {
        uint256 operator = who % OPERATORS;
        address owner = _pick(seed, "is own", 2) == 0 ? operators[operator] : delegators[1];
        _leave(operator, owner, _bound(seed, 1, _max(_activeOf(operator, owner), 1)));
        if (_pick(seed, "kind", 2) == 0) _setDelay(_random(seed, "delay"));
        else _begin(operator, owner);
        _leave(operator, owner, _bound(seed, 1, _max(_activeOf(operator, owner), 1)));
    }

    /// @notice Withdraws a ticket, or shows that it cannot be withdrawn yet.
    function withdraw(uint256 which, uint256) external {
        if (_exits.length != 0) _withdraw(which % _exits.length);
    }

    function slash(uint256 who, uint256 seed) external {
        uint256 operator = who % OPERATORS;
        IOperatorBonds.OperatorView[OPERATORS] memory before = _views();
        _slash(operator, _loss(operator, seed), _awardsOf(seed));
        _checkOthers(before, _views(), operator);
    }

    /// @notice Slashes deeply between large deposits, until shares are too cheap for another.
    function exhaust(uint256 who, uint256 seed) external {
        uint256 operator = who % OPERATORS;
        bool isOwn = _pick(seed, "is own", 2) == 0;
        for (uint256 i = 0; i < 3; ++i) {
            _bond(operator, FAUCET);
            if (!isOwn) _delegate(operator, delegators[1], FAUCET);
            uint256 all = _own[operator].assets + (isOwn ? 0 : _delegated[operator].assets);
            _slash(operator, all - _min(all, DUST + 1), _awardsOf(seed));
        }
    }

    /// @notice Slashes somebody who has never bonded, without mercy: the sums stop at what they can hold.
    function slashStranger(uint256, uint256 seed) external changes(NOBODY) {
        uint256 asked = _pick(seed, "kind", 2) == 0 ? MOST : _size(seed);
        IOperatorBonds.Award[] memory awards = _awardsOf(seed);
        bytes memory call = abi.encodeCall(IOperatorBonds.slash, (_stranger, uint96(asked), awards));
        if (_suspendedUntil() != 0) return _refusedSuspended(address(this), call);

        (uint256 slashed, ) = _bonds.slash(_stranger, uint96(asked), awards);
        _reach(State.DebtSaturated, _strangersDebt + asked > MOST);
        _strangersDebt = _min(_strangersDebt + asked, MOST);
        uint256 debt = _bonds.operatorOf(_stranger).debt;
        _hold(Rule.B6, slashed == 0 && debt == _strangersDebt, "a stranger's debt is all that was asked");
    }

    function claim(uint256 who, uint256) external changes(NOBODY) {
        _claim(recipients[who % RECIPIENTS]);
    }

    function suspend(uint256, uint256 seed) external changes(NOBODY) {
        uint256 length = _bound(_random(seed, "length"), 1, Clocks.MAX_SUSPENSION);
        uint256 pauses = _pauses.length;
        if (pauses != 0 && _now() < _pauses[pauses - 1].end + Clocks.SUSPENSION_COOLDOWN) {
            _reach(State.SuspensionRefused, true);
            bytes memory call = abi.encodeCall(IOperatorBonds.suspend, (uint48(length)));
            return _refused(Rule.B8, address(this), call, IOperatorBonds.SuspensionCoolingDown.selector);
        }
        _bonds.suspend(uint48(length));
        _pauses.push(Pause(_now(), _now() + length));
        _reach(State.SuspendedAgain, pauses != 0);
    }

    /// @notice Lets time pass: seconds, hours, days, months.
    function wait_(uint256, uint256 seed) external changes(NOBODY) {
        uint256[4] memory most = [uint256(1 minutes), 1 days, 20 days, 100 days];
        _wait(_bound(_random(seed, "time"), 1, most[_pick(seed, "most", most.length)]));
    }

    /// @notice Waits until a ticket is ripe, or a second less, and asks for it.
    function waitFor(uint256 which, uint256 seed) external {
        if (_exits.length == 0) return;
        which %= _exits.length;
        uint256 left = _leftOf(_exits[which]);
        _wait(left == 0 || _pick(seed, "is ripe", 2) == 0 ? left : left - 1);
        _withdraw(which);
    }

    function configure(uint256 who, uint256 seed) external changes(NOBODY) {
        uint256 kind = _pick(seed, "kind", 3);
        if (kind == 0) {
            _setDelay(_random(seed, "delay"));
        } else if (kind == 1) {
            _leverage = _bound(seed, _bonds.MIN_LEVERAGE(), _bonds.MAX_LEVERAGE());
            _bonds.setLeverage(uint8(_leverage));
        } else {
            vm.prank(operators[who % (OPERATORS - 1)]);
            _bonds.setCommission(uint16(_pick(seed, "commission", 10_001)));
        }
    }

    /// @notice Tokens that nobody asked for change nothing.
    function donate(uint256, uint256 seed) external changes(NOBODY) {
        uint256 amount = _size(seed);
        _give(_stranger, amount);
        vm.prank(_stranger);
        // A token of ours: it reverts where it fails.
        _token.transfer(address(_bonds), amount);
        donated += amount;
        _reach(State.Donated, true);
    }

    /// @notice Lets everybody leave with everything.
    function leaveAll() external {
        uint256 end = _suspendedUntil();
        if (end != 0) vm.warp(end);
        for (uint256 i = 0; i < OPERATORS; ++i) _leaveAll(i);
        _wait(Clocks.MAX_UNBONDING);
        while (_exits.length != 0) _withdraw(_exits.length - 1);
        for (uint256 i = 0; i < RECIPIENTS; ++i) _claim(recipients[i]);
    }

    function _leaveAll(uint256 operator) private {
        uint256 active = _activeOf(operator, operators[operator]);
        if (active != 0) _leave(operator, operators[operator], active);
        for (uint256 i = 0; i < DELEGATORS; ++i) {
            uint256 held = heldOf(operator, delegators[i]);
            if (held != 0) _leave(operator, delegators[i], held);
        }
    }

    /// @dev Both pools are lost, and new money comes into both.
    function _begin(uint256 operator, address delegator) private {
        uint256 all = _own[operator].assets + _delegated[operator].assets;
        _slash(operator, all, new IOperatorBonds.Award[](0));
        _bond(operator, _min(_debts[operator], FAUCET - _leastOwnBond) + _leastOwnBond);
        _delegate(operator, delegator, LEAST_REWARDED_SHARES);
    }

    function _setDelay(uint256 random) private {
        _delay = _bound(random, Clocks.MIN_UNBONDING, Clocks.MAX_UNBONDING);
        _bonds.setUnbondingDelay(uint48(_delay));
    }

    function _register(uint256 operator) private {
        address who = operators[operator];
        bool isRegistered = _bonds.payoutOf(who) != address(0);
        bytes memory call = abi.encodeCall(IOperatorBonds.register, (who, 1_000, ""));
        if (_suspendedUntil() != 0) return _refusedSuspended(who, call);
        if (isRegistered) return _refused(Rule.B8, who, call, IOperatorBonds.OperatorAlreadyRegistered.selector);
        vm.prank(who);
        _bonds.register(who, 1_000, "");
        _reach(State.RegisteredInDebt, _debts[operator] != 0);
        if (operator == OPERATORS - 1) _isLateRegistered = true;
    }

    function _bond(uint256 operator, uint256 amount) private {
        address who = operators[operator];
        _give(who, amount);
        bytes memory call = abi.encodeCall(IOperatorBonds.bond, (uint96(amount)));
        if (_suspendedUntil() != 0) return _refusedSuspended(who, call);
        if (operator == OPERATORS - 1 && !_isLateRegistered) {
            return _refused(Rule.B8, who, call, IOperatorBonds.OperatorNotRegistered.selector);
        }
        bool isExhausted = _isExhausted(_own[operator]);
        _reach(State.BondInExhaustedPool, isExhausted);
        if (isExhausted) return _refused(Rule.B8, who, call, IOperatorBonds.PoolExhausted.selector);
        vm.prank(who);
        _bonds.bond(uint96(amount));

        uint256 debt = _debts[operator];
        uint256 gone = _min(amount, debt);
        _debts[operator] -= gone;
        burnt += gone;
        _enter(_own[operator], amount - gone);
        _reach(State.DebtPartlyBurnt, gone != 0 && gone < debt);
        _reach(State.DebtBurnt, gone != 0 && gone == debt && amount > gone);
    }

    function _delegate(uint256 operator, address delegator, uint256 amount) private {
        _give(delegator, amount);
        uint256 taken = _min(amount, _room(operator));
        (uint256 minted, ) = _quote(_delegated[operator], taken);
        bytes memory call = abi.encodeCall(
            IOperatorBonds.delegate,
            (operators[operator], uint96(amount), uint128(minted))
        );
        if (_suspendedUntil() != 0) return _refusedSuspended(delegator, call);
        bytes4 refusal = _refusalOf(operator, delegator, taken, minted);
        if (refusal != 0) return _refused(Rule.B8, delegator, call, refusal);

        vm.prank(delegator);
        _bonds.delegate(operators[operator], uint96(amount), uint128(minted));
        Held storage held = _held[operator][delegator];
        _reach(State.DelegationAfterWipe, held.shares != 0 && held.epoch != _delegated[operator].epoch);
        _held[operator][delegator] = Held(heldOf(operator, delegator) + minted, _delegated[operator].epoch);
        _enter(_delegated[operator], taken);
        _reach(State.DelegationCut, taken < amount);
    }

    /// @dev Why a delegation has to be refused; zero where it has not.
    function _refusalOf(uint256 operator, address delegator, uint256 taken, uint256 minted) private returns (bytes4) {
        if (delegator == operators[operator]) return IOperatorBonds.SelfDelegation.selector;
        _reach(State.DelegationRefused, taken == 0);
        if (taken == 0) return IOperatorBonds.DelegationFull.selector;
        bool isExhausted = _isExhausted(_delegated[operator]);
        _reach(State.DelegationInExhaustedPool, isExhausted);
        if (isExhausted) return IOperatorBonds.PoolExhausted.selector;
        _reach(State.DelegationBelowAShare, minted == 0);
        return minted == 0 ? IOperatorBonds.SharesBelowLeast.selector : bytes4(0);
    }

    function _leave(uint256 operator, address owner, uint256 shares) private {
        bool isOwn = owner == operators[operator];
        Book storage pool = isOwn ? _own[operator] : _delegated[operator];
        uint256 active = _activeOf(operator, owner);
        bytes memory call = abi.encodeCall(IOperatorBonds.requestUnbond, (operators[operator], uint128(shares)));
        if (shares == 0) return _refused(Rule.B8, owner, call, IOperatorBonds.ZeroAmount.selector);
        if (shares > active) return _refused(Rule.B8, owner, call, IOperatorBonds.SharesInsufficient.selector);

        vm.prank(owner);
        uint48 ticket = _bonds.requestUnbond(operators[operator], uint128(shares));
        _hold(Rule.B5, ticket == _now(), "a ticket is named after its second");
        pool.unbonding += shares;
        if (!isOwn) _held[operator][owner].shares -= shares;
        _noteExit(operator, owner, shares, pool.epoch);
    }

    function _withdraw(uint256 which) private changes(_exits[which].operator) {
        Exit memory exit = _exits[which];
        bytes memory call = abi.encodeCall(
            IOperatorBonds.withdraw,
            (operators[exit.operator], exit.owner, exit.openedAt)
        );
        if (_suspendedUntil() != 0) return _refusedSuspended(exit.owner, call);
        uint256 served = _served(exit.openedAt);
        if (served < exit.delay) {
            _reach(State.TicketRefused, true);
            return _refused(Rule.B5, exit.owner, call, IOperatorBonds.TicketNotMature.selector);
        }
        _reach(State.TicketPaidAtItsSecond, served == exit.delay);
        _reach(State.TicketProlonged, served < exit.delay + 1 days && served != _now() - exit.openedAt);

        uint256 balance = _token.balanceOf(exit.owner);
        // Anyone may do it; its owner is paid.
        vm.prank(_stranger);
        _bonds.withdraw(operators[exit.operator], exit.owner, exit.openedAt);
        uint256 paid = _token.balanceOf(exit.owner) - balance;
        _hold(Rule.B5, paid == _bookExit(exit), "a ticket pays its shares' part of its pool");
        _dropExit(which);
        _refused(Rule.B5, exit.owner, call, IOperatorBonds.TicketUnknown.selector);
    }

    function _bookExit(Exit memory exit) private returns (uint256 worth) {
        bool isOwn = exit.owner == operators[exit.operator];
        Book storage pool = isOwn ? _own[exit.operator] : _delegated[exit.operator];
        bool isVoid = exit.epoch != pool.epoch;
        _reach(State.VoidTicketWithdrawn, isVoid && pool.assets != 0);
        if (isVoid) return 0;
        worth = _worth(pool, exit.shares);
        pool.assets -= worth;
        pool.shares -= exit.shares;
        pool.unbonding -= exit.shares;
        _reach(State.LastShareLeft, pool.shares == 0);
        if (pool.shares == 0) ++pool.epoch;
    }

    function _slash(uint256 operator, uint256 asked, IOperatorBonds.Award[] memory awards) private {
        if (_suspendedUntil() != 0) {
            bytes memory call = abi.encodeCall(IOperatorBonds.slash, (operators[operator], uint96(asked), awards));
            return _refusedSuspended(address(this), call);
        }
        (uint256 slashed, uint256[] memory paid) = _bonds.slash(operators[operator], uint96(asked), awards);
        mostSlashGas = _max(mostSlashGas, vm.lastCallGas().gasTotalUsed);

        uint256 fromOwn = _min(asked, _own[operator].assets);
        uint256 fromDelegated = _min(asked - fromOwn, _delegated[operator].assets);
        _hold(Rule.B6, slashed == fromOwn + fromDelegated, "a slash takes what is asked and there");
        uint256 awarded = _bookAwards(fromOwn, awards, paid);
        burnt += slashed - awarded;
        _debts[operator] += asked - fromOwn - fromDelegated;
        _noteSlash(operator, asked, fromOwn, fromDelegated);
        _reach(State.OwnPoolWiped, _lose(_own[operator], fromOwn));
        if (fromDelegated != 0) _reach(State.DelegatedPoolWiped, _lose(_delegated[operator], fromDelegated));
    }

    function _noteSlash(uint256 operator, uint256 asked, uint256 fromOwn, uint256 fromDelegated) private {
        _reach(State.SlashOfNothing, asked == 0);
        _reach(State.DebtMade, asked > fromOwn + fromDelegated);
        _reach(State.DelegatedPoolSlashed, fromDelegated != 0 && fromDelegated < _delegated[operator].assets);
    }

    /// @dev C4: in their order, as far as half of what the own bond lost reaches.
    function _bookAwards(
        uint256 fromOwn,
        IOperatorBonds.Award[] memory awards,
        uint256[] memory paid
    ) private returns (uint256 awarded) {
        uint256 wanted = 0;
        for (uint256 i = 0; i < awards.length; ++i) {
            wanted += awards[i].amount;
            uint256 due = _min(wanted, fromOwn / 2) - awarded;
            _hold(Rule.B6, paid[i] == due, "an award is paid as far as half of the own part reaches");
            _awards[awards[i].recipient] += due;
            awarded += due;
        }
        _reach(State.AwardsCut, awarded < wanted);
    }

    function _claim(address recipient) private {
        uint256 due = _awards[recipient];
        bytes memory call = abi.encodeCall(IOperatorBonds.claimAwards, ());
        if (due == 0) return _refused(Rule.B8, recipient, call, IOperatorBonds.NothingToClaim.selector);
        uint256 balance = _token.balanceOf(recipient);
        vm.prank(recipient);
        _bonds.claimAwards();
        _hold(Rule.B6, _token.balanceOf(recipient) == balance + due, "a claim pays what was awarded");
        _awards[recipient] = 0;
    }

    /// @dev A call that has to be refused, and with this error.
    function _refused(Rule rule, address caller, bytes memory call, bytes4 name) private {
        vm.prank(caller);
        (bool isDone, bytes memory reason) = address(_bonds).call(call);
        _hold(rule, !isDone, "a call went through that has to be refused");
        _hold(Rule.B8, isDone || bytes4(reason) == name, "a call is refused for the right reason");
    }

    function _refusedSuspended(address caller, bytes memory call) private {
        _reach(State.RefusedWhileSuspended, true);
        _refused(Rule.B5, caller, call, IOperatorBonds.Suspended.selector);
    }

    function _give(address to, uint256 amount) private {
        vm.prank(to);
        _token.faucet(amount);
        vm.prank(to);
        _token.approve(address(_bonds), amount);
    }

    function _checkOthers(
        IOperatorBonds.OperatorView[OPERATORS] memory before,
        IOperatorBonds.OperatorView[OPERATORS] memory found,
        uint256 operator
    ) private {
        for (uint256 i = 0; i < OPERATORS; ++i) {
            bool isSame = keccak256(abi.encode(before[i])) == keccak256(abi.encode(found[i]));
            _hold(Rule.B4, i == operator || isSame, "a call changes an operator that it is not about");
        }
    }

    function _checkPrice(IOperatorBonds.PoolView memory before, IOperatorBonds.PoolView memory found) private {
        bool isLower = found.assets * before.shares < before.assets * found.shares;
        // A pool ends without a slash only where its last shares leave.
        bool isEnded = found.epoch != before.epoch && before.unbonding != before.shares;
        _hold(Rule.B4, !isLower && !isEnded, "a call that is no slash makes a share worth less");
    }

    function _views() private view returns (IOperatorBonds.OperatorView[OPERATORS] memory found) {
        for (uint256 i = 0; i < OPERATORS; ++i) found[i] = _bonds.operatorOf(operators[i]);
    }

    /// @dev The shares with which somebody could leave.
    function _activeOf(uint256 operator, address owner) private view returns (uint256) {
        Book memory own = _own[operator];
        return owner == operators[operator] ? own.shares - own.unbonding : heldOf(operator, owner);
    }

    /// @dev How long a ticket still has to wait.
    function _leftOf(Exit memory exit) private view returns (uint256) {
        uint256 served = _served(exit.openedAt);
        if (served >= exit.delay) return 0;
        return exit.delay - served + _max(_suspendedUntil(), _now()) - _now();
    }

    /// @dev What is delegated: within the room half of the time, a few units, or any amount.
    function _part(uint256 operator, uint256 seed) private view returns (uint256) {
        uint256 room = _min(_room(operator), FAUCET);
        uint256 kind = _pick(seed, "part", 4);
        if (kind < 2 && room != 0) return _bound(_size(seed), 1, room);
        bool isFew = kind == 2 || _delegated[operator].shares == 0;
        return isFew ? _bound(seed, 1, FEW) : _size(seed);
    }

    /// @dev What a slash asks for: the edges of both pools, and between them.
    function _loss(uint256 operator, uint256 seed) private view returns (uint256) {
        (Book memory own, Book memory delegated) = (_own[operator], _delegated[operator]);
        uint256 all = own.assets + delegated.assets;
        uint256[9] memory edges = [
            0,
            1,
            own.assets - _min(own.assets, DUST),
            own.assets - _min(own.assets, DUST + 1),
            own.assets,
            all - _min(delegated.assets, DUST),
            all - _min(delegated.assets, DUST + 1),
            all,
            all + _bound(_random(seed, "debt"), 1, 10 * _leastOwnBond)
        ];
        uint256 kind = _pick(seed, "kind", edges.length + 4);
        if (kind < edges.length) return edges[kind];
        // Somewhere in the own bond, or else in both.
        return _bound(_random(seed, "loss"), 0, kind % 2 == 0 ? all : own.assets);
    }

    /// @dev Up to three awards: little, or more than half, or more than everything.
    function _awardsOf(uint256 seed) private view returns (IOperatorBonds.Award[] memory awards) {
        awards = new IOperatorBonds.Award[](_pick(seed, "awards", 4));
        for (uint256 i = 0; i < awards.length; ++i) {
            uint256 random = _random(seed, string(abi.encode("award", i)));
            awards[i] = IOperatorBonds.Award(recipients[random % RECIPIENTS], uint96(_size(random)));
        }
    }

    /// @dev All of `active`, any part, or what has to be refused: nothing, or one too many.
    function _share(uint256 active, uint256 seed) private pure returns (uint256) {
        uint256 kind = _pick(seed, "part", 8);
        if (kind == 0) return 0;
        if (kind == 1 || active == 0) return active + 1;
        return kind < 4 ? active : _bound(_random(seed, "shares"), 1, active);
    }

    /// @dev From a single unit to the faucet's most, in all sizes alike.
    function _size(uint256 seed) private pure returns (uint256) {
        return _bound(_random(seed, "size"), 1, 10 ** _pick(seed, "digits", DIGITS + 1));
    }

    function _pick(uint256 seed, string memory what, uint256 many) private pure returns (uint256) {
        return _random(seed, what) % many;
    }

    function _random(uint256 seed, string memory what) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, what)));
    }
}
