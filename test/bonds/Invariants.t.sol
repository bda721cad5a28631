// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IOperatorBonds, LEAST_REWARDED_SHARES, RATE_ONE} from "../../contracts/bonds/IOperatorBonds.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {TestToken} from "../../contracts/tokens/TestToken.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";
import {BondsActions} from "./BondsActions.sol";
import {BondsBooks} from "./BondsBooks.sol";

/// @title BondsHandler
/// @notice Here since the runner calls no contract at random but those of test files.
contract BondsHandler is BondsActions {
    constructor(OperatorBonds bonds, TestToken token) BondsActions(bonds, token) {}
}

/// @title BondsInvariantsTest
/// @notice What holds whatever happens (`BondsActions`), and at the end everybody can leave with everything.
contract BondsInvariantsTest is World {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @dev What one owner or all of them have in a pool.
    struct Sums {
        uint256 shares;
        uint256 inTickets;
        uint256 worth;
    }

    /// @dev As many calls as it takes to come across everything.
    uint256 private constant CALLS = 3_000;

    /// @dev More than a slash of both pools with three awards costs, wherever a run has come to.
    uint256 private constant MOST_SLASH_GAS = 200_000;

    /// @dev S <= 2^30 * A when shares are minted, and A fits into 96 bits.
    uint256 private constant MOST_SHARES = 2 ** 126;

    BondsHandler private _handler;

    function setUp() public override {
        super.setUp();
        _handler.enter();
    }

    function _beforeOpening() internal override {
        _handler = new BondsHandler(bonds, token);
        bonds.addSlasher(address(_handler));
        bonds.addSlasher(address(this));
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

    /// @dev With equality: what is there is the pools', the recipients', or nobody's.
    function invariant_B1_tokensAreWhatIsOwedBurntAndGiven() public view {
        uint256 owed = 0;
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            (uint256 own, uint256 delegated) = bonds.slashable(_handler.operators(i));
            owed += own + delegated;
        }
        for (uint256 i = 0; i < _handler.RECIPIENTS(); ++i) owed += bonds.awardsOf(_handler.recipients(i));
        _assertTokens(address(bonds), owed + _handler.burnt() + _handler.donated(), "B1");
    }

    /// @dev The contract's books are those that were kept beside it, pool by pool and recipient by recipient.
    function invariant_B1_booksAgree() public view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            IOperatorBonds.OperatorView memory found = bonds.operatorOf(_handler.operators(i));
            _assertBook(found.own, _handler.ownBook(i));
            _assertBook(found.delegated, _handler.delegatedBook(i));
            vm.assertEq(found.debt, _handler.debtOf(i), "debt");
        }
        for (uint256 i = 0; i < _handler.RECIPIENTS(); ++i) {
            address recipient = _handler.recipients(i);
            vm.assertEq(bonds.awardsOf(recipient), _handler.awardsOf(recipient), "awards");
        }
    }

    function invariant_B2_positionsAndTicketsSumToThePoolsShares() public view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            IOperatorBonds.OperatorView memory found = bonds.operatorOf(_handler.operators(i));
            Sums memory own = _ownSums(i, found.own);
            vm.assertEq(own.shares, found.own.shares, "B2: own");
            Sums memory delegated = _delegatedSums(i, found.delegated);
            vm.assertEq(delegated.shares, found.delegated.shares, "B2: delegated");
            vm.assertLe(own.worth, found.own.assets, "no more is asked for than there is: own");
            vm.assertLe(delegated.worth, found.delegated.assets, "no more is asked for than there is: delegated");
        }
    }

    function invariant_B3_unbondingIsWhatIsInTickets() public view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            IOperatorBonds.OperatorView memory found = bonds.operatorOf(_handler.operators(i));
            vm.assertEq(found.own.unbonding, _ownSums(i, found.own).inTickets, "B3: own");
            vm.assertLe(found.own.unbonding, found.own.shares, "B3: own, within the pool");
            uint256 inTickets = _delegatedSums(i, found.delegated).inTickets;
            vm.assertEq(found.delegated.unbonding, inTickets, "B3: delegated");
            vm.assertLe(found.delegated.unbonding, found.delegated.shares, "B3: delegated, within the pool");
        }
    }

    function invariant_B4_onlyASlashLowersAShare() public view {
        _assertKept(BondsBooks.Rule.B4);
    }

    function invariant_B5_nothingLeavesBeforeItsDelayOrWhileSuspended() public view {
        _assertKept(BondsBooks.Rule.B5);
    }

    function invariant_B6_C4_slashesTakeAndAwardWhatTheyMay() public view {
        _assertKept(BondsBooks.Rule.B6);
    }

    function invariant_B7_slashesCostNoMoreThanTheyMay() public view {
        vm.assertLe(_handler.mostSlashGas(), MOST_SLASH_GAS, "B7");
    }

    /// @dev That a call which must go through does is `failOnRevert`'s matter.
    function invariant_B8_callsAreRefusedByName() public view {
        _assertKept(BondsBooks.Rule.B8);
    }

    function invariant_threat11_sharesStayBounded() public view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            IOperatorBonds.OperatorView memory found = bonds.operatorOf(_handler.operators(i));
            vm.assertLe(found.own.shares, MOST_SHARES, "own: bounded");
            vm.assertLe(found.delegated.shares, MOST_SHARES, "delegated: bounded");
            vm.assertTrue((found.own.shares == 0) == (found.own.assets == 0), "own: shares without assets");
            bool isEmpty = found.delegated.assets == 0;
            vm.assertTrue((found.delegated.shares == 0) == isEmpty, "delegated: shares without assets");
            vm.assertLe(found.own.assets, found.own.shares, "a share of an own bond costs a unit at most");
        }
    }

    function invariant_threat43_debtIsBurntBeforeAnythingIsBonded() public view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            IOperatorBonds.OperatorView memory found = bonds.operatorOf(_handler.operators(i));
            vm.assertTrue(found.debt == 0 || found.own.assets == 0, "debt or own bond");
        }
    }

    function invariant_coverIsOwnMoneyTimesTheLeverageAtMost() public view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            address who = _handler.operators(i);
            IOperatorBonds.OperatorView memory found = bonds.operatorOf(who);
            IOperatorBonds.SettlementTerms memory terms = bonds.termsOf(who);
            vm.assertLe(terms.cover, bonds.leverage() * found.own.active, "leverage");
            vm.assertLe(terms.cover, found.own.active + found.delegated.active, "what stays");
            vm.assertTrue(found.debt == 0 || terms.cover == 0, "none in debt");
            vm.assertTrue(found.own.active >= LEAST_OWN_BOND || terms.cover == 0, "none below the least");
            bool isRewarded = found.delegated.shares >= LEAST_REWARDED_SHARES;
            vm.assertTrue(isRewarded || terms.delegatorsRate == 0, "few shares get no fees");
            uint256 bonded = found.own.assets + found.delegated.assets;
            vm.assertLe(
                terms.delegatorsRate * bonded,
                RATE_ONE * found.delegated.assets,
                "delegators' part of the fees"
            );
        }
    }

    /// @dev B8: from wherever a run ends, everybody leaves, to the last unit; what stays belongs to nobody.
    function afterInvariant() public {
        _handler.leaveAll();
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            IOperatorBonds.OperatorView memory found = bonds.operatorOf(_handler.operators(i));
            vm.assertEq(found.own.shares + found.delegated.shares, 0, "B8: everybody has left");
            vm.assertEq(found.own.assets + found.delegated.assets, 0, "B8: nothing is locked in");
        }
        _assertTokens(address(bonds), _handler.burnt() + _handler.donated(), "B8: only what is nobody's stays");
        this.assertAll();
    }

    /// @dev A fixed run that comes across every state there is, so that the others cannot become hollow unseen.
    function test_everyStateIsReachedAndEveryInvariantHoldsThere() external {
        bytes4[] memory actions = _handler.actions();
        for (uint256 i = 0; i < CALLS; ++i) {
            uint256 random = uint256(keccak256(abi.encode(i)));
            bytes4 action = actions[random % actions.length];
            (bool isDone, ) = address(_handler).call(abi.encodeWithSelector(action, random >> 32, random >> 64));
            vm.assertTrue(isDone, "B8");
            this.assertAll();
        }
        afterInvariant();
        vm.assertEq(_unreached(), "", "states that were not reached");
    }

    /// @dev B7: one delegator or forty, two tickets or eighty, a slash costs the same.
    function test_B7_slashGasIsFlatInDelegatorsAndTickets() external {
        _crowd(operator, 1);
        _crowd(rival, 40);
        vm.assertEq(_gasOfSlash(operator), _gasOfSlash(rival), "gas");
    }

    /// @notice A call of its own, whose memory is free again afterwards.
    function assertAll() external view {
        invariant_B1_tokensAreWhatIsOwedBurntAndGiven();
        invariant_B1_booksAgree();
        invariant_B2_positionsAndTicketsSumToThePoolsShares();
        invariant_B3_unbondingIsWhatIsInTickets();
        invariant_B4_onlyASlashLowersAShare();
        invariant_B5_nothingLeavesBeforeItsDelayOrWhileSuspended();
        invariant_B6_C4_slashesTakeAndAwardWhatTheyMay();
        invariant_B7_slashesCostNoMoreThanTheyMay();
        invariant_B8_callsAreRefusedByName();
        invariant_threat11_sharesStayBounded();
        invariant_threat43_debtIsBurntBeforeAnythingIsBonded();
        invariant_coverIsOwnMoneyTimesTheLeverageAtMost();
    }

    /// @dev Registers and bonds, with so many delegators, and as many own and delegated tickets.
    function _crowd(address who, uint256 many) private {
        _register(who);
        _bond(who, BOND);
        for (uint256 i = 1; i <= many; ++i) {
            address one = vm.addr(i);
            _allow(one, address(bonds), 10e6);
            vm.prank(one);
            bonds.delegate(who, 10e6, 0);
            vm.prank(one);
            bonds.requestUnbond(who, 1e6);
            vm.prank(who);
            bonds.requestUnbond(who, 1e6);
            _wait(1);
        }
    }

    /// @dev Of the second slash, of the own bond's rest and some of what is delegated: all that it touches is in use.
    function _gasOfSlash(address who) private returns (uint256) {
        bonds.slash(who, 1e6, new IOperatorBonds.Award[](0));
        bonds.slash(who, BOND, new IOperatorBonds.Award[](0));
        return vm.lastCallGas().gasTotalUsed;
    }

    function _unreached() private view returns (string memory states) {
        for (uint256 i = 0; i <= uint256(type(BondsBooks.State).max); ++i) {
            bool isReached = _handler.reached(BondsBooks.State(i)) != 0;
            if (!isReached) states = string.concat(states, " ", Strings.toString(i));
        }
    }

    function _assertKept(BondsBooks.Rule rule) private view {
        vm.assertEq(_handler.broken(rule), "", "broken");
    }

    function _assertBook(IOperatorBonds.PoolView memory found, BondsBooks.Book memory book) private pure {
        vm.assertEq(found.assets, book.assets, "assets");
        vm.assertEq(found.shares, book.shares, "shares");
        vm.assertEq(found.unbonding, book.unbonding, "unbonding");
        vm.assertEq(found.epoch, book.epoch, "epoch");
    }

    /// @dev An own bond has one owner: what it has in tickets, and the rest.
    function _ownSums(uint256 which, IOperatorBonds.PoolView memory pool) private view returns (Sums memory sums) {
        address who = _handler.operators(which);
        sums = _ticketSums(which, who, pool);
        sums.shares = sums.inTickets + pool.shares - pool.unbonding;
        sums.worth += pool.active;
    }

    function _delegatedSums(
        uint256 which,
        IOperatorBonds.PoolView memory pool
    ) private view returns (Sums memory sums) {
        for (uint256 i = 0; i < _handler.DELEGATORS(); ++i) {
            address who = _handler.delegators(i);
            if (who == _handler.operators(which)) continue;
            Sums memory tickets = _ticketSums(which, who, pool);
            (uint256 held, uint256 worth) = bonds.positionOf(_handler.operators(which), who);
            vm.assertEq(held, _handler.heldOf(which, who), "B2: a delegator's shares");
            sums.shares += held + tickets.inTickets;
            sums.inTickets += tickets.inTickets;
            sums.worth += worth + tickets.worth;
        }
    }

    /// @dev What one owner has in tickets that the pool still honours.
    function _ticketSums(
        uint256 which,
        address owner,
        IOperatorBonds.PoolView memory pool
    ) private view returns (Sums memory sums) {
        BondsBooks.Exit[] memory exits = _handler.exits();
        for (uint256 i = 0; i < exits.length; ++i) {
            if (exits[i].operator != which || exits[i].owner != owner) continue;
            IOperatorBonds.Ticket memory ticket = bonds.ticketOf(_handler.operators(which), owner, exits[i].openedAt);
            if (ticket.epoch != pool.epoch) continue;
            sums.inTickets += ticket.shares;
            sums.worth += pool.shares == 0 ? 0 : (ticket.shares * pool.assets) / pool.shares;
        }
    }
}
