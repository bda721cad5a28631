// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {EvidenceCommitments} from "../../contracts/courts/EvidenceCommitments.sol";
import {EvidenceCourt} from "../../contracts/courts/EvidenceCourt.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {Order, Request, Requests} from "../../contracts/settlement/Requests.sol";
import {OptimisticChecker} from "../../contracts/verifiers/OptimisticChecker.sol";
import {SmallModel} from "../support/SmallModel.sol";
import {vm} from "../support/Vm.sol";
import {GuiltyBooks} from "./GuiltyBooks.sol";

/**
 * @title GuiltyReceipts
 * @notice Receipts that must not be: each kind that the courts' table has, signed or committed; and a reporter who brings
 * each of them to court in the last second, if not before.
 */
abstract contract GuiltyReceipts is GuiltyBooks {
    using SmallModel for SmallModel.Run;
    using SmallModel for OptimisticChecker.Neuron;
    using SmallModel for OptimisticChecker.Rerun;

    /// @dev A fault and its evidence. `pledgedAt` is 0 until the reporter has committed to it, in `pledgedIn`.
    struct Case {
        EvidenceCourt court;
        bytes32 fault;
        uint256 bps;
        uint256 opensAt;
        bytes data;
        Charge[2] charges;
        uint256 pledgedAt;
        uint256 pledgedIn;
    }

    /// @dev What was ordered and what was answered.
    struct Draft {
        Order order;
        Request request;
        Receipt receipt;
    }

    uint256 private constant PART = 2_000;
    uint256 private constant EQUIVOCATION_PART = 5_000;

    Case[] private _cases;
    Case[] private _past;
    uint256 private _drafts;

    /// @notice Signs twice what there may be once; a third time too, at times.
    function equivocate(uint256, uint256 seed) external {
        Draft[2] memory drafts = [_draft(seed), _draft(seed ^ 1)];
        uint256 kind = _pick(seed, "kind", 3);
        if (kind == 0) {
            drafts[1].receipt.sequence = drafts[0].receipt.sequence;
        } else if (kind == 1) {
            (drafts[1].order, drafts[1].request.payer) = (drafts[0].order, drafts[0].request.payer);
            drafts[1].request.ceiling += 1;
        } else {
            drafts[1].request.payer = drafts[0].request.payer;
            uint128 most = drafts[0].receipt.charged;
            drafts[1].receipt.charged = most;
            drafts[1].receipt.price = uint128(_bound(_random(seed, "second price"), 1, most));
        }
        _seal(drafts[1]);
        _reach(State(uint256(State.TwoOfANumber) + kind), true);
        _accuse(kind, drafts, seed);
        if (kind != 0 || _pick(seed, "is third", 2) == 0) return;
        drafts[1].receipt.outputHash = keccak256("a third output");
        _accuse(kind, drafts, seed ^ 2);
    }

    /// @notice Answers against the order's terms, or the protocol's.
    function breakTerms(uint256, uint256 seed) external {
        Draft memory draft = _draft(seed);
        Receipt memory receipt = draft.receipt;
        State kind = State(uint256(State.AboveMaximum) + _pick(seed, "kind", 7));
        bool mustCommit = kind == State.IssuedAfterCommitment || kind == State.KeyNotOperators;
        if (kind == State.AboveMaximum) draft.order.maxPrice = receipt.price - 1;
        else if (kind == State.AboveTariff) draft.order.base = receipt.price - 1;
        else if (kind == State.UnitsInvalid) receipt.charged = receipt.price - 1;
        else if (kind == State.IssuedAfterDeadline) draft.request.deadline = uint64(_now() - 1);
        else if (kind == State.IssuedBeforeHorizon)
            draft.request.deadline = uint64(_now() + Clocks.DEADLINE_HORIZON + 1);
        else if (kind == State.IssuedAfterCommitment) receipt.issuedAt += 1;
        else receipt.signer = puppet;
        _seal(draft);
        _reach(kind, true);
        _file(draft, _terms(_show(receipt, mustCommit, seed), draft.request, draft.order));
    }

    /// @notice Answers what its model does not say; for too much, at times.
    function lie(uint256, uint256 seed) external {
        SmallModel.Run memory run = SmallModel.run(bytes32(_pick(seed, "model", 8)));
        uint256 layer = _pick(seed, "layer", SmallModel.LAYERS);
        run.vectors[layer + 1][0] ^= 0x01;
        Draft memory draft = _draft(seed);
        (Order memory order, Receipt memory answer) = run.papers();
        (draft.order.modelId, draft.order.inputHash) = (order.modelId, order.inputHash);
        (draft.receipt.outputHash, draft.receipt.proofHash) = (answer.outputHash, answer.proofHash);
        bool isTooMuch = _pick(seed, "is too much", 2) == 0;
        if (isTooMuch) draft.order.maxPrice = draft.receipt.price - 1;
        _seal(draft);

        ICourt.Exhibit memory exhibit = _show(draft.receipt, false, seed);
        bool isNeuron = _pick(seed, "is neuron", 2) == 0;
        // Where the last vector alone was changed it is the neuron; a hidden one is wrong itself, whatever follows.
        bytes memory evidence = isNeuron ? run.neuron(layer, 0).encode() : run.rerun().encode();
        _reach(isNeuron ? State.WrongNeuron : State.WrongRerun, true);
        bytes memory data = abi.encodeCall(
            validity.convictOutput,
            (exhibit, draft.request, draft.order, evidence, SALT)
        );
        _file(draft, data);
        if (isTooMuch) _file(draft, _terms(exhibit, draft.request, draft.order));
    }

    /// @notice The reporter goes on with a case: commits to its evidence, or opens it.
    function report(uint256 which, uint256 seed) external {
        if (_cases.length == 0) return;
        _nextBlock();
        _proceed(which % _cases.length, seed);
    }

    /// @notice The operator accuses itself, or only says that it will.
    function accuseItself(uint256 which, uint256 seed) external {
        if (_cases.length == 0 || _isSuspended()) return;
        Case memory self = _cases[which % _cases.length];
        if (_now() > _closesAt(self)) return;
        self.data = bytes.concat(self.data, abi.encode(++_drafts));
        _pledge(self.court, puppet, self.data);
        _nextBlock();
        if (_pick(seed, "is dropped", 3) == 0) return;
        _reach(State.AccusedItself, true);
        _open(self, puppet);
    }

    /// @notice Takes what the reporter is about to open, as it lies in the mempool.
    function copy(uint256 which, uint256) external {
        if (_cases.length == 0) return;
        Case memory self = _cases[which % _cases.length];
        if (self.pledgedAt == 0) return;
        (bool isDone, bytes4 reason) = _try(puppet, address(self.court), 0, self.data);
        _hold(!isDone && reason == EvidenceCommitments.EvidenceNotCommitted.selector, "evidence is its reporter's");
        _reach(State.Copied, true);
    }

    /// @notice Brings evidence again: in time it is good for what was settled since, and later for nothing.
    function reopen(uint256 which, uint256) external {
        if (_past.length == 0 || _isSuspended()) return;
        Case memory self = _past[which % _past.length];
        self.data = bytes.concat(self.data, abi.encode(++_drafts));
        _pledge(self.court, reporter, self.data);
        _nextBlock();
        if (_now() <= _closesAt(self)) return _open(self, reporter);
        (bool isDone, bytes4 reason) = _try(reporter, address(self.court), 0, self.data);
        _hold(!isDone && reason == ICourt.EvidenceOutOfTime.selector, "evidence has its time");
        _reach(State.TooLate, true);
    }

    /// @dev When the next case has to be taken further.
    function _caseDueAt() internal view returns (uint256 due) {
        due = type(uint256).max;
        for (uint256 i = 0; i < _cases.length; ++i) due = _earlier(due, _dueAt(_cases[i]));
    }

    function _proceedWhereDue() internal {
        for (uint256 i = _cases.length; i > 0; --i) {
            Case memory self = _cases[i - 1];
            if (_dueAt(self) > _now()) continue;
            _reach(self.pledgedAt == 0 ? State.PledgedInTheLastSecond : State.OpenedInTheLastSecond, true);
            _proceed(i - 1, _now());
        }
    }

    /// @dev Somebody's order and its answer, right in all there is, of an account that may have paid for it or not.
    function _draft(uint256 seed) internal returns (Draft memory draft) {
        address buyer = _pick(seed, "buyer", 2) == 0 ? payer : puppet;
        uint256 price = _bound(_random(seed, "price"), 2, 30e6);
        uint256 settled = escrow.account(buyer, operator, client.addr).settled;
        draft.order = _order();
        draft.order.salt = bytes32(++_drafts);
        (draft.order.maxPrice, draft.order.base) = (uint128(price), uint128(price));
        (draft.order.inputRate, draft.order.outputRate) = (0, 0);
        draft.request = _request(draft.order);
        draft.request.payer = buyer;
        draft.receipt = _receipt(draft.request);
        draft.receipt.sequence = ledger.nextSequence(operator);
        draft.receipt.price = uint128(price);
        draft.receipt.charged = uint128(price + _bound(_random(seed, "charged"), 0, settled + 20e6));
        _seal(draft);
    }

    function _seal(Draft memory draft) internal view {
        draft.request.orderHash = Requests.hash(draft.order);
        draft.receipt.requestHash = escrow.requestDigest(draft.request);
    }

    /// @dev Files the evidence in both receipts, one of which may be committed, or both.
    function _accuse(uint256 kind, Draft[2] memory drafts, uint256 seed) private {
        (Receipt memory a, Receipt memory b) = (drafts[0].receipt, drafts[1].receipt);
        ICourt.Exhibit[2] memory shown;
        if (kind == 0 && _pick(seed, "is pair", 3) == 0) {
            uint64 next = ledger.nextSequence(operator);
            (a.sequence, b.sequence) = (next, next);
            (shown[0], shown[1]) = _committedPair(a, b);
        } else {
            // What is committed takes the next number, which has to be the contested one.
            bool canCommit = kind != 0 || b.sequence == ledger.nextSequence(operator);
            (shown[0], shown[1]) = (_signed(a), canCommit ? _show(b, false, seed) : _signed(b));
        }
        Request[] memory requests = _pair(drafts[0].request, drafts[1].request);
        Case memory self;
        (self.court, self.bps, self.opensAt) = (equivocation, EQUIVOCATION_PART, _now());
        if (kind != 0 || _pick(seed, "are known", 2) == 0) {
            self.charges = [_chargeOf(a, requests[0].payer), _chargeOf(b, requests[1].payer)];
        } else {
            requests = new Request[](0);
        }
        bytes32 contested = keccak256(abi.encode("sequence", a.sequence));
        if (kind == 0) {
            self.data = _sequence(shown[0], shown[1], requests);
        } else if (kind == 1) {
            self.data = abi.encodeCall(equivocation.convictOrder, (shown[0], shown[1], requests, SALT));
            contested = keccak256(abi.encode("order", requests[0].payer, requests[0].orderHash));
        } else {
            self.data = abi.encodeCall(equivocation.convictUnit, (shown[0], shown[1], requests, SALT));
            uint256 lower = uint256(a.charged - (a.price < b.price ? a.price : b.price));
            contested = keccak256(abi.encode("unit", requests[0].payer, client.addr, lower));
        }
        self.fault = keccak256(abi.encode(operator, contested));
        _cases.push(self);
    }

    /// @dev A receipt in a batch of its own, or with its signature.
    function _show(Receipt memory receipt, bool mustCommit, uint256 seed) private returns (ICourt.Exhibit memory) {
        if (!mustCommit && _pick(seed, "is signed", 2) == 0) return _signed(receipt);
        receipt.sequence = ledger.nextSequence(operator);
        return _committed(receipt);
    }

    /// @dev A case about one receipt.
    function _file(Draft memory draft, bytes memory data) private {
        Case memory self;
        (self.court, self.bps, self.opensAt, self.data) = (validity, PART, _now(), data);
        self.charges[0] = _chargeOf(draft.receipt, draft.request.payer);
        self.fault = self.charges[0].leaf;
        _cases.push(self);
    }

    function _chargeOf(Receipt memory receipt, address buyer) internal pure returns (Charge memory) {
        return Charge(buyer, _receiptFault(receipt), receipt.price, receipt.charged);
    }

    function _proceed(uint256 which, uint256 seed) private {
        Case memory self = _cases[which];
        if (self.pledgedAt == 0) {
            self.data = bytes.concat(self.data, abi.encode(++_drafts));
            _pledgeAmongThieves(self, seed);
            (self.pledgedAt, self.pledgedIn) = (_now(), vm.getBlockNumber());
            _cases[which] = self;
        } else if (vm.getBlockNumber() > self.pledgedIn && !_isSuspended()) {
            _cases[which] = _cases[_cases.length - 1];
            _cases.pop();
            _past.push(self);
            _open(self, reporter);
        }
    }

    /// @dev At times somebody commits to the same before: the reporter's call fails, and its evidence is as good.
    function _pledgeAmongThieves(Case memory self, uint256 seed) private {
        if (_pick(seed, "is front run", 3) != 0) return _pledge(self.court, reporter, self.data);
        bytes32 commitment = self.court.commitmentOf(reporter, self.data);
        bytes memory data = abi.encodeCall(self.court.commitEvidence, (commitment));
        (bool isDone, ) = _try(puppet, address(self.court), DEPOSIT, data);
        (bool isDoneAgain, ) = _try(reporter, address(self.court), DEPOSIT, data);
        _hold(isDone && !isDoneAgain, "a commitment is made once");
        _reach(State.FrontRun, true);
    }

    /// @dev Opens evidence, which gives its deposit back whether or not it was the first.
    function _open(Case memory self, address who) private {
        uint256 coin = who.balance;
        uint256 prices = _unjudged(address(self.court), self.charges);
        _judge(Verdict(who, address(self.court), self.data, self.fault, self.bps, prices));
        _hold(who.balance == coin + DEPOSIT, "evidence that holds gives its deposit back");
    }

    function _dueAt(Case memory self) private view returns (uint256) {
        if (self.pledgedAt == 0) return _closesAt(self);
        return bonds.extended(self.pledgedAt, self.pledgedAt + Clocks.EVIDENCE_LAPSE);
    }

    function _closesAt(Case memory self) private view returns (uint256) {
        return bonds.extended(self.opensAt, self.opensAt + WINDOW);
    }
}
