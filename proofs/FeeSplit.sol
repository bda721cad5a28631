// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RATE_ONE} from "../contracts/bonds/IOperatorBonds.sol";
import {FeeSplit} from "../contracts/settlement/FeeSplit.sol";

/**
 * @dev Who gets what of a payment, for all totals below 2^112 and all fees and rates of at most one. Some of z3's way is
 * a step of its own (`products`), which the rest takes for granted.
 */
contract FeeSplitProof {
    /// @notice of more a part is no less, and more by no more than what there is more
    function products(uint112 less, uint112 more, uint256 rate, uint256 one) external pure {
        require(less <= more && rate <= one && one <= RATE_ONE);
        assert(less * rate <= more * rate);
        assert(more * rate - less * rate <= (uint256(more) - less) * one);
    }

    /// @notice nothing overflows, and neither part of a greater total is smaller: unchecked is as good as checked
    function uncheckedIsAsChecked(uint112 before, uint112 total, uint16 feeBps, uint32 rate) external pure {
        (uint256 protocol, uint256 delegators) = _parts(before, total, feeBps, rate);
        assert(protocol == _protocolOf(total, feeBps) - _protocolOf(before, feeBps));
        assert(delegators == _delegatorsOf(total, feeBps, rate) - _delegatorsOf(before, feeBps, rate));
    }

    /// @notice E3: the parts never exceed the payment, so that the rest, which is the operator's, makes them sum to it
    function partsAreWithinThePayment(uint112 before, uint112 total, uint16 feeBps, uint32 rate) external pure {
        (uint256 protocol, uint256 delegators) = _parts(before, total, feeBps, rate);
        assert(protocol <= total - before);
        assert(delegators <= total - before - protocol);
    }

    /// @notice E4: a payment in two steps splits as in one, so a batch as its claims one by one
    function stepsSum(uint112 first, uint112 second, uint112 third, uint16 feeBps, uint32 rate) external pure {
        (uint256 protocol1, uint256 delegators1) = _differences(first, second, feeBps, rate);
        (uint256 protocol2, uint256 delegators2) = _differences(second, third, feeBps, rate);
        (uint256 protocol, uint256 delegators) = _differences(first, third, feeBps, rate);
        assert(protocol1 + protocol2 == protocol);
        assert(delegators1 + delegators2 == delegators);
    }

    function _parts(
        uint112 before,
        uint112 total,
        uint16 feeBps,
        uint32 rate
    ) private pure returns (uint256 protocol, uint256 delegators) {
        require(before <= total);
        _requireProducts(before, total, feeBps, FeeSplit.BPS);
        _requireProducts(before - _protocolOf(before, feeBps), total - _protocolOf(total, feeBps), rate, RATE_ONE);
        return FeeSplit.parts(before, total, feeBps, rate);
    }

    /// @dev The parts of a payment, and what `partsAreWithinThePayment` and `uncheckedIsAsChecked` prove of them.
    function _differences(
        uint112 before,
        uint112 total,
        uint16 feeBps,
        uint32 rate
    ) private pure returns (uint256 protocol, uint256 delegators) {
        (protocol, delegators) = FeeSplit.parts(before, total, feeBps, rate);
        require(protocol <= total && delegators <= total);
        require(protocol + _protocolOf(before, feeBps) == _protocolOf(total, feeBps));
        require(delegators + _delegatorsOf(before, feeBps, rate) == _delegatorsOf(total, feeBps, rate));
    }

    /// @dev What `products` proves.
    function _requireProducts(uint256 less, uint256 more, uint256 rate, uint256 one) private pure {
        require(less < 2 ** 112 && more < 2 ** 112 && rate <= one && one <= RATE_ONE);
        require(less > more || (less * rate <= more * rate && more * rate - less * rate <= (more - less) * one));
    }

    /// @dev The protocol's part of a total, with checked arithmetic.
    function _protocolOf(uint112 total, uint16 feeBps) private pure returns (uint256) {
        require(feeBps <= FeeSplit.BPS);
        return (uint256(total) * feeBps) / FeeSplit.BPS;
    }

    /// @dev The delegators' part of a total, with checked arithmetic.
    function _delegatorsOf(uint112 total, uint16 feeBps, uint32 rate) private pure returns (uint256) {
        require(rate <= RATE_ONE);
        return ((total - _protocolOf(total, feeBps)) * rate) / RATE_ONE;
    }
}
