// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {EvidenceCommitments} from "../../contracts/courts/EvidenceCommitments.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {IEquivocationCourt} from "../../contracts/courts/IEquivocationCourt.sol";
import {IValidityCourt} from "../../contracts/courts/IValidityCourt.sol";
import {ModelIds} from "../../contracts/models/ModelIds.sol";
import {Modes} from "../../contracts/Modes.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {Order, Request} from "../../contracts/settlement/Requests.sol";
import {OptimisticChecker} from "../../contracts/verifiers/OptimisticChecker.sol";
import {SmallModel} from "../support/SmallModel.sol";
import {Enemies} from "./Enemies.sol";

/**
 * @title EvidenceEnemies
 * @notice Evidence against an honest operator, made of all that it signed and of what others can sign.
 */
abstract contract EvidenceEnemies is Enemies {
    using SmallModel for SmallModel.Run;
    using SmallModel for OptimisticChecker.Neuron;
    using SmallModel for OptimisticChecker.Rerun;

    bytes private _parked;

    /// @notice Two of its receipts against each other.
    function accusePair(uint256 which, uint256 seed) external {
        if (_services.length == 0) return;
        uint256 a = _place(which);
        uint256 kind = _pick(seed, "kind", 5);
        // Where two payers' units overlap nothing but the requests shows that they are not one payer's.
        uint256 b = kind == 4 ? _overlapping(a) : _place(_random(seed, "other"));
        ICourt.Exhibit[2] memory shown = [_exhibit(a, seed), _exhibit(b, seed ^ 1)];
        Request[] memory requests = _pair(_requestOf(a), _requestOf(b));
        bytes4[2] memory reasons = [NOT_A_FAULT, NOT_A_FAULT];
        if (a == b) reasons[0] = IEquivocationCourt.ReceiptsNotContradictory.selector;
        if (kind == 0) {
            _accuse(_pairing(a, b, Attack.TwoNumbers), equivocation, _sequence(shown[0], shown[1], requests), reasons);
        } else if (kind == 1) {
            _accuse(_pairing(a, b, Attack.TwoOrders), equivocation, _order(shown, requests), reasons);
        } else if (kind == 2) {
            _accuse(_pairing(a, b, Attack.TwoUnits), equivocation, _unit(shown, requests), reasons);
        } else if (a != b) {
            _accuseBySwappedRequests(kind == 3, shown, _pair(requests[0], requests[0]));
        }
    }

    /// @notice One of its receipts against one that it never signed.
    function accuseTwin(uint256 which, uint256 seed) external {
        if (_services.length == 0) return;
        which = _place(which);
        ICourt.Exhibit[2] memory shown;
        shown[0] = _exhibit(which, seed);
        Receipt memory twin = _services[which].kept.shown.receipt;
        twin.outputHash = keccak256("another output");
        Request[] memory requests = _pair(_requestOf(which), _requestOf(which));
        (uint256 key, uint256 until) = _retiredKey();
        uint256 kind = _pick(seed, "kind", key == 0 ? 3 : 6);
        Attack attack = Attack(uint256(Attack.TwinByAnotherKey) + kind);
        bytes4 reason = ICourt.SignatureNotOperators.selector;
        if (kind == 0) {
            shown[1] = _forged(twin, seed);
        } else if (kind == 1) {
            shown[1] = ICourt.Exhibit(twin, _receiptFault(twin), new bytes32[](0), "");
            reason = ICourt.ReceiptNotCommitted.selector;
            if (ledger.batch(rival, shown[1].root).count == 0) {
                _commit(rival, shown[1].root, ledger.nextSequence(rival), type(uint16).max);
            }
        } else if (kind == 2) {
            (twin.operator, twin.signer) = (rival, _enemyKey.addr);
            shown[1] = _signedBy(twin, _enemyKey.key);
            reason = IEquivocationCourt.ReceiptsNotContradictory.selector;
        } else {
            ICourt.Exhibit[2] memory twins = _retiredTwins(twin, key, kind == 4 ? _now() : until - 1);
            // Against each other, or against what the operator has signed with another key since.
            shown = kind == 5 ? [shown[0], twins[1]] : twins;
            if (kind != 4) reason = LATE;
        }
        uint256 court = _pick(seed, "call", 3);
        bytes memory data = court == 0 ? _sequence(shown[0], shown[1], requests) : _order(shown, requests);
        bool ownsUnits = twin.price != 0 && court == 2;
        _accuse(attack, equivocation, ownsUnits ? _unit(shown, requests) : data, [reason, reason]);
    }

    /// @notice A receipt of its against the terms of its order, or of another.
    function accuseTerms(uint256 which, uint256 seed) external {
        if (_services.length == 0) return;
        which = _place(which);
        uint256 other = _pick(seed, "other", _services.length);
        Order memory order = _services[which].kept.shown.order;
        Request memory request = _requestOf(which);
        ICourt.Exhibit memory exhibit = _exhibit(which, seed);
        uint256 kind = _pick(seed, "kind", 7);
        Attack attack = Attack(uint256(Attack.RightTerms) + kind);
        bytes4[2] memory reasons = _reasons(NOT_A_FAULT);
        if (kind == 1) {
            order.maxPrice = 0;
            order.base += 1;
            reasons[0] = ICourt.RequestMismatch.selector;
        } else if (kind == 2) {
            if (other == which) return;
            (order, request) = (_services[other].kept.shown.order, _requestOf(other));
            reasons[0] = ICourt.RequestMismatch.selector;
        } else if (kind == 3) {
            exhibit.receipt.price = order.maxPrice + 1;
            exhibit = _forged(exhibit.receipt, seed);
            reasons[0] = ICourt.SignatureNotOperators.selector;
        } else if (kind == 4) {
            (uint256 key, uint256 until) = _retiredKey();
            if (key == 0) return;
            exhibit.receipt.price = order.maxPrice + 1;
            (exhibit.receipt.signer, exhibit.receipt.issuedAt) = (_keys[0].actor.addr, uint64(until - 1));
            exhibit = _signedBy(exhibit.receipt, key);
            reasons[0] = LATE;
        } else if (kind > 4) {
            if (kind == 6) exhibit.receipt.price = order.maxPrice + 1;
            bool isOut = kind == 5 && (_isCommitted(which) || _pick(seed, "root", 2) == 0);
            exhibit.root = isOut ? keccak256("root") : _leafOf(which);
            if (kind == 6 && _isCommitted(which)) exhibit.root = _services[which].kept.shown.root;
            reasons[0] = ICourt.ReceiptNotCommitted.selector;
        }
        _accuse(attack, validity, _terms(exhibit, request, order), reasons);
    }

    /// @notice An answer of its, computed right, against its model.
    function accuseOutput(uint256 which, uint256 seed) external {
        if (_services.length == 0) return;
        which = _place(which);
        if (_services[which].kept.shown.order.mode == Modes.SIGNED) {
            bytes4[2] memory none = _reasons(IValidityCourt.ModeNotJudged.selector);
            return _accuse(Attack.ModeOfNoChecker, validity, _output(which, seed, ""), none);
        }
        SmallModel.Run memory run = SmallModel.run(_services[which].seed);
        uint256 kind = _pick(seed, "kind", 10);
        Attack attack = Attack(uint256(Attack.RightNeuron) + kind);
        if (attack == Attack.RightRerun || attack == Attack.RowsSwapped) {
            OptimisticChecker.Rerun memory all = run.rerun();
            if (attack == Attack.RowsSwapped) {
                (run.rows[0][0], run.rows[0][1]) = (run.rows[0][1], run.rows[0][0]);
                all.rows = run.rerun().rows;
            }
            bytes4 reason = attack == Attack.RightRerun ? NOT_A_FAULT : OptimisticChecker.RowMismatch.selector;
            return _accuse(attack, validity, _output(which, seed, all.encode()), _reasons(reason));
        }
        (OptimisticChecker.Neuron memory shown, bytes4 expected) = _opened(run, attack, seed);
        _accuse(attack, validity, _output(which, seed, shown.encode()), _reasons(expected));
    }

    /// @notice Evidence that was not committed to, is opened at once, or is kept for later.
    function park(uint256 which, uint256 seed) external {
        if (_services.length == 0) return;
        if (_parked.length != 0) {
            bytes4[2] memory reasons = [EvidenceCommitments.EvidenceLapsed.selector, NOT_A_FAULT];
            bytes4 found = _reasonOf(reporter, address(validity), 0, _parked);
            if (found == LATE) reasons[1] = LATE;
            _refused(Attack.OpenedTooLate, found, reasons);
        }
        which = _place(which);
        Order memory order = _services[which].kept.shown.order;
        _parked = _unique(_terms(_exhibit(which, seed), _requestOf(which), order));
        bytes4 reason = EvidenceCommitments.EvidenceNotCommitted.selector;
        _inVain(Attack.NotPledged, reporter, address(validity), _parked, reason);
        _pledge(validity, reporter, _parked);
        reason = EvidenceCommitments.EvidenceTooEarly.selector;
        _inVain(Attack.OpenedInItsBlock, reporter, address(validity), _parked, reason);
        _nextBlock();
    }

    function _accuseBySwappedRequests(bool isOrder, ICourt.Exhibit[2] memory shown, Request[] memory requests) private {
        bytes4[2] memory reasons = _reasons(ICourt.RequestMismatch.selector);
        if (isOrder) return _accuse(Attack.RequestsSwapped, equivocation, _order(shown, requests), reasons);
        _accuse(Attack.UnitsOfRequestsSwapped, equivocation, _unit(shown, requests), reasons);
    }

    /// @dev An answer to the other payer's request by the same key, with units of the same numbers; `a` if there is none.
    function _overlapping(uint256 a) private view returns (uint256) {
        Receipt memory one = _services[a].kept.shown.receipt;
        for (uint256 i = 0; i < _services.length; ++i) {
            Receipt storage other = _services[i].kept.shown.receipt;
            // Accounts of one key stand side by side.
            if (_services[i].account != _services[a].account ^ 1) continue;
            uint256 lower = Math.max(one.charged - one.price, other.charged - other.price);
            if (lower < Math.min(one.charged, other.charged)) return i;
        }
        return a;
    }

    /// @dev Two receipts for one number, order and unit, by a key that the operator has given up.
    function _retiredTwins(
        Receipt memory receipt,
        uint256 key,
        uint256 issuedAt
    ) private view returns (ICourt.Exhibit[2] memory shown) {
        (receipt.signer, receipt.issuedAt) = (_keys[0].actor.addr, uint64(issuedAt));
        shown[0] = _signedBy(receipt, key);
        Receipt memory other = abi.decode(abi.encode(receipt), (Receipt));
        other.outputHash = keccak256("a third output");
        shown[1] = _signedBy(other, key);
    }

    /// @dev A neuron that holds, opened right or not, and why it convicts nobody.
    function _opened(
        SmallModel.Run memory run,
        Attack attack,
        uint256 seed
    ) private pure returns (OptimisticChecker.Neuron memory shown, bytes4 reason) {
        uint256 layer = _pick(seed, "layer", SmallModel.LAYERS);
        shown = run.neuron(layer, _pick(seed, "index", SmallModel.width(layer + 1)));
        if (attack == Attack.RightNeuron) return (shown, NOT_A_FAULT);
        if (attack == Attack.ModelSwapped) {
            shown.model.commitment ^= bytes32(uint256(1));
            return (shown, ModelIds.ModelMismatch.selector);
        }
        if (attack == Attack.NeuronOfNoLayer) {
            if (seed % 2 == 0) shown.layer = SmallModel.LAYERS;
            else shown.index = SmallModel.width(layer + 1);
            return (shown, OptimisticChecker.NeuronUnknown.selector);
        }
        if (attack == Attack.RowChanged || attack == Attack.RowSwapped) {
            if (attack == Attack.RowChanged) shown.row[seed % shown.row.length] ^= 0x01;
            else shown.index = shown.index == 0 ? 1 : 0;
            return (shown, OptimisticChecker.RowMismatch.selector);
        }
        if (attack == Attack.VectorChanged) shown.outputs[0] ^= 0x01;
        else if (attack == Attack.InputChanged) shown.inputs[0] ^= 0x01;
        else shown.hiddenHashes = new bytes32[](seed % 4);
        return (shown, OptimisticChecker.HashMismatch.selector);
    }

    /// @dev One of its answers, and mostly one of the latest: evidence in the others is out of time.
    function _place(uint256 random) private view returns (uint256) {
        uint256 many = _services.length;
        uint256 latest = many < 8 || random % 4 == 0 ? many : 8;
        return many - 1 - ((random / 4) % latest);
    }

    function _pairing(uint256 a, uint256 b, Attack attack) private pure returns (Attack) {
        return a == b ? Attack.TheSameTwice : attack;
    }

    function _requestOf(uint256 service) private view returns (Request memory) {
        return _services[service].kept.shown.request;
    }

    function _order(ICourt.Exhibit[2] memory shown, Request[] memory requests) private view returns (bytes memory) {
        return abi.encodeCall(equivocation.convictOrder, (shown[0], shown[1], requests, SALT));
    }

    function _unit(ICourt.Exhibit[2] memory shown, Request[] memory requests) private view returns (bytes memory) {
        return abi.encodeCall(equivocation.convictUnit, (shown[0], shown[1], requests, SALT));
    }

    function _output(uint256 which, uint256 seed, bytes memory evidence) private view returns (bytes memory) {
        Order memory order = _services[which].kept.shown.order;
        return
            abi.encodeCall(validity.convictOutput, (_exhibit(which, seed), _requestOf(which), order, evidence, SALT));
    }
}
