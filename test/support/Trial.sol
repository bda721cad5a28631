// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EvidenceCommitments} from "../../contracts/courts/EvidenceCommitments.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {Receipt, Receipts} from "../../contracts/receipts/Receipts.sol";
import {Order, Request} from "../../contracts/settlement/Requests.sol";
import {Papers} from "./Papers.sol";
import {vm} from "./Vm.sol";

/**
 * @title Trial
 * @notice How evidence is brought: commit to a call, then make it.
 */
abstract contract Trial is Papers {
    /// @dev The salt that hides evidence.
    bytes32 internal constant SALT = keccak256("salt");

    function _commitEvidence(EvidenceCommitments court, address who, bytes memory data) internal {
        bytes32 commitment = court.commitmentOf(who, data);
        vm.deal(who, DEPOSIT);
        vm.prank(who);
        court.commitEvidence{value: DEPOSIT}(commitment);
    }

    /// @dev Makes the call that was committed to, a block later. `expected` is the error that it reverts with, if any.
    function _open(EvidenceCommitments court, address who, bytes memory data, bytes memory expected) internal {
        vm.roll(vm.getBlockNumber() + 1);
        if (expected.length != 0) vm.expectRevert(expected);
        vm.prank(who);
        (bool isOk, bytes memory result) = address(court).call(data);
        if (isOk) return;
        assembly ("memory-safe") {
            revert(add(result, 32), mload(result))
        }
    }

    /// @dev Commits and opens at once, as `reporter`.
    function _bring(EvidenceCommitments court, bytes memory data) internal {
        _commitEvidence(court, reporter, data);
        _open(court, reporter, data, "");
    }

    function _bringInVain(EvidenceCommitments court, bytes memory data, bytes memory expected) internal {
        _commitEvidence(court, reporter, data);
        _open(court, reporter, data, expected);
    }

    function _terms(
        ICourt.Exhibit memory exhibit,
        Request memory request,
        Order memory order
    ) internal view returns (bytes memory) {
        return abi.encodeCall(validity.convictTerms, (exhibit, request, order, SALT));
    }

    function _sequence(
        ICourt.Exhibit memory a,
        ICourt.Exhibit memory b,
        Request[] memory requests
    ) internal view returns (bytes memory) {
        return abi.encodeCall(equivocation.convictSequence, (a, b, requests, SALT));
    }

    function _receiptFault(Receipt memory receipt) internal pure returns (bytes32) {
        return Receipts.hash(receipt);
    }

    /// @dev A signed receipt that costs a unit more than its order allows: the simplest fault there is.
    function _overcharged() internal view returns (ICourt.Exhibit memory, Request memory, Order memory) {
        Order memory order = _order();
        order.maxPrice = PRICE - 1;
        Request memory request = _request(order);
        return (_signed(_receipt(request)), request, order);
    }
}
