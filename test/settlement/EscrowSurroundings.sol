// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {TestToken} from "../../contracts/tokens/TestToken.sol";
import {vm} from "../support/Vm.sol";
import {EscrowBooks} from "./EscrowBooks.sol";

/**
 * @title EscrowSurroundings
 * @notice What happens around the escrow and changes what it may pay: bonds and delegations come, leave and are slashed,
 * parameters change, slashing is suspended, time passes. A slasher and the authority's admin itself.
 */
abstract contract EscrowSurroundings is EscrowBooks {
    struct Ticket {
        uint256 operator;
        address owner;
        uint48 id;
    }

    uint256 private constant DELEGATORS = 2;

    FeeEscrow internal _escrow;
    OperatorBonds internal _bonds;
    TestToken internal _token;

    address[OPERATORS] public operators;
    address[DELEGATORS] private _delegators;
    Ticket[] private _tickets;
    address internal immutable _stranger = _actor("somebody").addr;

    constructor(FeeEscrow escrow, OperatorBonds bonds, TestToken token) {
        (_escrow, _bonds, _token) = (escrow, bonds, token);
        (_coverageBps, _feeBps) = (escrow.coverageBps(), escrow.protocolFeeBps());
        _halfLife = escrow.settledHalfLife();
        operators = [_actor("first").addr, _actor("second").addr];
        _delegators = [_actor("delegator").addr, _actor("another delegator").addr];
    }

    /// @notice Every operator registers and bonds; the first one has a delegator.
    function enter() external {
        for (uint256 i = 0; i < OPERATORS; ++i) {
            vm.prank(operators[i]);
            _bonds.register(payoutOf(i), 2_500, "");
            _bond(i, 1_000e6);
        }
        _delegate(0, 0, 500e6);
    }

    function bond(uint256 who, uint256 seed) external {
        if (!_isSuspended()) _bond(who % OPERATORS, _bound(_random(seed, "bond"), 1, 1_000e6));
    }

    function delegate(uint256 who, uint256 seed) external {
        uint256 operator = who % OPERATORS;
        uint256 room = _bonds.delegationRoom(operators[operator]);
        if (room == 0 || _isSuspended()) return;
        _delegate(operator, _pick(seed, "delegator", DELEGATORS), _bound(_random(seed, "delegation"), 1, room));
    }

    /// @notice An operator asks back part of its bond, or a delegator part or all of what it delegated.
    function requestUnbond(uint256 who, uint256 seed) external {
        uint256 operator = who % OPERATORS;
        uint256 kind = _pick(seed, "owner", DELEGATORS + 1);
        address owner = kind == DELEGATORS ? operators[operator] : _delegators[kind];
        uint128 held;
        if (kind == DELEGATORS) {
            IOperatorBonds.PoolView memory own = _bonds.operatorOf(operators[operator]).own;
            held = (own.shares - own.unbonding) / 4;
        } else {
            (held, ) = _bonds.positionOf(operators[operator], owner);
        }
        if (held == 0) return;
        vm.prank(owner);
        bool isAll = _pick(seed, "is all", 2) == 0;
        uint48 id = _bonds.requestUnbond(operators[operator], isAll ? held : uint128(_bound(seed, 1, held)));
        _tickets.push(Ticket(operator, owner, id));
    }

    /// @notice Takes a ticket if it is ripe.
    function withdrawTicket(uint256 which, uint256) external {
        if (_tickets.length == 0 || _isSuspended()) return;
        which %= _tickets.length;
        Ticket memory ticket = _tickets[which];
        IOperatorBonds.Ticket memory found = _bonds.ticketOf(operators[ticket.operator], ticket.owner, ticket.id);
        if (_now() < _bonds.extended(ticket.id, found.maturesAt)) return;
        _tickets[which] = _tickets[_tickets.length - 1];
        _tickets.pop();
        // Requests of one second are one ticket.
        if (found.shares == 0) return;
        vm.prank(ticket.owner);
        _bonds.withdraw(operators[ticket.operator], ticket.owner, ticket.id);
    }

    /// @notice Slashes part of the bond and more; at times all that there is, so that pools end with fees still due.
    function slash(uint256 who, uint256 seed) external {
        if (_isSuspended()) return;
        address operator = operators[who % OPERATORS];
        (uint256 own, uint256 delegated) = _bonds.slashable(operator);
        bool isAll = _pick(seed, "is all", 6) == 0;
        uint256 amount = isAll ? own + delegated : _bound(_random(seed, "loss"), 1, 200e6);
        _bonds.slash(operator, uint96(amount), new IOperatorBonds.Award[](0));
    }

    /// @notice An operator loses everything and begins anew, with new money and new delegators.
    function beginAnew(uint256 who, uint256) external {
        if (_isSuspended()) return;
        uint256 operator = who % OPERATORS;
        (uint256 own, uint256 delegated) = _bonds.slashable(operators[operator]);
        _bonds.slash(operators[operator], uint96(own + delegated), new IOperatorBonds.Award[](0));
        _bond(operator, 1_000e6);
        _delegate(operator, 1, _bonds.delegationRoom(operators[operator]));
    }

    function configure(uint256 who, uint256 seed) external {
        uint256 kind = _pick(seed, "parameter", 5);
        uint256 random = _random(seed, "value");
        uint256 operator = who % OPERATORS;
        if (kind == 0) {
            _feeBps = _bound(random, 0, _escrow.MAX_PROTOCOL_FEE());
            _escrow.setProtocolFee(uint16(_feeBps));
            _reach(State.SeveralTerms, _operators[operator].settled != 0);
        } else if (kind == 1) {
            // As much as is asked of a careless governance, or little more than the least.
            uint256 most = random % 8 == 0 ? _escrow.MAX_COVERAGE() : 2 * _escrow.MIN_COVERAGE();
            _coverageBps = _bound(random, _escrow.MIN_COVERAGE(), most);
            _escrow.setCoverage(uint24(_coverageBps));
        } else if (kind == 2) {
            _bonds.setLeverage(uint8(_bound(random, _bonds.MIN_LEVERAGE(), _bonds.MAX_LEVERAGE())));
        } else if (kind == 3) {
            vm.prank(operators[operator]);
            _bonds.setCommission(uint16(_bound(random, 0, BPS)));
        } else {
            _operators[operator].agent = random % 3 == 0 ? address(0) : _agentOf(operator);
            vm.prank(operators[operator]);
            _escrow.setAgent(_operators[operator].agent);
        }
    }

    function suspend(uint256, uint256 seed) external {
        uint256 pauses = _pauses.length;
        if (pauses != 0 && _now() < _pauses[pauses - 1].end + Clocks.SUSPENSION_COOLDOWN) return;
        uint256 length = _bound(_random(seed, "length"), 1, Clocks.MAX_SUSPENSION);
        _bonds.suspend(uint48(length));
        _pauses.push(Pause(_now(), _now() + length));
        _reach(State.Suspended, true);
    }

    /// @notice Lets time pass: seconds, hours, days, months.
    function wait_(uint256, uint256 seed) external {
        uint256[8] memory most = [uint256(1 minutes), 1 hours, 12 hours, 1 days, 2 days, 4 days, 8 days, 60 days];
        uint256 before = exposureOf(0, false);
        _wait(_bound(_random(seed, "time"), 1, most[_pick(seed, "most", most.length)]));
        _reach(State.ExposureLeft, exposureOf(0, false) < before);
    }

    /// @notice Tokens that nobody asked for are nobody's.
    function donate(uint256, uint256 seed) external {
        uint256 amount = _bound(_random(seed, "gift"), 1, 10e6);
        _sendNew(address(_escrow), amount);
        donated += amount;
        _reach(State.Donated, true);
    }

    /// @notice Where an operator's earnings go.
    function payoutOf(uint256 operator) public pure returns (address) {
        return _actor(operator == 0 ? "first payout" : "second payout").addr;
    }

    function _agentOf(uint256 operator) internal pure returns (address) {
        return _actor(operator == 0 ? "first agent" : "second agent").addr;
    }

    /// @dev Gives `to` new tokens, as a stranger does.
    function _sendNew(address to, uint256 amount) internal {
        vm.prank(_stranger);
        _token.faucet(amount);
        vm.prank(_stranger);
        // A token of ours: it reverts where it fails.
        _token.transfer(to, amount);
    }

    /// @dev Gives new tokens to `to`, and lets `spender` take them.
    function _give(address to, address spender, uint256 amount) internal {
        vm.prank(to);
        _token.faucet(amount);
        vm.prank(to);
        _token.approve(spender, amount);
    }

    function _pick(uint256 seed, string memory what, uint256 many) internal pure returns (uint256) {
        return _random(seed, what) % many;
    }

    function _random(uint256 seed, string memory what) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, what)));
    }

    function _bond(uint256 operator, uint256 amount) private {
        // A pool whose shares are nearly worthless takes no more.
        IOperatorBonds.PoolView memory own = _bonds.operatorOf(operators[operator]).own;
        if (own.shares > uint256(own.assets) << 30) return;
        _give(operators[operator], address(_bonds), amount);
        vm.prank(operators[operator]);
        _bonds.bond(uint96(amount));
    }

    function _delegate(uint256 operator, uint256 delegator, uint256 amount) private {
        (uint128 shares, ) = _bonds.quoteDelegation(operators[operator], uint96(amount));
        if (shares == 0) return;
        _give(_delegators[delegator], address(_bonds), amount);
        vm.prank(_delegators[delegator]);
        _bonds.delegate(operators[operator], uint96(amount), shares);
    }
}
