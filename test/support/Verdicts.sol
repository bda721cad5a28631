// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICourt} from "../../contracts/courts/ICourt.sol";
import {IReceiptVerdicts} from "../../contracts/courts/IReceiptVerdicts.sol";
import {ReceiptVerdicts} from "../../contracts/courts/ReceiptVerdicts.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {Order, Request} from "../../contracts/settlement/Requests.sol";
import {Demanding} from "./Demanding.sol";

/**
 * @title Verdicts
 * @notice A world in which it is asked what the courts have made of receipts.
 */
abstract contract Verdicts is Demanding {
    /// @dev How long after its commitment a receipt can be punished.
    uint256 internal constant TRIAL = Clocks.MAX_WINDOW + Clocks.MAX_DISPUTE;

    ReceiptVerdicts internal verdicts;

    function setUp() public virtual override {
        super.setUp();
        verdicts = ReceiptVerdicts(
            _deploy(
                "contracts/courts/ReceiptVerdicts.sol:ReceiptVerdicts",
                abi.encode(bonds, ledger, escrow, disclosure, equivocation, validity)
            )
        );
    }

    /// @dev About a receipt in a batch of one.
    function _question(Kept memory kept) internal pure returns (IReceiptVerdicts.Question memory question) {
        question.receipt = kept.shown.receipt;
        question.request = kept.shown.request;
        question.root = kept.shown.root;
        question.contestedFrom = kept.shown.receipt.charged - kept.shown.receipt.price;
    }

    /// @dev Has the operator convicted of a second receipt, signed now, with the number of a committed one.
    function _contradict(Kept memory kept) internal {
        Receipt memory second = _copyOf(kept);
        (second.outputHash, second.issuedAt) = (keccak256("another output"), uint64(_now()));
        _bring(equivocation, _sequence(_exhibit(kept), _signed(second), new Request[](0)));
    }

    /// @dev Has the operator convicted of a second receipt, of another order, that owns as many units from `from` on.
    function _sellUnitsFrom(uint128 from, Kept memory kept) internal {
        Order memory order = _order();
        order.salt = 0;
        Request memory request = _request(order);
        Receipt memory second = _receipt(request);
        (second.sequence, second.charged) = (1, from + PRICE);
        Request[] memory requests = _pair(kept.shown.request, request);
        _bring(
            equivocation,
            abi.encodeCall(equivocation.convictUnit, (_exhibit(kept), _signed(second), requests, SALT))
        );
    }

    /// @dev A committed receipt as evidence.
    function _exhibit(Kept memory kept) internal pure returns (ICourt.Exhibit memory exhibit) {
        (exhibit.receipt, exhibit.root) = (kept.shown.receipt, kept.shown.root);
    }

    function _copyOf(Kept memory kept) internal pure returns (Receipt memory) {
        return abi.decode(abi.encode(kept.shown.receipt), (Receipt));
    }
}
