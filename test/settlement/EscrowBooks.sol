// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RATE_ONE} from "../../contracts/bonds/IOperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {DecayingSum} from "../../contracts/credit/DecayingSum.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Test} from "../support/Test.sol";

/**
 * @title EscrowBooks
 * @notice The books of the escrow, kept a second time and in another way: claim by claim, in plain words of wide numbers,
 * with every payment in one list and every suspension in another.
 */
abstract contract EscrowBooks is Test {
    /// @notice What a single call can break, so that it has to be noted when it happens.
    enum Rule {
        B1,
        E1,
        E3,
        E5,
        E6
    }

    /// @notice What a run has to come across, or it proves little.
    enum State {
        FundedByApproval,
        FundedByPermit,
        FundedByAuthorization,
        AuthorizationRefusedAgain,
        FundingRedirected,
        PaidInFull,
        PaidForWantOfFunds,
        PaidForWantOfCover,
        Expired,
        BeyondHorizon,
        AboveCeiling,
        WronglySigned,
        AnotherOperators,
        NothingDue,
        NoFunds,
        NoCover,
        Replayed,
        LastSecondOfGrace,
        SettledByAgent,
        SettledByStranger,
        SettledWhileSuspended,
        ThawRefused,
        RefundTooEarly,
        RefundLapsed,
        RefundCut,
        RefundWhole,
        SentBeforeOpening,
        OpenedTwice,
        NotOpen,
        NothingToCollect,
        CollectedInFull,
        CollectedInPart,
        NoCoverToCollect,
        CapBelowExposure,
        ExposureLeft,
        SeveralTerms,
        DelegatorsPaid,
        DelegatorsForfeitedAtSettlement,
        DelegatorsForfeitedAtReward,
        Suspended,
        Donated
    }

    /// @dev An account and what became of all that it was funded with.
    struct AccountBook {
        uint256 funded;
        uint256 balance;
        uint256 settled;
        uint256 refunded;
        uint256 settledAt;
        uint256 thawing;
        uint256 maturesAt;
    }

    /// @dev `sent` is what lies at the operator's own address, not collected.
    struct OperatorBook {
        uint256 earnings;
        uint256 delegatorsFees;
        uint256 epoch;
        uint256 sent;
        uint256 settled;
        address agent;
        bool isOpen;
    }

    /// @dev A payment, at the time of the protocol's clocks.
    struct Payment {
        uint256 account;
        uint256 amount;
        uint256 time;
        bool isCollected;
    }

    /// @dev A signed claim; `signer` is out of range where nobody of ours has signed it.
    struct Voucher {
        uint256 operator;
        uint256 payer;
        uint256 signer;
        IFeeEscrow.Claim claim;
        bool isSettled;
    }

    /// @dev What holds for the payments of one call.
    struct Terms {
        uint256 cap;
        uint256 ownCap;
        uint256 feeBps;
        uint256 rate;
        uint256 epoch;
    }

    struct Pause {
        uint256 start;
        uint256 end;
    }

    uint256 public constant OPERATORS = 2;
    uint256 public constant PAYERS = 3;
    /// @notice The last one signs for payers who know nothing of it.
    uint256 public constant SIGNERS = 3;
    /// @notice The last ones are those of the operators' own addresses.
    uint256 public constant ACCOUNTS = OPERATORS * PAYERS * SIGNERS + OPERATORS;

    /// @dev The rules again, in the words of the interface and not of the code.
    uint256 internal constant BPS = 10_000;
    uint256 private constant BUCKET = 2 days;

    AccountBook[ACCOUNTS] internal _accounts;
    OperatorBook[OPERATORS] internal _operators;
    Payment[][OPERATORS] internal _payments;
    Pause[] internal _pauses;
    uint256 internal _coverageBps;
    uint256 internal _halfLife;
    uint256 internal _feeBps;

    /// @notice The protocol's fees that wait.
    uint256 public protocolFees;
    /// @notice Tokens that nobody asked for.
    uint256 public donated;

    /// @notice The first thing that broke a rule, in words; empty while it holds.
    mapping(Rule rule => string) public broken;
    /// @notice How often a state was reached.
    mapping(State state => uint256) public reached;

    function accountBook(uint256 which) external view returns (AccountBook memory) {
        return _accounts[which];
    }

    function operatorBook(uint256 operator) external view returns (OperatorBook memory) {
        return _operators[operator];
    }

    /// @notice What an account has paid, from the list of all payments.
    function paidOf(uint256 which) external view returns (uint256 paid) {
        Payment[] storage payments = _payments[operatorOf(which)];
        for (uint256 i = 0; i < payments.length; ++i) if (payments[i].account == which) paid += payments[i].amount;
    }

    /// @notice What was paid to an operator so long ago at most; one that is as old counts.
    function paidWithin(uint256 operator, uint256 age, bool isCollected) external view returns (uint256) {
        return _paidWithin(operator, age, isCollected);
    }

    /// @notice What an operator's payments of the youngest eight buckets sum up to.
    function exposureOf(uint256 operator, bool isCollected) public view returns (uint256 sum) {
        Payment[] storage payments = _payments[operator];
        uint256 bucket = _activeTime() / BUCKET;
        for (uint256 i = payments.length; i > 0; --i) {
            Payment memory payment = payments[i - 1];
            if (payment.time / BUCKET + 7 < bucket) break;
            if (payment.isCollected || !isCollected) sum += payment.amount;
        }
    }

    /// @notice What of an operator's payments is older, each worth what it has kept since it got so old; and of how many.
    function historyOf(uint256 operator) external view returns (uint256 sum, uint256 many) {
        Payment[] storage payments = _payments[operator];
        uint256 time = _activeTime();
        for (uint256 i = 0; i < payments.length; ++i) {
            uint256 leavesAt = (payments[i].time / BUCKET + 8) * BUCKET;
            if (leavesAt > time) break;
            ++many;
            sum += DecayingSum.worth(payments[i].amount, leavesAt, time, _halfLife);
        }
    }

    /// @notice Which operator's an account is.
    function operatorOf(uint256 which) public pure returns (uint256) {
        return which % OPERATORS;
    }

    /// @notice The number of an account of ours.
    function accountAt(uint256 operator, uint256 payer, uint256 signer) public pure returns (uint256) {
        return operator + OPERATORS * (payer + PAYERS * signer);
    }

    /// @notice The number of the account of what is collected for an operator.
    function collectingAccountOf(uint256 operator) public pure returns (uint256) {
        return OPERATORS * PAYERS * SIGNERS + operator;
    }

    function _hold(Rule rule, bool isKept, string memory what) internal {
        if (!isKept && bytes(broken[rule]).length == 0) broken[rule] = what;
    }

    function _reach(State state, bool isReached) internal {
        if (isReached) ++reached[state];
    }

    /// @dev What a claim is to pay: as far as its voucher is good, and money and cover are there.
    function _due(uint256 operator, Voucher memory voucher, uint256 cap) internal returns (uint256) {
        bool isLate = _now() > voucher.claim.deadline + Clocks.SETTLEMENT_GRACE;
        bool isEarly = voucher.claim.deadline > _now() + Clocks.DEADLINE_HORIZON;
        bool isAbove = voucher.claim.total > voucher.claim.ceiling;
        _reach(State.Expired, isLate);
        _reach(State.BeyondHorizon, isEarly);
        _reach(State.AboveCeiling, isAbove);
        _reach(State.WronglySigned, voucher.signer >= SIGNERS);
        _reach(State.AnotherOperators, voucher.operator != operator);
        if (isLate || isEarly || isAbove || voucher.signer >= SIGNERS || voucher.operator != operator) return 0;

        AccountBook memory account = _accounts[accountAt(operator, voucher.payer, voucher.signer)];
        bool isStale = voucher.claim.total <= account.settled;
        _reach(State.NothingDue, isStale);
        _reach(State.Replayed, isStale && voucher.isSettled);
        if (isStale) return 0;
        uint256 exposed = exposureOf(operator, false);
        uint256 room = cap > exposed ? cap - exposed : 0;
        uint256 asked = voucher.claim.total - account.settled;
        uint256 amount = _min(asked, _min(account.balance, room));
        _noteDue(asked, account.balance, room, _now() == voucher.claim.deadline + Clocks.SETTLEMENT_GRACE);
        return amount;
    }

    function _noteDue(uint256 asked, uint256 balance, uint256 room, bool isLastSecond) private {
        bool isPaid = balance != 0 && room != 0;
        _reach(State.NoFunds, balance == 0);
        _reach(State.NoCover, balance != 0 && room == 0);
        _reach(State.PaidInFull, asked <= balance && asked <= room);
        _reach(State.PaidForWantOfFunds, isPaid && balance < asked && balance <= room);
        _reach(State.PaidForWantOfCover, isPaid && room < asked && room < balance);
        _reach(State.LastSecondOfGrace, isPaid && isLastSecond);
    }

    /// @dev Books a payment of an account, and its three parts.
    function _pay(uint256 which, uint256 amount, bool isCollected, Terms memory terms) internal {
        if (amount == 0) return;
        AccountBook storage account = _accounts[which];
        OperatorBook storage operator = _operators[operatorOf(which)];
        uint256 total = account.settled + amount;
        uint256 protocol = _protocolPart(total, terms) - _protocolPart(account.settled, terms);
        uint256 delegators = _delegatorsPart(total, terms) - _delegatorsPart(account.settled, terms);
        _hold(Rule.E3, protocol + delegators <= amount, "the parts of a payment are within it");
        if (delegators != 0 && operator.epoch != terms.epoch) {
            _reach(State.DelegatorsForfeitedAtSettlement, operator.delegatorsFees != 0);
            protocolFees += operator.delegatorsFees;
            (operator.delegatorsFees, operator.epoch) = (0, terms.epoch);
        }
        protocolFees += protocol;
        operator.delegatorsFees += delegators;
        operator.earnings += amount - protocol - delegators;
        operator.settled += amount;
        if (isCollected) operator.sent -= amount;
        else account.balance -= amount;
        (account.settled, account.settledAt) = (total, _now());
        _payments[operatorOf(which)].push(Payment(which, amount, _activeTime(), isCollected));
    }

    function _paidWithin(uint256 operator, uint256 age, bool isCollected) internal view returns (uint256 sum) {
        Payment[] storage payments = _payments[operator];
        uint256 time = _activeTime();
        for (uint256 i = payments.length; i > 0; --i) {
            Payment memory payment = payments[i - 1];
            if (time - payment.time > age) break;
            if (payment.isCollected || !isCollected) sum += payment.amount;
        }
    }

    /// @dev The time of the protocol's clocks.
    function _activeTime() internal view returns (uint256 time) {
        time = _now();
        for (uint256 i = 0; i < _pauses.length; ++i) time -= _min(_now(), _pauses[i].end) - _pauses[i].start;
    }

    function _isSuspended() internal view returns (bool) {
        return _pauses.length != 0 && _now() < _pauses[_pauses.length - 1].end;
    }

    function _min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    function _protocolPart(uint256 total, Terms memory terms) private pure returns (uint256) {
        return (total * terms.feeBps) / BPS;
    }

    function _delegatorsPart(uint256 total, Terms memory terms) private pure returns (uint256) {
        return ((total - _protocolPart(total, terms)) * terms.rate) / RATE_ONE;
    }
}
