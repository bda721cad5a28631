// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {ICourtPolicies} from "../../contracts/courts/ICourtPolicies.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

contract CourtPoliciesTest is World {
    function test_constructorPutsTheFirstPoliciesInForceAtOnce() external view {
        for (uint8 row = 0; row < policies.ROWS(); ++row) {
            ICourtPolicies.Policy memory found = policies.policyAt(row, START);
            vm.assertEq(found.effectiveFrom, START, "since now");
            vm.assertEq(found.slashBps, row == policies.EQUIVOCATION() ? 5_000 : 2_000, "its own row");
        }
        vm.assertEq(policies.policyAt(0, 0).slashBps, 2_000, "the first also judges what was before it");
    }

    function test_constructorRefusesAnyOtherNumberOfRows() external {
        vm.expectRevert(abi.encodeWithSelector(ICourtPolicies.RowUnknown.selector, 4));
        this.deployPolicies(new ICourtPolicies.Policy[](4));
    }

    function test_setAnnouncesAChange() external {
        ICourtPolicies.Policy memory policy = _announced(3_000, Clocks.POLICY_DELAY);
        vm.expectEmit(address(policies));
        emit ICourtPolicies.PolicySet(2, policy);
        policies.set(2, policy);
        uint256 from = START + Clocks.POLICY_DELAY;
        vm.assertEq(policies.policyAt(2, from - 1).slashBps, 2_000, "the second before");
        vm.assertEq(policies.policyAt(2, from).slashBps, 3_000, "in force");
        vm.assertEq(policies.policyAt(1, from).slashBps, 2_000, "no other row");
    }

    function test_setRefusesAChangeTooSoon() external {
        ICourtPolicies.Policy memory policy = _announced(3_000, Clocks.POLICY_DELAY - 1);
        _expectTimeOutOfRange(policy, START + Clocks.POLICY_DELAY);
        policies.set(0, policy);
    }

    function test_setRefusesAChangeNotAfterTheOneBefore() external {
        policies.set(0, _announced(3_000, 10 days));
        ICourtPolicies.Policy memory policy = _announced(4_000, 10 days);
        _expectTimeOutOfRange(policy, START + 10 days + 1);
        policies.set(0, policy);
        policy.effectiveFrom += 1;
        policies.set(0, policy);
        vm.assertEq(policies.policyAt(0, START + 10 days).slashBps, 3_000, "for one second");
        vm.assertEq(policies.policyAt(0, START + 10 days + 1).slashBps, 4_000, "then the next");
    }

    function test_setRefusesAChangeThatWouldFreezeItsRow() external {
        policies.set(1, _announced(3_000, Clocks.POLICY_HORIZON));
        ICourtPolicies.Policy memory policy = _announced(3_000, Clocks.POLICY_HORIZON + 1);
        _expectTimeOutOfRange(policy, START + Clocks.POLICY_DELAY);
        policies.set(0, policy);
    }

    function test_policyStaysInForceForWhatItJudged() external {
        for (uint16 i = 1; i <= 5; ++i) policies.set(0, _announced(i, i * 3 days));
        _wait(365 days);
        vm.assertEq(policies.policyAt(0, START).slashBps, 2_000, "the first");
        for (uint16 i = 1; i <= 5; ++i) {
            vm.assertEq(policies.policyAt(0, START + i * 3 days + 1 days).slashBps, i, "each in its own time");
        }
    }

    function test_rowsThatDoNotExistAreRefused() external {
        bytes memory expected = abi.encodeWithSelector(ICourtPolicies.RowUnknown.selector, 6);
        vm.expectRevert(expected);
        policies.policyAt(6, START);
        ICourtPolicies.Policy memory policy = _announced(1, 10 days);
        vm.expectRevert(expected);
        policies.set(6, policy);
    }

    function test_setRefusesStrangers() external {
        ICourtPolicies.Policy memory policy = _announced(1, 10 days);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        vm.prank(stranger);
        policies.set(0, policy);
    }

    function test_setHoldsEveryBound() external {
        ICourtPolicies.Policy memory policy = _announced(10_000, 10 days);
        (policy.window, policy.bountyBps) = (uint32(Clocks.MIN_WINDOW), 2_500);
        (policy.priceMultiple, policy.compensationMultiple) = (10_000, 10_000);
        policies.set(0, policy);
        policy = _announced(1, 11 days);
        (policy.window, policy.bountyBps) = (uint32(Clocks.MAX_WINDOW), 0);
        (policy.priceMultiple, policy.compensationMultiple) = (0, 0);
        policies.set(0, policy);

        ICourtPolicies.Policy[7] memory refused;
        for (uint256 i = 0; i < refused.length; ++i) refused[i] = _announced(2_000, 12 days);
        refused[0].window = uint32(Clocks.MIN_WINDOW - 1);
        refused[1].window = uint32(Clocks.MAX_WINDOW + 1);
        refused[2].slashBps = 0;
        refused[3].slashBps = 10_001;
        refused[4].bountyBps = 2_501;
        refused[5].priceMultiple = 10_001;
        refused[6].compensationMultiple = 10_001;
        for (uint256 i = 0; i < refused.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ICourtPolicies.PolicyOutOfBounds.selector, 0));
            policies.set(0, refused[i]);
        }
    }

    function deployPolicies(ICourtPolicies.Policy[] calldata initial) external returns (address) {
        return _deployPolicies(initial);
    }

    function _announced(uint16 slashBps, uint256 ahead) private view returns (ICourtPolicies.Policy memory policy) {
        policy = _policy();
        policy.slashBps = slashBps;
        policy.effectiveFrom = uint48(_now() + ahead);
    }

    function _expectTimeOutOfRange(ICourtPolicies.Policy memory policy, uint256 earliest) private {
        uint256 latest = _now() + Clocks.POLICY_HORIZON;
        vm.expectRevert(
            abi.encodeWithSelector(
                ICourtPolicies.PolicyTimeOutOfRange.selector,
                0,
                policy.effectiveFrom,
                earliest,
                latest
            )
        );
    }
}
