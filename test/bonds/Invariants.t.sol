// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {SharePool} from "../../contracts/bonds/SharePool.sol";
import {TestToken} from "../../contracts/tokens/TestToken.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

/**
 * @title BondsHandler
 * @notice What operators, slashers and everyone can do to the bonds, each call a valid one (B8: none reverts), with the
 * books kept a second time. A slasher itself.
 */
contract BondsHandler is Test {
    struct Ticket {
        address operator;
        uint32 index;
        uint256 maturesAt;
    }

    OperatorBonds private _bonds;
    TestToken private _token;

    address[3] public operators;
    address[2] public recipients;
    Ticket[] private _tickets;

    /// @notice What came in, and what went out by each way.
    uint256 public bonded;
    uint256 public withdrawn;
    uint256 public claimed;
    uint256 public burnt;
    /// @notice Whether some call other than a slash lowered what a share is worth, or paid a ticket early.
    bool public isShareLowered;
    bool public isEarly;

    constructor(OperatorBonds bonds, TestToken token) {
        (_bonds, _token) = (bonds, token);
        operators = [_actor("first").addr, _actor("second").addr, _actor("third").addr];
        recipients = [_actor("reporter").addr, _actor("payer").addr];
    }

    /// @dev Notes a call that made some operator's shares worth less.
    modifier keepsShares() {
        uint256[3] memory assets;
        uint256[3] memory shares;
        for (uint256 i = 0; i < 3; ++i) (assets[i], shares[i]) = _pool(operators[i]);
        _;
        for (uint256 i = 0; i < 3; ++i) {
            (uint256 nextAssets, uint256 nextShares) = _pool(operators[i]);
            if (nextShares != 0 && shares[i] != 0 && nextAssets * shares[i] < assets[i] * nextShares) {
                isShareLowered = true;
            }
        }
    }

    function register() external {
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(operators[i]);
            _bonds.register(operators[i], "");
        }
    }

    function bond(uint256 who, uint256 amount) external keepsShares {
        address operator = operators[who % 3];
        // From a single unit to the faucet's most, in all sizes alike.
        amount = _bound(amount, 1, 10 ** _bound(uint256(keccak256(abi.encode(amount))), 0, 12));
        vm.prank(operator);
        _token.faucet(amount);
        vm.prank(operator);
        _token.approve(address(_bonds), amount);
        vm.prank(operator);
        _bonds.bond(uint96(amount));
        bonded += amount;
    }

    function requestUnbond(uint256 who, uint256 shares, bool isAll) external keepsShares {
        address operator = operators[who % 3];
        IOperatorBonds.OperatorView memory found = _bonds.operatorOf(operator);
        uint128 active = found.shares - found.unbonding;
        if (active == 0) return;
        vm.prank(operator);
        uint32 index = _bonds.requestUnbond(isAll ? active : uint128(_bound(shares, 1, active)));
        _tickets.push(Ticket(operator, index, _now() + _bonds.unbondingDelay()));
    }

    /// @dev Withdraws a ticket, or shows that it cannot be withdrawn yet.
    function withdraw(uint256 which) external keepsShares {
        if (_tickets.length == 0) return;
        which %= _tickets.length;
        Ticket memory ticket = _tickets[which];
        if (_now() < ticket.maturesAt) {
            vm.prank(ticket.operator);
            try _bonds.withdraw(ticket.index) {
                isEarly = true;
            } catch {}
            return;
        }
        _withdraw(which, ticket);
    }

    function slash(uint256 who, uint256 amount, uint256 kind, uint96 first, uint96 second) external {
        address operator = operators[who % 3];
        uint256 assets = _bonds.slashable(operator);
        // Nothing, all but dust, everything, more than there is, or any part.
        uint256[5] memory amounts = [0, assets - (assets >> 21), assets, assets + 1e9, _bound(amount, 0, assets)];
        IOperatorBonds.Award[] memory awards = new IOperatorBonds.Award[](2);
        (awards[0], awards[1]) = (
            IOperatorBonds.Award(recipients[0], first),
            IOperatorBonds.Award(recipients[1], second)
        );
        _bonds.slash(operator, uint96(amounts[kind % 5]), awards);
    }

    function claimAwards(uint256 who) external keepsShares {
        address recipient = recipients[who % 2];
        if (_bonds.awardsOf(recipient) == 0) return;
        vm.prank(recipient);
        claimed += _bonds.claimAwards();
    }

    function burn() external keepsShares {
        if (_bonds.burnable() != 0) burnt += _bonds.burn();
    }

    function wait_(uint256 time) external {
        _wait(_bound(time, 1, 30 days));
    }

    /// @notice Lets everybody leave with everything.
    function leaveAll() external {
        for (uint256 i = 0; i < 3; ++i) this.requestUnbond(i, 0, true);
        _wait(_bonds.unbondingDelay());
        while (_tickets.length != 0) _withdraw(_tickets.length - 1, _tickets[_tickets.length - 1]);
    }

    /// @notice The shares of `operator` in tickets that its pool still honours.
    function sharesInTickets(address operator) external view returns (uint256 shares) {
        uint32 epoch = _bonds.operatorOf(operator).epoch;
        for (uint256 i = 0; i < _tickets.length; ++i) {
            SharePool.Ticket memory ticket = _bonds.ticketOf(_tickets[i].operator, _tickets[i].index);
            if (_tickets[i].operator == operator && ticket.epoch == epoch) shares += ticket.shares;
        }
    }

    function _withdraw(uint256 which, Ticket memory ticket) private {
        vm.prank(ticket.operator);
        withdrawn += _bonds.withdraw(ticket.index);
        _tickets[which] = _tickets[_tickets.length - 1];
        _tickets.pop();
    }

    function _pool(address operator) private view returns (uint256, uint256) {
        IOperatorBonds.OperatorView memory found = _bonds.operatorOf(operator);
        return (found.assets, found.shares);
    }
}

contract BondsInvariantsTest is World {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    BondsHandler private _handler;

    function setUp() public override {
        super.setUp();
        _handler.register();
    }

    function _beforeOpening() internal override {
        _handler = new BondsHandler(bonds, token);
        bonds.addSlasher(address(_handler));
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), new bytes4[](7));
        targets[0].selectors[0] = BondsHandler.bond.selector;
        targets[0].selectors[1] = BondsHandler.requestUnbond.selector;
        targets[0].selectors[2] = BondsHandler.withdraw.selector;
        targets[0].selectors[3] = BondsHandler.slash.selector;
        targets[0].selectors[4] = BondsHandler.claimAwards.selector;
        targets[0].selectors[5] = BondsHandler.burn.selector;
        targets[0].selectors[6] = BondsHandler.wait_.selector;
    }

    /// @dev B1, with equality: nothing comes in but bonds, and nothing is held for nobody.
    function invariant_B1_tokensEqualLiabilities() external view {
        uint256 liabilities = bonds.burnable();
        for (uint256 i = 0; i < 3; ++i) liabilities += bonds.slashable(_handler.operators(i));
        for (uint256 i = 0; i < 2; ++i) liabilities += bonds.awardsOf(_handler.recipients(i));
        _assertTokens(address(bonds), liabilities, "B1");
        uint256 left = _handler.withdrawn() + _handler.claimed() + _handler.burnt();
        vm.assertEq(_handler.bonded(), liabilities + left, "B6: nothing is lost");
    }

    function invariant_B3_unbondingSharesAreThoseInTickets() external view {
        for (uint256 i = 0; i < 3; ++i) {
            IOperatorBonds.OperatorView memory found = bonds.operatorOf(_handler.operators(i));
            vm.assertEq(found.unbonding, _handler.sharesInTickets(_handler.operators(i)), "B3: in tickets");
            vm.assertLe(found.unbonding, found.shares, "B3: within the pool");
        }
    }

    function invariant_B4_onlyASlashLowersAShare() external view {
        vm.assertFalse(_handler.isShareLowered(), "B4");
    }

    function invariant_B5_nothingLeavesBeforeItsDelay() external view {
        vm.assertFalse(_handler.isEarly(), "B5");
    }

    function invariant_threat11_sharesStayBounded() external view {
        for (uint256 i = 0; i < 3; ++i) {
            IOperatorBonds.OperatorView memory found = bonds.operatorOf(_handler.operators(i));
            vm.assertLe(found.shares, found.assets << 20, "S <= A * 2^20");
            vm.assertLe(found.assets, found.shares, "A <= S");
            vm.assertTrue(found.debt == 0 || found.assets == 0, "a debt is burnt before anything is bonded");
        }
    }

    /// @dev B8: from wherever a run ends, everybody leaves, and the pools are empty to the last unit.
    function afterInvariant() external {
        _handler.leaveAll();
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(bonds.slashable(_handler.operators(i)), 0, "B8: nothing is locked in");
        }
    }
}
