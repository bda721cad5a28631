// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestIdentityRegistry} from "./TestIdentityRegistry.sol";
import {TestReputationRegistry} from "./TestReputationRegistry.sol";

/**
 * @title HostileReputationRegistry
 * @notice A registry of feedback as an upgrade could make it: at one of the calls it does what it was told to.
 */
contract HostileReputationRegistry is TestReputationRegistry {
    enum Harm {
        None,
        Forget,
        Refuse,
        Burn,
        Reenter
    }

    Harm private _harm;
    uint256 private _calls;
    address private _target;
    bytes private _data;
    bytes public answered;

    error Refused();

    constructor(TestIdentityRegistry identity) TestReputationRegistry(identity) {}

    /// @notice At the `call`th feedback from now, `harm` is done.
    function plot(Harm harm, uint256 call, address target, bytes calldata data) external {
        (_harm, _calls, _target, _data) = (harm, call, target, data);
    }

    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash
    ) public override {
        if (_harm != Harm.None && --_calls == 0) {
            Harm harm = _harm;
            _harm = Harm.None;
            if (harm == Harm.Forget) return;
            require(harm != Harm.Refuse, Refused());
            if (harm == Harm.Burn) while (true) ++_calls;
            (, answered) = _target.call(_data);
        }
        super.giveFeedback(agentId, value, valueDecimals, tag1, tag2, endpoint, feedbackURI, feedbackHash);
    }
}
