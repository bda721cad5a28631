// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../contracts/Clocks.sol";
import {vm} from "./support/Vm.sol";

/// @dev The order of the clocks; what is nobody's constant stands here as the number that the protocol gives it.
contract ClocksTest {
    uint256 private constant SETTLEMENT_PERIOD = 1 days;
    uint256 private constant REACTION = 1 weeks;

    function test_evidenceLapsesWithinADispute() external pure {
        vm.assertGt(Clocks.EVIDENCE_LAPSE, 0, "L > 0");
        vm.assertLt(Clocks.EVIDENCE_LAPSE, Clocks.MAX_DISPUTE, "L < Q");
        vm.assertLt(Clocks.EVIDENCE_LAPSE, Clocks.EVIDENCE_AFTER_ANSWER, "L < E");
    }

    function test_answersAreDueWithinEveryWindow() external pure {
        vm.assertGt(Clocks.ANSWER_TIME, Clocks.EVIDENCE_LAPSE, "D outlasts an hour's outage");
        vm.assertLe(Clocks.ANSWER_TIME, Clocks.MAX_ANSWER_TIME, "D <= D+");
        vm.assertLt(Clocks.MAX_ANSWER_TIME, Clocks.MIN_WINDOW, "D+ < W");
    }

    function test_disputeLastsAsLongAsItsParts() external pure {
        uint256 parts = Clocks.MAX_ANSWER_TIME + Clocks.EVIDENCE_AFTER_ANSWER + Clocks.EVIDENCE_LAPSE;
        vm.assertEq(Clocks.MAX_DISPUTE, parts, "Q = D+ + E + L");
    }

    function test_threat39_unitIsJudgedBeforeWhatCoveredItIsGone() external pure {
        // From its settlement: a window to demand it, the answer, and as long for silence as for evidence after an answer.
        uint256 way = Clocks.MAX_WINDOW + Clocks.MAX_DISPUTE;
        vm.assertLt(way, Clocks.CAP_WINDOW, "W + Q < X");
        vm.assertLt(way, Clocks.MIN_UNBONDING, "W + Q < U");
    }

    function test_threat39_everyReceiptCanBeDemandedAfterItsVoucherHasExpired() external pure {
        uint256 life = Clocks.DEADLINE_HORIZON + Clocks.SETTLEMENT_GRACE;
        vm.assertLe(life + 1 days, Clocks.MIN_WINDOW, "H + grace, and a day to ask, within W");
    }

    function test_keyNoticeOutlastsTheHorizonAndEndsWithinTheLongestWindow() external pure {
        vm.assertLe(Clocks.DEADLINE_HORIZON, Clocks.KEY_NOTICE, "H <= N");
        vm.assertLt(Clocks.KEY_NOTICE, Clocks.MAX_WINDOW, "N < W");
    }

    function test_vouchersExpireWithinEveryWindowAndBeforeAnyRefund() external pure {
        uint256 life = Clocks.DEADLINE_HORIZON + Clocks.SETTLEMENT_GRACE;
        vm.assertLt(life, Clocks.MIN_WINDOW, "H + grace < W");
        vm.assertLt(life, Clocks.REFUND_THAW - SETTLEMENT_PERIOD, "H + grace < thaw less a settlement period");
        vm.assertLe(Clocks.MIN_WINDOW, Clocks.MAX_WINDOW, "least window <= longest window");
    }

    function test_capWindowOutlastsTheWayFromOrderToVerdict() external pure {
        uint256 way = Clocks.DEADLINE_HORIZON + Clocks.SETTLEMENT_GRACE + Clocks.MAX_WINDOW + Clocks.MAX_DISPUTE;
        vm.assertGe(Clocks.CAP_WINDOW, way, "X >= H + grace + W + Q");
    }

    function test_threat1_unbondingOutlastsTheCapWindow() external pure {
        vm.assertGe(Clocks.MIN_UNBONDING, Clocks.CAP_WINDOW, "U >= X");
        vm.assertGt(Clocks.MIN_UNBONDING, Clocks.MAX_WINDOW + Clocks.MAX_DISPUTE, "U > longest window and dispute");
        vm.assertLe(Clocks.MIN_UNBONDING, Clocks.MAX_UNBONDING, "least <= greatest");
    }

    function test_refundThawsLongerThanTheCapWindowAndTheGrace() external pure {
        vm.assertGt(Clocks.REFUND_THAW, Clocks.CAP_WINDOW + Clocks.SETTLEMENT_GRACE, "thaw > X + grace");
        vm.assertEq(Clocks.REFUND_LAPSE, 1 days, "a thaw lapses after a day");
    }

    function test_threat49_slasherWaitsForEverybodysExit() external pure {
        vm.assertGe(Clocks.SLASHER_ACTIVATION, _exit() + REACTION, "activation >= U + suspension + a week");
    }

    function test_threat16_commissionWaitsForEverybodysExit() external pure {
        vm.assertGe(Clocks.COMMISSION_DELAY, _exit() + REACTION, "commission delay >= U + suspension + a week");
    }

    function test_threat50_slasherOutlivesWhatWasSettledUnderItAndASuspension() external pure {
        uint256 judged = Clocks.CAP_WINDOW + Clocks.MAX_SUSPENSION;
        vm.assertGe(Clocks.SLASHER_REMOVAL, judged, "removal >= X + suspension");
    }

    function test_threat50_noTimerMeetsTwoSuspensions() external pure {
        uint256[6] memory timers = [
            Clocks.EVIDENCE_LAPSE,
            Clocks.MAX_DISPUTE,
            Clocks.MAX_WINDOW,
            Clocks.MAX_UNBONDING,
            Clocks.SLASHER_ACTIVATION,
            Clocks.SLASHER_REMOVAL
        ];
        for (uint256 i = 0; i < timers.length; ++i) {
            vm.assertGt(Clocks.SUSPENSION_COOLDOWN, timers[i] + Clocks.MAX_SUSPENSION, "cooldown > timer + suspension");
        }
    }

    function test_policyChangesWaitLongerThanTheHorizon() external pure {
        vm.assertGt(Clocks.POLICY_DELAY, Clocks.DEADLINE_HORIZON, "policy delay > H");
    }

    function test_faultsAreRememberedLongerThanGoodService() external pure {
        vm.assertGe(Clocks.MIN_FAULT_HALF_LIFE, 2 * Clocks.MAX_SETTLED_HALF_LIFE, "half-lives");
        vm.assertLt(Clocks.MIN_FAULT_HALF_LIFE, Clocks.MAX_FAULT_HALF_LIFE, "faults'");
        vm.assertLt(Clocks.MIN_SETTLED_HALF_LIFE, Clocks.MAX_SETTLED_HALF_LIFE, "service's");
    }

    function test_whatIsSettledCountsForLongerThanItWaits() external pure {
        vm.assertGt(Clocks.MIN_SETTLED_HALF_LIFE, Clocks.CAP_WINDOW, "half-life > cap window");
    }

    function test_whoeverDislikesACreditParameterIsGoneBeforeItsNextStep() external pure {
        vm.assertGe(Clocks.CREDIT_COOLDOWN, _exit() + 7 days, "cooldown > exit + a week");
    }

    function _exit() private pure returns (uint256) {
        return Clocks.MAX_UNBONDING + Clocks.MAX_SUSPENSION;
    }
}
