// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Request} from "../../contracts/settlement/Requests.sol";
import {Test} from "../support/Test.sol";
import {MoodyToken, Puppet} from "../support/Tokens.sol";
import {vm} from "../support/Vm.sol";
import {World} from "../support/World.sol";

/**
 * @title StrangeHandler
 * @notice Everybody does everything at any time, also in the middle of each other's transfers, with a token that takes,
 * gives, says no or refuses now and then. Calls may fail; what they leave has to be right.
 */
contract StrangeHandler is Test {
    /// @dev A call and who makes it.
    struct Act {
        Puppet who;
        address target;
        bytes data;
    }

    uint256 public constant PAYERS = 2;
    uint256 public constant KINDS = 11;

    Puppet[PAYERS] public payers;
    Puppet public operator = new Puppet();
    address public payout = address(new Puppet());
    Puppet private _delegator = new Puppet();
    Puppet private _stranger = new Puppet();
    Actor private _signer = _actor("signer");

    FeeEscrow private _escrow;
    OperatorBonds private _bonds;
    MoodyToken private _token;

    /// @notice How often a kind of call went through, and how often while the token was in a mood.
    mapping(uint256 kind => uint256) public done;
    mapping(MoodyToken.Mood mood => uint256) public doneIn;

    constructor(FeeEscrow escrow, OperatorBonds bonds, MoodyToken token) {
        (_escrow, _bonds, _token) = (escrow, bonds, token);
        payers = [new Puppet(), new Puppet()];
    }

    function enter() external {
        for (uint256 i = 0; i < PAYERS; ++i) _give(payers[i], address(_escrow));
        _give(operator, address(_bonds));
        _give(_delegator, address(_bonds));
        _give(_stranger, address(_escrow));
        operator.run(address(_bonds), abi.encodeCall(IOperatorBonds.register, (payout, 1_000, "")));
        operator.run(address(_bonds), abi.encodeCall(IOperatorBonds.bond, (1_000_000e6)));
        _delegator.run(
            address(_bonds),
            abi.encodeCall(IOperatorBonds.delegate, (address(operator), uint96(500_000e6), uint128(0)))
        );
        operator.run(address(_escrow), abi.encodeCall(IFeeEscrow.openPayTo, ()));
    }

    /// @notice Somebody does something, and somebody something else in the middle of it.
    function act(uint256 kind, uint256 seed) external {
        kind %= KINDS;
        Act memory outer = _act(kind, seed);
        MoodyToken.Mood mood = MoodyToken.Mood(seed % 3 == 0 ? (seed >> 8) % 5 : 0);
        Act memory inner = _act((seed >> 16) % KINDS, seed >> 24);
        bool isCalling = (seed >> 32) % 4 != 0;
        bytes memory data = abi.encodeCall(Puppet.run, (inner.target, inner.data));
        _token.feel(mood, isCalling ? address(inner.who) : address(0), data, (seed >> 40) % 2 == 0);
        try outer.who.run(outer.target, outer.data) {
            ++done[kind];
            ++doneIn[mood];
        } catch {
            // As it may.
        }
        _token.feel(MoodyToken.Mood.Honest, address(0), "", false);
    }

    /// @notice Lets time pass, at times until a thaw is ripe.
    function wait_(uint256 time) external {
        uint256 maturesAt = _escrow.thawOf(address(payers[0]), address(operator), _signer.addr).maturesAt;
        if (time % 2 == 0 && maturesAt > _now()) vm.warp(maturesAt);
        else _wait(_bound(time, 1, 3 days));
    }

    function signer() external view returns (address) {
        return _signer.addr;
    }

    function _act(uint256 kind, uint256 seed) private view returns (Act memory) {
        Puppet payer = payers[seed % PAYERS];
        uint256 amount = _bound(seed >> 8, 2, 100e6);
        if (kind == 0)
            return _onEscrow(payer, abi.encodeCall(IFeeEscrow.fund, (amount, address(operator), _signer.addr)));
        if (kind < 3)
            return _onEscrow(operator, abi.encodeCall(IFeeEscrow.settle, (address(operator), _claims(payer, amount))));
        if (kind == 3)
            return _onEscrow(payer, abi.encodeCall(IFeeEscrow.thaw, (amount, address(operator), _signer.addr)));
        if (kind == 4) return _onEscrow(payer, abi.encodeCall(IFeeEscrow.refund, (address(operator), _signer.addr)));
        if (kind == 5) return _onEscrow(_stranger, abi.encodeCall(IFeeEscrow.collect, (address(operator))));
        if (kind == 6) return _onEscrow(_stranger, abi.encodeCall(IFeeEscrow.withdrawEarnings, (address(operator))));
        if (kind == 7) return _onEscrow(_stranger, abi.encodeCall(IFeeEscrow.rewardDelegators, (address(operator))));
        if (kind == 8) return _onEscrow(_stranger, abi.encodeCall(IFeeEscrow.withdrawProtocolFees, ()));
        // A unit that nobody asked for, which a measured balance may be short of; and a payment without a voucher.
        if (kind == 9) return _transfer(address(_escrow), 1);
        return _transfer(_escrow.payToOf(address(operator)), amount);
    }

    function _transfer(address to, uint256 amount) private view returns (Act memory) {
        return Act(_stranger, address(_token), abi.encodeCall(IERC20.transfer, (to, amount)));
    }

    function _onEscrow(Puppet who, bytes memory data) private view returns (Act memory) {
        return Act(who, address(_escrow), data);
    }

    /// @dev For `amount` more than what the account has paid now.
    function _claims(Puppet payer, uint256 amount) private view returns (IFeeEscrow.Claim[] memory claims) {
        claims = new IFeeEscrow.Claim[](1);
        uint256 settled = _escrow.account(address(payer), address(operator), _signer.addr).settled;
        Request memory request = Request(
            address(payer),
            address(operator),
            uint128(settled + amount),
            uint64(_now()),
            bytes32(amount)
        );
        claims[0].payer = request.payer;
        claims[0].orderHash = request.orderHash;
        (claims[0].total, claims[0].ceiling, claims[0].deadline) = (request.ceiling, request.ceiling, request.deadline);
        (claims[0].r, claims[0].vs) = _signCompact(_signer.key, _escrow.requestDigest(request));
    }

    /// @dev More than all runs can spend.
    function _give(Puppet who, address spender) private {
        _token.mint(address(who), 1_000_000_000e6);
        who.run(address(_token), abi.encodeCall(IERC20.approve, (spender, type(uint256).max)));
    }
}

/// @title StrangeInvariantsTest
/// @notice Whatever the token does, the escrow holds what it owes, and pays everybody once (threat 29).
contract StrangeInvariantsTest is World {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @dev As many calls as it takes to come across everything.
    uint256 private constant CALLS = 1_000;

    MoodyToken private _moody;
    StrangeHandler private _handler;

    function setUp() public override {
        super.setUp();
        _moody = new MoodyToken();
        bonds = OperatorBonds(_deployBonds(address(_moody), UNBONDING));
        bonds.open();
        escrow = FeeEscrow(_deployEscrow(address(_moody), treasury, FEE_BPS));
        _handler = new StrangeHandler(escrow, bonds, _moody);
        _handler.enter();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), new bytes4[](2));
        targets[0].selectors[0] = StrangeHandler.act.selector;
        targets[0].selectors[1] = StrangeHandler.wait_.selector;
    }

    function invariant_B1_booksAreWithinTheBalance() public view {
        address operator = address(_handler.operator());
        uint256 owed = escrow.earningsOf(operator) + escrow.delegatorsFeesOf(operator) + escrow.protocolFees();
        for (uint256 i = 0; i < _handler.PAYERS(); ++i) owed += _account(i).balance;
        vm.assertLe(owed, _moody.balanceOf(address(escrow)), "B1");
    }

    /// @dev E1, E2: what a payer sent is in its account, was settled, or was sent back.
    function invariant_E2_nobodyIsRefundedTwice() public view {
        for (uint256 i = 0; i < _handler.PAYERS(); ++i) {
            address payer = address(_handler.payers(i));
            uint256 sent = _moody.sent(payer, address(escrow));
            uint256 back = _moody.sent(address(escrow), payer);
            vm.assertEq(sent, uint256(_account(i).balance) + _account(i).settled + back, "E2");
        }
        address operator = address(_handler.operator());
        address payTo = escrow.payToOf(operator);
        uint256 collected = escrow.account(payTo, operator, address(0)).settled;
        vm.assertEq(_moody.sent(payTo, address(escrow)), collected, "what was collected came in");
    }

    /// @dev E3: what was settled was sent on, or waits for whom it is.
    function invariant_E3_nobodyEarnsTwice() public view {
        address operator = address(_handler.operator());
        uint256 settled = escrow.account(escrow.payToOf(operator), operator, address(0)).settled;
        for (uint256 i = 0; i < _handler.PAYERS(); ++i) settled += _account(i).settled;
        uint256 waiting = escrow.earningsOf(operator) + escrow.delegatorsFeesOf(operator) + escrow.protocolFees();
        uint256 paid = _paidTo(_handler.payout()) + _paidTo(treasury) + _paidTo(address(bonds));
        vm.assertEq(settled, waiting + paid, "E3");
    }

    /// @dev A fixed run in which every kind of call goes through, in every mood that lets it, and in the middle of others.
    function test_everythingHappensAndEveryInvariantHoldsThere() external {
        for (uint256 i = 0; i < CALLS; ++i) {
            uint256 random = uint256(keccak256(abi.encode(i)));
            if (random % 8 == 0) _handler.wait_(random >> 8);
            else _handler.act(random >> 8, random >> 16);
            invariant_B1_booksAreWithinTheBalance();
            invariant_E2_nobodyIsRefundedTwice();
            invariant_E3_nobodyEarnsTwice();
        }
        for (uint256 i = 0; i < _handler.KINDS(); ++i) vm.assertGt(_handler.done(i), 0, "a kind of call");
        vm.assertGt(_handler.doneIn(MoodyToken.Mood.Taxing), 0, "taxed");
        vm.assertGt(_handler.doneIn(MoodyToken.Mood.Generous), 0, "given");
        vm.assertGt(_moody.callsDone(), 0, "calls in the middle that go through");
        vm.assertGt(_moody.callsFailed(), 0, "calls in the middle that do not");
    }

    function _paidTo(address who) private view returns (uint256) {
        return _moody.sent(address(escrow), who);
    }

    function _account(uint256 which) private view returns (IFeeEscrow.Account memory) {
        return escrow.account(address(_handler.payers(which)), address(_handler.operator()), _handler.signer());
    }
}
