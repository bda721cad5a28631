// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {IKeyRegistry} from "../../contracts/keys/IKeyRegistry.sol";
import {KeyRegistry} from "../../contracts/keys/KeyRegistry.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

/**
 * @title KeysHandler
 * @notice What operators can do to the registry, well and badly, with what it said of each moment kept a second time.
 */
contract KeysHandler is Test {
    /// @notice Whether `key` was valid for `operator` at `time`: past, or so near that no notice can change it any more.
    struct Moment {
        address key;
        address operator;
        uint256 time;
        bool isValid;
    }

    KeyRegistry private _registry;
    address[2] private _operators;
    Actor[3] private _keys;
    Moment[] private _moments;
    mapping(address key => IKeyRegistry.Key) private _known;

    /// @notice Whether the registry ever took what it must refuse, or a key's entry shrank.
    bool public isDeceived;
    bool public isShrunk;

    constructor(KeyRegistry registry) {
        _registry = registry;
        _operators = [_actor("first").addr, _actor("second").addr];
        for (uint256 i = 0; i < 3; ++i) _keys[i] = _actor(string(abi.encode("key", i)));
    }

    function register(uint256 who, uint256 which) external {
        (address operator, Actor memory key) = (_operators[who % 2], _keys[which % 3]);
        bool isFree = _registry.get(key.addr).operator == address(0);
        bytes memory signature = _sign(key.key, _registry.registrationDigest(key.addr, operator));
        _attempt(operator, abi.encodeCall(IKeyRegistry.register, (key.addr, signature)), isFree);
        _look(key.addr);
    }

    /// @dev With a signature for another operator, or of another key.
    function registerForged(uint256 who, uint256 which, uint256 other) external {
        (address operator, Actor memory key) = (_operators[who % 2], _keys[which % 3]);
        Actor memory signer = _keys[other % 3];
        address named = signer.addr == key.addr ? _operators[1 - (who % 2)] : operator;
        bytes memory signature = _sign(signer.key, _registry.registrationDigest(key.addr, named));
        _attempt(operator, abi.encodeCall(IKeyRegistry.register, (key.addr, signature)), false);
        _look(key.addr);
    }

    /// @dev At any time, by anybody: in the past, within the notice, later than it was to end, or as it should be.
    function end(uint256 who, uint256 which, uint256 until) external {
        (address operator, address key) = (_operators[who % 2], _keys[which % 3].addr);
        uint256 earliest = _now() + Clocks.KEY_NOTICE;
        uint48 validUntil = uint48(_bound(until, _now() - Clocks.KEY_NOTICE, _now() + 10 * Clocks.KEY_NOTICE));
        // The two seconds that the notice lies between.
        if (until % 4 == 0) validUntil = uint48(earliest - ((until / 4) % 2));
        IKeyRegistry.Key memory found = _registry.get(key);
        bool isAllowed =
            found.operator == operator && validUntil >= _now() + Clocks.KEY_NOTICE && validUntil < found.validUntil;
        _attempt(operator, abi.encodeCall(IKeyRegistry.end, (key, validUntil)), isAllowed);
        _look(key);
    }

    function wait_(uint256 time) external {
        _wait(_bound(time, 1, 3 * Clocks.KEY_NOTICE));
        for (uint256 i = 0; i < 3; ++i) _look(_keys[i].addr);
    }

    /// @notice What a run is made of.
    function actions() external pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](4);
        selectors[0] = this.register.selector;
        selectors[1] = this.registerForged.selector;
        selectors[2] = this.end.selector;
        selectors[3] = this.wait_.selector;
    }

    function moments() external view returns (Moment[] memory) {
        return _moments;
    }

    function _attempt(address sender, bytes memory data, bool isAllowed) private {
        vm.prank(sender);
        (bool isTaken, ) = address(_registry).call(data);
        if (isTaken != isAllowed) isDeceived = true;
    }

    function _look(address key) private {
        IKeyRegistry.Key memory found = _registry.get(key);
        IKeyRegistry.Key memory known = _known[key];
        bool isOther = found.operator != known.operator || found.validFrom != known.validFrom;
        if (known.operator != address(0) && (isOther || found.validUntil > known.validUntil)) isShrunk = true;
        _known[key] = found;
        for (uint256 i = 0; i < 2; ++i) {
            _remember(key, _operators[i], _now() - 1);
            if (found.operator != address(0)) _remember(key, _operators[i], _now() + Clocks.KEY_NOTICE - 1);
        }
    }

    function _remember(address key, address operator, uint256 time) private {
        _moments.push(Moment(key, operator, time, _registry.isValidAt(key, operator, time)));
    }
}

contract KeysInvariantsTest is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    KeyRegistry private _registry;
    KeysHandler private _handler;

    function setUp() external {
        vm.warp(1_000_000_000);
        _registry = KeyRegistry(_deploy("contracts/keys/KeyRegistry.sol:KeyRegistry", abi.encode(address(0))));
        _handler = new KeysHandler(_registry);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), _handler.actions());
    }

    function invariant_L3_keyHistoryNeverShrinksAndThePastNeverChanges() external view {
        vm.assertFalse(_handler.isDeceived(), "took what it must refuse, or refused what it must take");
        vm.assertFalse(_handler.isShrunk(), "an entry shrank");
        KeysHandler.Moment[] memory moments = _handler.moments();
        for (uint256 i = 0; i < moments.length; ++i) {
            bool isValid = _registry.isValidAt(moments[i].key, moments[i].operator, moments[i].time);
            vm.assertTrue(isValid == moments[i].isValid, "L3");
        }
    }
}
