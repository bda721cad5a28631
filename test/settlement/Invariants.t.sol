// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {BUCKETS} from "../../contracts/settlement/SlidingSum.sol";
import {TestToken} from "../../contracts/tokens/TestToken.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";
import {EscrowActions} from "./EscrowActions.sol";
import {EscrowBooks} from "./EscrowBooks.sol";

/// @title EscrowHandler
/// @notice Here since the runner calls no contract at random but those of test files.
contract EscrowHandler is EscrowActions {
    constructor(FeeEscrow escrow, OperatorBonds bonds, TestToken token) EscrowActions(escrow, bonds, token) {}
}

/// @title EscrowInvariantsTest
/// @notice What holds whatever happens (`EscrowActions`).
contract EscrowInvariantsTest is World {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @dev As many calls as it takes to come across everything, in so many runs.
    uint256 private constant CALLS = 5_000;
    /// @dev How often everything is looked at meanwhile.
    uint256 private constant PACE = 25;

    EscrowHandler private _handler;

    function setUp() public override {
        super.setUp();
        _handler.enter();
    }

    function _beforeOpening() internal override {
        _handler = new EscrowHandler(escrow, bonds, token);
        bonds.addSlasher(address(_handler));
        uint64 admin = 0;
        authority.grantRole(admin, address(_handler), 0);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), _handler.actions());
    }

    /// @dev With equality: what is there is in accounts, earned, the delegators', the protocol's, or nobody's.
    function invariant_B1_tokensAreWhatIsOwedAndGiven() public view {
        uint256 owed = escrow.protocolFees();
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            address operator = _handler.operators(i);
            owed += escrow.earningsOf(operator) + escrow.delegatorsFeesOf(operator);
            _assertTokens(escrow.payToOf(operator), _handler.operatorBook(i).sent, "what is not collected");
        }
        for (uint256 i = 0; i < _handler.ACCOUNTS(); ++i) owed += _account(i).balance;
        _assertTokens(address(escrow), owed + _handler.donated(), "B1");
        _assertKept(EscrowBooks.Rule.B1);
    }

    /// @dev The escrow's books are those that were kept beside it claim by claim, to the unit and the second (E3, E4).
    function invariant_E3_E4_booksAgree() public view {
        vm.assertEq(escrow.protocolFees(), _handler.protocolFees(), "protocol's part");
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            EscrowBooks.OperatorBook memory book = _handler.operatorBook(i);
            address operator = _handler.operators(i);
            vm.assertEq(escrow.earningsOf(operator), book.earnings, "operator's part");
            vm.assertEq(escrow.delegatorsFeesOf(operator), book.delegatorsFees, "delegators' part");
            vm.assertEq(escrow.agentOf(operator), book.agent, "agent");
            vm.assertTrue(escrow.isPayToOpen(operator) == book.isOpen, "open");
        }
        for (uint256 i = 0; i < _handler.ACCOUNTS(); ++i) {
            (address payer, address operator, address signer) = _handler.accountOf(i);
            EscrowBooks.AccountBook memory book = _handler.accountBook(i);
            IFeeEscrow.Account memory found = _account(i);
            vm.assertEq(found.balance, book.balance, "balance");
            vm.assertEq(found.settled, book.settled, "settled");
            vm.assertEq(found.settledAt, book.settledAt, "settled last");
            IFeeEscrow.Thaw memory thaw = escrow.thawOf(payer, operator, signer);
            vm.assertEq(thaw.amount, book.thawing, "thawing");
            vm.assertTrue(thaw.amount == 0 || thaw.maturesAt == book.maturesAt, "thawing until");
        }
        _assertKept(EscrowBooks.Rule.E3);
    }

    /// @dev That the books agree says that totals only grow: nothing takes from them there.
    function invariant_E1_settledIsWhatWasPaid() public view {
        for (uint256 i = 0; i < _handler.ACCOUNTS(); ++i) vm.assertEq(_account(i).settled, _handler.paidOf(i), "E1");
        _assertKept(EscrowBooks.Rule.E1);
    }

    function invariant_E2_paidIsAtMostFunded() public view {
        uint256 own = _handler.ACCOUNTS() - _handler.OPERATORS();
        for (uint256 i = 0; i < own; ++i) {
            EscrowBooks.AccountBook memory book = _handler.accountBook(i);
            IFeeEscrow.Account memory found = _account(i);
            vm.assertEq(book.funded, uint256(found.balance) + found.settled + book.refunded, "E2, to the unit");
        }
    }

    function invariant_E5_settledInTheCapWindowIsCovered() public view {
        _assertKept(EscrowBooks.Rule.E5);
    }

    function invariant_E5_exposureIsTheWindowAndAtMostABucketMore() public view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            _assertExposure(i, escrow.exposureOf(_handler.operators(i)), false);
            _assertExposure(i, escrow.collectedOf(_handler.operators(i)), true);
        }
    }

    /// @dev Exact but for what is rounded down whenever a bucket leaves.
    function invariant_historyIsWhatHasLeftExposure() public view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            address operator = _handler.operators(i);
            uint256 history = escrow.historyOf(operator);
            (uint256 sum, uint256 many) = _handler.historyOf(i);
            vm.assertLe(history, sum + many, "history: no more");
            vm.assertLe(sum, history + many + 1, "history: no less");
            uint256 exposure = escrow.exposureOf(operator);
            vm.assertLe(history + exposure, _handler.operatorBook(i).settled, "never more than was settled");
        }
    }

    /// @dev Who may not is refused; and impostors, whose accounts nobody funds, never paid.
    function invariant_E6_noAccountPaysOrRefundsForAnybodyElse() public view {
        _assertKept(EscrowBooks.Rule.E6);
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            for (uint256 j = 0; j < _handler.PAYERS(); ++j) {
                uint256 impostors = _handler.accountAt(i, j, _handler.SIGNERS() - 1);
                vm.assertEq(_account(impostors).settled, 0, "E6");
            }
        }
    }

    /// @dev A fixed run that comes across every state there is, so that the others cannot become hollow unseen.
    function test_everyStateIsReachedAndEveryInvariantHoldsThere() external {
        bytes4[] memory actions = _handler.actions();
        for (uint256 i = 0; i < CALLS; ++i) {
            uint256 random = uint256(keccak256(abi.encode(i)));
            bytes4 action = actions[random % actions.length];
            (bool isDone, ) = address(_handler).call(abi.encodeWithSelector(action, random >> 32, random >> 64));
            vm.assertTrue(isDone, "nothing reverts");
            if (i % PACE == 0) this.assertAll();
        }
        this.assertAll();
        vm.assertEq(_unreached(), "", "states that were not reached");
    }

    /// @notice A call of its own, whose memory is free again afterwards.
    function assertAll() external view {
        invariant_B1_tokensAreWhatIsOwedAndGiven();
        invariant_E3_E4_booksAgree();
        invariant_E1_settledIsWhatWasPaid();
        invariant_E2_paidIsAtMostFunded();
        invariant_E5_settledInTheCapWindowIsCovered();
        invariant_E5_exposureIsTheWindowAndAtMostABucketMore();
        invariant_historyIsWhatHasLeftExposure();
        invariant_E6_noAccountPaysOrRefundsForAnybodyElse();
    }

    function _assertExposure(uint256 operator, uint256 exposure, bool isCollected) private view {
        uint256 window = Clocks.CAP_WINDOW;
        vm.assertEq(exposure, _handler.exposureOf(operator, isCollected), "its buckets");
        vm.assertGe(exposure, _handler.paidWithin(operator, window, isCollected), "the window at least");
        uint256 longest = window + window / BUCKETS;
        vm.assertLe(exposure, _handler.paidWithin(operator, longest, isCollected), "a bucket more at most");
    }

    function _unreached() private view returns (string memory states) {
        for (uint256 i = 0; i <= uint256(type(EscrowBooks.State).max); ++i) {
            bool isReached = _handler.reached(EscrowBooks.State(i)) != 0;
            if (!isReached) states = string.concat(states, " ", Strings.toString(i));
        }
    }

    function _assertKept(EscrowBooks.Rule rule) private view {
        vm.assertEq(_handler.broken(rule), "", "broken");
    }

    function _account(uint256 which) private view returns (IFeeEscrow.Account memory) {
        (address payer, address operator, address signer) = _handler.accountOf(which);
        return escrow.account(payer, operator, signer);
    }
}
