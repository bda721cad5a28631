// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Receipt} from "../receipts/Receipts.sol";
import {Request} from "../settlement/Requests.sol";

/**
 * @title IReceiptVerdicts
 * @notice What the courts have made of one committed receipt: a view for who keeps records of that somewhere else.
 */
interface IReceiptVerdicts {
    /**
     * @notice `Open`: it can still be challenged. `Faulty`: it was punished as wrong, as not shown, or as contradicting
     * another. `Unchallenged`: its time is over and it was not; that says that nobody proved it wrong who could have, no
     * more. Two things can still make it faulty: a contradiction that is signed later; and evidence after it was shown
     * because units of its account were demanded, which they can be as long as the account settles: then it is open once
     * more. Silence about those units is punished as such, and says nothing of a receipt.
     */
    enum Verdict {
        Open,
        Faulty,
        Unchallenged
    }

    /**
     * @notice The receipt that is asked about.
     * @param request the one that it answers.
     * @param root, proof the batch that it is in, and its path there.
     * @param contestedFrom where the units begin that it and another receipt were found to own: at least
     * `charged - price` of this one and below its `charged`. Any of these where there is no such other.
     */
    struct Question {
        Receipt receipt;
        Request request;
        bytes32 root;
        bytes32[] proof;
        uint128 contestedFrom;
    }

    /// @notice The receipt owns no units that begin there.
    error UnitsNotIts(uint128 contestedFrom, uint128 price, uint128 charged);

    /// @notice What was made of a receipt so far.
    function verdictOf(Question calldata question) external view returns (Verdict);
}
