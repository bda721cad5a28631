// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "../support/Test.sol";

/**
 * @title BondsBooks
 * @notice The books of the bonds, kept a second time and in another way: in plain words of wide numbers, with what is
 * suspended counted from the list of all suspensions, and with every exit in one list.
 */
abstract contract BondsBooks is Test {
    /// @notice What a single call can break, so that it has to be noted when it happens.
    enum Rule {
        B4,
        B5,
        B6,
        B8
    }

    /// @notice What a run has to come across, or it proves little.
    enum State {
        OwnPoolWiped,
        DelegatedPoolWiped,
        DustBurnt,
        DustSpared,
        DebtMade,
        RegisteredInDebt,
        DebtPartlyBurnt,
        DebtBurnt,
        DebtSaturated,
        DelegatedPoolSlashed,
        SlashOfNothing,
        AwardsCut,
        TicketGrown,
        TicketGrownAfterItsDelayShrank,
        TicketGrownAfterAWipe,
        TicketRefused,
        TicketPaidAtItsSecond,
        TicketProlonged,
        VoidTicketWithdrawn,
        SuspendedAgain,
        RefusedWhileSuspended,
        SuspensionRefused,
        DelegationRefused,
        DelegationCut,
        BondInExhaustedPool,
        DelegationInExhaustedPool,
        LastShareLeft,
        DelegationBelowAShare,
        DelegationAfterWipe,
        RewardBeyondThePool,
        Donated
    }

    /// @dev A pool.
    struct Book {
        uint256 assets;
        uint256 shares;
        uint256 unbonding;
        uint256 epoch;
    }

    /// @dev A delegator's shares that stay.
    struct Held {
        uint256 shares;
        uint256 epoch;
    }

    /// @dev A ticket: it ripens when `delay` has passed since `openedAt`, suspensions not counted.
    struct Exit {
        uint256 operator;
        address owner;
        uint48 openedAt;
        uint256 delay;
        uint256 shares;
        uint256 epoch;
    }

    struct Pause {
        uint256 start;
        uint256 end;
    }

    uint256 public constant OPERATORS = 4;
    uint256 public constant DELEGATORS = 4;
    uint256 public constant RECIPIENTS = 3;

    /// @dev The rules again, in the words of the interface and not of the code.
    uint256 internal constant DUST = 999;
    uint256 private constant MOST_SHARES_PER_UNIT = 2 ** 30;
    uint256 internal constant MOST = type(uint96).max;

    Book[OPERATORS] internal _own;
    Book[OPERATORS] internal _delegated;
    uint256[OPERATORS] internal _debts;
    mapping(uint256 operator => mapping(address delegator => Held)) internal _held;
    mapping(address recipient => uint256) internal _awards;
    Exit[] internal _exits;
    Pause[] internal _pauses;
    uint256 internal _delay;
    uint256 internal _leverage;
    uint256 internal _leastOwnBond;

    /// @notice What stays in the contract and belongs to nobody: unawarded slashes, dust and debts; and gifts.
    uint256 public burnt;
    uint256 public donated;

    /// @notice The first thing that broke a rule, in words; empty while it holds.
    mapping(Rule rule => string) public broken;
    /// @notice How often a state was reached.
    mapping(State state => uint256) public reached;

    function ownBook(uint256 operator) external view returns (Book memory) {
        return _own[operator];
    }

    function delegatedBook(uint256 operator) external view returns (Book memory) {
        return _delegated[operator];
    }

    function debtOf(uint256 operator) external view returns (uint256) {
        return _debts[operator];
    }

    function awardsOf(address recipient) external view returns (uint256) {
        return _awards[recipient];
    }

    function exits() external view returns (Exit[] memory) {
        return _exits;
    }

    /// @notice What a delegator has staying.
    function heldOf(uint256 operator, address delegator) public view returns (uint256) {
        Held memory held = _held[operator][delegator];
        return held.epoch == _delegated[operator].epoch ? held.shares : 0;
    }

    function _hold(Rule rule, bool isKept, string memory what) internal {
        if (!isKept && bytes(broken[rule]).length == 0) broken[rule] = what;
    }

    function _reach(State state, bool isReached) internal {
        if (isReached) ++reached[state];
    }

    /// @dev Whole shares for at most `amount`, and what they cost.
    function _quote(Book memory pool, uint256 amount) internal pure returns (uint256 minted, uint256 cost) {
        if (pool.shares == 0) return (amount, amount);
        minted = (amount * pool.shares) / pool.assets;
        cost = (minted * pool.assets) / pool.shares;
        if (cost * pool.shares < minted * pool.assets) ++cost;
    }

    function _worth(Book memory pool, uint256 shares) internal pure returns (uint256) {
        return shares == 0 ? 0 : (shares * pool.assets) / pool.shares;
    }

    function _enter(Book storage pool, uint256 amount) internal returns (uint256 minted) {
        uint256 cost;
        (minted, cost) = _quote(pool, amount);
        pool.assets += cost;
        pool.shares += minted;
    }

    /// @dev Whether shares are so cheap that no more may be minted.
    function _isExhausted(Book memory pool) internal pure returns (bool) {
        return pool.shares > MOST_SHARES_PER_UNIT * pool.assets;
    }

    /// @dev Books what a slash takes from a pool; what is left may be dust.
    function _lose(Book storage pool, uint256 amount) internal returns (bool isWiped) {
        uint256 left = pool.assets - amount;
        isWiped = amount != 0 && left <= DUST;
        _reach(State.DustBurnt, isWiped && left != 0);
        _reach(State.DustSpared, !isWiped && amount != 0 && left == DUST + 1);
        if (!isWiped) {
            pool.assets = left;
            return false;
        }
        burnt += left;
        (pool.assets, pool.shares, pool.unbonding) = (0, 0, 0);
        ++pool.epoch;
    }

    /// @dev Books a request to leave; those of one second are one exit, and the longer delay holds.
    function _noteExit(uint256 operator, address owner, uint256 shares, uint256 epoch) internal {
        uint48 openedAt = uint48(_now());
        for (uint256 i = 0; i < _exits.length; ++i) {
            Exit storage exit = _exits[i];
            if (exit.operator != operator || exit.owner != owner || exit.openedAt != openedAt) continue;
            _reach(State.TicketGrown, true);
            _reach(State.TicketGrownAfterItsDelayShrank, exit.delay > _delay);
            _reach(State.TicketGrownAfterAWipe, exit.epoch != epoch);
            exit.shares = exit.epoch == epoch ? exit.shares + shares : shares;
            exit.epoch = epoch;
            if (exit.delay < _delay) exit.delay = _delay;
            return;
        }
        _exits.push(Exit(operator, owner, openedAt, _delay, shares, epoch));
    }

    function _dropExit(uint256 which) internal {
        _exits[which] = _exits[_exits.length - 1];
        _exits.pop();
    }

    /// @dev How much more may be delegated.
    function _room(uint256 operator) internal view returns (uint256) {
        Book memory own = _own[operator];
        uint256 active = _worth(own, own.shares - own.unbonding);
        uint256 most = active < _leastOwnBond ? 0 : (_leverage - 1) * active;
        return most > _delegated[operator].assets ? most - _delegated[operator].assets : 0;
    }

    /// @dev When the suspension that is running ends; 0 where none is.
    function _suspendedUntil() internal view returns (uint256) {
        if (_pauses.length == 0) return 0;
        uint256 end = _pauses[_pauses.length - 1].end;
        return _now() < end ? end : 0;
    }

    /// @dev The time that counts since `since`.
    function _served(uint256 since) internal view returns (uint256 time) {
        uint256 until = _now();
        time = until - since;
        for (uint256 i = 0; i < _pauses.length; ++i) {
            uint256 from = _max(_pauses[i].start, since);
            uint256 to = _min(_pauses[i].end, until);
            if (to > from) time -= to - from;
        }
    }

    function _min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    function _max(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a : b;
    }
}
