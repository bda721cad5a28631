// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Clocks} from "../Clocks.sol";
import {Modes} from "../Modes.sol";
import {Receipt, Receipts} from "../receipts/Receipts.sol";
import {Request} from "../settlement/Requests.sol";
import {Equivocations} from "./Equivocations.sol";
import {EvidenceCourt} from "./EvidenceCourt.sol";
import {ICourtPolicies} from "./ICourtPolicies.sol";
import {IDisclosureCourt} from "./IDisclosureCourt.sol";
import {IEquivocationCourt} from "./IEquivocationCourt.sol";

/// @title EquivocationCourt
/// @notice See IEquivocationCourt.
contract EquivocationCourt is IEquivocationCourt, EvidenceCourt {
    uint8 private constant POLICY_ROW = Modes.COUNT;
    /// @dev How long after its window a signature alone may still meet what was disclosed: as long as a receipt that was
    /// demanded within the window takes to be answered and judged.
    uint256 private constant DISCLOSURE_TIME = Clocks.MAX_ANSWER_TIME + Clocks.EVIDENCE_AFTER_ANSWER;

    constructor(
        Wiring memory wiring,
        IDisclosureCourt disclosures_,
        uint256 evidenceDeposit
    ) EvidenceCourt(wiring, disclosures_, evidenceDeposit) {}

    /// @inheritdoc IEquivocationCourt
    function convictSequence(
        Exhibit calldata first,
        Exhibit calldata second,
        Request[] calldata requests,
        bytes32
    ) external {
        require(first.receipt.sequence == second.receipt.sequence, NotAFault());
        _convict(first, second, requests, Equivocations.sequenceId(first.receipt.sequence));
    }

    /// @inheritdoc IEquivocationCourt
    function convictOrder(
        Exhibit calldata first,
        Exhibit calldata second,
        Request[] calldata requests,
        bytes32
    ) external {
        require(requests.length == 2, RequestsMissing());
        (address payer, bytes32 orderHash) = (requests[0].payer, requests[0].orderHash);
        require(payer == requests[1].payer && orderHash == requests[1].orderHash, NotAFault());
        _convict(first, second, requests, Equivocations.orderId(payer, orderHash));
    }

    /// @inheritdoc IEquivocationCourt
    function convictUnit(
        Exhibit calldata first,
        Exhibit calldata second,
        Request[] calldata requests,
        bytes32
    ) external {
        require(requests.length == 2, RequestsMissing());
        (Receipt calldata a, Receipt calldata b) = (first.receipt, second.receipt);
        address payer = requests[0].payer;
        require(payer == requests[1].payer && a.client == b.client, NotAFault());
        // The units of a receipt are (charged - price, charged]; receipts that charge less than their price own none.
        require(a.charged >= a.price && b.charged >= b.price, NotAFault());
        uint256 lower = Math.max(a.charged - a.price, b.charged - b.price);
        require(lower < Math.min(a.charged, b.charged), NotAFault());
        _convict(first, second, requests, Equivocations.unitId(payer, a.client, lower));
    }

    function _convict(
        Exhibit calldata first,
        Exhibit calldata second,
        Request[] calldata requests,
        bytes32 contested
    ) private {
        uint256 evidenceAt = _openEvidence();
        address operator = first.receipt.operator;
        bytes32[2] memory leaves = [Receipts.hash(first.receipt), Receipts.hash(second.receipt)];
        require(operator == second.receipt.operator && leaves[0] != leaves[1], ReceiptsNotContradictory());

        // The contradiction arises with the later of the two, so its time counts.
        uint256 opensAt = Math.max(_attribute(first), _attribute(second));
        ICourtPolicies.Policy memory policy = _policyInTime(POLICY_ROW, evidenceAt, opensAt, leaves);
        _requireFresh(first, evidenceAt, leaves);
        _requireFresh(second, evidenceAt, leaves);
        Harm[] memory harms = _harms(first.receipt, second.receipt, leaves, requests);
        _punish(Equivocations.faultOf(operator, contested), operator, msg.sender, policy, harms);
        _returnDeposit();
    }

    /**
     * @dev Reverts unless a signature alone still counts: a window after the time that it states it no longer does, whatever
     * it contradicts. Or else a key that leaks long after its end would contradict all that its operator ever commits.
     *
     * A culprit does not escape by that. A receipt that is not committed backs no unit: what is settled on it is demanded in
     * DisclosureCourt. And to withhold the other one until the window is over gains nothing: what was demanded within it is
     * judged when it is disclosed, but no later, so that nobody makes an old key count by demanding a receipt.
     */
    function _requireFresh(Exhibit calldata exhibit, uint256 evidenceAt, bytes32[2] memory leaves) private view {
        if (exhibit.root != 0) return;
        uint256 issuedAt = exhibit.receipt.issuedAt;
        uint256 window = _policyInTime(POLICY_ROW, evidenceAt, issuedAt, leaves).window;
        uint256 closesAt = _extended(issuedAt, issuedAt + window + DISCLOSURE_TIME);
        require(evidenceAt <= closesAt, EvidenceOutOfTime(evidenceAt, issuedAt, closesAt));
    }

    function _harms(
        Receipt calldata first,
        Receipt calldata second,
        bytes32[2] memory leaves,
        Request[] calldata requests
    ) private view returns (Harm[] memory harms) {
        if (requests.length == 0) return harms;
        require(requests.length == 2, RequestsMissing());
        _requireRequest(first, requests[0]);
        _requireRequest(second, requests[1]);
        harms = new Harm[](2);
        harms[0] = _harmOf(first, leaves[0], requests[0].payer);
        harms[1] = _harmOf(second, leaves[1], requests[1].payer);
    }
}
