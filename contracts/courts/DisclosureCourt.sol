// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Clocks} from "../Clocks.sol";
import {Modes} from "../Modes.sol";
import {Contexts} from "../receipts/Contexts.sol";
import {IReceiptLedger} from "../receipts/IReceiptLedger.sol";
import {Receipt, Receipts} from "../receipts/Receipts.sol";
import {IFeeEscrow} from "../settlement/IFeeEscrow.sol";
import {Requests} from "../settlement/Requests.sol";
import {Court} from "./Court.sol";
import {Demands} from "./Demands.sol";
import {ICourtPolicies} from "./ICourtPolicies.sol";
import {IDisclosureCourt} from "./IDisclosureCourt.sol";

/// @title DisclosureCourt
/// @notice See IDisclosureCourt.
contract DisclosureCourt is IDisclosureCourt, Court, Demands {
    /// @dev The units of an account about which there was silence, and which have been judged: `from` to `upTo`. `fault` is
    /// what they were punished as.
    struct Silence {
        uint128 from;
        uint128 upTo;
        bytes32 fault;
    }

    uint8 private constant POLICY_ROW = Modes.COUNT + 1;

    mapping(bytes32 leaf => uint256) private _disclosedAt;
    mapping(bytes32 account => Silence) private _silences;

    constructor(Wiring memory wiring, uint256 leastGasPrice) Court(wiring) Demands(leastGasPrice) {}

    /// @inheritdoc IDisclosureCourt
    function demandReceipt(address operator, bytes32 root, uint64 sequence) external payable returns (bytes32 demand) {
        IReceiptLedger.Batch memory batch = ledger.batch(operator, root);
        bool isThere = sequence >= batch.firstSequence && sequence - batch.firstSequence < batch.count;
        require(isThere, ReceiptUnknown(operator, root, sequence));
        _requireInTime(batch.committedAt);

        demand = receiptDemandId(operator, root, sequence);
        uint48 deadline = _open(demand, _batchGroup(operator, root), operator);
        emit ReceiptDemanded(demand, operator, msg.sender, root, sequence, deadline);
    }

    /// @inheritdoc IDisclosureCourt
    function demandPayload(Shown calldata shown) external payable returns (bytes32 demand) {
        (bytes32 leaf, uint256 committedAt) = _examine(shown);
        require(msg.sender == shown.request.payer, NotPayer(shown.request.payer, msg.sender));
        require(_isPayloadJudged(shown.order.mode), PayloadNotJudged(shown.order.mode));
        _requireInTime(committedAt);

        address operator = shown.receipt.operator;
        demand = payloadDemandId(leaf);
        uint48 deadline = _open(demand, _batchGroup(operator, shown.root), operator);
        emit PayloadDemanded(demand, operator, msg.sender, leaf, deadline);
    }

    /// @inheritdoc IDisclosureCourt
    function demandUnit(
        address payer,
        address operator,
        address client,
        uint128 unit
    ) external payable returns (bytes32 demand) {
        // What was collected without vouchers is in accounts of no key, and lies outside all units.
        require(client != address(0), NoClient());
        IFeeEscrow.Account memory account = escrow.account(payer, operator, client);
        require(unit != 0 && unit <= account.settled, UnitNotSettled(unit, account.settled));
        Silence storage silence = _silences[escrow.accountId(payer, operator, client)];
        // What cannot be punished again could be demanded for nothing, only to crowd out other demands.
        require(unit < silence.from || silence.upTo < unit, UnitJudged(unit, silence.from, silence.upTo));
        _requireInTime(account.settledAt);

        demand = unitDemandId(payer, operator, client, unit);
        uint48 deadline = _open(demand, escrow.accountId(payer, operator, client), operator);
        emit UnitDemanded(demand, operator, msg.sender, payer, client, unit, deadline);
    }

    /// @inheritdoc IDisclosureCourt
    function answerReceipt(Shown calldata shown, Disclosed calldata disclosed) external {
        (bytes32 leaf, ) = _examine(shown);
        Receipt calldata receipt = shown.receipt;
        bytes32 demand = receiptDemandId(receipt.operator, shown.root, receipt.sequence);
        uint256 size = _requireEvidence(shown.order.mode, receipt.proofHash, disclosed.evidence);
        if (_isPayloadJudged(shown.order.mode)) {
            size += _requireHash(shown.order.contextHash, disclosed.context);
            if (Contexts.disclosesPayload(disclosed.context)) size += _requirePayload(shown, disclosed);
        }
        _disclose(demand, size, receipt.operator, leaf);
    }

    /// @inheritdoc IDisclosureCourt
    function answerPayload(Shown calldata shown, Disclosed calldata disclosed) external {
        (bytes32 leaf, ) = _examine(shown);
        uint256 size = _requireEvidence(shown.order.mode, shown.receipt.proofHash, disclosed.evidence);
        size += _requirePayload(shown, disclosed);
        _disclose(payloadDemandId(leaf), size, shown.receipt.operator, leaf);
    }

    /// @inheritdoc IDisclosureCourt
    function answerUnit(uint128 unit, Shown calldata shown, bytes calldata clientSignature) external {
        (bytes32 leaf, uint256 committedAt) = _examine(shown);
        Receipt calldata receipt = shown.receipt;
        bytes32 demand = unitDemandId(shown.request.payer, receipt.operator, receipt.client, unit);
        bool owns =
            receipt.charged >= receipt.price && receipt.charged - receipt.price < unit && unit <= receipt.charged;
        // INVARIANT: what a client ordered of another operator backs nothing here, though its payer signed it too.
        require(owns && shown.request.operator == receipt.operator, WrongReceipt(demand));
        uint256 latest = shown.request.deadline + Clocks.SETTLEMENT_GRACE;
        require(committedAt <= latest, BackingTooLate(committedAt, latest));
        (address signer, , ) = ECDSA.tryRecover(receipt.requestHash, clientSignature);
        // INVARIANT: a failed recovery yields the zero address, which no receipt may name its client.
        require(signer == receipt.client && signer != address(0), ClientSignatureInvalid(receipt.client, signer));
        _disclose(demand, 0, receipt.operator, leaf);
    }

    /// @inheritdoc IDisclosureCourt
    function convictReceipt(address operator, bytes32 root, uint64 sequence) external {
        bytes32 demand = receiptDemandId(operator, root, sequence);
        (Demand memory found, address reporter) = _closeSilent(demand);
        _punishSilence(demand, found, reporter, new Harm[](0));
    }

    /// @inheritdoc IDisclosureCourt
    function convictPayload(Shown calldata shown) external {
        (bytes32 leaf, uint256 committedAt) = _examine(shown);
        Harm[] memory harms = new Harm[](1);
        harms[0] = _harmOf(shown.receipt, leaf, shown.request.payer);
        bytes32 demand = payloadDemandId(leaf);
        if (!isPunished(demand)) {
            (Demand memory found, address reporter) = _closeSilent(demand);
            _punishSilence(demand, found, reporter, harms);
            return;
        }
        // INVARIANT: a culprit that has itself convicted first and settles then gains nothing.
        _requireInTime(committedAt);
        ICourtPolicies.Policy memory policy = policies.policyAt(POLICY_ROW, committedAt);
        _punish(demand, shown.receipt.operator, msg.sender, policy, harms);
    }

    /// @inheritdoc IDisclosureCourt
    function convictUnit(address payer, address operator, address client, uint128 unit) external {
        bytes32 demand = unitDemandId(payer, operator, client, unit);
        // Before anything is computed: only a unit that was demanded is known to be there.
        (Demand memory found, address reporter) = _closeSilent(demand);
        IFeeEscrow.Account memory account = escrow.account(payer, operator, client);
        Silence storage silence = _silences[escrow.accountId(payer, operator, client)];
        (uint128 from, uint128 upTo) = (silence.from, silence.upTo);
        if (from != 0 && from <= unit && unit <= upTo) {
            emit AlreadyPunished(demand, reporter);
            return;
        }

        // Silence about a unit stands for all that was settled from it on; what has been judged of that is not judged again.
        uint256 harm = account.settled - upTo;
        if (from == 0) harm = account.settled - (unit - 1);
        else if (unit < from) harm += from - unit;
        // INVARIANT: of units that were silent together each costs its price, and only one of them its part of the bond,
        // in whatever order they come: they may all be of one receipt.
        if (from == 0 || upTo < unit) silence.fault = demand;
        if (from == 0 || unit < from) silence.from = unit;
        silence.upTo = account.settled;
        Harm[] memory harms = new Harm[](1);
        harms[0] = Harm(payer, demand, harm);
        _punishSilence(silence.fault, found, reporter, harms);
    }

    /// @inheritdoc IDisclosureCourt
    function disclosedAt(bytes32 leaf) external view returns (uint256) {
        return _disclosedAt[leaf];
    }

    /// @inheritdoc IDisclosureCourt
    function receiptDemandId(address operator, bytes32 root, uint64 sequence) public pure returns (bytes32) {
        return keccak256(abi.encode("receipt", operator, root, sequence));
    }

    /// @inheritdoc IDisclosureCourt
    function payloadDemandId(bytes32 leaf) public pure returns (bytes32) {
        return keccak256(abi.encode("payload", leaf));
    }

    /// @inheritdoc IDisclosureCourt
    function unitDemandId(address payer, address operator, address client, uint128 unit) public pure returns (bytes32) {
        return keccak256(abi.encode("unit", payer, operator, client, unit));
    }

    function _punishSilence(bytes32 fault, Demand memory found, address reporter, Harm[] memory harms) private {
        // The fault is the silence, so the rules are those of the time in which it began.
        ICourtPolicies.Policy memory policy = policies.policyAt(POLICY_ROW, found.openedAt);
        _punish(fault, found.operator, reporter, policy, harms);
    }

    function _disclose(bytes32 demand, uint256 size, address operator, bytes32 leaf) private {
        _closeAnswered(demand, size);
        _disclosedAt[leaf] = block.timestamp;
        emit Answered(demand, operator, leaf);
    }

    /// @inheritdoc Demands
    function _extended(uint256 since, uint256 until) internal view override returns (uint256) {
        return bonds.extended(since, until);
    }

    /// @dev Reverts unless what is shown is a committed receipt with its request and order; returns its hash, and when it
    /// was committed.
    function _examine(Shown calldata shown) private view returns (bytes32 leaf, uint256 committedAt) {
        Receipt calldata receipt = shown.receipt;
        committedAt = ledger.committedAt(receipt, shown.root, shown.proof);
        require(committedAt != 0, ReceiptNotCommitted(receipt.operator, shown.root));
        bytes32 found = Requests.hash(shown.order);
        require(found == shown.request.orderHash, RequestMismatch(shown.request.orderHash, found));
        _requireRequest(receipt, shown.request);
        leaf = Receipts.hash(receipt);
    }

    /// @dev A demand opens within the window in force when what it is about came to be, at `since`.
    function _requireInTime(uint256 since) private view {
        uint256 closesAt = _extended(since, since + policies.policyAt(POLICY_ROW, since).window);
        require(block.timestamp <= closesAt, DemandOutOfTime(closesAt));
    }

    /// @dev Reverts unless `evidence` is what `proofHash` stands for in a mode; returns how many bytes it has.
    function _requireEvidence(
        uint8 mode,
        bytes32 proofHash,
        bytes[] calldata evidence
    ) private pure returns (uint256 size) {
        if (mode == Modes.OPTIMISTIC) {
            bytes32[] memory hashes = new bytes32[](evidence.length);
            for (uint256 i = 0; i < evidence.length; ++i) {
                hashes[i] = keccak256(evidence[i]);
                size += evidence[i].length;
            }
            bytes32 found = keccak256(abi.encodePacked(hashes));
            require(found == proofHash, DisclosureMismatch(proofHash, found));
        } else if (mode == Modes.SNARK || (mode == Modes.ENCLAVE && proofHash != 0)) {
            require(evidence.length == 1, DisclosureMismatch(proofHash, 0));
            size = _requireHash(proofHash, evidence[0]);
        }
    }

    function _requirePayload(Shown calldata shown, Disclosed calldata disclosed) private pure returns (uint256 size) {
        size = _requireHash(shown.order.inputHash, disclosed.input);
        size += _requireHash(shown.receipt.outputHash, disclosed.output);
    }

    function _requireHash(bytes32 expected, bytes calldata shown) private pure returns (uint256 size) {
        bytes32 found = keccak256(shown);
        require(found == expected, DisclosureMismatch(expected, found));
        return shown.length;
    }

    /// @dev Only what a court can judge is worth its calldata; and only there is its size bounded, by the model's.
    function _isPayloadJudged(uint8 mode) private pure returns (bool) {
        return mode == Modes.OPTIMISTIC || mode == Modes.SNARK;
    }

    function _batchGroup(address operator, bytes32 root) private pure returns (bytes32) {
        return keccak256(abi.encode(operator, root));
    }
}
