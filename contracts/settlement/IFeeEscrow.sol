// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ExactTransfer} from "../tokens/ExactTransfer.sol";
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
     * @dev The order of the fields gives `settle` a low selector, which the dispatcher finds early: 500 gas a call.
     * @param payer, orderHash, ceiling, deadline the request's fields; the operator is the call's.
     * @param total what the account's settled total is to reach: at most `ceiling`.
     * @param r, vs the signature, compact (EIP-2098). Whoever it recovers to selects the account.
     */
    struct Claim {
        address payer;
        bytes32 orderHash;
        uint128 total;
        uint128 ceiling;
        uint64 deadline;
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

    event Funded(address indexed payer, address indexed operator, address signer, uint256 amount);
    /// @notice An account paid what brings its settled total to `total`; `accountId` says whose it is.
    event Settled(bytes32 indexed account, uint256 total);
    /// @notice What was sent to an operator's `payToOf` paid what brings its total to `total`.
    event Collected(address indexed operator, uint256 total);
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
    event CoverageSet(uint24 bps);
    event TreasurySet(address treasury);
    event PayToOpened(address indexed operator, address payTo);

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
    /// @notice Nobody opened the operator's address for x402 and plain transfers: `openPayTo`.
    error PayToNotOpen(address operator);
    error PayToAlreadyOpen(address operator, address payTo);
    /// @notice The operator's cover, or the half of its own bond that is for what is collected, is used up for now; what there is
    /// to collect stays where it is.
    error NoCoverLeft(address operator);
    error CoverageOutOfRange(uint256 bps, uint256 least, uint256 greatest);
    error HalfLifeOutOfRange(uint256 halfLife, uint256 least, uint256 greatest);
    error ProtocolFeeTooHigh(uint256 bps, uint256 greatest);

    /// @notice Puts `amount` of the caller's tokens, which it approved, into the account (caller, operator, signer).
    function fund(uint256 amount, address operator, address signer) external;

    /// @notice As `fund`, with an ERC-2612 permit of the caller; one that somebody else has used first does no harm.
    function fundWithPermit(
        uint256 amount,
        address operator,
        address signer,
        ExactTransfer.Permit calldata permit
    ) external;

    /**
     * @notice Puts `amount` of the payer's tokens into the account (payer, operator, signer). Anyone may bring the
     * authorization that the payer signed for it (EIP-3009, `ReceiveWithAuthorization`), so that a payer needs no coin.
     * Whoever is first, the account has the money once; who brings the same again is refused by the token.
     * @dev Its nonce is `fundingNonce` of the account and the salt, its recipient this contract.
     */
    function fundWithAuthorization(
        uint256 amount,
        address payer,
        address operator,
        address signer,
        ExactTransfer.Authorization calldata authorization
    ) external;

    /**
     * @notice Redeems vouchers. Only the operator or its agent. A claim that cannot be paid is skipped and reported; one
     * for which there is too little balance or cover is paid in part.
     * @return paid what all claims paid together.
     */
    function settle(address operator, Claim[] calldata claims) external returns (uint256 paid);

    /**
     * @notice Opens the caller's address for whoever pays without a voucher: x402, a plain transfer. It stays open, and up
     * to half of the own bond's cap is for what comes in by it; who never opens it has all for vouchers. What was sent
     * there before is not lost.
     */
    function openPayTo() external returns (address payTo);

    /**
     * @notice Takes what was sent to the operator's `payToOf` through split, cap and history, as a payment of that
     * address: as much as the cap allows, and at most half of what it would be without delegators. Anyone may call.
     * @return paid what was taken; the rest stays where it is.
     */
    function collect(address operator) external returns (uint256 paid);

    /// @notice Starts to thaw `amount` of the caller's account. It stays good for vouchers until it is refunded.
    function thaw(uint256 amount, address operator, address signer) external;

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

    /// @notice Sets how much cover stands behind what is exposed, in hundredths of a percent.
    function setCoverage(uint24 bps) external;

    /// @notice Sets where the protocol's part goes.
    function setTreasury(address treasury) external;

    /// @notice The id of an account: keccak256 of its payer, operator and signer, a word each.
    function accountId(address payer, address operator, address signer) external pure returns (bytes32);

    function account(address payer, address operator, address signer) external view returns (Account memory);

    function thawOf(address payer, address operator, address signer) external view returns (Thaw memory);

    /// @notice What an operator has settled that its bond still answers for.
    function exposureOf(address operator) external view returns (uint256);

    /// @notice What of the exposure was collected, not settled by voucher.
    function collectedOf(address operator) external view returns (uint256);

    /// @notice What an operator has settled whose time to be challenged is over, decayed by `settledHalfLife`.
    function historyOf(address operator) external view returns (uint256);

    /// @notice Fees that an operator has earned and not withdrawn.
    function earningsOf(address operator) external view returns (uint256);

    /// @notice The delegators' part of an operator's fees that `rewardDelegators` has not brought them yet.
    function delegatorsFeesOf(address operator) external view returns (uint256);

    /// @notice The protocol's part of fees, in hundredths of a percent.
    function protocolFeeBps() external view returns (uint16);

    /// @notice How much cover stands behind what is exposed, in hundredths of a percent: an operator's exposure is at most
    /// its cover divided by it.
    function coverageBps() external view returns (uint24);

    /// @notice How long what was settled takes to lose half of its weight, in seconds, once its time to be challenged is over.
    /// Fixed for good: it is the weight of all history.
    function settledHalfLife() external view returns (uint256);

    /// @notice Where to pay an operator without a voucher: known before it is open, and nobody else's ever.
    function payToOf(address operator) external view returns (address);

    function isPayToOpen(address operator) external view returns (bool);

    /// @notice The nonce of an authorization that funds an account, see `fundWithAuthorization`.
    function fundingNonce(
        address payer,
        address operator,
        address signer,
        bytes32 salt
    ) external pure returns (bytes32);

    /// @notice The digest that a client signs.
    function requestDigest(Request calldata request) external view returns (bytes32);
}
