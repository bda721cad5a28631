// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {Modes} from "../../contracts/Modes.sol";
import {Receipt, Receipts} from "../../contracts/receipts/Receipts.sol";
import {Order, Request, Requests} from "../../contracts/settlement/Requests.sol";
import {Merkle} from "../support/Merkle.sol";
import {SmallModel} from "../support/SmallModel.sol";
import {vm} from "../support/Vm.sol";
import {HonestBooks} from "./HonestBooks.sol";

/**
 * @title HonestOperator
 * @notice An operator that follows the protocol and does no more than it must: it signs each answer once, commits and
 * answers in the last second that it may, settles what its receipts back, and comes and goes as it likes.
 */
abstract contract HonestOperator is HonestBooks {
    using SmallModel for SmallModel.Run;

    mapping(address payer => mapping(bytes32 order => bool)) private _isAnswered;
    uint256[ACCOUNTS] private _newest;
    uint48[] private _tickets;

    function setUp() public virtual override {
        super.setUp();
        _payers = [payer, _actor("second payer").addr];
        _clients[0] = client;
        _clients[1] = _actor("second client");
        _remember(operatorKey);
        _delegate(delegator, 500e6);
        vm.prank(operator);
        escrow.openPayTo();
    }

    /// @notice Answers an order: a new one, or one that was ordered before by this payer or another.
    function serve(uint256 which, uint256 seed) external {
        which %= ACCOUNTS;
        (address buyer, Actor memory key) = _partiesOf(which);
        bool isOld = _services.length != 0 && _pick(seed, "is old", 4) == 0;
        Service memory service;
        if (isOld) service = _services[_pick(seed, "old", _services.length)];
        else _draw(service, seed);

        bytes32 orderHash = Requests.hash(service.kept.shown.order);
        // A request's identity is payer, operator and order: asked again, it gets the receipt that there is.
        if (_isAnswered[buyer][orderHash]) return _reach(State.AskedAgain, true);
        if (!_admits(which, service.kept.shown.order.maxPrice)) return;
        _isAnswered[buyer][orderHash] = true;
        _reach(State.SameOrderOfAnotherPayer, isOld);
        client = key;
        service.account = which;
        _issue(service, buyer, seed);
    }

    /// @notice Commits some of what waits, or all.
    function commit(uint256, uint256 seed) external {
        uint256 pending = _services.length - _committedUpTo;
        if (pending != 0) _commitUpTo(_committedUpTo + _bound(_random(seed, "batch"), 1, pending));
    }

    /// @notice Settles an account up to what was charged, or less, by its newest voucher.
    function settle(uint256 which, uint256 seed) external {
        which %= ACCOUNTS;
        if (_charged[which] == 0) return;
        Service memory newest = _services[_newest[which]];
        Request memory request = newest.kept.shown.request;
        if (_now() > request.deadline + Clocks.SETTLEMENT_GRACE) return;
        (, Actor memory key) = _partiesOf(which);
        uint128 total = _charged[which];
        if (_pick(seed, "is part", 4) == 0) total = uint128(_bound(_random(seed, "total"), 1, total));
        bool isPaid = _settle(_claim(request, key.key, total)) != 0;
        _reach(State.Settled, isPaid);
        _reach(State.SettledBeforeCommitment, isPaid && newest.kept.shown.root == 0);
    }

    /// @notice Takes a new key for what comes, and announces the end of the one before.
    function rotate(uint256, uint256 seed) external {
        if (_pick(seed, "is time", 3) != 0) return;
        Key storage old = _keys[_keys.length - 1];
        old.until = _now() + _bound(_random(seed, "notice"), Clocks.KEY_NOTICE, 3 days);
        uint256 key = uint256(keccak256(abi.encode("key", _keys.length)));
        operatorKey = Actor(vm.addr(key), key);
        _registerKey(operator, operatorKey);
        vm.prank(operator);
        keys.end(old.actor.addr, uint48(old.until));
        _remember(operatorKey);
        _reach(State.Rotated, true);
    }

    /// @notice Bonds more, asks some back, or takes what is ripe.
    function moveBond(uint256 which, uint256 seed) external {
        uint256 kind = _pick(seed, "kind", 3);
        uint96 amount = uint96(_bound(_random(seed, "amount"), 1, 200e6));
        if (kind == 0 && !_isSuspended()) {
            _bond(operator, amount);
            bonded += amount;
        } else if (kind == 1) {
            uint256 active = bonds.operatorOf(operator).own.active;
            if (amount > active) return;
            _askBack(amount);
            _reach(State.Unbonded, true);
        } else if (kind == 2 && _tickets.length != 0) {
            _withdraw(which % _tickets.length);
        }
    }

    function suspend(uint256, uint256 seed) external {
        _reach(State.Suspended, _suspend(seed));
    }

    /// @notice Lets time pass. Whatever the operator owes in it, it does in the last second.
    function wait_(uint256, uint256 seed) external {
        _pass(_span(seed));
    }

    /// @notice Answers one demand before it must.
    function answer(uint256 which, uint256) external {
        if (_demands.length != 0) _answer(which % _demands.length);
    }

    /// @notice The operator ends its service: it waits out every window, and takes all of its bond.
    function quit() external {
        _pass(8 days);
        uint256 active = bonds.operatorOf(operator).own.active;
        if (active != 0) _askBack(uint128(active));
        _pass(UNBONDING + 8 days);
        for (uint256 i = _tickets.length; i > 0; --i) _withdraw(i - 1);
    }

    /// @dev Whoever would convict of silence in the last second in which it can be broken.
    function _race(Demanded memory open) internal virtual;

    function _remember(Actor memory key) private {
        _keys.push(Key(key, 0));
        _keyOf[key.addr] = key.key;
    }

    /// @dev An order, and the answer to it: of a model that is computed, or of one whose answers no court judges.
    function _draw(Service memory service, uint256 seed) private view {
        bool isJudged = _pick(seed, "mode", 3) != 0;
        bytes memory context = _pick(seed, "context", 2) == 0 ? PUBLIC : PRIVATE;
        service.kept = _kept(isJudged ? Modes.OPTIMISTIC : Modes.SIGNED, context);
        Order memory order = service.kept.shown.order;
        // Some answers cost nothing.
        bool isFree = _pick(seed, "is free", 8) == 0;
        order.maxPrice = isFree ? 0 : uint128(_bound(_random(seed, "most"), 0, 20e6));
        order.base = uint128(_bound(_random(seed, "base"), 0, 10e6));
        order.salt = bytes32(_random(seed, "salt"));
        if (!isJudged) return;

        service.seed = bytes32(_pick(seed, "model", 8));
        SmallModel.Run memory run = SmallModel.run(service.seed);
        order.modelId = run.modelId();
        order.inputHash = keccak256(run.vectors[0]);
        (service.kept.disclosed.input, service.kept.disclosed.output) = (run.vectors[0], run.vectors[3]);
        (service.kept.disclosed.evidence[0], service.kept.disclosed.evidence[1]) = (run.vectors[1], run.vectors[2]);
    }

    /// @dev Whether what was served and not settled, and the most that this may cost, is funded and covered.
    function _admits(uint256 which, uint128 most) private returns (bool) {
        uint256 owed = most;
        for (uint256 i = 0; i < ACCOUNTS; ++i) owed += _charged[i] - _accountOf(i).settled;
        if (escrow.exposureOf(operator) + owed > bonds.cover(operator)) return false;
        (address buyer, Actor memory key) = _partiesOf(which);
        uint256 needed = uint256(_charged[which]) + most - _accountOf(which).settled;
        uint256 balance = _accountOf(which).balance;
        if (needed > balance) _fund(buyer, key.addr, uint96(needed - balance));
        return true;
    }

    /// @dev Signs the answer, with the next number and the next units of the account.
    function _issue(Service memory service, address buyer, uint256 seed) private {
        Order memory order = service.kept.shown.order;
        uint256 which = service.account;
        Request memory request = _request(order);
        request.payer = buyer;
        request.ceiling = _charged[which] + order.maxPrice + uint128(_pick(seed, "more", 2) * 10e6);
        request.deadline = uint64(_now() + _bound(_random(seed, "deadline"), 0, Clocks.DEADLINE_HORIZON));

        Receipt memory receipt = _receipt(request);
        receipt.sequence = uint64(_services.length);
        uint256 tariff = order.base + 1_000 * uint256(order.inputRate) + 1_500 * uint256(order.outputRate);
        receipt.price = uint128(_bound(_random(seed, "price"), 0, _earlier(order.maxPrice, tariff)));
        receipt.charged = _charged[which] + receipt.price;
        receipt.outputHash = keccak256(service.kept.disclosed.output);
        receipt.proofHash = _proofHashOf(service.kept.disclosed.evidence);
        (service.kept.shown.request, service.kept.shown.receipt) = (request, receipt);
        _seal(service.kept);
        (service.kept.shown.root, service.kept.shown.proof) = (0, new bytes32[](0));

        _charged[which] = receipt.charged;
        _newest[which] = _services.length;
        _services.push(service);
        _reach(State.Served, true);
        _reach(State.ServedForNothing, receipt.price == 0);
    }

    /// @dev Commits a batch of all answers that wait, up to the `end`th.
    function _commitUpTo(uint256 end) private {
        uint256 first = _committedUpTo;
        bytes32[] memory leaves = new bytes32[](end - first);
        for (uint256 i = first; i < end; ++i) leaves[i - first] = Receipts.hash(_services[i].kept.shown.receipt);
        bytes32[] memory nodes = Merkle.tree(leaves);
        for (uint256 i = first; i < end; ++i) {
            _services[i].kept.shown.root = nodes[0];
            _services[i].kept.shown.proof = Merkle.proof(nodes, i - first);
        }
        _commit(operator, nodes[0], uint64(first), uint32(end - first));
        _committedUpTo = end;
    }

    function _answer(uint256 which) private {
        Demanded memory open = _demands[which];
        if (!_isCommitted(open.service)) _commitUpTo(open.service + 1);
        Kept memory kept = _services[open.service].kept;
        bool isPrivate = keccak256(kept.disclosed.context) == keccak256(PRIVATE);
        _reach(State.AnsweredInASuspension, _isSuspended());
        if (open.asked == Asked.Receipt) {
            vm.prank(operator);
            disclosure.answerReceipt(kept.shown, isPrivate ? _withoutPayload(kept) : kept.disclosed);
            _reach(State.ReceiptAnswered, true);
        } else if (open.asked == Asked.Payload) {
            vm.prank(operator);
            disclosure.answerPayload(kept.shown, kept.disclosed);
            _reach(State.PayloadAnswered, true);
        } else {
            _answerUnit(open.unit, kept);
            _reach(State.UnitAnswered, true);
        }
        _demands[which] = _demands[_demands.length - 1];
        _demands.pop();
    }

    /// @dev When the next thing is due: the commitment of what waits, or an answer.
    function _dueAt() internal view override returns (uint256 due) {
        due = type(uint256).max;
        for (uint256 i = _committedUpTo; i < _services.length; ++i) due = _earlier(due, _latestCommitmentOf(i));
        for (uint256 i = 0; i < _demands.length; ++i) due = _earlier(due, _deadlineOf(_demands[i]));
    }

    function _doWhatIsDue() internal override {
        for (uint256 i = _committedUpTo; i < _services.length; ++i) {
            if (_latestCommitmentOf(i) > _now()) continue;
            _commitUpTo(_services.length);
            _reach(State.CommittedInTheLastSecond, true);
            break;
        }
        for (uint256 i = _demands.length; i > 0; --i) {
            if (_deadlineOf(_demands[i - 1]) > _now()) continue;
            _race(_demands[i - 1]);
            _answer(i - 1);
        }
    }

    /// @dev Requests of one second are one ticket.
    function _askBack(uint128 shares) private {
        bool isNew = bonds.ticketOf(operator, operator, uint48(_now())).shares == 0;
        vm.prank(operator);
        uint48 ticket = bonds.requestUnbond(operator, shares);
        if (isNew) _tickets.push(ticket);
    }

    function _withdraw(uint256 which) private {
        uint48 ticket = _tickets[which];
        uint256 maturesAt = bonds.ticketOf(operator, operator, ticket).maturesAt;
        if (_isSuspended() || _now() < bonds.extended(ticket, maturesAt)) return;
        bonded -= bonds.withdraw(operator, operator, ticket);
        _tickets[which] = _tickets[_tickets.length - 1];
        _tickets.pop();
        _reach(State.Withdrawn, true);
    }

    function _proofHashOf(bytes[] memory evidence) private pure returns (bytes32) {
        if (evidence.length == 0) return 0;
        return keccak256(bytes.concat(keccak256(evidence[0]), keccak256(evidence[1])));
    }
}
