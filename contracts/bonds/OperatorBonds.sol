// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Clocks} from "../Clocks.sol";
import {DecayingSum} from "../credit/DecayingSum.sol";
import {ExactTransfer} from "../tokens/ExactTransfer.sol";
import {IOperatorBonds} from "./IOperatorBonds.sol";
import {SharePool} from "./SharePool.sol";

/// @title OperatorBonds
/// @notice See IOperatorBonds.
contract OperatorBonds is IOperatorBonds, AccessManaged, ReentrancyGuardTransient {
    using ExactTransfer for IERC20;
    using SafeERC20 for IERC20;
    using SharePool for SharePool.Pool;

    /// @dev Registration writes `faultsAt`, so that the first slash finds its slot in use and stays cheap.
    struct Operator {
        address payout;
        uint48 registeredAt;
        uint96 faults;
        uint48 faultsAt;
        SharePool.Pool own;
    }

    /// @dev Works from `activeFrom` inclusive to `activeUntil` exclusive.
    struct Slasher {
        uint48 activeFrom;
        uint48 activeUntil;
    }

    /// @notice Where burnt tokens go: an address that nobody has the key of, for tokens that cannot burn.
    address public constant BURN_ADDRESS = 0x000000000000000000000000000000000000dEaD;

    /// @notice The token in which bonds are held and fees are paid.
    IERC20 public immutable token;

    /// @inheritdoc IOperatorBonds
    uint256 public immutable leastOwnBond;

    mapping(address operator => Operator) private _operators;
    mapping(address operator => mapping(uint32 index => SharePool.Ticket)) private _tickets;
    mapping(address account => Slasher) private _slashers;
    mapping(address recipient => uint256) private _awards;
    uint256 private _burnable;

    /// @inheritdoc IOperatorBonds
    uint48 public unbondingDelay;
    bool private _open;

    constructor(
        IERC20 token_,
        uint256 leastOwnBond_,
        uint48 unbondingDelay_,
        address authority
    ) AccessManaged(authority) {
        require(address(token_) != address(0), ZeroAddress());
        token = token_;
        leastOwnBond = leastOwnBond_;
        _setUnbondingDelay(unbondingDelay_);
    }

    /// @inheritdoc IOperatorBonds
    function register(address payout, string calldata metadataURI) external {
        require(_open, NotOpen());
        require(payout != address(0), ZeroAddress());
        Operator storage self = _operators[msg.sender];
        require(self.registeredAt == 0, OperatorAlreadyRegistered(msg.sender));

        self.payout = payout;
        self.registeredAt = uint48(block.timestamp);
        self.faultsAt = uint48(block.timestamp);
        emit OperatorRegistered(msg.sender, payout, metadataURI);
    }

    /// @inheritdoc IOperatorBonds
    function setPayout(address payout) external {
        require(payout != address(0), ZeroAddress());
        _registered(msg.sender).payout = payout;
        emit PayoutSet(msg.sender, payout);
    }

    /// @inheritdoc IOperatorBonds
    function bond(uint96 amount) external nonReentrant {
        require(amount != 0, ZeroAmount());
        SharePool.Pool storage own = _registered(msg.sender).own;

        token.pull(msg.sender, amount);
        uint96 remaining = amount - _burnDebt(own, amount);
        if (remaining == 0) return;
        uint128 shares = own.deposit(remaining);
        emit Bonded(msg.sender, remaining, shares);
    }

    /// @inheritdoc IOperatorBonds
    function requestUnbond(uint128 shares) external returns (uint32 ticket) {
        require(shares != 0, ZeroAmount());
        SharePool.Pool storage own = _operators[msg.sender].own;
        uint128 active = own.shares - own.unbonding;
        require(shares <= active, SharesInsufficient(msg.sender, shares, active));

        uint48 maturesAt = uint48(block.timestamp) + unbondingDelay;
        ticket = own.startUnbonding(shares);
        _tickets[msg.sender][ticket] = SharePool.Ticket(shares, own.epoch, maturesAt);
        emit UnbondingRequested(msg.sender, ticket, shares, maturesAt);
    }

    /// @inheritdoc IOperatorBonds
    function withdraw(uint32 ticket) external nonReentrant returns (uint256 assets) {
        SharePool.Ticket memory opened = _tickets[msg.sender][ticket];
        SharePool.Pool storage own = _operators[msg.sender].own;
        require(opened.shares != 0, TicketUnknown(msg.sender, ticket));
        require(block.timestamp >= opened.maturesAt, TicketNotMature(msg.sender, ticket, opened.maturesAt));

        delete _tickets[msg.sender][ticket];
        // INVARIANT: a ticket of a wiped pool is worth nothing; it must not be paid from what was bonded since.
        if (opened.epoch == own.epoch) assets = own.redeem(opened.shares);
        emit Withdrawn(msg.sender, ticket, assets);
        if (assets != 0) token.safeTransfer(msg.sender, assets);
    }

    /// @inheritdoc IOperatorBonds
    function slash(
        address operator,
        uint96 amount,
        Award[] calldata awards
    ) external returns (uint256 slashed, uint256[] memory paid) {
        require(isSlasher(msg.sender), NotSlasher(msg.sender));
        Operator storage self = _operators[operator];

        _addFault(self, amount);
        uint96 dust;
        (slashed, dust) = self.own.slash(amount);
        uint256 awarded;
        (awarded, paid) = _award(operator, slashed / 2, awards);
        _burnable += slashed - awarded + dust;
        emit Slashed(operator, msg.sender, amount, slashed, awarded, self.own.debt);
        if (self.own.shares == 0 && slashed + dust != 0) emit PoolWiped(operator, self.own.epoch, dust);
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
    function burn() external nonReentrant returns (uint256 amount) {
        amount = _burnable;
        require(amount != 0, NothingToClaim(BURN_ADDRESS));

        _burnable = 0;
        emit Burnt(amount);
        token.safeTransfer(BURN_ADDRESS, amount);
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
    function setUnbondingDelay(uint48 delay) external restricted {
        _setUnbondingDelay(delay);
    }

    /// @inheritdoc IOperatorBonds
    function cover(address operator) external view returns (uint256) {
        SharePool.Pool storage own = _operators[operator].own;
        if (own.debt != 0) return 0;
        uint256 active = own.activeAssets();
        return active < leastOwnBond ? 0 : active;
    }

    /// @inheritdoc IOperatorBonds
    function slashable(address operator) external view returns (uint256) {
        return _operators[operator].own.assets;
    }

    /// @inheritdoc IOperatorBonds
    function operatorOf(address operator) external view returns (OperatorView memory) {
        Operator storage self = _operators[operator];
        return
            OperatorView({
                payout: self.payout,
                registeredAt: self.registeredAt,
                assets: self.own.assets,
                active: self.own.activeAssets(),
                shares: self.own.shares,
                unbonding: self.own.unbonding,
                debt: self.own.debt,
                epoch: self.own.epoch
            });
    }

    /// @inheritdoc IOperatorBonds
    function payoutOf(address operator) external view returns (address) {
        return _operators[operator].payout;
    }

    /// @inheritdoc IOperatorBonds
    function ticketOf(address operator, uint32 ticket) external view returns (SharePool.Ticket memory) {
        return _tickets[operator][ticket];
    }

    /// @inheritdoc IOperatorBonds
    function awardsOf(address recipient) external view returns (uint256) {
        return _awards[recipient];
    }

    /// @inheritdoc IOperatorBonds
    function faultsOf(address operator) external view returns (uint256) {
        return _faultsNow(_operators[operator]);
    }

    /// @inheritdoc IOperatorBonds
    function isSlasher(address account) public view returns (bool) {
        Slasher storage self = _slashers[account];
        return self.activeFrom <= block.timestamp && block.timestamp < self.activeUntil;
    }

    /// @notice What slashes burnt and `burn` has not sent away yet.
    function burnable() external view returns (uint256) {
        return _burnable;
    }

    function _setUnbondingDelay(uint48 delay) private {
        require(
            delay >= Clocks.MIN_UNBONDING && delay <= Clocks.MAX_UNBONDING,
            UnbondingDelayOutOfRange(delay, Clocks.MIN_UNBONDING, Clocks.MAX_UNBONDING)
        );
        unbondingDelay = delay;
        emit UnbondingDelaySet(delay);
    }

    /// @dev What a slash could not take is owed: it goes first from whatever is bonded anew.
    function _burnDebt(SharePool.Pool storage own, uint96 available) private returns (uint96 burnt) {
        uint96 debt = own.debt;
        if (debt == 0) return 0;
        burnt = available < debt ? available : debt;
        own.debt = debt - burnt;
        _burnable += burnt;
        emit DebtBurnt(msg.sender, burnt, debt - burnt);
    }

    function _award(
        address operator,
        uint256 budget,
        Award[] calldata awards
    ) private returns (uint256 awarded, uint256[] memory paid) {
        paid = new uint256[](awards.length);
        for (uint256 i = 0; i < awards.length; ++i) {
            uint256 amount = Math.min(awards[i].amount, budget - awarded);
            if (amount == 0) continue;
            paid[i] = amount;
            awarded += amount;
            _awards[awards[i].recipient] += amount;
            emit Awarded(awards[i].recipient, operator, amount);
        }
    }

    function _addFault(Operator storage self, uint96 amount) private {
        uint256 sum = _faultsNow(self) + amount;
        self.faults = uint96(Math.min(sum, type(uint96).max));
        self.faultsAt = uint48(block.timestamp);
    }

    function _faultsNow(Operator storage self) private view returns (uint256) {
        return DecayingSum.worth(self.faults, self.faultsAt, block.timestamp, Clocks.FAULT_HALF_LIFE);
    }

    function _registered(address operator) private view returns (Operator storage self) {
        self = _operators[operator];
        require(self.registeredAt != 0, OperatorNotRegistered(operator));
    }
}
