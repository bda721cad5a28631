// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SharePool} from "./SharePool.sol";

/**
 * @title IOperatorBonds
 * @notice The capital with which operators answer for their work: bonding, unbonding, slashing.
 * @dev All amounts are in the token's smallest unit, all times in seconds. Invariants: B1 the token balance is at
 * least the sum of liabilities; B3 shares in tickets never exceed the pool's; B4 only a slash lowers what a share is
 * worth; B5 nothing leaves before its delay; B6 a slash takes at most what was asked and what is there, and its parts
 * and the debt sum to what was asked; B7 its gas does not depend on the number of tickets; B8 an exit, a claim and a
 * slash never revert in a reachable state.
 */
interface IOperatorBonds {
    /// @notice Somebody to be paid from a slash: the reporter, or a payer who was harmed.
    struct Award {
        address recipient;
        uint96 amount;
    }

    /**
     * @notice What is known of an operator.
     * @param payout where its earned fees go.
     * @param registeredAt when it registered; 0 where it never did.
     * @param assets its own bond, shares in tickets included.
     * @param active the part of it that is not leaving.
     * @param shares, unbonding the pool's shares, and those of them in tickets.
     * @param debt what slashes asked for and could not take; burnt from new bond first.
     * @param epoch how often the pool was wiped out.
     */
    struct OperatorView {
        address payout;
        uint48 registeredAt;
        uint256 assets;
        uint256 active;
        uint128 shares;
        uint128 unbonding;
        uint96 debt;
        uint32 epoch;
    }

    event Opened();
    event OperatorRegistered(address indexed operator, address payout, string metadataURI);
    event PayoutSet(address indexed operator, address payout);
    event Bonded(address indexed operator, uint256 assets, uint256 shares);
    event DebtBurnt(address indexed operator, uint256 burnt, uint256 debt);
    event UnbondingRequested(address indexed operator, uint32 indexed ticket, uint256 shares, uint256 maturesAt);
    event Withdrawn(address indexed operator, uint32 indexed ticket, uint256 assets);
    /// @notice `asked = slashed + what became debt`; `slashed = awarded + what is burnt`.
    event Slashed(
        address indexed operator,
        address indexed slasher,
        uint256 asked,
        uint256 slashed,
        uint256 awarded,
        uint256 debt
    );
    /// @notice A slash left dust: it is burnt as well, tickets and shares are void, a new epoch starts.
    event PoolWiped(address indexed operator, uint32 epoch, uint256 dust);
    event Awarded(address indexed recipient, address indexed operator, uint256 amount);
    event AwardsClaimed(address indexed recipient, uint256 amount);
    event Burnt(uint256 amount);
    event SlasherAdded(address indexed slasher, uint256 activeFrom);
    event SlasherRemoved(address indexed slasher, uint256 activeUntil);
    event UnbondingDelaySet(uint256 delay);

    /// @notice Operators cannot register before the contract is opened.
    error NotOpen();
    error AlreadyOpen();
    error OperatorAlreadyRegistered(address operator);
    error OperatorNotRegistered(address operator);
    error ZeroAddress();
    error ZeroAmount();
    /// @notice More shares were asked to leave than stay.
    error SharesInsufficient(address operator, uint256 asked, uint256 active);
    /// @notice No such ticket, or it was withdrawn.
    error TicketUnknown(address operator, uint32 ticket);
    error TicketNotMature(address operator, uint32 ticket, uint256 maturesAt);
    /// @notice The caller is no slasher, not yet or no longer.
    error NotSlasher(address caller);
    error SlasherAlreadyAdded(address slasher);
    error SlasherNotActive(address slasher);
    error NothingToClaim(address recipient);
    error UnbondingDelayOutOfRange(uint256 delay, uint256 least, uint256 greatest);

    /// @notice Registers the caller as an operator. `metadataURI` describes it and its endpoint.
    function register(address payout, string calldata metadataURI) external;

    /// @notice Changes where the caller's earned fees go.
    function setPayout(address payout) external;

    /// @notice Adds `amount` to the caller's own bond, after its debt is burnt from it.
    function bond(uint96 amount) external;

    /// @notice Opens a ticket for `shares` of the caller's bond; the delay is fixed now.
    function requestUnbond(uint128 shares) external returns (uint32 ticket);

    /// @notice Pays a mature ticket of the caller to the caller.
    function withdraw(uint32 ticket) external returns (uint256 assets);

    /**
     * @notice Takes up to `amount` from an operator's bond. Only slashers. Never reverts for want of bond.
     * @param awards paid in order, as far as half of what is taken reaches; the rest is burnt. So no coalition of
     * operator, client and reporter gets back more than half of what it loses.
     * @return slashed what was taken.
     * @return paid what each award got.
     */
    function slash(
        address operator,
        uint96 amount,
        Award[] calldata awards
    ) external returns (uint256 slashed, uint256[] memory paid);

    /// @notice Pays the caller what slashes awarded to it.
    function claimAwards() external returns (uint256 amount);

    /// @notice Sends what slashes burnt out of circulation. Anyone may call.
    function burn() external returns (uint256 amount);

    /// @notice Opens registration. Slashers added before start at once, for nothing is at stake; later ones wait.
    function open() external;

    /// @notice Adds a slasher; once the contract is open it starts after `Clocks.SLASHER_ACTIVATION`.
    function addSlasher(address slasher) external;

    /// @notice Removes a slasher, at the end of `Clocks.SLASHER_REMOVAL`.
    function removeSlasher(address slasher) external;

    /// @notice Sets the delay of tickets opened from now on, within `Clocks`' bounds.
    function setUnbondingDelay(uint48 delay) external;

    /// @notice What an operator may have settled within the cap window: its active own bond; 0 while it owes a debt or
    /// is below the least own bond.
    function cover(address operator) external view returns (uint256);

    /// @notice The own bond that a slash can take: active and leaving.
    function slashable(address operator) external view returns (uint256);

    function operatorOf(address operator) external view returns (OperatorView memory);

    /// @notice Where an operator's earned fees go; zero where it is not registered.
    function payoutOf(address operator) external view returns (address);

    function ticketOf(address operator, uint32 ticket) external view returns (SharePool.Ticket memory);

    /// @notice What slashes awarded to `recipient` and it has not claimed.
    function awardsOf(address recipient) external view returns (uint256);

    /// @notice What all slashes asked of an operator, paid or not, decayed by `Clocks.FAULT_HALF_LIFE`.
    function faultsOf(address operator) external view returns (uint256);

    function isSlasher(address account) external view returns (bool);

    function unbondingDelay() external view returns (uint48);

    /// @notice The own bond below which cover is zero.
    function leastOwnBond() external view returns (uint256);
}
