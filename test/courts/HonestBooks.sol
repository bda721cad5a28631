// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {Demands} from "../../contracts/courts/Demands.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {CourtHandler} from "./CourtHandler.sol";

/**
 * @title HonestBooks
 * @notice What an honest operator keeps: its keys, every answer that it gave, and what is demanded of it.
 */
abstract contract HonestBooks is CourtHandler {
    /// @notice What a run has to come across, or it proves little.
    enum State {
        Served,
        ServedForNothing,
        AskedAgain,
        SameOrderOfAnotherPayer,
        CommittedInTheLastSecond,
        Settled,
        SettledBeforeCommitment,
        Rotated,
        Unbonded,
        Withdrawn,
        Suspended,
        Collected,
        ReceiptAnswered,
        PayloadAnswered,
        UnitAnswered,
        AnsweredInASuspension,
        Crowded
    }

    /// @dev What a demand asks for.
    enum Asked {
        Receipt,
        Payload,
        Unit
    }

    /// @dev What the operator keeps of an answer; `root` is zero until it is committed. Its place is its sequence.
    struct Service {
        Kept kept;
        uint256 account;
        bytes32 seed;
    }

    /// @dev A demand that is not answered yet.
    struct Demanded {
        Asked asked;
        bytes32 demand;
        uint256 service;
        uint128 unit;
    }

    /// @dev A signing key: from `until` on it is no longer the operator's; 0 while nobody has said so.
    struct Key {
        Actor actor;
        uint256 until;
    }

    /// @notice Two payers, each with an account for each of two keys.
    uint256 public constant ACCOUNTS = 4;

    address[2] internal _payers;
    Actor[2] internal _clients;
    Service[] internal _services;
    Demanded[] internal _demands;
    Key[] internal _keys;
    mapping(address key => uint256) internal _keyOf;
    /// @dev What was charged to each account, settled or not.
    uint128[ACCOUNTS] internal _charged;
    /// @dev How many answers are committed.
    uint256 internal _committedUpTo;

    /// @notice What the operator itself has put into its bond and not taken out.
    uint256 public bonded = BOND;
    /// @notice How often a state was reached.
    mapping(State state => uint256) public reached;

    function _reach(State state, bool isReached) internal {
        if (isReached) ++reached[state];
    }

    function _partiesOf(uint256 which) internal view returns (address, Actor memory) {
        return (_payers[which % 2], _clients[which / 2]);
    }

    /// @dev The key that signed a receipt of ours.
    function _keyThatSigned(Receipt memory receipt) internal view returns (uint256) {
        return _keyOf[receipt.signer];
    }

    function _isCommitted(uint256 service) internal view returns (bool) {
        return service < _committedUpTo;
    }

    /// @dev Which answer a unit of an account belongs to.
    function _serviceOf(uint256 which, uint128 unit) internal view returns (uint256) {
        for (uint256 i = 0; i < _services.length; ++i) {
            Receipt storage receipt = _services[i].kept.shown.receipt;
            bool owns = receipt.charged - receipt.price < unit && unit <= receipt.charged;
            if (_services[i].account == which && owns) return i;
        }
        revert("E7: a settled unit belongs to a receipt");
    }

    /// @dev Until when a demand may be answered.
    function _deadlineOf(Demanded memory open) internal view returns (uint256) {
        Demands.Demand memory found = disclosure.demandOf(open.demand);
        return bonds.extended(found.openedAt, found.deadline);
    }

    /// @dev The leaf of an answer's receipt, and the fault that it would be.
    function _leafOf(uint256 service) internal view returns (bytes32) {
        return _receiptFault(_services[service].kept.shown.receipt);
    }

    /// @dev Until when an answer has to be committed, so that its receipt backs what it charges.
    function _latestCommitmentOf(uint256 service) internal view returns (uint256) {
        return _services[service].kept.shown.request.deadline + Clocks.SETTLEMENT_GRACE;
    }

    function _accountOf(uint256 which) internal view returns (IFeeEscrow.Account memory) {
        (address buyer, Actor memory key) = _partiesOf(which);
        return escrow.account(buyer, operator, key.addr);
    }
}
