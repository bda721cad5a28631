// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {CourtHandler} from "./CourtHandler.sol";

/**
 * @title GuiltyBooks
 * @notice What the faults of an operator have cost, kept a second time: what was judged when, in plain words of the
 * policy; and every verdict held against it.
 */
abstract contract GuiltyBooks is CourtHandler {
    /// @notice What a run has to come across, or it proves little.
    enum State {
        TwoOfANumber,
        TwoOfAnOrder,
        TwoOfAUnit,
        AboveMaximum,
        AboveTariff,
        UnitsInvalid,
        IssuedAfterDeadline,
        IssuedBeforeHorizon,
        IssuedAfterCommitment,
        KeyNotOperators,
        WrongNeuron,
        WrongRerun,
        SilentReceipt,
        SilentPayload,
        SilentUnit,
        UnitsBelow,
        UnitsJudgedBefore,
        FalseAnswer,
        LateAnswer,
        Punished,
        PunishedAgain,
        PunishedForWhatWasSettledSince,
        PayloadJudgedAgain,
        PunishedByMultiple,
        PunishedInVain,
        PunishedByDebt,
        DelegatorsPunished,
        LessThanLeastBond,
        AwardsCut,
        Emptied,
        Withdrawn,
        Rotated,
        DebtBurnt,
        DelegatedOut,
        Suspended,
        PledgedInTheLastSecond,
        OpenedInTheLastSecond,
        FrontRun,
        Copied,
        AccusedItself,
        TooLate,
        DemandedInTheLastSecond,
        DemandedByItself,
        ConvictedInTheLastSecond
    }

    /// @dev A receipt that a payer was charged for, as its account counts units.
    struct Charge {
        address payer;
        bytes32 leaf;
        uint256 price;
        uint256 charged;
    }

    /// @dev A call that must convict, of what, and how much was paid for it and not judged yet.
    struct Verdict {
        address caller;
        address court;
        bytes data;
        bytes32 fault;
        uint256 bps;
        uint256 prices;
    }

    /// @dev What a slash can change.
    struct Sight {
        uint256 own;
        uint256 delegated;
        uint256 debt;
        uint256 asked;
        uint256 awards;
        uint256 held;
        uint256 wealth;
    }

    /// @dev The policy again, see `World`: what a price weighs, and what a payer and a reporter get.
    uint256 private constant PRICE_MULTIPLE = 10;
    uint256 private constant COMPENSATION_MULTIPLE = 2;
    uint256 private constant BOUNTY_PART = 10;
    uint256 private constant BPS = 10_000;
    uint256 private constant DUST = 1_000;

    /// @dev In league with the operator: payer, reporter and demander.
    address internal immutable puppet = _actor("puppet").addr;

    mapping(address court => mapping(bytes32 fault => uint256)) private _parts;
    mapping(address court => mapping(bytes32 fault => bool)) private _isJudged;
    mapping(address court => mapping(bytes32 leaf => uint256)) private _judgedPrice;

    /// @notice How often a state was reached.
    mapping(State state => uint256) public reached;

    function _reach(State state, bool isReached) internal {
        if (isReached) ++reached[state];
    }

    /// @dev Has a fault judged, and holds all that comes of it against the books.
    function _judge(Verdict memory verdict) internal {
        Sight memory before = _look();
        (bool isDone, bytes4 reason) = _try(verdict.caller, verdict.court, 0, verdict.data);
        _hold(isDone, string.concat("C2: refused: ", Strings.toHexString(uint32(reason), 4)));
        if (!isDone) return;
        Sight memory found = _look();
        _hold(ICourt(verdict.court).isPunished(verdict.fault), "C2: a fault that was evidenced in time is punished");

        bool isFirst = !_isJudged[verdict.court][verdict.fault];
        _isJudged[verdict.court][verdict.fault] = true;
        uint256 prices = verdict.prices * PRICE_MULTIPLE;
        uint256 asked = isFirst ? Math.max(prices, _partOf(before.own, verdict.bps)) : prices;
        uint256 measured = found.asked - before.asked;
        _hold(measured >= asked, "C2: no less is asked than the policy says");
        if (measured > prices) ++_parts[verdict.court][verdict.fault];
        _hold(_parts[verdict.court][verdict.fault] <= 1, "C3: one fault, one part of the bond");
        _hold(measured <= asked, "C3: what was judged is not judged again");
        _holdLosses(before, found, asked);
        _holdAwards(before, found, asked, verdict.prices * COMPENSATION_MULTIPLE);

        _reach(State.Punished, isFirst);
        _reach(State.PunishedAgain, !isFirst && asked == 0);
        _reach(State.PunishedForWhatWasSettledSince, !isFirst && asked != 0);
        _reach(State.PunishedByMultiple, isFirst && asked == prices);
        _reach(State.PunishedInVain, isFirst && before.own + before.delegated == 0);
        _reach(State.LessThanLeastBond, isFirst && before.own != 0 && before.own < LEAST_OWN_BOND);
    }

    /// @dev What has been paid for charges since they were judged last, which they are now.
    function _unjudged(address court, Charge[2] memory charges) internal returns (uint256 prices) {
        for (uint256 i = 0; i < 2; ++i) {
            uint256 settled = escrow.account(charges[i].payer, operator, client.addr).settled;
            (uint256 price, uint256 charged) = (charges[i].price, charges[i].charged);
            // Who charges less than its price charges no units at all.
            uint256 first = charged < price ? settled : charged - price;
            uint256 paid = _earlier(settled, charged);
            paid = paid > first ? paid - first : 0;
            uint256 judged = _judgedPrice[court][charges[i].leaf];
            if (paid <= judged) continue;
            prices += paid - judged;
            _judgedPrice[court][charges[i].leaf] = paid;
        }
    }

    /// @dev The own bond bears it first, then what is delegated, and the rest is owed; only dust is lost besides.
    function _holdLosses(Sight memory before, Sight memory found, uint256 asked) private {
        uint256 own = _earlier(asked, before.own);
        uint256 delegated = _earlier(asked - own, before.delegated);
        uint256 debt = asked - own - delegated;
        _hold(_isLoss(before.own, found.own, own), "C2: the own bond bears a slash first");
        _hold(_isLoss(before.delegated, found.delegated, delegated), "C2: then what is delegated");
        _hold(found.debt - before.debt == debt, "C2: what is not there is owed");
        _reach(State.PunishedByDebt, debt != 0);
        _reach(State.DelegatorsPunished, delegated != 0);
    }

    /// @dev Awards are what the policy says, up to half of what the own bond loses; the rest stays where it was, nobody's.
    function _holdAwards(Sight memory before, Sight memory found, uint256 asked, uint256 compensation) private {
        uint256 own = _earlier(asked, before.own);
        uint256 awarded = found.awards - before.awards;
        _hold(2 * awarded <= own, "C4: at most half of the own bond's loss is awarded");
        _hold(awarded == _earlier(own / BOUNTY_PART + compensation, own / 2), "bounty and compensation");
        _hold(found.held == before.held, "C4: the rest is burnt");
        // What the operator itself lost may come back to its coalition, but no more than half of it.
        _hold(found.wealth + own - own / 2 <= before.wealth, "C4: no coalition gains");
        _reach(State.AwardsCut, awarded != 0 && awarded == own / 2);
    }

    function _look() private view returns (Sight memory sight) {
        (sight.own, sight.delegated) = bonds.slashable(operator);
        sight.debt = bonds.operatorOf(operator).debt;
        sight.asked = bonds.faultsOf(operator);
        sight.awards = bonds.awardsOf(puppet) + bonds.awardsOf(reporter) + bonds.awardsOf(payer);
        sight.held = token.balanceOf(address(bonds));
        sight.wealth = token.balanceOf(operator) + token.balanceOf(payout) + token.balanceOf(puppet);
        sight.wealth += sight.own + bonds.awardsOf(puppet) + escrow.earningsOf(operator);
        sight.wealth += escrow.account(puppet, operator, client.addr).balance;
    }

    function _isLoss(uint256 before, uint256 found, uint256 loss) private pure returns (bool) {
        uint256 rest = before - loss;
        return found == rest || (found == 0 && rest < DUST);
    }

    /// @dev Of the least own bond where less is left.
    function _partOf(uint256 own, uint256 bps) private pure returns (uint256) {
        return (Math.max(own, LEAST_OWN_BOND) * bps + BPS - 1) / BPS;
    }
}
