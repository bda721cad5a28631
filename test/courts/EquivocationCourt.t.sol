// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {ICourtPolicies} from "../../contracts/courts/ICourtPolicies.sol";
import {IEquivocationCourt} from "../../contracts/courts/IEquivocationCourt.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {Order, Request} from "../../contracts/settlement/Requests.sol";
import {Trial} from "../support/Trial.sol";
import {vm} from "../support/Vm.sol";

contract EquivocationCourtTest is Trial {
    Request[] private _none;

    function test_threat55_committedReceiptsAreJudgedByThePolicyAtTheirCommitment() external {
        ICourtPolicies.Policy memory policy = _policy();
        (policy.slashBps, policy.effectiveFrom) = (10_000, uint48(_now() + Clocks.POLICY_DELAY));
        policies.set(policies.EQUIVOCATION(), policy);
        _wait(Clocks.POLICY_DELAY);
        Receipt memory a = _receipt(_request(_order()));
        Receipt memory b = _receipt(_request(_order()));
        (a.issuedAt, b.issuedAt, b.outputHash) = (1, 1, 0);
        (ICourt.Exhibit memory first, ICourt.Exhibit memory second) = _committedPair(a, b);
        _bring(equivocation, _sequence(first, second, new Request[](0)));
        vm.assertEq(_ownBond(), 0, "not by the policy of the time that they state");
    }

    function test_twoReceiptsForOneSequenceAreAFault() external {
        (Receipt memory a, Receipt memory b) = _two();
        _bring(equivocation, _sequence(_signed(a), _signed(b), _none));
        vm.assertTrue(equivocation.isPunished(_sequenceFault(0)), "punished");
        vm.assertEq(_ownBond(), BOND / 2, "by the row of equivocation");
        vm.assertEq(bonds.awardsOf(reporter), 50e6, "bounty");
    }

    function test_twoReceiptsOfABatchForOneSequenceAreAFault() external {
        (Receipt memory a, Receipt memory b) = _two();
        (ICourt.Exhibit memory first, ICourt.Exhibit memory second) = _committedPair(a, b);
        _bring(equivocation, _sequence(first, second, _none));
        vm.assertTrue(equivocation.isPunished(_sequenceFault(0)), "punished");
    }

    function test_committedReceiptAndASignedOneAreAFault() external {
        (Receipt memory a, Receipt memory b) = _two();
        _bring(equivocation, _sequence(_committed(a), _signed(b), _none));
        vm.assertTrue(equivocation.isPunished(_sequenceFault(0)), "punished");
    }

    function test_payersWhoseRequestsAreOpenedAreCompensated() external {
        _pay(2 * uint96(PRICE));
        (Receipt memory a, Receipt memory b) = _two();
        b.charged = 2 * PRICE;
        _bring(equivocation, _sequence(_signed(a), _signed(b), _requestsOf()));
        vm.assertEq(bonds.awardsOf(payer), 4 * PRICE, "twice both prices");
    }

    function test_C3_threeReceiptsForOneSequenceArePunishedOnce() external {
        (Receipt memory a, Receipt memory b) = _two();
        _bring(equivocation, _sequence(_signed(a), _signed(b), _none));
        b.outputHash = keccak256("third");
        _bring(equivocation, _sequence(_signed(a), _signed(b), _none));
        vm.assertEq(_ownBond(), BOND / 2, "once");
    }

    function test_theSameReceiptTwiceIsNoFault() external {
        (Receipt memory a, ) = _two();
        _vain(_sequence(_signed(a), _signed(a), _none), IEquivocationCourt.ReceiptsNotContradictory.selector);
    }

    function test_receiptsOfTwoOperatorsAreNoFault() external {
        (Receipt memory a, Receipt memory b) = _two();
        Actor memory rivalKey = _actor("rival key");
        _registerKey(rival, rivalKey);
        (b.operator, b.signer) = (rival, rivalKey.addr);
        ICourt.Exhibit memory second = _signed(b);
        second.signature = _sign(rivalKey.key, ledger.receiptDigest(b));
        _vain(_sequence(_signed(a), second, _none), IEquivocationCourt.ReceiptsNotContradictory.selector);
    }

    function test_twoSequencesAreNoFault() external {
        (Receipt memory a, Receipt memory b) = _two();
        b.sequence = 1;
        _vain(_sequence(_signed(a), _signed(b), _none), ICourt.NotAFault.selector);
    }

    function test_requestsThatAreNotTheReceiptsAreRefused() external {
        (Receipt memory a, Receipt memory b) = _two();
        Request[] memory requests = _requestsOf();
        bytes32 digest = escrow.requestDigest(requests[0]);
        requests[1] = requests[0];
        bytes memory data = _sequence(_signed(a), _signed(b), requests);
        _bringInVain(
            equivocation,
            data,
            abi.encodeWithSelector(ICourt.RequestMismatch.selector, b.requestHash, digest)
        );
        requests = new Request[](1);
        _vain(_sequence(_signed(a), _signed(b), requests), IEquivocationCourt.RequestsMissing.selector);
    }

    function test_threat48_oneOrderUnderTwoCeilingsAnsweredTwiceIsAFault() external {
        (Request memory first, Request memory second) = (_request(_order()), _request(_order()));
        second.ceiling += 1;
        Receipt memory b = _receipt(second);
        (b.sequence, b.charged) = (1, 2 * PRICE);
        _bring(equivocation, _orderCall(_signed(_receipt(first)), _signed(b), _pair(first, second)));
        bytes32 contested = keccak256(abi.encode("order", payer, first.orderHash));
        vm.assertTrue(equivocation.isPunished(keccak256(abi.encode(operator, contested))), "punished");
    }

    function test_oneOrderOfTwoPayersIsNoFault() external {
        (Request memory first, Request memory second) = (_request(_order()), _request(_order()));
        second.payer = stranger;
        bytes memory data = _orderCall(_signed(_receipt(first)), _signed(_receipt(second)), _pair(first, second));
        _vain(data, ICourt.NotAFault.selector);
    }

    function test_twoOrdersOfOnePayerAreNoFault() external {
        (Receipt memory a, Receipt memory b) = _two();
        _vain(_orderCall(_signed(a), _signed(b), _requestsOf()), ICourt.NotAFault.selector);
    }

    function test_orderAndUnitNeedBothRequests() external {
        (Receipt memory a, Receipt memory b) = _two();
        _vain(_orderCall(_signed(a), _signed(b), _none), IEquivocationCourt.RequestsMissing.selector);
        _vain(_unitCall(_signed(a), _signed(b), _none), IEquivocationCourt.RequestsMissing.selector);
    }

    function test_E7_oneUnitChargedTwiceIsAFault() external {
        (Receipt memory a, Receipt memory b) = _two();
        (b.sequence, b.charged) = (1, 2 * PRICE - 1);
        _bring(equivocation, _unitCall(_signed(a), _signed(b), _requestsOf()));
        bytes32 contested = keccak256(abi.encode("unit", payer, client.addr, uint256(PRICE - 1)));
        vm.assertTrue(equivocation.isPunished(keccak256(abi.encode(operator, contested))), "punished");
    }

    function test_E7_chargesThatTileAreNoFault() external {
        (Receipt memory a, Receipt memory b) = _two();
        (b.sequence, b.charged) = (1, 2 * PRICE);
        _vain(_unitCall(_signed(a), _signed(b), _requestsOf()), ICourt.NotAFault.selector);
        _vain(_unitCall(_signed(b), _signed(a), _requestsOf()), ICourt.NotAFault.selector);
    }

    /// @dev Whatever two receipts charge, unit by unit.
    function testFuzz_E7_twoReceiptsAreAFaultExactlyWhereTheyShareAUnit(uint256 seed) external {
        (Receipt memory a, Receipt memory b) = _two();
        b.sequence = 1;
        (a.charged, b.charged) = (uint128(seed % 16), uint128((seed >> 8) % 16));
        (a.price, b.price) = (uint128((seed >> 16) % (a.charged + 1)), uint128((seed >> 24) % (b.charged + 1)));
        bool isShared = false;
        for (uint256 unit = 1; unit < 16; ++unit) {
            isShared = isShared || (_owns(a, unit) && _owns(b, unit));
        }
        bytes memory data = _unitCall(_signed(a), _signed(b), _requestsOf());
        if (isShared) _bring(equivocation, data);
        else _vain(data, ICourt.NotAFault.selector);
        vm.assertEq(_ownBond(), isShared ? BOND / 2 : BOND, "punished where it is one");
    }

    function test_E7_freeReceiptsOverlapWithNothing() external {
        (Receipt memory a, Receipt memory b) = _two();
        (b.sequence, b.price, b.charged) = (1, 0, PRICE - 1);
        _vain(_unitCall(_signed(a), _signed(b), _requestsOf()), ICourt.NotAFault.selector);
    }

    function test_receiptsThatChargeLessThanTheirPriceOwnNoUnits() external {
        (Receipt memory a, Receipt memory b) = _two();
        (b.sequence, b.charged) = (1, PRICE - 1);
        _vain(_unitCall(_signed(a), _signed(b), _requestsOf()), ICourt.NotAFault.selector);
        _vain(_unitCall(_signed(b), _signed(a), _requestsOf()), ICourt.NotAFault.selector);
    }

    function test_threat52_unitsOfTwoKeysOfAPayerAreTwo() external {
        (Receipt memory a, Receipt memory b) = _two();
        (b.sequence, b.client) = (1, stranger);
        _vain(_unitCall(_signed(a), _signed(b), _requestsOf()), ICourt.NotAFault.selector);
    }

    function test_unitsOfTwoPayersAreTwo() external {
        Request[] memory requests = _requestsOf();
        requests[1].payer = stranger;
        Receipt memory b = _receipt(requests[1]);
        b.sequence = 1;
        bytes memory data = _unitCall(_signed(_receipt(requests[0])), _signed(b), requests);
        _vain(data, ICourt.NotAFault.selector);
    }

    function test_windowRunsFromTheLaterOfTheTwo() external {
        (Receipt memory a, Receipt memory b) = _two();
        b.issuedAt = uint64(START + 100 days);
        bytes memory data = _sequence(_committed(a), _signed(b), _none);
        _bringInVain(equivocation, data, _outOfTime(START + 100 days));
        vm.warp(START + 100 days + WINDOW + 1);
        _bringInVain(equivocation, bytes.concat(data, hex"00"), _outOfTime(START + 100 days));
        vm.warp(START + 100 days + WINDOW);
        _bring(equivocation, bytes.concat(data, hex"01"));
    }

    function test_signatureAloneCountsForItsOwnWindowWhateverItContradicts() external {
        (Receipt memory a, Receipt memory b) = _two();
        vm.warp(START + WINDOW);
        (a.issuedAt, b.issuedAt) = (uint64(START), uint64(_now()));
        _assertCounts(_signed(a), _committed(b), START + WINDOW);
        vm.warp(START + WINDOW + 1);
        _assertTooLate(_signed(a), _signed(b), START + WINDOW);
    }

    function test_threat50_suspensionGivesASignatureItsTimeBack() external {
        (Receipt memory a, Receipt memory b) = _two();
        (a.issuedAt, b.issuedAt) = (uint64(START), uint64(START + WINDOW));
        bonds.suspend(2 days);
        _assertCounts(_signed(a), _signed(b), START + WINDOW + 2 days);
    }

    function test_signatureAloneIsJudgedByTheWindowThatWasInForceWhenItWasMade() external {
        ICourtPolicies.Policy memory policy = _policy();
        policy.effectiveFrom = uint48(START + Clocks.POLICY_DELAY + 1 days);
        ICourtPolicies.Policy memory shorter = _policy();
        (shorter.window, shorter.effectiveFrom) = (uint32(Clocks.MIN_WINDOW), policy.effectiveFrom - 1 days);
        policies.set(policies.EQUIVOCATION(), shorter);
        policies.set(policies.EQUIVOCATION(), policy);
        (Receipt memory a, Receipt memory b) = _two();
        vm.warp(policy.effectiveFrom);
        (a.issuedAt, b.issuedAt) = (uint64(_now() - 1), uint64(_now()));
        _assertCounts(_signed(a), _committed(b), _now() - 1 + Clocks.MIN_WINDOW);
    }

    function test_C1_retiredKeyThatLeaksConvictsNobodyAWindowAfterItsEnd() external {
        Actor memory retired = operatorKey;
        operatorKey = _actor("new key");
        _registerKey(operator, operatorKey);
        uint256 until = START + Clocks.KEY_NOTICE;
        vm.prank(operator);
        keys.end(retired.addr, uint48(until));
        vm.warp(until + WINDOW);

        (Receipt memory honest, Receipt memory forged) = _two();
        (forged.signer, forged.issuedAt) = (retired.addr, uint64(until - 1));
        ICourt.Exhibit memory backdated = _signed(forged);
        backdated.signature = _sign(retired.key, ledger.receiptDigest(forged));
        _assertTooLate(backdated, _committed(honest), until - 1 + WINDOW);
        _assertTooLate(backdated, _signed(honest), until - 1 + WINDOW);
        vm.assertEq(_ownBond(), BOND, "unharmed");
    }

    function test_signatureOfAStrangerConvictsNobody() external {
        (Receipt memory a, Receipt memory b) = _two();
        ICourt.Exhibit memory second = _signed(b);
        second.signature = _sign(_actor("stranger").key, ledger.receiptDigest(b));
        _bringInVain(
            equivocation,
            _sequence(_signed(a), second, _none),
            abi.encodeWithSelector(ICourt.SignatureNotOperators.selector, operator, operatorKey.addr)
        );
    }

    /// @dev Ends with the verdict, in the last second.
    function _assertCounts(ICourt.Exhibit memory old, ICourt.Exhibit memory other, uint256 end) private {
        vm.warp(end + 1);
        _assertTooLate(old, other, end);
        vm.warp(end);
        _bring(equivocation, bytes.concat(_sequence(old, other, _none), hex"00"));
        vm.assertTrue(equivocation.isPunished(_sequenceFault(0)), "punished");
    }

    /// @dev Whichever comes first.
    function _assertTooLate(ICourt.Exhibit memory old, ICourt.Exhibit memory other, uint256 end) private {
        bytes memory expected = abi.encodeWithSelector(
            ICourt.EvidenceOutOfTime.selector,
            _now(),
            old.receipt.issuedAt,
            end
        );
        _bringInVain(equivocation, _sequence(old, other, _none), expected);
        _bringInVain(equivocation, _sequence(other, old, _none), expected);
    }

    /// @dev Two receipts of one key for two orders, alike in everything else.
    function _two() private view returns (Receipt memory, Receipt memory) {
        Request[] memory requests = _requestsOf();
        return (_receipt(requests[0]), _receipt(requests[1]));
    }

    function _requestsOf() private view returns (Request[] memory) {
        Order memory other = _order();
        other.salt = bytes32(uint256(2));
        return _pair(_request(_order()), _request(other));
    }

    function _orderCall(
        ICourt.Exhibit memory a,
        ICourt.Exhibit memory b,
        Request[] memory requests
    ) private view returns (bytes memory) {
        return abi.encodeCall(equivocation.convictOrder, (a, b, requests, SALT));
    }

    function _unitCall(
        ICourt.Exhibit memory a,
        ICourt.Exhibit memory b,
        Request[] memory requests
    ) private view returns (bytes memory) {
        return abi.encodeCall(equivocation.convictUnit, (a, b, requests, SALT));
    }

    function _owns(Receipt memory receipt, uint256 unit) private pure returns (bool) {
        return receipt.charged - receipt.price < unit && unit <= receipt.charged;
    }

    function _sequenceFault(uint64 sequence) private view returns (bytes32) {
        return keccak256(abi.encode(operator, keccak256(abi.encode("sequence", sequence))));
    }

    function _outOfTime(uint256 opensAt) private view returns (bytes memory) {
        return abi.encodeWithSelector(ICourt.EvidenceOutOfTime.selector, _now(), opensAt, opensAt + WINDOW);
    }

    function _vain(bytes memory data, bytes4 selector) private {
        _bringInVain(equivocation, data, abi.encodeWithSelector(selector));
    }
}
