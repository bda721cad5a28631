// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {EvidenceCourt} from "../../contracts/courts/EvidenceCourt.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {HonestOperator} from "./HonestOperator.sol";

/**
 * @title Enemies
 * @notice Those who would have an honest operator slashed: what they hold against it, and how they are refused. None of
 * what they try may go through, and each has to fail for a reason that was foreseen.
 */
abstract contract Enemies is HonestOperator {
    /// @notice What they try. Each is counted where it failed for its first reason.
    enum Attack {
        TwoNumbers,
        TwoOrders,
        TwoUnits,
        TheSameTwice,
        RequestsSwapped,
        UnitsOfRequestsSwapped,
        TwinByAnotherKey,
        TwinInAnothersBatch,
        TwinOfAnotherOperator,
        TwinsByARetiredKey,
        TwinsAfterAKeysEnd,
        TwinByARetiredKey,
        RightTerms,
        OrderSwapped,
        RequestSwapped,
        DearerByAnotherKey,
        DearerByARetiredKey,
        NotInABatch,
        ChangedInItsBatch,
        RightNeuron,
        RightRerun,
        VectorChanged,
        InputChanged,
        HiddenHashChanged,
        RowChanged,
        RowSwapped,
        NeuronOfNoLayer,
        ModelSwapped,
        RowsSwapped,
        ModeOfNoChecker,
        NotPledged,
        OpenedInItsBlock,
        OpenedTooLate,
        DemandedTwice,
        DemandedTooLate,
        NotInTheBatch,
        PayloadByAStranger,
        PayloadOfNoCourt,
        PayloadNotCommitted,
        UnitNotSettled,
        UnitOfACollection,
        SilenceTooEarly,
        SilenceInTheLastSecond,
        SilenceAfterAnAnswer,
        LapsedTooEarly,
        CommittedForTheOperator,
        SettledForTheOperator,
        KeyTaken,
        KeyEnded,
        SlashedByNoSlasher
    }

    bytes4 internal constant LATE = ICourt.EvidenceOutOfTime.selector;
    bytes4 internal constant NOT_A_FAULT = ICourt.NotAFault.selector;

    uint256 private _accusations;
    Actor internal _enemyKey = _actor("enemy key");

    /// @notice How often each was refused for the reason that matters.
    mapping(Attack attack => uint256) public refused;

    function setUp() public virtual override {
        super.setUp();
        _registerKey(rival, _enemyKey);
    }

    /// @dev Commits to evidence and opens it, in vain.
    function _accuse(Attack attack, EvidenceCourt court, bytes memory data, bytes4[2] memory reasons) internal {
        bytes memory call = _unique(data);
        _pledge(court, reporter, call);
        _nextBlock();
        _refused(attack, _reasonOf(reporter, address(court), 0, call), reasons);
    }

    /// @dev A call like no other, so that it can be committed to.
    function _unique(bytes memory data) internal returns (bytes memory) {
        return bytes.concat(data, abi.encode(++_accusations));
    }

    function _inVain(Attack attack, address who, address target, bytes memory data, bytes4 reason) internal {
        _refused(attack, _reasonOf(who, target, 0, data), [reason, reason]);
    }

    /// @dev Notes an attack that went through, or failed for another reason than these.
    function _refused(Attack attack, bytes4 found, bytes4[2] memory reasons) internal {
        string memory what = string.concat("C1: attack ", Strings.toString(uint256(attack)));
        bool isForeseen = found == reasons[0] || found == reasons[1];
        string memory how = string.concat(what, ": ", Strings.toHexString(uint32(found), 4));
        _hold(isForeseen, found == 0 ? string.concat(what, " went through") : how);
        if (found == reasons[0]) ++refused[attack];
    }

    /// @dev The selector of a call's error; zero where it went through.
    function _reasonOf(address who, address target, uint256 coin, bytes memory data) internal returns (bytes4 reason) {
        (, reason) = _try(who, target, coin, data);
    }

    /// @dev An answer that somebody holds, as its batch shows it or as its key signed it.
    function _exhibit(uint256 service, uint256 seed) internal view returns (ICourt.Exhibit memory exhibit) {
        Kept memory kept = _services[service].kept;
        exhibit.receipt = kept.shown.receipt;
        if (_isCommitted(service) && _pick(seed, "is committed", 2) == 0) {
            (exhibit.root, exhibit.proof) = (kept.shown.root, kept.shown.proof);
            // What stands in a batch needs no signature, and one by anybody does it no harm.
            exhibit.signature = _sign(_enemyKey.key, ledger.receiptDigest(exhibit.receipt));
        } else {
            exhibit.signature = _sign(_keyThatSigned(exhibit.receipt), ledger.receiptDigest(exhibit.receipt));
        }
    }

    /// @dev A receipt with a signature by any key.
    function _signedBy(Receipt memory receipt, uint256 key) internal view returns (ICourt.Exhibit memory exhibit) {
        exhibit.receipt = receipt;
        exhibit.signature = _sign(key, ledger.receiptDigest(receipt));
    }

    /// @dev Signed by a key that is not the operator's: in its name, in the key's own, or in that of no operator's key.
    function _forged(Receipt memory receipt, uint256 seed) internal view returns (ICourt.Exhibit memory) {
        uint256 kind = _pick(seed, "forger", 3);
        Actor memory forger = kind == 0 ? _actor("stranger") : _enemyKey;
        if (kind != 1) receipt.signer = forger.addr;
        return _signedBy(receipt, forger.key);
    }

    /// @dev A key that ended so long ago that nothing which it signed while it was valid can be challenged, whatever is
    /// disclosed; 0 if none.
    function _retiredKey() internal view returns (uint256 key, uint256 until) {
        until = _keys[0].until;
        uint256 disclosure_ = Clocks.MAX_ANSWER_TIME + Clocks.EVIDENCE_AFTER_ANSWER;
        if (until == 0 || _now() <= bonds.extended(until, until + WINDOW + disclosure_)) return (0, 0);
        return (_keys[0].actor.key, until);
    }

    function _reasons(bytes4 first) internal pure returns (bytes4[2] memory) {
        return [first, LATE];
    }
}
