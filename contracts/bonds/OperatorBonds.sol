// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Suspension} from "../access/Suspension.sol";
import {Clocks} from "../Clocks.sol";
import {DecayingSum} from "../credit/DecayingSum.sol";
import {ExactTransfer} from "../tokens/ExactTransfer.sol";
import {IOperatorBonds, LEAST_REWARDED_SHARES, RATE_ONE} from "./IOperatorBonds.sol";
import {SharePool} from "./SharePool.sol";
import {SlashSplit} from "./SlashSplit.sol";

/// @title OperatorBonds
/// @notice See IOperatorBonds.
contract OperatorBonds is IOperatorBonds, AccessManaged, ReentrancyGuardTransient {
    using ExactTransfer for IERC20;
    using SafeERC20 for IERC20;
    using SharePool for SharePool.Pool;
    using Suspension for Suspension.Period;

    /// @dev What slashes asked, decayed up to `faultsAt`, and what of it is still owed.
    struct Record {
        uint96 faults;
        uint48 faultsAt;
        uint96 debt;
    }

    /**
     * @dev Five slots, by who touches them together: fees; faults; leaving; one for each pool. Registration writes the
     * second, so that the first slash finds it in use. The own pool is clear while its operator is registered and owes
     * nothing, so that bonding more reads and writes that slot alone.
     */
    struct Operator {
        address payout;
        uint16 commission;
        uint16 nextCommission;
        uint48 commissionFrom;
        Record record;
        uint128 ownUnbonding;
        uint128 delegatedUnbonding;
        SharePool.Pool own;
        SharePool.Pool delegated;
    }

    /// @dev A delegator's shares, without those in tickets.
    struct Position {
        uint128 shares;
        uint24 epoch;
    }

    /// @dev Works from `activeFrom` inclusive to `activeUntil` exclusive, suspensions aside.
    struct Slasher {
        uint48 activeFrom;
        uint48 activeUntil;
    }

    /// @notice Bounds of the leverage. Four at most, so that an operator always loses a quarter of what it could settle.
    uint8 public constant MIN_LEVERAGE = 1;
    uint8 public constant MAX_LEVERAGE = 4;

    uint256 private constant BPS = 10_000;

    /// @notice The token in which bonds are held and fees are paid.
    IERC20 public immutable token;

    /// @inheritdoc IOperatorBonds
    uint256 public immutable leastOwnBond;

    /// @inheritdoc IOperatorBonds
    uint256 public immutable faultHalfLife;

    mapping(address operator => Operator) private _operators;
    mapping(address operator => mapping(address delegator => Position)) private _positions;
    mapping(address operator => mapping(address owner => mapping(uint48 openedAt => Ticket))) private _tickets;
    mapping(address account => Slasher) private _slashers;
    mapping(address recipient => uint256) private _awards;

    // One slot from here to the end: a struct among them would take one of its own.
    uint48 private _suspensionStart;
    uint48 private _suspensionEnd;
    /// @dev The length of all suspensions before the last one.
    uint48 private _suspendedBefore;
    /// @inheritdoc IOperatorBonds
    uint48 public unbondingDelay;
    /// @inheritdoc IOperatorBonds
    uint8 public leverage;
    bool private _open;

    constructor(
        IERC20 token_,
        uint256 leastOwnBond_,
        uint48 unbondingDelay_,
        uint8 leverage_,
        uint48 faultHalfLife_,
        address authority
    ) AccessManaged(authority) {
        require(address(token_) != address(0), ZeroAddress());
        token = token_;
        leastOwnBond = leastOwnBond_;
        // A weight that depends on time alone cannot be changed later: it would revalue all that was.
        require(
            faultHalfLife_ >= Clocks.MIN_FAULT_HALF_LIFE && faultHalfLife_ <= Clocks.MAX_FAULT_HALF_LIFE,
            HalfLifeOutOfRange(faultHalfLife_, Clocks.MIN_FAULT_HALF_LIFE, Clocks.MAX_FAULT_HALF_LIFE)
        );
        faultHalfLife = faultHalfLife_;
        _setUnbondingDelay(unbondingDelay_);
        _setLeverage(leverage_);
    }

    modifier whenNotSuspended() {
        _requireNotSuspended();
        _;
    }

    /// @inheritdoc IOperatorBonds
    function register(address payout, uint16 commissionBps, string calldata metadataURI) external whenNotSuspended {
        require(_open, NotOpen());
        require(payout != address(0), ZeroAddress());
        _requireCommission(commissionBps);
        Operator storage self = _operators[msg.sender];
        require(self.payout == address(0), OperatorAlreadyRegistered(msg.sender));

        self.payout = payout;
        (self.commission, self.nextCommission) = (commissionBps, commissionBps);
        _remember(self, 0, 0);
        self.own.isClear = self.record.debt == 0;
        emit OperatorRegistered(msg.sender, payout, commissionBps, metadataURI);
    }

    /// @inheritdoc IOperatorBonds
    function setPayout(address payout) external {
        require(payout != address(0), ZeroAddress());
        _requireRegistered(_operators[msg.sender]);
        _operators[msg.sender].payout = payout;
        emit PayoutSet(msg.sender, payout);
    }

    /// @inheritdoc IOperatorBonds
    function setCommission(uint16 commissionBps) external {
        _requireCommission(commissionBps);
        Operator storage self = _operators[msg.sender];
        _requireRegistered(self);
        // INVARIANT: nobody's part of the fees shrinks before it could leave.
        uint48 from = uint48(block.timestamp + Clocks.COMMISSION_DELAY);
        self.commission = _commissionNow(self);
        (self.nextCommission, self.commissionFrom) = (commissionBps, from);
        emit CommissionSet(msg.sender, commissionBps, from);
    }

    /// @inheritdoc IOperatorBonds
    function bond(uint96 amount) external nonReentrant {
        _bond(amount);
    }

    /// @inheritdoc IOperatorBonds
    function bondWithPermit(uint96 amount, ExactTransfer.Permit calldata permit) external nonReentrant {
        token.permit(msg.sender, permit);
        _bond(amount);
    }

    /// @inheritdoc IOperatorBonds
    function delegate(
        address operator,
        uint96 amount,
        uint128 leastShares
    ) external nonReentrant returns (uint128 shares) {
        return _delegate(operator, amount, leastShares);
    }

    /// @inheritdoc IOperatorBonds
    function delegateWithPermit(
        address operator,
        uint96 amount,
        uint128 leastShares,
        ExactTransfer.Permit calldata permit
    ) external nonReentrant returns (uint128 shares) {
        token.permit(msg.sender, permit);
        return _delegate(operator, amount, leastShares);
    }

    /// @inheritdoc IOperatorBonds
    function reward(address operator, uint96 amount) external nonReentrant {
        require(amount != 0, ZeroAmount());
        require(_operators[operator].delegated.shares >= LEAST_REWARDED_SHARES, NoDelegators(operator));

        token.pull(msg.sender, amount);
        _operators[operator].delegated.assets += amount;
        emit Rewarded(operator, msg.sender, amount);
    }

    /// @inheritdoc IOperatorBonds
    function requestUnbond(address operator, uint128 shares) external returns (uint48 ticket) {
        require(shares != 0, ZeroAmount());
        uint24 epoch = msg.sender == operator ? _leaveOwn(operator, shares) : _leaveDelegated(operator, shares);

        ticket = uint48(block.timestamp);
        uint48 maturesAt = ticket + unbondingDelay;
        Ticket storage opened = _tickets[operator][msg.sender][ticket];
        // A ticket of this very second grows, unless its pool was wiped out meanwhile.
        uint128 before = opened.epoch == epoch ? opened.shares : 0;
        if (opened.maturesAt > maturesAt) maturesAt = opened.maturesAt;
        _tickets[operator][msg.sender][ticket] = Ticket({shares: before + shares, epoch: epoch, maturesAt: maturesAt});
        emit UnbondingRequested(operator, msg.sender, ticket, shares, maturesAt);
    }

    /// @inheritdoc IOperatorBonds
    function withdraw(
        address operator,
        address owner,
        uint48 ticket
    ) external nonReentrant whenNotSuspended returns (uint256 assets) {
        Ticket memory opened = _tickets[operator][owner][ticket];
        require(opened.shares != 0, TicketUnknown(operator, owner, ticket));
        uint256 maturesAt = extended(ticket, opened.maturesAt);
        require(block.timestamp >= maturesAt, TicketNotMature(operator, owner, ticket, maturesAt));

        delete _tickets[operator][owner][ticket];
        assets = _redeem(operator, opened, owner == operator);
        emit Withdrawn(operator, owner, ticket, assets);
        if (assets != 0) token.safeTransfer(owner, assets);
    }

    /// @inheritdoc IOperatorBonds
    /// @dev INVARIANT: no token's hook has a slash undone by the pool that `bond` or `delegate` writes after it. A slash
    /// calls nobody, so that it only has to look at the guard.
    function slash(
        address operator,
        uint96 amount,
        Award[] calldata awards
    ) external nonReentrantView whenNotSuspended returns (uint256 slashed, uint256[] memory paid) {
        require(isSlasher(msg.sender), NotSlasher(msg.sender));
        Operator storage self = _operators[operator];
        SharePool.Pool memory pool = self.own;
        // The delegated pool is looked at only where the own one is not enough.
        uint96 delegatedAssets = amount > pool.assets ? self.delegated.assets : 0;
        (uint96 own, uint96 delegated, uint96 missing) = SlashSplit.parts(amount, pool.assets, delegatedAssets);

        _remember(self, amount, missing);
        if (missing != 0) pool.isClear = false;
        if (_take(operator, pool, own, true)) self.ownUnbonding = 0;
        self.own = pool;
        if (delegated != 0) _slashDelegated(operator, self, delegated);
        uint256 awarded;
        (awarded, paid) = _award(operator, own, awards);
        emit Slashed(operator, msg.sender, amount, own, delegated, awarded);
        return (uint256(own) + delegated, paid);
    }

    /// @inheritdoc IOperatorBonds
    function claimAwards() external nonReentrant returns (uint256 amount) {
        amount = _awards[msg.sender];
        require(amount != 0, NothingToClaim(msg.sender));

        delete _awards[msg.sender];
        emit AwardsClaimed(msg.sender, amount);
        token.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IOperatorBonds
    function open() external restricted {
        require(!_open, AlreadyOpen());
        _open = true;
        emit Opened();
    }

    /// @inheritdoc IOperatorBonds
    function addSlasher(address slasher) external restricted {
        require(_slashers[slasher].activeUntil == 0, SlasherAlreadyAdded(slasher));
        // INVARIANT: whatever the authority's own delay, nobody's bond meets a court that it could not flee.
        uint256 activeFrom = block.timestamp + (_open ? Clocks.SLASHER_ACTIVATION : 0);
        _slashers[slasher] = Slasher(uint48(activeFrom), type(uint48).max);
        emit SlasherAdded(slasher, activeFrom);
    }

    /// @inheritdoc IOperatorBonds
    function removeSlasher(address slasher) external restricted {
        require(_slashers[slasher].activeUntil == type(uint48).max, SlasherNotActive(slasher));
        // INVARIANT: what was settled while the slasher worked can still be judged by it.
        uint256 activeUntil = block.timestamp + Clocks.SLASHER_REMOVAL;
        _slashers[slasher].activeUntil = uint48(activeUntil);
        emit SlasherRemoved(slasher, activeUntil);
    }

    /// @inheritdoc IOperatorBonds
    function suspend(uint48 length) external restricted {
        require(
            length != 0 && length <= Clocks.MAX_SUSPENSION,
            SuspensionLengthOutOfRange(length, Clocks.MAX_SUSPENSION)
        );
        uint256 cooledDown = _suspensionEnd + Clocks.SUSPENSION_COOLDOWN;
        // INVARIANT: no timer meets two suspensions, and nobody is held for longer than one.
        require(block.timestamp >= cooledDown, SuspensionCoolingDown(cooledDown));
        _suspendedBefore += _suspensionEnd - _suspensionStart;
        _suspensionStart = uint48(block.timestamp);
        _suspensionEnd = uint48(block.timestamp) + length;
        emit SuspensionStarted(_suspensionStart, _suspensionEnd);
    }

    /// @inheritdoc IOperatorBonds
    function setUnbondingDelay(uint48 delay) external restricted {
        _setUnbondingDelay(delay);
    }

    /// @inheritdoc IOperatorBonds
    function setLeverage(uint8 leverage_) external restricted {
        _setLeverage(leverage_);
    }

    /// @inheritdoc IOperatorBonds
    function termsOf(address operator) external view returns (SettlementTerms memory terms) {
        Operator storage self = _operators[operator];
        SharePool.Pool memory own = self.own;
        SharePool.Pool memory delegated = self.delegated;
        (terms.cover, terms.ownCover) = _cover(self, own, delegated);
        (terms.delegatedEpoch, terms.activeTime) = (delegated.epoch, activeTime());
        if (delegated.shares < LEAST_REWARDED_SHARES) return terms;
        uint256 kept = BPS - _commissionNow(self);
        uint256 bonded = uint256(own.assets) + delegated.assets;
        terms.delegatorsRate = (delegated.assets * kept * RATE_ONE) / (bonded * BPS);
    }

    /// @inheritdoc IOperatorBonds
    function slashable(address operator) external view returns (uint256 own, uint256 delegated) {
        return (_operators[operator].own.assets, _operators[operator].delegated.assets);
    }

    /// @inheritdoc IOperatorBonds
    function operatorOf(address operator) external view returns (OperatorView memory) {
        Operator storage self = _operators[operator];
        return
            OperatorView({
                payout: self.payout,
                debt: self.record.debt,
                own: _viewOf(self.own, self.ownUnbonding),
                delegated: _viewOf(self.delegated, self.delegatedUnbonding)
            });
    }

    /// @inheritdoc IOperatorBonds
    function payoutOf(address operator) external view returns (address) {
        return _operators[operator].payout;
    }

    /// @inheritdoc IOperatorBonds
    function commissionOf(address operator) external view returns (Commission memory) {
        Operator storage self = _operators[operator];
        return Commission({current: _commissionNow(self), next: self.nextCommission, from: self.commissionFrom});
    }

    /// @inheritdoc IOperatorBonds
    function positionOf(address operator, address delegator) external view returns (uint128 shares, uint256 assets) {
        SharePool.Pool memory pool = _operators[operator].delegated;
        Position memory position = _positions[operator][delegator];
        if (position.epoch == pool.epoch) shares = position.shares;
        assets = pool.worth(shares);
    }

    /// @inheritdoc IOperatorBonds
    function quoteDelegation(address operator, uint96 amount) external view returns (uint128 shares, uint96 cost) {
        SharePool.Pool memory pool = _operators[operator].delegated;
        if (pool.takesDeposits()) (shares, cost) = pool.quote(amount);
    }

    /// @inheritdoc IOperatorBonds
    function ticketOf(address operator, address owner, uint48 ticket) external view returns (Ticket memory) {
        return _tickets[operator][owner][ticket];
    }

    /// @inheritdoc IOperatorBonds
    function awardsOf(address recipient) external view returns (uint256) {
        return _awards[recipient];
    }

    /// @inheritdoc IOperatorBonds
    function faultsOf(address operator) external view returns (uint256) {
        return _faultsNow(_operators[operator].record);
    }

    /// @inheritdoc IOperatorBonds
    function cover(address operator) external view returns (uint256 all) {
        Operator storage self = _operators[operator];
        (all, ) = _cover(self, self.own, self.delegated);
    }

    /// @inheritdoc IOperatorBonds
    function delegationRoom(address operator) external view returns (uint256) {
        return _room(_operators[operator], _operators[operator].delegated);
    }

    /// @inheritdoc IOperatorBonds
    function isSlasher(address account) public view returns (bool) {
        Slasher memory self = _slashers[account];
        if (self.activeUntil == 0) return false;
        Suspension.Period memory period = suspension();
        return
            block.timestamp >= period.extend(self.activeFrom - Clocks.SLASHER_ACTIVATION, self.activeFrom) &&
            block.timestamp < period.extend(self.activeUntil - Clocks.SLASHER_REMOVAL, self.activeUntil);
    }

    /// @inheritdoc IOperatorBonds
    function suspension() public view returns (Suspension.Period memory) {
        return Suspension.Period({start: _suspensionStart, end: _suspensionEnd});
    }

    /// @inheritdoc IOperatorBonds
    function activeTime() public view returns (uint256) {
        return block.timestamp - _suspendedBefore - suspension().elapsed(block.timestamp);
    }

    /// @inheritdoc IOperatorBonds
    function extended(uint256 since, uint256 until) public view returns (uint256) {
        return suspension().extend(since, until);
    }

    function _bond(uint96 amount) private whenNotSuspended {
        require(amount != 0, ZeroAmount());
        Operator storage self = _operators[msg.sender];
        SharePool.Pool memory own = self.own;
        uint96 burnt;
        if (!own.isClear) {
            _requireRegistered(self);
            burnt = _burnDebt(self, amount);
            own.isClear = self.record.debt == 0;
        }
        require(own.takesDeposits(), PoolExhausted(msg.sender));
        token.pull(msg.sender, amount);
        // Nobody rewards an own bond, so a share of it never costs more than a unit, and nothing is left over.
        (uint128 minted, uint96 cost) = own.quote(amount - burnt);
        own.deposit(minted, cost);
        self.own = own;
        emit Bonded(msg.sender, cost, minted);
    }

    function _delegate(
        address operator,
        uint96 amount,
        uint128 leastShares
    ) private whenNotSuspended returns (uint128 shares) {
        require(operator != msg.sender, SelfDelegation(operator));
        Operator storage self = _operators[operator];
        SharePool.Pool memory pool = self.delegated;
        uint256 room = _room(self, pool);
        require(room != 0, DelegationFull(operator));
        require(pool.takesDeposits(), PoolExhausted(operator));
        uint96 cost;
        (shares, cost) = pool.quote(uint96(Math.min(amount, room)));
        require(shares != 0 && shares >= leastShares, SharesBelowLeast(operator, shares, leastShares));

        token.pull(msg.sender, cost);
        pool.deposit(shares, cost);
        self.delegated = pool;
        Position memory position = _positions[operator][msg.sender];
        // INVARIANT: shares of a pool that was wiped out are worth nothing; they must not count in the next one.
        uint128 before = position.epoch == pool.epoch ? position.shares : 0;
        _positions[operator][msg.sender] = Position({shares: before + shares, epoch: pool.epoch});
        emit Delegated(operator, msg.sender, cost, shares);
    }

    function _leaveOwn(address operator, uint128 shares) private returns (uint24 epoch) {
        Operator storage self = _operators[operator];
        SharePool.Pool memory pool = self.own;
        uint128 unbonding = self.ownUnbonding;
        uint128 active = pool.shares - unbonding;
        require(shares <= active, SharesInsufficient(operator, operator, shares, active));
        self.ownUnbonding = unbonding + shares;
        return pool.epoch;
    }

    function _leaveDelegated(address operator, uint128 shares) private returns (uint24 epoch) {
        Operator storage self = _operators[operator];
        Position memory position = _positions[operator][msg.sender];
        epoch = self.delegated.epoch;
        uint128 held = position.epoch == epoch ? position.shares : 0;
        require(shares <= held, SharesInsufficient(operator, msg.sender, shares, held));
        _positions[operator][msg.sender].shares = held - shares;
        self.delegatedUnbonding += shares;
    }

    function _redeem(address operator, Ticket memory ticket, bool isOwn) private returns (uint96 assets) {
        Operator storage self = _operators[operator];
        SharePool.Pool memory pool = isOwn ? self.own : self.delegated;
        // INVARIANT: a ticket of a wiped pool is worth nothing; it must not be paid from what came in since.
        if (ticket.epoch != pool.epoch) return 0;
        assets = pool.redeem(ticket.shares);
        if (isOwn) {
            self.ownUnbonding -= ticket.shares;
            self.own = pool;
        } else {
            self.delegatedUnbonding -= ticket.shares;
            self.delegated = pool;
        }
    }

    function _slashDelegated(address operator, Operator storage self, uint96 amount) private {
        SharePool.Pool memory pool = self.delegated;
        if (_take(operator, pool, amount, false)) self.delegatedUnbonding = 0;
        self.delegated = pool;
    }

    function _take(
        address operator,
        SharePool.Pool memory pool,
        uint96 amount,
        bool isOwn
    ) private returns (bool isWiped) {
        uint96 dust;
        (isWiped, dust) = pool.slash(amount);
        if (isWiped) emit PoolWiped(operator, isOwn, dust);
    }

    /// @dev What a slash could not take is owed: it goes first from whatever is bonded anew.
    function _burnDebt(Operator storage self, uint96 available) private returns (uint96 burnt) {
        uint96 debt = self.record.debt;
        burnt = available < debt ? available : debt;
        self.record.debt = debt - burnt;
        emit DebtBurnt(msg.sender, burnt, debt - burnt);
    }

    function _award(
        address operator,
        uint96 own,
        Award[] calldata awards
    ) private returns (uint256 awarded, uint256[] memory paid) {
        paid = new uint256[](awards.length);
        for (uint256 i = 0; i < awards.length; ++i) {
            uint256 amount = SlashSplit.award(awards[i].amount, own, awarded);
            if (amount == 0) continue;
            paid[i] = amount;
            awarded += amount;
            _awards[awards[i].recipient] += amount;
            emit Awarded(awards[i].recipient, operator, amount);
        }
    }

    /// @dev Both sums stop at what they can hold: no slash reverts for being one too many.
    function _remember(Operator storage self, uint96 asked, uint96 missing) private {
        Record memory record = self.record;
        uint256 faults = _faultsNow(record) + asked;
        uint256 debt = uint256(record.debt) + missing;
        record.faults = uint96(Math.min(faults, type(uint96).max));
        record.faultsAt = uint48(block.timestamp);
        record.debt = uint96(Math.min(debt, type(uint96).max));
        self.record = record;
    }

    function _setUnbondingDelay(uint48 delay) private {
        require(
            delay >= Clocks.MIN_UNBONDING && delay <= Clocks.MAX_UNBONDING,
            UnbondingDelayOutOfRange(delay, Clocks.MIN_UNBONDING, Clocks.MAX_UNBONDING)
        );
        unbondingDelay = delay;
        emit UnbondingDelaySet(delay);
    }

    function _setLeverage(uint8 leverage_) private {
        require(
            leverage_ >= MIN_LEVERAGE && leverage_ <= MAX_LEVERAGE,
            LeverageOutOfRange(leverage_, MIN_LEVERAGE, MAX_LEVERAGE)
        );
        leverage = leverage_;
        emit LeverageSet(leverage_);
    }

    function _requireNotSuspended() private view {
        uint256 end = _suspensionEnd;
        require(block.timestamp >= end, Suspended(end));
    }

    function _faultsNow(Record memory record) private view returns (uint256) {
        return DecayingSum.worth(record.faults, record.faultsAt, block.timestamp, faultHalfLife);
    }

    function _requireRegistered(Operator storage self) private view {
        require(self.payout != address(0), OperatorNotRegistered(msg.sender));
    }

    function _cover(
        Operator storage self,
        SharePool.Pool memory own,
        SharePool.Pool memory delegated
    ) private view returns (uint256 all, uint256 ofOwn) {
        // Where there is a debt the own bond is nothing: what is bonded burns it first.
        ofOwn = _active(own, self.ownUnbonding);
        if (ofOwn < leastOwnBond) return (0, 0);
        // INVARIANT: an operator cannot have strangers' money stand behind it that has no part of the fees.
        if (delegated.shares < LEAST_REWARDED_SHARES) return (ofOwn, ofOwn);
        all = Math.min(ofOwn + _active(delegated, self.delegatedUnbonding), leverage * ofOwn);
    }

    /// @dev How much more the delegated pool may take.
    function _room(Operator storage self, SharePool.Pool memory delegated) private view returns (uint256 room) {
        uint256 own = _active(self.own, self.ownUnbonding);
        if (own >= leastOwnBond) (, room) = Math.trySub((leverage - 1) * own, delegated.assets);
    }

    function _commissionNow(Operator storage self) private view returns (uint16) {
        return block.timestamp < self.commissionFrom ? self.commission : self.nextCommission;
    }

    function _viewOf(SharePool.Pool memory pool, uint128 unbonding) private pure returns (PoolView memory) {
        return
            PoolView({
                assets: pool.assets,
                active: _active(pool, unbonding),
                shares: pool.shares,
                unbonding: unbonding,
                epoch: pool.epoch
            });
    }

    /// @dev What the shares that stay are worth, rounded down.
    function _active(SharePool.Pool memory pool, uint128 unbonding) private pure returns (uint256) {
        return pool.worth(pool.shares - unbonding);
    }

    function _requireCommission(uint16 commissionBps) private pure {
        require(commissionBps <= BPS, CommissionTooHigh(commissionBps, BPS));
    }
}
