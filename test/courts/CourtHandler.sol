// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {EvidenceCommitments} from "../../contracts/courts/EvidenceCommitments.sol";
import {Demanding} from "../support/Demanding.sol";
import {vm} from "../support/Vm.sol";

/**
 * @title CourtHandler
 * @notice A whole deployment whose owner acts for everybody in it, at random, and notes the first thing that broke a rule.
 */
abstract contract CourtHandler is Demanding {
    /// @notice The first thing that broke a rule, in words; empty while all hold.
    string public broken;

    function _hold(bool isKept, string memory what) internal {
        if (!isKept && bytes(broken).length == 0) broken = what;
    }

    /// @dev Makes a call as `who` with new coin; the selector of its error where it does not go through.
    function _try(
        address who,
        address target,
        uint256 coin,
        bytes memory data
    ) internal returns (bool isDone, bytes4 reason) {
        vm.deal(who, who.balance + coin);
        vm.prank(who);
        bytes memory result;
        (isDone, result) = target.call{value: coin}(data);
        if (!isDone) reason = bytes4(result);
    }

    /// @dev Commits `who` to evidence. Whatever follows the arguments of a call makes it another one.
    function _pledge(EvidenceCommitments court, address who, bytes memory data) internal {
        bytes32 commitment = court.commitmentOf(who, data);
        vm.deal(who, who.balance + DEPOSIT);
        vm.prank(who);
        court.commitEvidence{value: DEPOSIT}(commitment);
    }

    /// @dev When the next thing is due that somebody does in the last second in which it may be done.
    function _dueAt() internal view virtual returns (uint256);

    /// @dev Does what is due now, so that the next thing is due later.
    function _doWhatIsDue() internal virtual;

    /// @dev Lets time pass, stopping wherever something is due.
    function _pass(uint256 time) internal {
        uint256 end = _now() + time;
        for (uint256 due = _dueAt(); due <= end; due = _dueAt()) {
            vm.warp(due);
            _nextBlock();
            _doWhatIsDue();
        }
        vm.warp(end);
        _nextBlock();
    }

    function _nextBlock() internal {
        vm.roll(vm.getBlockNumber() + 1);
    }

    function _isSuspended() internal view returns (bool) {
        return _now() < bonds.suspension().end;
    }

    /// @dev Suspends for up to a week, where that is possible again.
    function _suspend(uint256 seed) internal returns (bool) {
        if (_now() < bonds.suspension().end + Clocks.SUSPENSION_COOLDOWN) return false;
        bonds.suspend(uint48(_bound(_random(seed, "length"), 1, Clocks.MAX_SUSPENSION)));
        return true;
    }

    /// @dev So much time as may pass at once: seconds, hours, days, weeks.
    function _span(uint256 seed) internal pure returns (uint256) {
        uint256[8] memory most = [uint256(1 minutes), 1 hours, 6 hours, 1 days, 1 days, 2 days, 6 days, 24 days];
        return _bound(_random(seed, "time"), 1, most[_pick(seed, "most", most.length)]);
    }

    function _pick(uint256 seed, string memory what, uint256 many) internal pure returns (uint256) {
        return _random(seed, what) % many;
    }

    function _random(uint256 seed, string memory what) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, what)));
    }

    function _earlier(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }
}
