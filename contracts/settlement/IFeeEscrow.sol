// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Request} from "./Requests.sol";

/**
 * @title IFeeEscrow
 * @notice Clients' money, and its way to operators: thousands of vouchers settled in one transaction.
 * @dev All amounts are in the token's smallest unit, all times in seconds. An account is (payer, operator, signer):
 * money of `payer` that `operator` earns by vouchers which `signer` signed. Its balance caps what the key can spend and
 * its thaw revokes the key. Invariants: E1 what an account paid is its settled total, which only grows and never by
 * more than was there; E2 paid at most funded; E3 a settlement's parts sum to it; E4 a batch settles as its claims one
 * by one would; E5 at each settlement, what was settled within the cap window is at most the operator's cover; E6 no
 * account pays without its signer, none is refunded but to its payer.
 */
interface IFeeEscrow {
    /// @notice An account in one slot: what it holds, what it has paid in all, and when it last paid.
    struct Account {
        uint96 balance;
        uint112 settled;
        uint48 settledAt;
    }

    /// @notice What leaves an account at its payer's wish: `amount`, from `maturesAt` on, until that lapses.
    struct Thaw {
        uint96 amount;
        uint48 maturesAt;
    }

    /**
     * @notice A voucher, and how far to redeem it.
     * @param total what the account's settled total is to reach: at most `ceiling`.
     * @param ceiling, deadline, orderHash, payer the request's fields; the operator is the call's.
     * @param r, vs the signature, compact (EIP-2098). Whoever it recovers to selects the account.
     */
    struct Claim {
        address payer;
        uint128 total;
        uint128 ceiling;
        uint64 deadline;
        bytes32 orderHash;
        bytes32 r;
        bytes32 vs;
    }

    /// @notice Why a claim paid nothing.
    enum Skip {
        None,
        Expired,
        BeyondHorizon,
        AboveCeiling,
        BadSignature,
        NothingDue,
        NoFunds,
        NoCover
    }

    event Funded(address indexed payer, address indexed operator, address indexed signer, uint256 amount);
    event Settled(address indexed payer, address indexed operator, address indexed signer, uint256 paid, uint256 total);
    event ClaimSkipped(address indexed operator, uint256 index, Skip reason);
    /// @notice The operator gets the rest of `paid`.
    event FeesSplit(address indexed operator, uint256 paid, uint256 protocolFee, uint256 delegatorsFee);
    event DelegatorsFeesForfeited(address indexed operator, uint256 amount);
    event ThawStarted(
        address indexed payer,
        address indexed operator,
        address indexed signer,
        uint256 amount,
        uint256 maturesAt
    );
    event ThawCancelled(address indexed payer, address indexed operator, address indexed signer);
    event Refunded(address indexed payer, address indexed operator, address indexed signer, uint256 amount);
    event EarningsWithdrawn(address indexed operator, address indexed payout, uint256 amount);
    event ProtocolFeesWithdrawn(address indexed treasury, uint256 amount);
    event ProtocolFeeSet(uint16 bps);
    event TreasurySet(address treasury);

    error ZeroAddress();
    error ZeroAmount();
    error ClaimsEmpty();
    /// @notice A thaw is under way; cancel it to start another.
    error ThawUnderWay(uint256 amount, uint256 maturesAt);
    error ThawNotMature(uint256 maturesAt);
    /// @notice The thaw lapsed: the money is good for vouchers again. Start another.
    error ThawLapsed(uint256 lapsedAt);
    error NoThaw();
    error BalanceInsufficient(uint256 asked, uint256 balance);
    error NothingToWithdraw();
    error OperatorNotRegistered(address operator);
    error ProtocolFeeTooHigh(uint256 bps, uint256 greatest);

    /// @notice Puts `amount` of the caller's tokens, which it approved, into the account (caller, operator, signer).
    function fund(address operator, address signer, uint96 amount) external;

    /**
     * @notice Redeems vouchers. Only the operator or its agent. A claim that cannot be paid is skipped and reported; one
     * for which there is too little balance or cover is paid in part.
     * @return paid what all claims paid together.
     */
    function settle(address operator, Claim[] calldata claims) external returns (uint256 paid);

    /// @notice Starts to thaw `amount` of the caller's account. It stays good for vouchers until it is refunded.
    function thaw(address operator, address signer, uint96 amount) external;

    /// @notice Ends a thaw.
    function cancelThaw(address operator, address signer) external;

    /// @notice Pays the caller its matured thaw, as far as it is still there.
    function refund(address operator, address signer) external returns (uint256 amount);

    /// @notice Sends an operator's earned fees to its payout address. Anyone may call.
    function withdrawEarnings(address operator) external returns (uint256 amount);

    /**
     * @notice Adds the delegators' part of an operator's fees, as far as it has been settled, to what they own together.
     * Anyone may call, and should before the last delegator leaves: what those have not got who delegated when it was
     * settled is the protocol's afterwards.
     * @return amount what the delegators got.
     */
    function rewardDelegators(address operator) external returns (uint256 amount);

    /// @notice Sends the protocol's fees to the treasury. Anyone may call.
    function withdrawProtocolFees() external returns (uint256 amount);

    /// @notice Sets the protocol's part of fees, in hundredths of a percent.
    function setProtocolFee(uint16 bps) external;

    /// @notice Sets where the protocol's part goes.
    function setTreasury(address treasury) external;

    function account(address payer, address operator, address signer) external view returns (Account memory);

    function thawOf(address payer, address operator, address signer) external view returns (Thaw memory);

    /// @notice What an operator has settled that its bond still answers for.
    function exposureOf(address operator) external view returns (uint256);

    /// @notice What an operator has settled whose time to be challenged is over, decayed.
    function historyOf(address operator) external view returns (uint256);

    /// @notice Fees that an operator has earned and not withdrawn.
    function earningsOf(address operator) external view returns (uint256);

    /// @notice The delegators' part of an operator's fees that `rewardDelegators` has not brought them yet.
    function delegatorsFeesOf(address operator) external view returns (uint256);

    /// @notice The digest that a client signs.
    function requestDigest(Request calldata request) external view returns (bytes32);
}
