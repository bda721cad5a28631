// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {OperatorAgents} from "../access/OperatorAgents.sol";
import {IOperatorBonds, LEAST_REWARDED_SHARES} from "../bonds/IOperatorBonds.sol";
import {Clocks} from "../Clocks.sol";
import {ExactTransfer} from "../tokens/ExactTransfer.sol";
import {Accounts, AccountWord} from "./Accounts.sol";
import {FeeSplit} from "./FeeSplit.sol";
import {IFeeEscrow} from "./IFeeEscrow.sol";
import {OperatorBooks} from "./OperatorBooks.sol";
import {PayTo} from "./PayTo.sol";
import {Request, Requests} from "./Requests.sol";
import {BUCKETS, SlidingSum} from "./SlidingSum.sol";

/// @title FeeEscrow
/// @notice See IFeeEscrow.
contract FeeEscrow is IFeeEscrow, AccessManaged, EIP712, OperatorAgents, ReentrancyGuardTransient {
    using ExactTransfer for IERC20;
    using OperatorBooks for OperatorBooks.Books;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev What of an operator's exposure was collected rather than settled by voucher, see `SlidingSum`.
    struct Collections {
        uint96 exposed;
        uint32 bucket;
        uint96[BUCKETS] closed;
    }

    /// @dev So that the place of an account is computed once, for reading and for writing.
    struct AccountSlot {
        AccountWord word;
    }

    /**
     * @dev What holds for all payments of a call, and what they have summed up so far.
     * @param room what may still be exposed by the payments to come.
     * @param ownCap the most that may be exposed on the operator's own bond.
     */
    struct Tally {
        uint256 room;
        uint256 ownCap;
        uint256 delegatorsRate;
        uint24 delegatedEpoch;
        uint256 activeTime;
        uint256 feeBps;
        uint256 paid;
        uint256 protocolFee;
        uint256 delegatorsFee;
    }

    /// @notice The most that the protocol may take of fees, in hundredths of a percent: governance can never take what
    /// operators live on.
    uint256 public constant MAX_PROTOCOL_FEE = 1_000;
    /// @notice Bounds of the coverage, in hundredths of a percent: what is exposed is covered once at least, and
    /// governance cannot stop settlement by asking for the impossible.
    uint256 public constant MIN_COVERAGE = 10_000;
    uint256 public constant MAX_COVERAGE = 100_000;

    IERC20 public immutable token;
    IOperatorBonds public immutable bonds;
    /// @inheritdoc IFeeEscrow
    uint256 public immutable settledHalfLife;

    mapping(bytes32 accountId => AccountSlot) private _accounts;
    mapping(bytes32 accountId => Thaw) private _thaws;
    mapping(address operator => OperatorBooks.Books) private _books;
    mapping(address operator => Collections) private _collections;

    /// @notice The protocol's fees not yet withdrawn, beside the parameters that every settlement reads.
    uint96 public protocolFees;
    /// @inheritdoc IFeeEscrow
    uint16 public protocolFeeBps;
    /// @inheritdoc IFeeEscrow
    uint24 public coverageBps;
    /// @notice Where the protocol's part goes.
    address public treasury;

    constructor(
        IERC20 token_,
        IOperatorBonds bonds_,
        address treasury_,
        uint16 protocolFeeBps_,
        uint24 coverageBps_,
        uint48 settledHalfLife_,
        address authority
    ) AccessManaged(authority) EIP712("Surety", "1") {
        require(address(token_) != address(0) && address(bonds_) != address(0), ZeroAddress());
        token = token_;
        bonds = bonds_;
        // A weight that depends on time alone cannot be changed later: it would revalue all that was.
        require(
            settledHalfLife_ >= Clocks.MIN_SETTLED_HALF_LIFE && settledHalfLife_ <= Clocks.MAX_SETTLED_HALF_LIFE,
            HalfLifeOutOfRange(settledHalfLife_, Clocks.MIN_SETTLED_HALF_LIFE, Clocks.MAX_SETTLED_HALF_LIFE)
        );
        settledHalfLife = settledHalfLife_;
        _setTreasury(treasury_);
        _setProtocolFee(protocolFeeBps_);
        _setCoverage(coverageBps_);
    }

    /// @inheritdoc IFeeEscrow
    function fund(uint256 amount, address operator, address signer) external nonReentrant {
        _credit(msg.sender, operator, signer, amount);
        token.pull(msg.sender, amount);
    }

    /// @inheritdoc IFeeEscrow
    function fundWithPermit(
        uint256 amount,
        address operator,
        address signer,
        ExactTransfer.Permit calldata permit
    ) external nonReentrant {
        _credit(msg.sender, operator, signer, amount);
        token.permit(msg.sender, permit);
        token.pull(msg.sender, amount);
    }

    /// @inheritdoc IFeeEscrow
    function fundWithAuthorization(
        uint256 amount,
        address payer,
        address operator,
        address signer,
        ExactTransfer.Authorization calldata authorization
    ) external nonReentrant {
        _credit(payer, operator, signer, amount);
        // INVARIANT: whoever copies the authorization can only fund the account that it was signed for.
        bytes32 nonce = fundingNonce(payer, operator, signer, authorization.salt);
        token.pullAuthorized(payer, amount, nonce, authorization);
    }

    /// @inheritdoc IFeeEscrow
    function settle(
        address operator,
        Claim[] calldata claims
    ) external onlyOperatorOrAgent(operator) returns (uint256) {
        require(claims.length != 0, ClaimsEmpty());
        Tally memory tally = _open(operator);
        bytes32 domain = _domainSeparatorV4();
        for (uint256 i = 0; i < claims.length; ++i) {
            Skip reason = _redeem(operator, claims[i], domain, tally);
            // INVARIANT: one bad claim never stops the rest.
            if (reason != Skip.None) emit ClaimSkipped(operator, i, reason);
        }
        _close(operator, tally);
        return tally.paid;
    }

    /// @inheritdoc IFeeEscrow
    function openPayTo() external returns (address payTo) {
        payTo = payToOf(msg.sender);
        require(!isPayToOpen(msg.sender), PayToAlreadyOpen(msg.sender, payTo));
        new PayTo{salt: _payToSalt(msg.sender)}(token);
        emit PayToOpened(msg.sender, payTo);
    }

    /// @inheritdoc IFeeEscrow
    function collect(address operator) external nonReentrant returns (uint256 paid) {
        require(isPayToOpen(operator), PayToNotOpen(operator));
        address payTo = payToOf(operator);
        uint256 received = token.balanceOf(payTo);
        require(received != 0, NothingToWithdraw());

        Tally memory tally = _open(operator);
        Collections memory collections = _collectionsAt(operator, tally.activeTime);
        // INVARIANT: whoever pays an operator unasked leaves half of its own bond's cap to vouchers. What is delegated does
        // not count: its owner could pay, have it collected, and leave.
        (, uint256 room) = Math.trySub(tally.ownCap / 2, collections.exposed);
        paid = Math.min(received, Math.min(room, tally.room));
        require(paid != 0, NoCoverLeft(operator));

        AccountSlot storage slot = _accounts[Accounts.id(payTo, operator, address(0))];
        uint256 before = slot.word.settled();
        uint256 total = before + paid;
        slot.word = Accounts.pack(0, total.toUint112(), block.timestamp);
        _add(tally, before, total);
        emit Collected(operator, total);
        collections.exposed += paid.toUint96();
        _collections[operator] = collections;
        _close(operator, tally);
        token.pull(payTo, paid);
    }

    /// @inheritdoc IFeeEscrow
    function thaw(uint256 amount, address operator, address signer) external {
        require(amount != 0, ZeroAmount());
        bytes32 id = Accounts.id(msg.sender, operator, signer);
        Thaw memory running = _thaws[id];
        // A lapsed thaw is void, so it need not be cancelled first.
        require(
            running.amount == 0 || block.timestamp > running.maturesAt + Clocks.REFUND_LAPSE,
            ThawUnderWay(running.amount, running.maturesAt)
        );
        uint256 balance = _accounts[id].word.balance();
        require(amount <= balance, BalanceInsufficient(amount, balance));

        uint48 maturesAt = uint48(block.timestamp + Clocks.REFUND_THAW);
        // SAFETY: no more than the balance.
        _thaws[id] = Thaw(uint96(amount), maturesAt);
        emit ThawStarted(msg.sender, operator, signer, amount, maturesAt);
    }

    /// @inheritdoc IFeeEscrow
    function cancelThaw(address operator, address signer) external {
        bytes32 id = Accounts.id(msg.sender, operator, signer);
        require(_thaws[id].amount != 0, NoThaw());

        delete _thaws[id];
        emit ThawCancelled(msg.sender, operator, signer);
    }

    /// @inheritdoc IFeeEscrow
    function refund(address operator, address signer) external nonReentrant returns (uint256 amount) {
        bytes32 id = Accounts.id(msg.sender, operator, signer);
        Thaw memory matured = _thaws[id];
        require(matured.amount != 0, NoThaw());
        require(block.timestamp >= matured.maturesAt, ThawNotMature(matured.maturesAt));
        uint256 lapsesAt = matured.maturesAt + Clocks.REFUND_LAPSE;
        require(block.timestamp <= lapsesAt, ThawLapsed(lapsesAt));

        AccountSlot storage slot = _accounts[id];
        AccountWord self = slot.word;
        amount = Math.min(matured.amount, self.balance());
        delete _thaws[id];
        slot.word = Accounts.pack(self.balance() - amount, self.settled(), self.settledAt());
        emit Refunded(msg.sender, operator, signer, amount);
        token.safeTransfer(msg.sender, amount);
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
        OperatorBooks.Books storage books = _books[operator];
        uint96 due = books.delegatorsFees;
        require(due != 0, NothingToWithdraw());

        books.delegatorsFees = 0;
        IOperatorBonds.PoolView memory pool = bonds.operatorOf(operator).delegated;
        if (pool.epoch != books.delegatedEpoch || pool.shares < LEAST_REWARDED_SHARES) {
            _forfeit(operator, due);
            return 0;
        }
        token.forceApprove(address(bonds), due);
        bonds.reward(operator, due);
        return due;
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
    function setCoverage(uint24 bps) external restricted {
        _setCoverage(bps);
    }

    /// @inheritdoc IFeeEscrow
    function setTreasury(address treasury_) external restricted {
        _setTreasury(treasury_);
    }

    /// @inheritdoc IFeeEscrow
    function account(address payer, address operator, address signer) external view returns (Account memory) {
        AccountWord self = _accounts[Accounts.id(payer, operator, signer)].word;
        return Account(uint96(self.balance()), uint112(self.settled()), uint48(self.settledAt()));
    }

    /// @inheritdoc IFeeEscrow
    function thawOf(address payer, address operator, address signer) external view returns (Thaw memory) {
        return _thaws[Accounts.id(payer, operator, signer)];
    }

    /// @inheritdoc IFeeEscrow
    function exposureOf(address operator) external view returns (uint256) {
        return _booksAt(operator, bonds.activeTime()).exposed;
    }

    /// @inheritdoc IFeeEscrow
    function collectedOf(address operator) external view returns (uint256) {
        return _collectionsAt(operator, bonds.activeTime()).exposed;
    }

    /// @inheritdoc IFeeEscrow
    function historyOf(address operator) external view returns (uint256) {
        uint256 time = bonds.activeTime();
        return _booksAt(operator, time).historyOf(time, settledHalfLife);
    }

    /// @inheritdoc IFeeEscrow
    function delegatorsFeesOf(address operator) external view returns (uint256) {
        return _books[operator].delegatorsFees;
    }

    /// @inheritdoc IFeeEscrow
    function earningsOf(address operator) external view returns (uint256) {
        return _books[operator].earnings;
    }

    /// @inheritdoc IFeeEscrow
    function requestDigest(Request calldata request) external view returns (bytes32) {
        return _hashTypedDataV4(Requests.hash(request));
    }

    /// @inheritdoc IFeeEscrow
    function isPayToOpen(address operator) public view returns (bool) {
        return payToOf(operator).code.length != 0;
    }

    /// @inheritdoc IFeeEscrow
    function payToOf(address operator) public view returns (address) {
        bytes memory code = bytes.concat(type(PayTo).creationCode, abi.encode(token));
        return Create2.computeAddress(_payToSalt(operator), keccak256(code));
    }

    /// @inheritdoc IFeeEscrow
    function fundingNonce(address payer, address operator, address signer, bytes32 salt) public pure returns (bytes32) {
        return keccak256(abi.encode(payer, operator, signer, salt));
    }

    /// @inheritdoc OperatorAgents
    function agentOf(address operator) public view override returns (address) {
        return _books[operator].agent;
    }

    /// @inheritdoc IFeeEscrow
    function accountId(address payer, address operator, address signer) public pure returns (bytes32) {
        return Accounts.id(payer, operator, signer);
    }

    /// @dev The books of an account first: a token that calls back finds them as they will be.
    function _credit(address payer, address operator, address signer, uint256 amount) private {
        require(operator != address(0) && signer != address(0), ZeroAddress());
        require(amount != 0, ZeroAmount());
        AccountSlot storage slot = _accounts[Accounts.id(payer, operator, signer)];
        AccountWord self = slot.word;
        uint256 balance = self.balance() + amount;
        slot.word = Accounts.pack(balance.toUint96(), self.settled(), self.settledAt());
        emit Funded(payer, operator, signer, amount);
    }

    /// @dev Reads the terms of all payments to come, and brings the operator's books to the present.
    function _open(address operator) private returns (Tally memory tally) {
        IOperatorBonds.SettlementTerms memory terms = bonds.termsOf(operator);
        OperatorBooks.Books storage books = _books[operator];
        uint32 bucket = SlidingSum.bucketAt(terms.activeTime);
        if (books.bucket != bucket) _books[operator] = _booksAt(operator, terms.activeTime);
        uint256 coverage = coverageBps;
        (, tally.room) = Math.trySub((terms.cover * FeeSplit.BPS) / coverage, books.exposed);
        tally.ownCap = (terms.ownCover * FeeSplit.BPS) / coverage;
        (tally.delegatorsRate, tally.delegatedEpoch) = (terms.delegatorsRate, terms.delegatedEpoch);
        (tally.activeTime, tally.feeBps) = (terms.activeTime, protocolFeeBps);
    }

    /// @dev Enters what the tally has summed up; what the protocol and the delegators do not get is the operator's.
    function _close(address operator, Tally memory tally) private {
        if (tally.paid == 0) return;
        OperatorBooks.Books storage books = _books[operator];
        uint96 forfeited = 0;
        if (tally.delegatorsFee != 0 && books.delegatedEpoch != tally.delegatedEpoch) {
            forfeited = books.delegatorsFees;
            (books.delegatorsFees, books.delegatedEpoch) = (0, tally.delegatedEpoch);
        }
        // SAFETY: paid <= room <= cover, and earnings + fees <= all tokens in here: both far below 2^96.
        books.earnings += (tally.paid - tally.protocolFee - tally.delegatorsFee).toUint96();
        books.delegatorsFees += tally.delegatorsFee.toUint96();
        books.exposed += tally.paid.toUint96();
        protocolFees += tally.protocolFee.toUint96();
        emit FeesSplit(operator, tally.paid, tally.protocolFee, tally.delegatorsFee);
        if (forfeited != 0) _forfeit(operator, forfeited);
    }

    /// @dev Pays one claim as far as it can be paid, and adds it to the tally.
    function _redeem(
        address operator,
        Claim calldata claim,
        bytes32 domain,
        Tally memory tally
    ) private returns (Skip) {
        (address payer, uint256 deadline, uint256 ceiling) = (claim.payer, claim.deadline, claim.ceiling);
        uint256 total = claim.total;
        // SAFETY: a deadline is below 2^64.
        unchecked {
            if (block.timestamp > deadline + Clocks.SETTLEMENT_GRACE) return Skip.Expired;
            if (deadline > block.timestamp + Clocks.DEADLINE_HORIZON) return Skip.BeyondHorizon;
        }
        if (total > ceiling) return Skip.AboveCeiling;

        bytes32 structHash = Requests.hash(payer, operator, ceiling, deadline, claim.orderHash);
        bytes32 digest = MessageHashUtils.toTypedDataHash(domain, structHash);
        (address signer, , ) = ECDSA.tryRecover(digest, claim.r, claim.vs);
        if (signer == address(0)) return Skip.BadSignature;

        bytes32 id = Accounts.id(payer, operator, signer);
        AccountSlot storage slot = _accounts[id];
        AccountWord self = slot.word;
        (uint256 balance, uint256 settled) = (self.balance(), self.settled());
        if (total <= settled) return Skip.NothingDue;
        if (balance == 0) return Skip.NoFunds;
        if (tally.room == 0) return Skip.NoCover;

        // SAFETY: the total is above what is settled, and what is paid is within balance and room. A settled total of
        // 2^112 would take 2^16 times all tokens that there are.
        unchecked {
            uint256 paid = total - settled;
            if (paid > balance) paid = balance;
            if (paid > tally.room) paid = tally.room;
            total = settled + paid;
            slot.word = Accounts.pack(balance - paid, total, block.timestamp);
        }
        _add(tally, settled, total);
        emit Settled(id, total);
        return Skip.None;
    }

    /// @dev Adds a payment to the tally that brings its payer's total from `before` to `total`.
    function _add(Tally memory tally, uint256 before, uint256 total) private pure {
        (uint256 protocolFee, uint256 delegatorsFee) = FeeSplit.parts(
            before,
            total,
            tally.feeBps,
            tally.delegatorsRate
        );
        // SAFETY: a payment is within the room, and all payments of a call are less than 2^97.
        unchecked {
            tally.room -= total - before;
            tally.paid += total - before;
            tally.protocolFee += protocolFee;
            tally.delegatorsFee += delegatorsFee;
        }
    }

    function _booksAt(address operator, uint256 time) private view returns (OperatorBooks.Books memory books) {
        books = _books[operator];
        books.advance(time, settledHalfLife);
    }

    function _collectionsAt(address operator, uint256 time) private view returns (Collections memory self) {
        self = _collections[operator];
        uint32 bucket = SlidingSum.bucketAt(time);
        while (self.bucket != bucket && self.exposed != 0) {
            self.exposed -= SlidingSum.close(self.closed, self.bucket, self.exposed);
            ++self.bucket;
        }
        self.bucket = bucket;
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

    function _setCoverage(uint24 bps) private {
        require(bps >= MIN_COVERAGE && bps <= MAX_COVERAGE, CoverageOutOfRange(bps, MIN_COVERAGE, MAX_COVERAGE));
        coverageBps = bps;
        emit CoverageSet(bps);
    }

    function _setAgent(address operator, address agent) internal override {
        _books[operator].agent = agent;
    }

    function _payToSalt(address operator) private pure returns (bytes32) {
        return bytes32(uint256(uint160(operator)));
    }
}
