// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {OperatorBonds} from "../../contracts/bonds/OperatorBonds.sol";
import {Court} from "../../contracts/courts/Court.sol";
import {CourtPolicies} from "../../contracts/courts/CourtPolicies.sol";
import {DisclosureCourt} from "../../contracts/courts/DisclosureCourt.sol";
import {EquivocationCourt} from "../../contracts/courts/EquivocationCourt.sol";
import {ICourtPolicies} from "../../contracts/courts/ICourtPolicies.sol";
import {ValidityCourt} from "../../contracts/courts/ValidityCourt.sol";
import {CreditHistory} from "../../contracts/credit/CreditHistory.sol";
import {IntelCollateral} from "../../contracts/enclave/IntelCollateral.sol";
import {KeyRegistry} from "../../contracts/keys/KeyRegistry.sol";
import {ModelRegistry} from "../../contracts/models/ModelRegistry.sol";
import {Modes} from "../../contracts/Modes.sol";
import {ReceiptLedger} from "../../contracts/receipts/ReceiptLedger.sol";
import {FeeEscrow} from "../../contracts/settlement/FeeEscrow.sol";
import {TestToken} from "../../contracts/tokens/TestToken.sol";
import {EnclaveChecker} from "../../contracts/verifiers/EnclaveChecker.sol";
import {IChecker} from "../../contracts/verifiers/IChecker.sol";
import {OptimisticChecker} from "../../contracts/verifiers/OptimisticChecker.sol";
import {SnarkChecker} from "../../contracts/verifiers/SnarkChecker.sol";
import {SnarkVerifiers} from "../../contracts/verifiers/SnarkVerifiers.sol";
import {Test} from "./Test.sol";
import {vm} from "./Vm.sol";

/**
 * @title World
 * @notice Everything deployed and wired as a deployment does it, with the test as the authority's admin, and the actors.
 */
abstract contract World is Test {
    /// @dev The start of a cap window, so that tests can count windows from it.
    uint256 internal constant START = 1_489 * 14 days;
    uint96 internal constant LEAST_OWN_BOND = 100e6;
    uint96 internal constant BOND = 1_000e6;
    uint48 internal constant UNBONDING = 20 days;
    uint8 internal constant LEVERAGE = 3;
    uint16 internal constant COMMISSION_BPS = 1_000;
    uint16 internal constant FEE_BPS = 100;
    uint24 internal constant COVERAGE_BPS = 10_000;
    uint256 internal constant DEPOSIT = 0.01 ether;
    uint256 internal constant LEAST_GAS_PRICE = 1 gwei;
    uint96 internal constant PRIOR = 1_000e6;
    uint32 internal constant SEVERITY = 10;
    uint48 internal constant SETTLED_HALF_LIFE = 90 days;
    uint48 internal constant FAULT_HALF_LIFE = 360 days;
    uint256 internal constant WINDOW = 5 days;
    /// @dev The root of the tests' own TDX platform (test/support/tdx.ts).
    bytes32 internal constant ROOT_X = 0xb5da42ccb40377ac66b4ce488cc7092cb8a9c7fd07500c57049778e28c0b9489;
    bytes32 internal constant ROOT_Y = 0xca3ed7a008c805bc27e5e92434d0cb78af1495a2175e5608a24a36410b83e1bb;

    address internal immutable operator = _actor("operator").addr;
    address internal immutable rival = _actor("rival").addr;
    address internal immutable payer = _actor("payer").addr;
    address internal immutable reporter = _actor("reporter").addr;
    address internal immutable stranger = _actor("stranger").addr;
    address internal immutable delegator = _actor("delegator").addr;
    address internal immutable payout = _actor("payout").addr;
    address internal immutable treasury = _actor("treasury").addr;

    IAccessManager internal authority;
    TestToken internal token;
    OperatorBonds internal bonds;
    IntelCollateral internal collateral;
    KeyRegistry internal keys;
    ModelRegistry internal models;
    ReceiptLedger internal ledger;
    FeeEscrow internal escrow;
    CourtPolicies internal policies;
    DisclosureCourt internal disclosure;
    EquivocationCourt internal equivocation;
    EnclaveChecker internal enclaveChecker;
    SnarkVerifiers internal snarkVerifiers;
    SnarkChecker internal snarkChecker;
    OptimisticChecker internal checker;
    ValidityCourt internal validity;
    CreditHistory internal credit;

    function setUp() public virtual {
        vm.warp(START);
        authority = IAccessManager(_deploy("AccessManager", abi.encode(address(this))));
        token = TestToken(_deploy("contracts/tokens/TestToken.sol:TestToken", ""));
        bonds = OperatorBonds(_deployBonds(address(token), UNBONDING));
        collateral = IntelCollateral(
            _deploy("contracts/enclave/IntelCollateral.sol:IntelCollateral", abi.encode(ROOT_X, ROOT_Y))
        );
        keys = KeyRegistry(_deploy("contracts/keys/KeyRegistry.sol:KeyRegistry", abi.encode(collateral)));
        models = ModelRegistry(_deploy("contracts/models/ModelRegistry.sol:ModelRegistry", ""));
        ledger = ReceiptLedger(_deploy("contracts/receipts/ReceiptLedger.sol:ReceiptLedger", ""));
        escrow = FeeEscrow(_deployEscrow(address(token), treasury, FEE_BPS));
        policies = CourtPolicies(_deployPolicies(_policies()));
        disclosure = DisclosureCourt(
            _deploy("contracts/courts/DisclosureCourt.sol:DisclosureCourt", abi.encode(_wiring(), LEAST_GAS_PRICE))
        );
        equivocation = EquivocationCourt(
            _deploy(
                "contracts/courts/EquivocationCourt.sol:EquivocationCourt",
                abi.encode(_wiring(), disclosure, DEPOSIT)
            )
        );
        enclaveChecker = EnclaveChecker(
            _deploy("contracts/verifiers/EnclaveChecker.sol:EnclaveChecker", abi.encode(keys, models))
        );
        snarkVerifiers = SnarkVerifiers(
            _deploy("contracts/verifiers/SnarkVerifiers.sol:SnarkVerifiers", abi.encode(authority))
        );
        snarkChecker = SnarkChecker(
            _deploy("contracts/verifiers/SnarkChecker.sol:SnarkChecker", abi.encode(snarkVerifiers))
        );
        checker = OptimisticChecker(_deploy("contracts/verifiers/OptimisticChecker.sol:OptimisticChecker", ""));
        IChecker[4] memory checkers;
        checkers[Modes.ENCLAVE] = enclaveChecker;
        checkers[Modes.SNARK] = snarkChecker;
        checkers[Modes.OPTIMISTIC] = checker;
        validity = ValidityCourt(
            _deploy(
                "contracts/courts/ValidityCourt.sol:ValidityCourt",
                abi.encode(_wiring(), disclosure, DEPOSIT, checkers)
            )
        );
        credit = CreditHistory(
            _deploy(
                "contracts/credit/CreditHistory.sol:CreditHistory",
                abi.encode(bonds, escrow, PRIOR, SEVERITY, authority)
            )
        );
        bonds.addSlasher(address(equivocation));
        bonds.addSlasher(address(validity));
        bonds.addSlasher(address(disclosure));
        _beforeOpening();
        bonds.open();
    }

    /// @dev Where a test adds slashers of its own.
    function _beforeOpening() internal virtual {}

    function _deployBonds(address token_, uint48 unbondingDelay) internal returns (address) {
        return
            _deploy(
                "contracts/bonds/OperatorBonds.sol:OperatorBonds",
                abi.encode(token_, LEAST_OWN_BOND, unbondingDelay, LEVERAGE, FAULT_HALF_LIFE, authority)
            );
    }

    function _deployEscrow(address token_, address treasury_, uint16 feeBps) internal returns (address) {
        return
            _deploy(
                "contracts/settlement/FeeEscrow.sol:FeeEscrow",
                abi.encode(token_, bonds, treasury_, feeBps, COVERAGE_BPS, SETTLED_HALF_LIFE, authority)
            );
    }

    function _deployPolicies(ICourtPolicies.Policy[] memory initial) internal returns (address) {
        return _deploy("contracts/courts/CourtPolicies.sol:CourtPolicies", abi.encode(initial, authority));
    }

    function _wiring() internal view returns (Court.Wiring memory) {
        return Court.Wiring({bonds: bonds, keys: keys, ledger: ledger, escrow: escrow, policies: policies});
    }

    /// @dev The mode's row: a fifth of the bond or ten times the price, twice the price back, a tenth as bounty.
    function _policy() internal pure returns (ICourtPolicies.Policy memory) {
        return
            ICourtPolicies.Policy({
                window: uint32(WINDOW),
                slashBps: 2_000,
                priceMultiple: 10,
                compensationMultiple: 2,
                bountyBps: 1_000,
                effectiveFrom: 0
            });
    }

    /// @dev Every mode alike, and silence; equivocation costs half of the bond.
    function _policies() internal pure returns (ICourtPolicies.Policy[] memory initial) {
        initial = new ICourtPolicies.Policy[](6);
        for (uint256 row = 0; row < 6; ++row) initial[row] = _policy();
        initial[4].slashBps = 5_000;
    }

    function _give(address to, uint256 amount) internal {
        vm.prank(to);
        token.faucet(amount);
    }

    function _register(address who) internal {
        vm.prank(who);
        bonds.register(payout, COMMISSION_BPS, "ipfs://operator");
    }

    /// @dev Gives `who` new money that `spender` may take.
    function _allow(address who, address spender, uint256 amount) internal {
        _give(who, amount);
        vm.prank(who);
        token.approve(spender, amount);
    }

    /// @dev Bonds new money of `who`, which is registered.
    function _bond(address who, uint96 amount) internal {
        _allow(who, address(bonds), amount);
        vm.prank(who);
        bonds.bond(amount);
    }

    /// @dev Delegates new money of `who` to `operator`.
    function _delegate(address who, uint96 amount) internal returns (uint128 shares) {
        _allow(who, address(bonds), amount);
        vm.prank(who);
        return bonds.delegate(operator, amount, 0);
    }

    /// @dev Registers `operator` and bonds `BOND`.
    function _enter() internal {
        _register(operator);
        _bond(operator, BOND);
    }

    /// @dev Asks `shares` of `who` back from `operator`, waits, and takes what they are worth.
    function _leave(address who, uint128 shares) internal returns (uint256 assets) {
        vm.prank(who);
        uint48 ticket = bonds.requestUnbond(operator, shares);
        _wait(UNBONDING);
        vm.prank(who);
        return bonds.withdraw(operator, who, ticket);
    }

    /// @dev What a slash of `operator` can take from its own bond.
    function _ownBond() internal view returns (uint256 own) {
        (own, ) = bonds.slashable(operator);
    }

    /// @dev What a slash of `operator` can take from its delegators.
    function _delegatedBond() internal view returns (uint256 delegated) {
        (, delegated) = bonds.slashable(operator);
    }

    /// @dev Puts new money of `who` into its account with `operator`.
    function _fund(address who, address signer, uint96 amount) internal {
        _allow(who, address(escrow), amount);
        vm.prank(who);
        escrow.fund(amount, operator, signer);
    }

    function _assertTokens(address who, uint256 amount, string memory message) internal view {
        vm.assertEq(token.balanceOf(who), amount, message);
    }
}
