// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OperatorAgents} from "../../contracts/access/OperatorAgents.sol";
import {IOperatorBonds, LEAST_REWARDED_SHARES} from "../../contracts/bonds/IOperatorBonds.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Request} from "../../contracts/settlement/Requests.sol";
import {ExactTransfer} from "../../contracts/tokens/ExactTransfer.sol";
import {TestToken} from "../../contracts/tokens/TestToken.sol";
import {vm} from "../support/Vm.sol";
import {EscrowSurroundings} from "./EscrowSurroundings.sol";

/**
 * @title EscrowActions
 * @notice Everything that can be done to the escrow. Each call either goes through, or is one that must be refused and is
 * checked to be, by the name of the error: so none reverts.
 */
abstract contract EscrowActions is EscrowSurroundings {
    /// @dev So many vouchers are remembered, to be brought again.
    uint256 private constant VOUCHERS = 40;
    uint256 private constant MOST_CLAIMS = 6;

    Actor[PAYERS] private _payers;
    Actor[SIGNERS] private _signers;
    Voucher[] private _vouchers;

    constructor(FeeEscrow escrow, OperatorBonds bonds, TestToken token) EscrowSurroundings(escrow, bonds, token) {
        (_payers[0], _payers[1], _payers[2]) = (_actor("payer"), _actor("second payer"), _actor("third payer"));
        (_signers[0], _signers[1], _signers[2]) = (_actor("payer"), _actor("signer"), _actor("impostor"));
    }

    /// @notice What a run is made of: each takes two numbers, and makes of them what it likes.
    function actions() external pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](26);
        selectors[0] = this.fund.selector;
        selectors[1] = this.fundAuthorized.selector;
        selectors[2] = this.settle.selector;
        selectors[3] = this.settle.selector;
        selectors[4] = this.settle.selector;
        selectors[5] = this.thaw.selector;
        selectors[6] = this.refund.selector;
        selectors[7] = this.cancelThaw.selector;
        selectors[8] = this.openPayTo.selector;
        selectors[9] = this.send.selector;
        selectors[10] = this.collect.selector;
        selectors[11] = this.withdraw.selector;
        selectors[12] = this.rewardDelegators.selector;
        selectors[13] = this.bond.selector;
        selectors[14] = this.delegate.selector;
        selectors[15] = this.requestUnbond.selector;
        selectors[16] = this.withdrawTicket.selector;
        selectors[17] = this.slash.selector;
        selectors[18] = this.configure.selector;
        selectors[19] = this.suspend.selector;
        selectors[20] = this.wait_.selector;
        selectors[21] = this.donate.selector;
        selectors[22] = this.beginAnew.selector;
        // What leads to what else there is.
        selectors[23] = this.collect.selector;
        selectors[24] = this.bond.selector;
        selectors[25] = this.delegate.selector;
    }

    /// @notice Funds by approval or by permit.
    function fund(uint256 which, uint256 seed) external {
        which = _funded(which, seed);
        (Actor memory payer, address operator, address signer) = _partiesOf(which);
        uint256 amount = _bound(_random(seed, "funds"), 1, 600e6);
        vm.prank(payer.addr);
        _token.faucet(amount);
        bool isPermit = _pick(seed, "is permit", 2) == 0;
        if (isPermit) {
            ExactTransfer.Permit memory permit = ExactTransfer.Permit(amount, _now(), 0, 0, 0);
            (permit.v, permit.r, permit.s) = _signPermit(payer, _token, address(_escrow), amount, _now());
            vm.prank(payer.addr);
            _escrow.fundWithPermit(amount, operator, signer, permit);
        } else {
            vm.prank(payer.addr);
            _token.approve(address(_escrow), amount);
            vm.prank(payer.addr);
            _escrow.fund(amount, operator, signer);
        }
        _reach(isPermit ? State.FundedByPermit : State.FundedByApproval, true);
        _bookFunds(which, amount);
    }

    /// @notice Funds by an authorization that a stranger brings: for no other account, and once.
    function fundAuthorized(uint256 which, uint256 seed) external {
        which = _funded(which, seed);
        uint256 other = _funded(which + OPERATORS, seed);
        uint256 amount = _bound(_random(seed, "funds"), 1, 600e6);
        (Actor memory payer, address operator, address signer) = _partiesOf(which);
        vm.prank(payer.addr);
        _token.faucet(amount);
        ExactTransfer.Authorization memory authorization = _authorizationOf(which, amount, bytes32(seed));
        (, address otherOperator, address otherSigner) = _partiesOf(other);
        if (otherOperator != operator || otherSigner != signer) {
            bytes memory redirected = abi.encodeCall(
                IFeeEscrow.fundWithAuthorization,
                (amount, payer.addr, otherOperator, otherSigner, authorization)
            );
            _reach(State.FundingRedirected, true);
            _refused(_stranger, redirected, ExactTransfer.AuthorizationRefused.selector);
        }

        bytes memory call = abi.encodeCall(
            IFeeEscrow.fundWithAuthorization,
            (amount, payer.addr, operator, signer, authorization)
        );
        if (!_token.authorizationState(payer.addr, _nonceOf(which, bytes32(seed)))) {
            vm.prank(_stranger);
            _escrow.fundWithAuthorization(amount, payer.addr, operator, signer, authorization);
            _reach(State.FundedByAuthorization, true);
            _bookFunds(which, amount);
        }
        _reach(State.AuthorizationRefusedAgain, true);
        _refused(_stranger, call, ExactTransfer.AuthorizationRefused.selector);
    }

    /// @notice Settles a batch: any accounts, any totals, fresh, late, early, forged and old vouchers in any order.
    function settle(uint256 who, uint256 seed) external {
        uint256 operator = who % OPERATORS;
        uint256[] memory places = new uint256[](1 + _pick(seed, "claims", MOST_CLAIMS));
        IFeeEscrow.Claim[] memory claims = new IFeeEscrow.Claim[](places.length);
        Voucher[] memory vouchers = new Voucher[](places.length);
        for (uint256 i = 0; i < places.length; ++i) {
            uint256 random = _random(seed, string(abi.encode("claim", i)));
            bool isOld = _vouchers.length != 0 && _pick(random, "is old", 3) == 0;
            places[i] = isOld ? random % _vouchers.length : _remember(_draw(operator, random), random);
            vouchers[i] = _vouchers[places[i]];
            claims[i] = vouchers[i].claim;
        }

        address caller = _caller(operator, seed);
        if (!_mayAct(caller, operator)) {
            _reach(State.SettledByStranger, true);
            bytes memory call = abi.encodeCall(IFeeEscrow.settle, (operators[operator], claims));
            return _refused(caller, call, OperatorAgents.NotOperatorOrAgent.selector);
        }
        vm.prank(caller);
        uint256 paid = _escrow.settle(operators[operator], claims);
        _reach(State.SettledByAgent, paid != 0 && caller != operators[operator]);
        _reach(State.SettledWhileSuspended, paid != 0 && _isSuspended());
        _hold(
            Rule.E1,
            paid == _bookClaims(operator, places, vouchers),
            "a settlement pays what its claims are good for"
        );
    }

    function thaw(uint256 which, uint256 seed) external {
        which = _funded(which, seed);
        (Actor memory payer, address operator, address signer) = _partiesOf(which);
        AccountBook storage account = _accounts[which];
        bool isAll = _pick(seed, "is all", 2) == 0;
        uint256 amount =
            isAll ? account.balance : _bound(_random(seed, "amount"), 0, account.balance + account.balance / 4);
        bytes memory call = abi.encodeCall(IFeeEscrow.thaw, (amount, operator, signer));
        bool isRunning = account.thawing != 0 && _now() <= account.maturesAt + Clocks.REFUND_LAPSE;
        _reach(State.ThawRefused, isRunning);
        if (amount == 0) return _refused(payer.addr, call, IFeeEscrow.ZeroAmount.selector);
        if (isRunning) return _refused(payer.addr, call, IFeeEscrow.ThawUnderWay.selector);
        if (amount > account.balance) return _refused(payer.addr, call, IFeeEscrow.BalanceInsufficient.selector);
        vm.prank(payer.addr);
        _escrow.thaw(amount, operator, signer);
        (account.thawing, account.maturesAt) = (amount, _now() + Clocks.REFUND_THAW);
    }

    /// @notice Asks for a refund: now, or around the seconds when its thaw matures and lapses.
    function refund(uint256 which, uint256 seed) external {
        which = _funded(which, seed);
        (Actor memory payer, address operator, address signer) = _partiesOf(which);
        AccountBook storage account = _accounts[which];
        bytes memory call = abi.encodeCall(IFeeEscrow.refund, (operator, signer));
        _refused(_stranger, call, IFeeEscrow.NoThaw.selector);
        if (account.thawing == 0) return _refused(payer.addr, call, IFeeEscrow.NoThaw.selector);

        uint256 lapsesAt = account.maturesAt + Clocks.REFUND_LAPSE;
        uint256[5] memory times = [_now(), account.maturesAt - 1, account.maturesAt, lapsesAt, lapsesAt + 1];
        uint256 time = times[_pick(seed, "time", times.length)];
        if (time > _now()) vm.warp(time);
        if (_now() < account.maturesAt) {
            _reach(State.RefundTooEarly, true);
            return _refused(payer.addr, call, IFeeEscrow.ThawNotMature.selector);
        }
        if (_now() > lapsesAt) {
            _reach(State.RefundLapsed, true);
            return _refused(payer.addr, call, IFeeEscrow.ThawLapsed.selector);
        }
        if (_pick(seed, "is settled first", 2) == 0) this.settle(operatorOf(which), seed);
        uint256 amount = _min(account.thawing, account.balance);
        _reach(amount < account.thawing ? State.RefundCut : State.RefundWhole, true);
        _pays(payer.addr, payer.addr, amount, call);
        account.thawing = 0;
        account.balance -= amount;
        account.refunded += amount;
    }

    function cancelThaw(uint256 which, uint256 seed) external {
        which = _funded(which, seed);
        (Actor memory payer, address operator, address signer) = _partiesOf(which);
        bytes memory call = abi.encodeCall(IFeeEscrow.cancelThaw, (operator, signer));
        if (_accounts[which].thawing == 0) return _refused(payer.addr, call, IFeeEscrow.NoThaw.selector);
        vm.prank(payer.addr);
        _escrow.cancelThaw(operator, signer);
        _accounts[which].thawing = 0;
    }

    function openPayTo(uint256 who, uint256) external {
        uint256 operator = who % OPERATORS;
        bytes memory call = abi.encodeCall(IFeeEscrow.openPayTo, ());
        _reach(State.OpenedTwice, _operators[operator].isOpen);
        if (_operators[operator].isOpen) {
            return _refused(operators[operator], call, IFeeEscrow.PayToAlreadyOpen.selector);
        }
        vm.prank(operators[operator]);
        _escrow.openPayTo();
        _operators[operator].isOpen = true;
    }

    /// @notice Pays an operator without a voucher.
    function send(uint256 who, uint256 seed) external {
        uint256 operator = who % OPERATORS;
        uint256 amount = _bound(_random(seed, "payment"), 1, 400e6);
        _sendNew(_escrow.payToOf(operators[operator]), amount);
        _operators[operator].sent += amount;
        _reach(State.SentBeforeOpening, !_operators[operator].isOpen);
    }

    function collect(uint256 who, uint256) external {
        uint256 operator = who % OPERATORS;
        OperatorBook storage book = _operators[operator];
        bytes memory call = abi.encodeCall(IFeeEscrow.collect, (operators[operator]));
        _reach(State.NotOpen, !book.isOpen);
        if (!book.isOpen) return _refused(_stranger, call, IFeeEscrow.PayToNotOpen.selector);
        _reach(State.NothingToCollect, book.sent == 0);
        if (book.sent == 0) return _refused(_stranger, call, IFeeEscrow.NothingToWithdraw.selector);

        Terms memory terms = _termsOf(operator);
        uint256 room = _min(
            _rest(terms.cap, exposureOf(operator, false)),
            _rest(terms.ownCap / 2, exposureOf(operator, true))
        );
        _reach(State.NoCoverToCollect, room == 0);
        if (room == 0) return _refused(_stranger, call, IFeeEscrow.NoCoverLeft.selector);
        uint256 due = _min(book.sent, room);
        _reach(due == book.sent ? State.CollectedInFull : State.CollectedInPart, true);
        vm.prank(_stranger);
        _hold(Rule.E1, _escrow.collect(operators[operator]) == due, "what is collected is what there is room for");
        _pay(collectingAccountOf(operator), due, true, terms);
        _hold(
            Rule.E5,
            _paidWithin(operator, Clocks.CAP_WINDOW, true) <= terms.ownCap / 2,
            "collected within half of the own bond's cap"
        );
        _holdCovered(operator, terms.cap);
    }

    /// @notice Sends an operator's earnings and the protocol's fees where they belong.
    function withdraw(uint256 who, uint256) external {
        uint256 operator = who % OPERATORS;
        bytes memory call = abi.encodeCall(IFeeEscrow.withdrawEarnings, (operators[operator]));
        _pays(_stranger, payoutOf(operator), _operators[operator].earnings, call);
        _operators[operator].earnings = 0;
        _pays(_stranger, _escrow.treasury(), protocolFees, abi.encodeCall(IFeeEscrow.withdrawProtocolFees, ()));
        protocolFees = 0;
    }

    /// @notice Brings the delegators' part to their pool, or to the protocol where that has ended: none is the operator's.
    function rewardDelegators(uint256 who, uint256) external {
        uint256 operator = who % OPERATORS;
        OperatorBook storage book = _operators[operator];
        bytes memory call = abi.encodeCall(IFeeEscrow.rewardDelegators, (operators[operator]));
        uint256 due = book.delegatorsFees;
        if (due == 0) return _refused(_stranger, call, IFeeEscrow.NothingToWithdraw.selector);
        IOperatorBonds.PoolView memory pool = _bonds.operatorOf(operators[operator]).delegated;
        bool isForfeited = pool.epoch != book.epoch || pool.shares < LEAST_REWARDED_SHARES;
        (uint256 ownBefore, uint256 before) = _bonds.slashable(operators[operator]);
        uint256 brought = _escrow.rewardDelegators(operators[operator]);
        (uint256 own, uint256 delegated) = _bonds.slashable(operators[operator]);
        _hold(Rule.B1, brought == (isForfeited ? 0 : due), "delegators get all of their part, or it is forfeited");
        _hold(Rule.B1, delegated == before + brought && own == ownBefore, "delegators get what was brought");
        _reach(isForfeited ? State.DelegatorsForfeitedAtReward : State.DelegatorsPaid, true);
        book.delegatorsFees = 0;
        if (isForfeited) protocolFees += due;
    }

    /// @notice Whose an account is.
    function accountOf(uint256 which) external view returns (address payer, address operator, address signer) {
        if (which >= ACCOUNTS - OPERATORS) {
            operator = operators[operatorOf(which)];
            return (_escrow.payToOf(operator), operator, address(0));
        }
        Actor memory actor;
        (actor, operator, signer) = _partiesOf(which);
        return (actor.addr, operator, signer);
    }

    function _bookFunds(uint256 which, uint256 amount) private {
        _accounts[which].funded += amount;
        _accounts[which].balance += amount;
    }

    /// @dev Books a batch claim by claim (E4), and checks what was settled of late against the cap (E5).
    function _bookClaims(
        uint256 operator,
        uint256[] memory places,
        Voucher[] memory vouchers
    ) private returns (uint256 paid) {
        Terms memory terms = _termsOf(operator);
        _reach(State.CapBelowExposure, terms.cap < exposureOf(operator, false));
        for (uint256 i = 0; i < places.length; ++i) {
            vouchers[i].isSettled = _vouchers[places[i]].isSettled;
            uint256 due = _due(operator, vouchers[i], terms.cap);
            if (due == 0) continue;
            _pay(accountAt(operator, vouchers[i].payer, vouchers[i].signer), due, false, terms);
            _vouchers[places[i]].isSettled = true;
            paid += due;
        }
        if (paid != 0) _holdCovered(operator, terms.cap);
    }

    function _holdCovered(uint256 operator, uint256 cap) private {
        _hold(Rule.E5, _paidWithin(operator, Clocks.CAP_WINDOW, false) <= cap, "settled within the window and the cap");
        _hold(Rule.E5, _escrow.exposureOf(operators[operator]) <= cap, "exposed within the cap");
    }

    /// @dev The call goes through and brings `amount` to `to`; where there is nothing to bring, it is refused, but for a
    /// refund, which is over then.
    function _pays(address caller, address to, uint256 amount, bytes memory call) private {
        if (amount == 0 && bytes4(call) != IFeeEscrow.refund.selector) {
            return _refused(caller, call, IFeeEscrow.NothingToWithdraw.selector);
        }
        uint256 before = _token.balanceOf(to);
        vm.prank(caller);
        (bool isDone, bytes memory result) = address(_escrow).call(call);
        _hold(Rule.B1, isDone && abi.decode(result, (uint256)) == amount, "what is due is paid");
        _hold(Rule.B1, _token.balanceOf(to) == before + amount, "it arrives where it belongs");
    }

    function _refused(address caller, bytes memory call, bytes4 expected) private {
        vm.prank(caller);
        (bool isDone, bytes memory result) = address(_escrow).call(call);
        _hold(Rule.E6, !isDone && bytes4(result) == expected, "what must not be is refused by name");
    }

    /// @dev The number of a remembered voucher; old ones give way.
    function _remember(Voucher memory voucher, uint256 random) private returns (uint256 place) {
        if (_vouchers.length < VOUCHERS) {
            _vouchers.push(voucher);
            return _vouchers.length - 1;
        }
        place = random % VOUCHERS;
        _vouchers[place] = voucher;
    }

    /// @dev A new voucher around what was settled and what is there, so that partial payments and skips all happen.
    function _draw(uint256 operator, uint256 random) private view returns (Voucher memory voucher) {
        voucher.operator = operator;
        voucher.payer = _pick(random, "payer", PAYERS);
        // Mostly one whose accounts are funded; at times nobody at all.
        voucher.signer = [uint256(0), 0, 0, 1, 1, 1, 2, SIGNERS][_pick(random, "signer", 8)];
        uint256 signer = voucher.signer % SIGNERS;
        AccountBook memory account = _accounts[accountAt(operator, voucher.payer, signer)];
        IFeeEscrow.Claim memory claim = voucher.claim;
        claim.payer = _payers[voucher.payer].addr;
        claim.orderHash = bytes32(random);
        uint256 least = account.settled - _min(account.settled, account.balance / 4);
        uint256 most = account.settled + account.balance + account.balance / 4 + 2;
        claim.ceiling = uint128(_bound(_random(random, "ceiling"), least, most));
        claim.total =
            _pick(random, "is all", 2) == 0
                ? claim.ceiling
                : uint128(_bound(_random(random, "total"), least, claim.ceiling + account.balance / 8));
        claim.deadline = uint64(_deadline(random));
        Request memory request = Request(
            claim.payer,
            operators[operator],
            claim.ceiling,
            claim.deadline,
            claim.orderHash
        );
        (claim.r, claim.vs) = _signCompact(_signers[signer].key, _escrow.requestDigest(request));
        if (voucher.signer >= SIGNERS) claim.r = bytes32(_random(random, "forged"));
    }

    /// @dev The edges of when a voucher is good, a second beyond them, and any time between.
    function _deadline(uint256 random) private view returns (uint256) {
        (uint256 least, uint256 most) = (_now() - Clocks.SETTLEMENT_GRACE, _now() + Clocks.DEADLINE_HORIZON);
        uint256[4] memory edges = [least - 1, least, most, most + 1];
        uint256 kind = _pick(random, "deadline", 12);
        return kind < edges.length ? edges[kind] : _bound(_random(random, "deadline"), least, most);
    }

    /// @dev The operator, whoever may be its agent, or somebody.
    function _caller(uint256 operator, uint256 seed) private view returns (address) {
        uint256 kind = _pick(seed, "caller", 8);
        if (kind == 0) return _stranger;
        return kind < 4 ? _agentOf(operator) : operators[operator];
    }

    function _mayAct(address caller, uint256 operator) private view returns (bool) {
        return caller == operators[operator] || caller == _operators[operator].agent;
    }

    function _termsOf(uint256 operator) private view returns (Terms memory) {
        IOperatorBonds.SettlementTerms memory terms = _bonds.termsOf(operators[operator]);
        uint256 cover = _bonds.cover(operators[operator]);
        uint256 own = cover == 0 ? 0 : _bonds.operatorOf(operators[operator]).own.active;
        uint256 cap = (cover * BPS) / _coverageBps;
        return Terms(cap, (own * BPS) / _coverageBps, _feeBps, terms.delegatorsRate, terms.delegatedEpoch);
    }

    /// @dev The salt is that of one authorization; its nonce binds it to the account.
    function _authorizationOf(
        uint256 which,
        uint256 amount,
        bytes32 salt
    ) private view returns (ExactTransfer.Authorization memory authorization) {
        uint256[2] memory validity = [_now() - 1, _now() + 1];
        (authorization.validAfter, authorization.validBefore, authorization.salt) = (validity[0], validity[1], salt);
        (Actor memory payer, , ) = _partiesOf(which);
        (authorization.v, authorization.r, authorization.s) = _signAuthorization(
            payer,
            _token,
            address(_escrow),
            amount,
            validity,
            _nonceOf(which, salt)
        );
    }

    function _nonceOf(uint256 which, bytes32 salt) private view returns (bytes32) {
        (Actor memory payer, address operator, address signer) = _partiesOf(which);
        return _escrow.fundingNonce(payer.addr, operator, signer, salt);
    }

    function _partiesOf(uint256 which) private view returns (Actor memory, address operator, address signer) {
        uint256 rest = which / OPERATORS;
        return (_payers[rest % PAYERS], operators[operatorOf(which)], _signers[rest / PAYERS].addr);
    }

    /// @dev An account that is funded: of any payer, but not of the impostor.
    function _funded(uint256 which, uint256 seed) private pure returns (uint256) {
        return accountAt(which % OPERATORS, _pick(seed, "payer", PAYERS), _pick(which, "signer", SIGNERS - 1));
    }

    /// @dev What `part` leaves of `whole`, where it leaves anything.
    function _rest(uint256 whole, uint256 part) private pure returns (uint256) {
        return whole > part ? whole - part : 0;
    }
}
