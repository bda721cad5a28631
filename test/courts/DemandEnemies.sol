// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OperatorAgents} from "../../contracts/access/OperatorAgents.sol";
import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {Demands} from "../../contracts/courts/Demands.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {IDisclosureCourt} from "../../contracts/courts/IDisclosureCourt.sol";
import {IKeyRegistry} from "../../contracts/keys/IKeyRegistry.sol";
import {Modes} from "../../contracts/Modes.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {vm} from "../support/Vm.sol";
import {Enemies} from "./Enemies.sol";
import {HonestOperator} from "./HonestOperator.sol";

/**
 * @title DemandEnemies
 * @notice Demands of all that can be demanded and more, in crowds, and convictions of a silence that there is not; and
 * those who act as if they were the operator.
 */
abstract contract DemandEnemies is Enemies {
    bytes4 private constant OVER = IDisclosureCourt.DemandOutOfTime.selector;
    bytes4 private constant AGAIN = Demands.AlreadyDemanded.selector;

    /// @notice Demands one thing.
    function demand(uint256 which, uint256 seed) public {
        if (_services.length == 0) return;
        uint256 kind = _pick(seed, "kind", 3);
        if (kind == 0) _demandReceiptOf(which % _services.length);
        else if (kind == 1) _demandPayloadOf(which % _services.length, seed);
        else _demandUnitOf(which % ACCOUNTS, seed);
    }

    /// @notice Demands a dozen things at once.
    function crowd(uint256 which, uint256 seed) external {
        for (uint256 i = 0; i < 12; ++i) demand(which ^ i, _random(seed, string(abi.encode(i))));
        _reach(State.Crowded, _demands.length >= disclosure.CROWD());
    }

    /// @notice Has silence punished that is not over, or was none.
    function convictSilence(uint256 which, uint256 seed) external {
        if (_demands.length != 0 && seed % 2 == 0) {
            return _convict(Attack.SilenceTooEarly, _demands[which % _demands.length]);
        }
        if (_services.length == 0) return;
        Demanded memory silent;
        silent.service = which % _services.length;
        silent.asked = Asked(_pick(seed, "asked", 3));
        uint256 settled = _accountOf(_services[silent.service].account).settled;
        if (silent.asked == Asked.Payload && !_isCommitted(silent.service)) return;
        // As often beyond what is settled as within it.
        silent.unit = uint128(_bound(_random(seed, "unit"), 0, 2 * settled + 1));
        if (_isOpen(_idOf(silent))) return;
        _convict(Attack.SilenceAfterAnAnswer, silent);
    }

    /// @notice Would have a demand forgotten, to get its deposit back.
    function lapse(uint256 which, uint256) external {
        if (_demands.length == 0) return;
        bytes memory data = abi.encodeCall(disclosure.lapse, (_demands[which % _demands.length].demand));
        _inVain(Attack.LapsedTooEarly, reporter, address(disclosure), data, Demands.SilenceNotLapsed.selector);
    }

    /// @notice Does in the operator's name what only it may do.
    function impersonate(uint256, uint256 seed) external {
        uint256 kind = _pick(seed, "kind", 5);
        if (kind == 0) {
            uint64 next = ledger.nextSequence(operator);
            bytes memory data = abi.encodeCall(ledger.commit, (operator, keccak256("root"), 0, next, 1));
            bytes4 reason = OperatorAgents.NotOperatorOrAgent.selector;
            _inVain(Attack.CommittedForTheOperator, rival, address(ledger), data, reason);
        } else if (kind == 1) {
            bytes memory data = abi.encodeCall(escrow.settle, (operator, new IFeeEscrow.Claim[](1)));
            bytes4 reason = OperatorAgents.NotOperatorOrAgent.selector;
            _inVain(Attack.SettledForTheOperator, rival, address(escrow), data, reason);
        } else if (kind == 2) {
            bytes memory signature = _sign(operatorKey.key, keys.registrationDigest(operatorKey.addr, operator));
            bytes memory data = abi.encodeCall(keys.register, (operatorKey.addr, signature));
            _inVain(Attack.KeyTaken, rival, address(keys), data, IKeyRegistry.KeyAlreadyRegistered.selector);
        } else if (kind == 3) {
            bytes memory data = abi.encodeCall(keys.end, (operatorKey.addr, uint48(_now() + 2 days)));
            _inVain(Attack.KeyEnded, rival, address(keys), data, IKeyRegistry.KeyNotOwned.selector);
        } else if (!_isSuspended()) {
            bytes memory data = abi.encodeCall(bonds.slash, (operator, 1, new IOperatorBonds.Award[](0)));
            _inVain(Attack.SlashedByNoSlasher, rival, address(bonds), data, IOperatorBonds.NotSlasher.selector);
        }
    }

    /// @notice Pays the operator without a voucher, and demands a receipt for it.
    function payUnasked(uint256, uint256 seed) external {
        address payTo = escrow.payToOf(operator);
        _give(reporter, 1e6);
        vm.prank(reporter);
        // A token of ours: it reverts where it fails.
        token.transfer(payTo, 1e6);
        bytes4 found = _reasonOf(reporter, address(escrow), 0, abi.encodeCall(escrow.collect, (operator)));
        _hold(found == 0 || found == IFeeEscrow.NoCoverLeft.selector, "a payment is collected, or waits for cover");
        _reach(State.Collected, found == 0);
        uint128 unit = uint128(_bound(_random(seed, "unit"), 1, 1e6));
        bytes memory data = abi.encodeCall(disclosure.demandUnit, (payTo, operator, address(0), unit));
        bytes4 reason = IDisclosureCourt.NoClient.selector;
        _refusedDemand(Attack.UnitOfACollection, reporter, data, [reason, reason]);
    }

    /// @inheritdoc HonestOperator
    function _race(Demanded memory open) internal override {
        _convict(Attack.SilenceInTheLastSecond, open);
    }

    function _demandReceiptOf(uint256 service) private {
        bytes32 root = _isCommitted(service) ? _services[service].kept.shown.root : keccak256("root");
        bytes memory data = abi.encodeCall(disclosure.demandReceipt, (operator, root, uint64(service)));
        bytes4[2] memory reasons = [AGAIN, OVER];
        if (!_isCommitted(service)) {
            reasons[0] = IDisclosureCourt.ReceiptUnknown.selector;
            return _refusedDemand(Attack.NotInTheBatch, reporter, data, reasons);
        }
        _demandOrBeRefused(Demanded(Asked.Receipt, 0, service, 0), reporter, data);
    }

    function _demandPayloadOf(uint256 service, uint256 seed) private {
        IDisclosureCourt.Shown memory shown = _services[service].kept.shown;
        address buyer = shown.request.payer;
        bytes memory data = abi.encodeCall(disclosure.demandPayload, (shown));
        bytes4 reason;
        if (!_isCommitted(service)) {
            reason = ICourt.ReceiptNotCommitted.selector;
            return _refusedDemand(Attack.PayloadNotCommitted, buyer, data, [reason, reason]);
        }
        if (_pick(seed, "is a stranger", 4) == 0) {
            reason = IDisclosureCourt.NotPayer.selector;
            return _refusedDemand(Attack.PayloadByAStranger, reporter, data, [reason, reason]);
        }
        if (shown.order.mode == Modes.SIGNED) {
            reason = IDisclosureCourt.PayloadNotJudged.selector;
            return _refusedDemand(Attack.PayloadOfNoCourt, buyer, data, [reason, reason]);
        }
        _demandOrBeRefused(Demanded(Asked.Payload, 0, service, 0), buyer, data);
    }

    function _demandUnitOf(uint256 which, uint256 seed) private {
        (address buyer, Actor memory key) = _partiesOf(which);
        uint256 settled = _accountOf(which).settled;
        bool isSettled = settled != 0 && _pick(seed, "is settled", 6) != 0;
        uint256 unit = seed % 2 == 0 ? 0 : settled + 1;
        // Often where two receipts meet.
        if (isSettled) {
            bool isEdge = _pick(seed, "is edge", 2) == 0;
            uint128 charged = _services[_pick(seed, "edge", _services.length)].kept.shown.receipt.charged;
            unit = _bound(isEdge ? charged + _pick(seed, "side", 2) : _random(seed, "unit"), 1, settled);
        }
        bytes memory data = abi.encodeCall(disclosure.demandUnit, (buyer, operator, key.addr, uint128(unit)));
        if (!isSettled) {
            bytes4 reason = IDisclosureCourt.UnitNotSettled.selector;
            return _refusedDemand(Attack.UnitNotSettled, reporter, data, [reason, reason]);
        }
        uint256 service = _serviceOf(which, uint128(unit));
        _demandOrBeRefused(Demanded(Asked.Unit, 0, service, uint128(unit)), reporter, data);
    }

    /// @dev What can be demanded is, once and in time.
    function _demandOrBeRefused(Demanded memory asked, address who, bytes memory data) private {
        asked.demand = _idOf(asked);
        (bool isDone, bytes4 reason) = _try(who, address(disclosure), disclosure.depositFor(operator), data);
        if (isDone) _demands.push(asked);
        else _refused(reason == OVER ? Attack.DemandedTooLate : Attack.DemandedTwice, reason, _sorted(reason));
    }

    function _refusedDemand(Attack attack, address who, bytes memory data, bytes4[2] memory reasons) private {
        uint256 deposit = disclosure.depositFor(operator);
        _refused(attack, _reasonOf(who, address(disclosure), deposit, data), reasons);
    }

    function _convict(Attack attack, Demanded memory open) private {
        IDisclosureCourt.Shown memory shown = _services[open.service].kept.shown;
        (address buyer, Actor memory key) = _partiesOf(_services[open.service].account);
        bytes memory data = abi.encodeCall(disclosure.convictReceipt, (operator, shown.root, uint64(open.service)));
        if (open.asked == Asked.Payload) data = abi.encodeCall(disclosure.convictPayload, (shown));
        if (open.asked == Asked.Unit) {
            data = abi.encodeCall(disclosure.convictUnit, (buyer, operator, key.addr, open.unit));
        }
        bytes4 reason = Demands.AnswerStillPossible.selector;
        if (attack == Attack.SilenceAfterAnAnswer) reason = Demands.DemandNotOpen.selector;
        _inVain(attack, reporter, address(disclosure), data, reason);
    }

    function _idOf(Demanded memory asked) private view returns (bytes32) {
        if (asked.asked == Asked.Payload) return disclosure.payloadDemandId(_leafOf(asked.service));
        IDisclosureCourt.Shown memory shown = _services[asked.service].kept.shown;
        if (asked.asked == Asked.Receipt)
            return disclosure.receiptDemandId(operator, shown.root, uint64(asked.service));
        (address buyer, Actor memory key) = _partiesOf(_services[asked.service].account);
        return disclosure.unitDemandId(buyer, operator, key.addr, asked.unit);
    }

    function _isOpen(bytes32 demand_) private view returns (bool) {
        return disclosure.demandOf(demand_).demander != address(0);
    }

    function _sorted(bytes4 reason) private pure returns (bytes4[2] memory) {
        return reason == OVER ? [OVER, AGAIN] : [AGAIN, OVER];
    }
}
