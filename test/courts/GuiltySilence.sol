// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {Demands} from "../../contracts/courts/Demands.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {IDisclosureCourt} from "../../contracts/courts/IDisclosureCourt.sol";
import {Modes} from "../../contracts/Modes.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Request} from "../../contracts/settlement/Requests.sol";
import {GuiltyReceipts} from "./GuiltyReceipts.sol";

/**
 * @title GuiltySilence
 * @notice Receipts that are committed and withheld, and units that are settled and never backed; and a reporter who demands
 * each receipt in the last second, if nobody has before, and has each silence punished in the last second too.
 */
abstract contract GuiltySilence is GuiltyReceipts {
    enum Asked {
        Receipt,
        Payload,
        Unit
    }

    /// @dev What the operator keeps silent about. `demand` is open where `isDemanded`.
    struct Silent {
        Asked asked;
        Kept kept;
        address payer;
        uint128 unit;
        bytes32 demand;
        uint256 since;
        bool isDemanded;
    }

    /// @dev The units of an account that were judged, `from` to `upTo`, and the fault that bore their part of the bond.
    struct Units {
        uint256 from;
        uint256 upTo;
        bytes32 fault;
    }

    uint256 private constant PART = 2_000;

    Silent[] private _silent;
    Silent[] private _punished;
    mapping(address payer => Units) private _units;

    /// @notice Commits a receipt and withholds it, or what its context keeps private.
    function withhold(uint256, uint256 seed) external {
        Silent memory self;
        self.asked = Asked(_pick(seed, "asked", 2));
        bool isPayload = self.asked == Asked.Payload;
        self.payer = _pick(seed, "buyer", 2) == 0 ? payer : puppet;
        Draft memory draft = _draft(seed);
        self.kept = _kept(Modes.OPTIMISTIC, isPayload ? PRIVATE : PUBLIC);
        self.kept.shown.order.salt = draft.order.salt;
        self.kept.shown.request.payer = self.payer;
        self.kept.shown.receipt.price = draft.receipt.price;
        self.kept.shown.receipt.charged = draft.receipt.charged;
        _seal(self.kept);
        _commit(self.kept);
        self.since = _now();
        self.demand =
            isPayload
                ? disclosure.payloadDemandId(self.kept.shown.root)
                : disclosure.receiptDemandId(operator, self.kept.shown.root, self.kept.shown.receipt.sequence);
        _silent.push(self);
        _reach(isPayload ? State.SilentPayload : State.SilentReceipt, true);
        // Early enough for its price to be judged again within the window.
        if (_pick(seed, "at once", 2) == 0) _demand(_silent.length - 1, false);
    }

    /// @notice Settles what no receipt backs, with a voucher of a client who wanted something else, or of a puppet.
    function settle(uint256, uint256 seed) public {
        address buyer = _pick(seed, "buyer", 2) == 0 ? payer : puppet;
        uint96 amount = uint96(_bound(_random(seed, "amount"), 1, 60e6));
        _fund(buyer, client.addr, amount);
        Request memory request = _request(_order());
        IFeeEscrow.Account memory account = escrow.account(buyer, operator, client.addr);
        request.payer = buyer;
        request.ceiling = uint128(account.settled + account.balance);
        _settle(_claim(request, client.key, request.ceiling));
    }

    /// @notice Demands what is withheld, before it must be.
    function demand(uint256 which, uint256 seed) external {
        if (_silent.length == 0) return;
        which %= _silent.length;
        if (!_silent[which].isDemanded) _demand(which, _pick(seed, "is own", 2) == 0);
    }

    /// @notice Demands the receipt behind a unit, at times one that nobody may demand.
    function demandUnit(uint256, uint256 seed) external {
        Silent memory self;
        self.asked = Asked.Unit;
        self.payer = _pick(seed, "buyer", 2) == 0 ? payer : puppet;
        IFeeEscrow.Account memory account = escrow.account(self.payer, operator, client.addr);
        if (account.settled == 0) return;
        Units memory judged = _units[self.payer];
        // Mostly above or below what has been judged: what lies between them is refused.
        bool isBelow = judged.from > 1 && _pick(seed, "is below", 2) == 0;
        uint256 most = isBelow ? judged.from - 1 : account.settled;
        uint256 least = isBelow || judged.upTo >= most || _pick(seed, "is any", 4) == 0 ? 1 : judged.upTo + 1;
        self.unit = uint128(_bound(_random(seed, "unit"), least, most));
        self.demand = disclosure.unitDemandId(self.payer, operator, client.addr, self.unit);
        (self.since, self.isDemanded) = (_now(), true);
        bytes memory data = abi.encodeCall(disclosure.demandUnit, (self.payer, operator, client.addr, self.unit));
        address who = _pick(seed, "is own", 2) == 0 ? puppet : reporter;
        (bool isDone, bytes4 reason) = _try(who, address(disclosure), disclosure.depositFor(operator), data);
        bool isJudged = judged.from <= self.unit && self.unit <= judged.upTo;
        if (isDone) {
            _hold(!isJudged, "C3: what was judged is not demanded again");
            _silent.push(self);
            return _reach(State.SilentUnit, true);
        }
        bool isLate = _now() > bonds.extended(account.settledAt, account.settledAt + WINDOW);
        if (isJudged) _hold(reason == IDisclosureCourt.UnitJudged.selector, "C2: a unit that was not judged");
        else if (isLate) _hold(reason == IDisclosureCourt.DemandOutOfTime.selector, "C2: a unit in time");
        else _hold(reason == Demands.AlreadyDemanded.selector, "C2: a unit is demanded");
    }

    /// @notice Breaks silence with what is no answer.
    function answerFalsely(uint256 which, uint256 seed) external {
        if (_silent.length == 0) return;
        Silent memory self = _silent[which % _silent.length];
        if (!self.isDemanded) return;
        _refuseAnswer(self, _now() > _deadline(self), seed);
    }

    /// @notice Has silence punished, before it lapses: by the reporter, or by the operator's own.
    function punishSilence(uint256 which, uint256 seed) external {
        if (_silent.length == 0 || _isSuspended()) return;
        which %= _silent.length;
        Silent memory self = _silent[which];
        if (!self.isDemanded || _now() <= _deadline(self)) return;
        _punishSilence(which, _pick(seed, "is own", 2) == 0 ? puppet : reporter);
    }

    /// @notice Has silence about a payload punished again: for what was settled since.
    function punishAgain(uint256 which, uint256) external {
        if (_punished.length == 0 || _isSuspended()) return;
        // Of the latest: the others are out of time.
        Silent memory self = _punished[_punished.length - 1 - (which % _earlier(_punished.length, 3))];
        _judgePayloadAgain(self);
    }

    function _dueAt() internal view override returns (uint256 due) {
        due = _caseDueAt();
        for (uint256 i = 0; i < _silent.length; ++i) due = _earlier(due, _silenceDueAt(_silent[i]));
    }

    function _doWhatIsDue() internal override {
        _proceedWhereDue();
        for (uint256 i = _silent.length; i > 0; --i) {
            Silent memory self = _silent[i - 1];
            if (_silenceDueAt(self) > _now()) continue;
            _reach(self.isDemanded ? State.ConvictedInTheLastSecond : State.DemandedInTheLastSecond, true);
            if (!self.isDemanded) {
                _demand(i - 1, false);
                continue;
            }
            _refuseAnswer(self, true, _now());
            _punishSilence(i - 1, reporter);
        }
    }

    /// @dev Has the operator break its silence with what is no answer, or is one too late.
    function _refuseAnswer(Silent memory self, bool isLate, uint256 seed) private {
        (bytes memory data, bytes4 expected) = self.asked == Asked.Unit
            ? _falseBacking(self, isLate, seed)
            : _falseAnswer(self, isLate, seed);
        (bool isDone, bytes4 reason) = _try(operator, address(disclosure), 0, data);
        _hold(!isDone && reason == expected, "C2: what is no answer breaks no silence");
        _reach(isLate ? State.LateAnswer : State.FalseAnswer, true);
    }

    function _demand(uint256 which, bool isOwn) private {
        Silent memory self = _silent[which];
        IDisclosureCourt.Shown memory shown = self.kept.shown;
        bytes memory data = abi.encodeCall(disclosure.demandReceipt, (operator, shown.root, shown.receipt.sequence));
        if (self.asked == Asked.Payload) data = abi.encodeCall(disclosure.demandPayload, (shown));
        address who =
            self.asked == Asked.Payload
                ? self.payer
                : isOwn
                    ? puppet
                    : reporter;
        (bool isDone, ) = _try(who, address(disclosure), disclosure.depositFor(operator), data);
        _hold(isDone, "C2: what is withheld can be demanded in time");
        _silent[which].isDemanded = true;
        _reach(State.DemandedByItself, who == puppet);
    }

    function _punishSilence(uint256 which, address who) private {
        Silent memory self = _silent[which];
        _silent[which] = _silent[_silent.length - 1];
        _silent.pop();
        if (self.asked == Asked.Unit) return _judgeUnit(self, who);
        if (self.asked == Asked.Payload) {
            _punished.push(self);
            _judgePayload(self, who);
            settle(0, _now());
            return _judgePayloadAgain(self);
        }
        IDisclosureCourt.Shown memory shown = self.kept.shown;
        bytes memory data = abi.encodeCall(disclosure.convictReceipt, (operator, shown.root, shown.receipt.sequence));
        _judge(Verdict(who, address(disclosure), data, self.demand, PART, 0));
    }

    /// @dev Within the window: a culprit that settles only after its verdict gains nothing.
    function _judgePayloadAgain(Silent memory self) private {
        if (_now() > bonds.extended(self.since, self.since + WINDOW)) return;
        _judgePayload(self, reporter);
        _reach(State.PayloadJudgedAgain, true);
    }

    function _judgePayload(Silent memory self, address who) private {
        Charge[2] memory charges;
        charges[0] = _chargeOf(self.kept.shown.receipt, self.payer);
        uint256 prices = _unjudged(address(disclosure), charges);
        bytes memory data = abi.encodeCall(disclosure.convictPayload, (self.kept.shown));
        _judge(Verdict(who, address(disclosure), data, self.demand, PART, prices));
    }

    /// @dev Silence about a unit costs all units from it on that have not been judged; and a part of the bond unless the
    /// units next to them have borne one.
    function _judgeUnit(Silent memory self, address who) private {
        Units storage judged = _units[self.payer];
        uint256 settled = escrow.account(self.payer, operator, client.addr).settled;
        uint256 prices = 0;
        bool isJudged = judged.from <= self.unit && self.unit <= judged.upTo;
        if (isJudged) {
            _reach(State.UnitsJudgedBefore, true);
        } else if (self.unit > judged.upTo) {
            // Whatever lies between counts from where it was judged last.
            prices = settled - (judged.from == 0 ? self.unit - 1 : judged.upTo);
            judged.fault = self.demand;
            if (judged.from == 0) judged.from = self.unit;
            judged.upTo = settled;
        } else {
            prices = (judged.from - self.unit) + (settled - judged.upTo);
            (judged.from, judged.upTo) = (self.unit, settled);
            _reach(State.UnitsBelow, true);
        }
        bytes memory data = abi.encodeCall(disclosure.convictUnit, (self.payer, operator, client.addr, self.unit));
        _judge(Verdict(who, address(disclosure), data, judged.fault, PART, prices));
    }

    /// @dev A receipt that owns the unit and is no answer: of another operator's order, committed too late, without its
    /// client's word, or not at all; one that does not own it; and the right one, when it is too late for that.
    function _falseBacking(
        Silent memory self,
        bool isLate,
        uint256 seed
    ) private returns (bytes memory, bytes4 reason) {
        uint256 kind = isLate ? 5 : _pick(seed, "kind", 5);
        Kept memory kept = _kept(Modes.SIGNED, PUBLIC);
        kept.shown.order.salt = bytes32(seed);
        kept.shown.request.payer = self.payer;
        (kept.shown.receipt.price, kept.shown.receipt.charged) = (1, self.unit);
        if (kind == 0) {
            kept.shown.request.operator = rival;
            reason = IDisclosureCourt.WrongReceipt.selector;
        } else if (kind == 1) {
            kept.shown.request.deadline = uint64(_now() - Clocks.SETTLEMENT_GRACE - 1);
            reason = IDisclosureCourt.BackingTooLate.selector;
        } else if (kind == 2) {
            reason = IDisclosureCourt.ClientSignatureInvalid.selector;
        } else if (kind == 3) {
            reason = ICourt.ReceiptNotCommitted.selector;
        } else if (kind == 4) {
            kept.shown.receipt.charged = seed % 2 == 0 ? self.unit + 1 : self.unit - 1;
            reason = IDisclosureCourt.WrongReceipt.selector;
        } else {
            reason = Demands.AnswerTooLate.selector;
        }
        _seal(kept);
        if (kind == 2) kept.clientSignature = _sign(operatorKey.key, kept.shown.receipt.requestHash);
        if (kind != 3) _commit(kept);
        return (abi.encodeCall(disclosure.answerUnit, (self.unit, kept.shown, kept.clientSignature)), reason);
    }

    /// @dev The receipt itself, without a part of what belongs to it; or with all of it, when it is too late for that.
    function _falseAnswer(
        Silent memory self,
        bool isLate,
        uint256 seed
    ) private view returns (bytes memory, bytes4 reason) {
        IDisclosureCourt.Disclosed memory disclosed = self.kept.disclosed;
        bool isPayload = self.asked == Asked.Payload;
        uint256 kind = isLate ? 4 : _pick(seed, "kind", isPayload ? 3 : 4);
        reason = isLate ? Demands.AnswerTooLate.selector : IDisclosureCourt.DisclosureMismatch.selector;
        if (kind == 0) disclosed.input = "";
        else if (kind == 1) disclosed.output = "another output";
        else if (kind == 2) disclosed.evidence[seed % 2] = "";
        else if (kind == 3) disclosed.context = PRIVATE;
        bytes memory data = abi.encodeCall(disclosure.answerReceipt, (self.kept.shown, disclosed));
        if (isPayload) data = abi.encodeCall(disclosure.answerPayload, (self.kept.shown, disclosed));
        return (data, reason);
    }

    function _silenceDueAt(Silent memory self) private view returns (uint256) {
        if (!self.isDemanded) return bonds.extended(self.since, self.since + WINDOW);
        Demands.Demand memory found = disclosure.demandOf(self.demand);
        uint256 lapse = Clocks.EVIDENCE_AFTER_ANSWER + Clocks.EVIDENCE_LAPSE;
        return bonds.extended(found.openedAt, found.deadline + lapse);
    }

    function _deadline(Silent memory self) private view returns (uint256) {
        Demands.Demand memory found = disclosure.demandOf(self.demand);
        return bonds.extended(found.openedAt, found.deadline);
    }
}
