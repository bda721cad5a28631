// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CreditScore} from "../../contracts/credit/CreditScore.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

contract CreditScoreTest is Test {
    struct Facts {
        uint96 settled;
        uint96 faulted;
        uint96 prior;
        uint32 severity;
    }

    function testFuzz_isBounded(Facts memory facts) external pure {
        vm.assertLt(_score(_of(facts)), 1_000, "below a thousand");
    }

    function testFuzz_moreSettledNeverLowersIt(Facts memory facts, uint96 more) external pure {
        facts = _of(facts);
        uint256 before = _score(facts);
        facts.settled = uint96(_bound(more, facts.settled, type(uint96).max));
        vm.assertGe(_score(facts), before, "settled");
    }

    function testFuzz_aFaultNeverRaisesIt(Facts memory facts, uint96 more) external pure {
        facts = _of(facts);
        uint256 before = _score(facts);
        facts.faulted = uint96(_bound(more, facts.faulted, type(uint96).max));
        vm.assertLe(_score(facts), before, "faulted");
    }

    function testFuzz_aGreaterPriorOrSeverityNeverRaisesIt(
        Facts memory facts,
        uint96 more,
        uint32 graver
    ) external pure {
        facts = _of(facts);
        uint256 before = _score(facts);
        facts.prior = uint96(_bound(more, facts.prior, type(uint96).max));
        uint256 higher = _score(facts);
        vm.assertLe(higher, before, "prior");
        facts.severity = uint32(_bound(graver, facts.severity, type(uint32).max));
        vm.assertLe(_score(facts), higher, "severity");
    }

    function testFuzz_isHalfWithThePriorAndNoFault(uint96 prior) external pure {
        Facts memory facts = Facts({settled: prior, faulted: 0, prior: prior, severity: 10});
        if (prior != 0) vm.assertEq(_score(facts), 500, "half");
        vm.assertTrue(CreditScore.isProven(prior, prior), "proven");
        if (prior != 0) vm.assertFalse(CreditScore.isProven(prior - 1, prior), "and not with less");
    }

    function _of(Facts memory facts) private pure returns (Facts memory) {
        if (facts.prior == 0) facts.prior = 1;
        return facts;
    }

    function _score(Facts memory facts) private pure returns (uint256) {
        return CreditScore.score(facts.settled, facts.faulted, facts.prior, facts.severity);
    }
}
