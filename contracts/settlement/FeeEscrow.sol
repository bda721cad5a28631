// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {OperatorAgents} from "../access/OperatorAgents.sol";
import {IOperatorBonds, LEAST_REWARDED_SHARES, RATE_ONE} from "../bonds/IOperatorBonds.sol";
import {Clocks} from "../Clocks.sol";
import {ExactTransfer} from "../tokens/ExactTransfer.sol";
import {Exposure} from "./Exposure.sol";
import {IFeeEscrow} from "./IFeeEscrow.sol";
import {Request, Requests} from "./Requests.sol";

/// @title FeeEscrow
/// @notice See IFeeEscrow.
contract FeeEscrow is IFeeEscrow, AccessManaged, EIP712, OperatorAgents, ReentrancyGuardTransient {
    using ExactTransfer for IERC20;
    using Exposure for Exposure.Books;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev What was settled for the delegators of an epoch of their pool, and of no other.
    struct DelegatorsFees {
        uint96 amount;
        uint24 epoch;
    }

    /// @notice The terms of a batch of claims, what they have summed up so far, and the cover left for the rest.
    struct Tally {
        uint256 room;
        uint256 delegatorsRate;
        uint24 delegatedEpoch;
        uint256 feeBps;
        uint256 paid;
        uint256 protocolFee;
        uint256 delegatorsFee;
    }

    /// @notice The most that the protocol may take of fees, in hundredths of a percent: governance can never take what
    /// operators live on.
    uint256 public constant MAX_PROTOCOL_FEE = 1_000;
    uint256 private constant BPS = 10_000;

    IERC20 public immutable token;
    IOperatorBonds public immutable bonds;

    mapping(bytes32 accountId => Account) private _accounts;
    mapping(bytes32 accountId => Thaw) private _thaws;
    mapping(address operator => Exposure.Books) private _books;
    mapping(address operator => DelegatorsFees) private _delegatorsFees;

    /// @notice The protocol's fees not yet withdrawn, beside the rate that every settlement reads.
    uint96 public protocolFees;
    /// @notice The protocol's part of fees, in hundredths of a percent.
    uint16 public protocolFeeBps;
    /// @notice Where the protocol's part goes.
    address public treasury;

    constructor(
        IERC20 token_,
        IOperatorBonds bonds_,
        address treasury_,
        uint16 protocolFeeBps_,
        address authority
    ) AccessManaged(authority) EIP712("Surety", "1") {
        require(address(token_) != address(0) && address(bonds_) != address(0), ZeroAddress());
        token = token_;
        bonds = bonds_;
        _setTreasury(treasury_);
        _setProtocolFee(protocolFeeBps_);
    }

    /// @inheritdoc IFeeEscrow
    function fund(address operator, address signer, uint96 amount) external nonReentrant {
        require(operator != address(0) && signer != address(0), ZeroAddress());
        require(amount != 0, ZeroAmount());

        token.pull(msg.sender, amount);
        _accounts[_accountId(msg.sender, operator, signer)].balance += amount;
        emit Funded(msg.sender, operator, signer, amount);
    }

    /// @inheritdoc IFeeEscrow
    function settle(
        address operator,
        Claim[] calldata claims
    ) external onlyOperatorOrAgent(operator) returns (uint256) {
        require(claims.length != 0, ClaimsEmpty());
        Exposure.Books storage books = _books[operator];
        books.roll();
        Tally memory tally;
        (tally.room, tally.delegatorsRate, tally.delegatedEpoch) = bonds.settlementTerms(operator);
        (, tally.room) = Math.trySub(tally.room, books.exposed());
        tally.feeBps = protocolFeeBps;

        for (uint256 i = 0; i < claims.length; ++i) {
            Skip reason = _redeem(operator, claims[i], tally);
            // INVARIANT: one bad claim never stops the rest.
            if (reason != Skip.None) emit ClaimSkipped(operator, i, reason);
        }

        if (tally.paid == 0) return 0;
        // SAFETY: paid <= room <= cover, and earnings + fees <= all tokens in here: both far below 2^96.
        books.current += tally.paid.toUint96();
        books.earnings += (tally.paid - tally.protocolFee - tally.delegatorsFee).toUint96();
        protocolFees += tally.protocolFee.toUint96();
        if (tally.delegatorsFee != 0) _creditDelegators(operator, tally);
        emit FeesSplit(operator, tally.paid, tally.protocolFee, tally.delegatorsFee);
        return tally.paid;
    }

    /// @inheritdoc IFeeEscrow
    function thaw(address operator, address signer, uint96 amount) external {
        require(amount != 0, ZeroAmount());
        bytes32 id = _accountId(msg.sender, operator, signer);
        Thaw memory running = _thaws[id];
        // A lapsed thaw is void, so it need not be cancelled first.
        require(
            running.amount == 0 || block.timestamp > running.maturesAt + Clocks.REFUND_LAPSE,
            ThawUnderWay(running.amount, running.maturesAt)
        );
        uint96 balance = _accounts[id].balance;
        require(amount <= balance, BalanceInsufficient(amount, balance));

        uint48 maturesAt = uint48(block.timestamp + Clocks.REFUND_THAW);
        _thaws[id] = Thaw(amount, maturesAt);
        emit ThawStarted(msg.sender, operator, signer, amount, maturesAt);
    }

    /// @inheritdoc IFeeEscrow
    function cancelThaw(address operator, address signer) external {
        bytes32 id = _accountId(msg.sender, operator, signer);
        require(_thaws[id].amount != 0, NoThaw());

        delete _thaws[id];
        emit ThawCancelled(msg.sender, operator, signer);
    }

    /// @inheritdoc IFeeEscrow
    function refund(address operator, address signer) external nonReentrant returns (uint256 amount) {
        bytes32 id = _accountId(msg.sender, operator, signer);
        Thaw memory matured = _thaws[id];
        require(matured.amount != 0, NoThaw());
        require(block.timestamp >= matured.maturesAt, ThawNotMature(matured.maturesAt));
        uint256 lapsesAt = matured.maturesAt + Clocks.REFUND_LAPSE;
        require(block.timestamp <= lapsesAt, ThawLapsed(lapsesAt));

        Account storage self = _accounts[id];
        uint96 refunded = matured.amount < self.balance ? matured.amount : self.balance;
        delete _thaws[id];
        self.balance -= refunded;
        emit Refunded(msg.sender, operator, signer, refunded);
        token.safeTransfer(msg.sender, refunded);
        return refunded;
    }

    /// @inheritdoc IFeeEscrow
    function withdrawEarnings(address operator) external nonReentrant returns (uint256 amount) {
        address payout = bonds.payoutOf(operator);
        require(payout != address(0), OperatorNotRegistered(operator));
        amount = _books[operator].earnings;
        require(amount != 0, NothingToWithdraw());

        _books[operator].earnings = 0;
        emit EarningsWithdrawn(operator, payout, amount);
        token.safeTransfer(payout, amount);
    }

    /// @inheritdoc IFeeEscrow
    function rewardDelegators(address operator) external nonReentrant returns (uint256 amount) {
        DelegatorsFees memory due = _delegatorsFees[operator];
        require(due.amount != 0, NothingToWithdraw());

        delete _delegatorsFees[operator];
        IOperatorBonds.PoolView memory pool = bonds.operatorOf(operator).delegated;
        if (pool.epoch != due.epoch || pool.shares < LEAST_REWARDED_SHARES) {
            _forfeit(operator, due.amount);
            return 0;
        }
        token.forceApprove(address(bonds), due.amount);
        bonds.reward(operator, due.amount);
        return due.amount;
    }

    /// @inheritdoc IFeeEscrow
    function withdrawProtocolFees() external nonReentrant returns (uint256 amount) {
        amount = protocolFees;
        require(amount != 0, NothingToWithdraw());

        protocolFees = 0;
        emit ProtocolFeesWithdrawn(treasury, amount);
        token.safeTransfer(treasury, amount);
    }

    /// @inheritdoc IFeeEscrow
    function setProtocolFee(uint16 bps) external restricted {
        _setProtocolFee(bps);
    }

    /// @inheritdoc IFeeEscrow
    function setTreasury(address treasury_) external restricted {
        _setTreasury(treasury_);
    }

    /// @inheritdoc IFeeEscrow
    function account(address payer, address operator, address signer) external view returns (Account memory) {
        return _accounts[_accountId(payer, operator, signer)];
    }

    /// @inheritdoc IFeeEscrow
    function thawOf(address payer, address operator, address signer) external view returns (Thaw memory) {
        return _thaws[_accountId(payer, operator, signer)];
    }

    /// @inheritdoc IFeeEscrow
    function exposureOf(address operator) external view returns (uint256 exposure) {
        (exposure, ) = _books[operator].read();
    }

    /// @inheritdoc IFeeEscrow
    function historyOf(address operator) external view returns (uint256 history) {
        (, history) = _books[operator].read();
    }

    /// @inheritdoc IFeeEscrow
    function delegatorsFeesOf(address operator) external view returns (uint256) {
        return _delegatorsFees[operator].amount;
    }

    /// @inheritdoc IFeeEscrow
    function earningsOf(address operator) external view returns (uint256) {
        return _books[operator].earnings;
    }

    /// @inheritdoc IFeeEscrow
    function requestDigest(Request calldata request) external view returns (bytes32) {
        return _hashTypedDataV4(Requests.hash(request));
    }

    /// @dev Pays one claim as far as it can be paid, and adds it to the tally.
    function _redeem(address operator, Claim calldata claim, Tally memory tally) private returns (Skip) {
        if (block.timestamp > claim.deadline + Clocks.SETTLEMENT_GRACE) return Skip.Expired;
        if (claim.deadline > block.timestamp + Clocks.DEADLINE_HORIZON) return Skip.BeyondHorizon;
        if (claim.total > claim.ceiling) return Skip.AboveCeiling;

        bytes32 digest = _hashTypedDataV4(
            Requests.hash(Request(claim.payer, operator, claim.ceiling, claim.deadline, claim.orderHash))
        );
        (address signer, , ) = ECDSA.tryRecover(digest, claim.r, claim.vs);
        if (signer == address(0)) return Skip.BadSignature;

        Account storage self = _accounts[_accountId(claim.payer, operator, signer)];
        Account memory before = self;
        if (claim.total <= before.settled) return Skip.NothingDue;
        if (before.balance == 0) return Skip.NoFunds;
        if (tally.room == 0) return Skip.NoCover;

        uint256 paid = Math.min(Math.min(claim.total - before.settled, before.balance), tally.room);
        uint256 total = before.settled + paid;
        // SAFETY: paid <= balance <= 2^96 - 1, and a total of 2^112 would take 2^16 times all tokens that there are.
        self.balance = uint96(before.balance - paid);
        self.settled = total.toUint112();
        self.settledAt = uint48(block.timestamp);
        tally.room -= paid;
        tally.paid += paid;
        // Both parts are floored on the account's running total, so that settling in small steps cannot round them away.
        (uint256 protocolBefore, uint256 delegatorsBefore) = _parts(before.settled, tally);
        (uint256 protocolAfter, uint256 delegatorsAfter) = _parts(total, tally);
        tally.protocolFee += protocolAfter - protocolBefore;
        tally.delegatorsFee += delegatorsAfter - delegatorsBefore;
        emit Settled(claim.payer, operator, signer, paid, total);
        return Skip.None;
    }

    function _creditDelegators(address operator, Tally memory tally) private {
        DelegatorsFees memory due = _delegatorsFees[operator];
        if (due.epoch != tally.delegatedEpoch) {
            if (due.amount != 0) _forfeit(operator, due.amount);
            due = DelegatorsFees({amount: 0, epoch: tally.delegatedEpoch});
        }
        due.amount += tally.delegatorsFee.toUint96();
        _delegatorsFees[operator] = due;
    }

    /// @dev Delegators who have left, or lost everything, get nothing more; but neither does the operator, who could have
    /// them robbed for it, nor whoever delegates next.
    function _forfeit(address operator, uint96 amount) private {
        protocolFees += amount;
        emit DelegatorsFeesForfeited(operator, amount);
    }

    function _setTreasury(address treasury_) private {
        require(treasury_ != address(0), ZeroAddress());
        treasury = treasury_;
        emit TreasurySet(treasury_);
    }

    function _setProtocolFee(uint16 bps) private {
        require(bps <= MAX_PROTOCOL_FEE, ProtocolFeeTooHigh(bps, MAX_PROTOCOL_FEE));
        protocolFeeBps = bps;
        emit ProtocolFeeSet(bps);
    }

    /// @dev What of a total is the protocol's, and what of the rest the delegators', at the terms of now.
    function _parts(uint256 total, Tally memory tally) private pure returns (uint256 protocol, uint256 delegators) {
        protocol = (total * tally.feeBps) / BPS;
        delegators = ((total - protocol) * tally.delegatorsRate) / RATE_ONE;
    }

    function _accountId(address payer, address operator, address signer) private pure returns (bytes32) {
        return keccak256(abi.encode(payer, operator, signer));
    }
}
