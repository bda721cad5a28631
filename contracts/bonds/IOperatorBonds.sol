// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Suspension} from "../access/Suspension.sol";
import {ExactTransfer} from "../tokens/ExactTransfer.sol";

/// @dev What the delegators' rate is in parts of.
uint256 constant RATE_ONE = 1e9;

/// @dev With fewer shares a delegated pool gets no fees and no gifts.
uint128 constant LEAST_REWARDED_SHARES = 1e6;

/**
 * @title IOperatorBonds
 * @notice The capital with which operators answer for their work: bonding, delegation, unbonding, slashing.
 * @dev All amounts are in the token's smallest unit, all times in seconds. An operator's own bond and what others
 * delegated to it are two pools of shares; a slash takes the own one first. Invariants: B1 the token balance is at least
 * the sum of liabilities; B2 positions and tickets sum to the pool's shares; B3 shares in tickets never exceed the
 * pool's; B4 only a slash lowers what a share is worth; B5 nothing leaves before its delay; B6 a slash takes at most what
 * was asked and what is there, and its parts and the debt sum to what was asked; B7 its gas does not depend on the number
 * of delegators or tickets; B8 an exit, a claim and a slash never revert in a reachable state, suspension aside.
 */
interface IOperatorBonds {
    /// @notice Somebody to be paid from a slash: the reporter, or a payer who was harmed.
    struct Award {
        address recipient;
        uint96 amount;
    }

    /**
     * @notice Shares that leave.
     * @param epoch the pool's when the ticket was opened; in a later one it is worth nothing.
     * @param maturesAt when it can be withdrawn, suspensions aside.
     */
    struct Ticket {
        uint128 shares;
        uint24 epoch;
        uint48 maturesAt;
    }

    /**
     * @notice A pool.
     * @param assets what it holds, shares in tickets included.
     * @param active the part of it that is not leaving.
     * @param shares, unbonding all its shares, and those of them in tickets.
     * @param epoch how often it has ended: wiped out, or left by the last.
     */
    struct PoolView {
        uint256 assets;
        uint256 active;
        uint128 shares;
        uint128 unbonding;
        uint24 epoch;
    }

    /**
     * @notice What is known of an operator.
     * @param payout where its earned fees go; zero where it is not registered.
     * @param debt what slashes asked for and could not take; burnt from new bond first.
     */
    struct OperatorView {
        address payout;
        uint96 debt;
        PoolView own;
        PoolView delegated;
    }

    /**
     * @notice What a settlement needs to know.
     * @param cover see `cover`.
     * @param ownCover what of the cover the operator's active own bond is by itself: what no delegator can take back.
     * @param delegatorsRate the delegators' part of the operator's fees, in parts of `RATE_ONE`: their part of all bonded
     * assets, less the commission. What leaves is still at risk, so it counts. Nothing below `LEAST_REWARDED_SHARES`.
     * @param delegatedEpoch which delegators those are: the epoch of their pool.
     * @param activeTime see `activeTime`.
     */
    struct SettlementTerms {
        uint256 cover;
        uint256 ownCover;
        uint256 delegatorsRate;
        uint24 delegatedEpoch;
        uint256 activeTime;
    }

    /**
     * @notice What an operator keeps of what its delegators' part of the fees would be, in hundredths of a percent.
     * @param current in force now.
     * @param next in force from `from` on.
     */
    struct Commission {
        uint16 current;
        uint16 next;
        uint48 from;
    }

    event Opened();
    event OperatorRegistered(address indexed operator, address payout, uint256 commissionBps, string metadataURI);
    event PayoutSet(address indexed operator, address payout);
    event CommissionSet(address indexed operator, uint256 commissionBps, uint256 from);
    event Bonded(address indexed operator, uint256 assets, uint256 shares);
    event DebtBurnt(address indexed operator, uint256 burnt, uint256 debt);
    event Delegated(address indexed operator, address indexed delegator, uint256 assets, uint256 shares);
    event Rewarded(address indexed operator, address indexed from, uint256 assets);
    /// @notice `ticket` is the id, and the time at which it was opened; `shares` are those that this request added.
    event UnbondingRequested(
        address indexed operator,
        address indexed owner,
        uint48 ticket,
        uint256 shares,
        uint256 maturesAt
    );
    event Withdrawn(address indexed operator, address indexed owner, uint48 ticket, uint256 assets);
    /// @notice `asked = own + delegated + what became debt`; `own + delegated = awarded + what is burnt`.
    event Slashed(
        address indexed operator,
        address indexed slasher,
        uint256 asked,
        uint256 own,
        uint256 delegated,
        uint256 awarded
    );
    /// @notice A slash left dust in the own or the delegated pool: it is burnt as well, a new epoch starts.
    event PoolWiped(address indexed operator, bool isOwn, uint256 dust);
    event Awarded(address indexed recipient, address indexed operator, uint256 amount);
    event AwardsClaimed(address indexed recipient, uint256 amount);
    event SlasherAdded(address indexed slasher, uint256 activeFrom);
    event SlasherRemoved(address indexed slasher, uint256 activeUntil);
    event SuspensionStarted(uint256 start, uint256 end);
    event UnbondingDelaySet(uint256 delay);
    event LeverageSet(uint256 leverage);

    /// @notice Operators cannot register before the contract is opened.
    error NotOpen();
    error AlreadyOpen();
    error OperatorAlreadyRegistered(address operator);
    error OperatorNotRegistered(address operator);
    error ZeroAddress();
    error ZeroAmount();
    error CommissionTooHigh(uint256 commissionBps, uint256 greatest);
    /// @notice An operator's own money is its bond: use `bond`.
    error SelfDelegation(address operator);
    /// @notice As much is delegated as the operator's active own bond can use.
    error DelegationFull(address operator);
    /// @notice Slashes have left a share worth too little for deposits: what is left has to leave first.
    error PoolExhausted(address operator);
    /// @notice The amount buys fewer shares than the caller wants, or none.
    error SharesBelowLeast(address operator, uint256 shares, uint256 least);
    /// @notice Less is delegated to the operator than can be rewarded.
    error NoDelegators(address operator);
    /// @notice More shares were asked to leave than the owner has staying.
    error SharesInsufficient(address operator, address owner, uint256 asked, uint256 active);
    /// @notice No such ticket, or it was withdrawn.
    error TicketUnknown(address operator, address owner, uint48 ticket);
    error TicketNotMature(address operator, address owner, uint48 ticket, uint256 maturesAt);
    /// @notice The caller is no slasher, not yet or no longer.
    error NotSlasher(address caller);
    /// @notice The slasher was added before; one that was removed does not come back.
    error SlasherAlreadyAdded(address slasher);
    error SlasherNotActive(address slasher);
    error NothingToClaim(address recipient);
    /// @notice Entry, withdrawal and slashing stand still until `end`.
    error Suspended(uint256 end);
    error SuspensionCoolingDown(uint256 end);
    error SuspensionLengthOutOfRange(uint256 length, uint256 greatest);
    error UnbondingDelayOutOfRange(uint256 delay, uint256 least, uint256 greatest);
    error LeverageOutOfRange(uint256 leverage, uint256 least, uint256 greatest);
    error HalfLifeOutOfRange(uint256 halfLife, uint256 least, uint256 greatest);

    /// @notice Registers the caller as an operator. `metadataURI` describes it and its endpoint.
    function register(address payout, uint16 commissionBps, string calldata metadataURI) external;

    /// @notice Changes where the caller's earned fees go.
    function setPayout(address payout) external;

    /// @notice Changes the caller's commission, `Clocks.COMMISSION_DELAY` from now: every delegator can leave first. A
    /// change that is not in force yet is replaced.
    function setCommission(uint16 commissionBps) external;

    /// @notice Adds `amount` to the caller's own bond, after its debt is burnt from it.
    function bond(uint96 amount) external;

    /// @notice `bond` with an ERC-2612 permit, in one transaction.
    function bondWithPermit(uint96 amount, ExactTransfer.Permit calldata permit) external;

    /**
     * @notice Puts up to `amount` of the caller's tokens behind an operator: as far as there is room, exactly what whole
     * shares cost.
     * @param leastShares fewer revert; take `quoteDelegation`, less what may change until then.
     * @return shares what the caller got.
     */
    function delegate(address operator, uint96 amount, uint128 leastShares) external returns (uint128 shares);

    /// @notice `delegate` with an ERC-2612 permit, in one transaction.
    function delegateWithPermit(
        address operator,
        uint96 amount,
        uint128 leastShares,
        ExactTransfer.Permit calldata permit
    ) external returns (uint128 shares);

    /// @notice Adds `amount` of the caller's tokens to what an operator's delegators own together. The escrow brings their
    /// part of the fees so; anybody may give. Takes `LEAST_REWARDED_SHARES`, so that making a share dear, to shut out small
    /// delegators, takes a million times its price.
    function reward(address operator, uint96 amount) external;

    /**
     * @notice Opens a ticket for `shares` of the caller's: of its own bond where it is the operator, of what it delegated
     * where it is not. The delay is fixed now. Never suspended.
     * @return ticket its id: the time now. Requests in the same second add to one ticket.
     */
    function requestUnbond(address operator, uint128 shares) external returns (uint48 ticket);

    /// @notice Pays a mature ticket to its owner. Anyone may call: what could leave at any moment is no longer at risk, and
    /// those who are need not share with it.
    function withdraw(address operator, address owner, uint48 ticket) external returns (uint256 assets);

    /**
     * @notice Takes up to `amount` from an operator's own bond, then from what is delegated to it. Only slashers. Never
     * reverts for want of bond; what is not there becomes debt.
     * @param awards paid in order, as far as half of what the own bond lost reaches; the rest is burnt: it stays here and
     * belongs to nobody. So no coalition of operator, client and reporter gets back more than half of what it loses, and
     * none gets anything of the delegators'.
     * @return slashed what was taken from both.
     * @return paid what each award got.
     */
    function slash(
        address operator,
        uint96 amount,
        Award[] calldata awards
    ) external returns (uint256 slashed, uint256[] memory paid);

    /// @notice Pays the caller what slashes awarded to it. Never suspended.
    function claimAwards() external returns (uint256 amount);

    /// @notice Opens registration. Slashers added before start at once, for nothing is at stake; later ones wait.
    function open() external;

    /// @notice Adds a slasher; once the contract is open it starts after `Clocks.SLASHER_ACTIVATION`.
    function addSlasher(address slasher) external;

    /// @notice Removes a slasher, at the end of `Clocks.SLASHER_REMOVAL`.
    function removeSlasher(address slasher) external;

    /// @notice Stops entry, withdrawal and slashing, and the clocks of tickets, evidence and slashers, for `length`. It
    /// ends by itself; nobody can make it longer, and the next one waits for `Clocks.SUSPENSION_COOLDOWN`.
    function suspend(uint48 length) external;

    /// @notice Sets the delay of tickets opened from now on, within `Clocks`' bounds.
    function setUnbondingDelay(uint48 delay) external;

    /// @notice Sets how many times its active own bond an operator's cover can be, from 1 to `MAX_LEVERAGE`.
    function setLeverage(uint8 leverage) external;

    /// @notice What an operator may have settled within the cap window: its active bond, delegated one included, but at
    /// most `leverage` times its active own bond; 0 while it owes a debt or its active own bond is below the least. What
    /// earns nothing covers nothing: of a delegated pool with fewer than `LEAST_REWARDED_SHARES` shares nothing counts.
    function cover(address operator) external view returns (uint256);

    /// @notice What a settlement needs to know of an operator, and of the time.
    function termsOf(address operator) external view returns (SettlementTerms memory);

    /// @notice What a slash can take: active and leaving.
    function slashable(address operator) external view returns (uint256 own, uint256 delegated);

    function operatorOf(address operator) external view returns (OperatorView memory);

    /// @notice Where an operator's earned fees go; zero where it is not registered.
    function payoutOf(address operator) external view returns (address);

    function commissionOf(address operator) external view returns (Commission memory);

    /// @notice What `delegator` has delegated to an operator and not asked back: shares, and what they are worth.
    function positionOf(address operator, address delegator) external view returns (uint128 shares, uint256 assets);

    /// @notice How much can be delegated to an operator now: what could add to its cover, `leverage - 1` times its active own
    /// bond, less what is delegated already; nothing while that own bond is below the least.
    function delegationRoom(address operator) external view returns (uint256);

    /// @notice What delegating up to `amount` would give, if there is room for it, and what of it would be taken; nothing where
    /// the pool is exhausted.
    function quoteDelegation(address operator, uint96 amount) external view returns (uint128 shares, uint96 cost);

    /// @notice A ticket; all zero where there is none.
    function ticketOf(address operator, address owner, uint48 ticket) external view returns (Ticket memory);

    /// @notice What slashes awarded to `recipient` and it has not claimed.
    function awardsOf(address recipient) external view returns (uint256);

    /// @notice What all slashes asked of an operator, paid or not, decayed by `faultHalfLife`.
    function faultsOf(address operator) external view returns (uint256);

    function isSlasher(address account) external view returns (bool);

    /// @notice The last suspension; all zero where there was none.
    function suspension() external view returns (Suspension.Period memory);

    /// @notice The time that counts where money is at stake: now, less all time that has been suspended so far, in
    /// seconds. It never goes back, and stands still in a suspension.
    function activeTime() external view returns (uint256);

    /// @notice When a timer of the protocol that started at `since` and would end at `until` does end: suspended time does
    /// not count.
    function extended(uint256 since, uint256 until) external view returns (uint256);

    function unbondingDelay() external view returns (uint48);

    function leverage() external view returns (uint8);

    /// @notice The own bond below which cover is zero and nothing can be delegated.
    function leastOwnBond() external view returns (uint256);

    /// @notice How long a fault takes to lose half of its weight, in seconds. Fixed for good: it is the weight of all faults.
    function faultHalfLife() external view returns (uint256);
}
