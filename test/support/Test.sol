// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {vm} from "./Vm.sol";

/**
 * @title Test
 * @notice What every test needs and the cheatcodes do not give.
 */
abstract contract Test {
    /// @notice Somebody with a key.
    struct Actor {
        address addr;
        uint256 key;
    }

    function _actor(string memory name) internal pure returns (Actor memory) {
        uint256 key = uint256(keccak256(bytes(name)));
        return Actor(vm.addr(key), key);
    }

    /// @dev `block.timestamp` may be read once and kept by the optimizer, across a jump in time.
    function _now() internal view returns (uint256) {
        return vm.getBlockTimestamp();
    }

    function _wait(uint256 time) internal {
        vm.warp(_now() + time);
    }

    /// @dev Maps any number into [least, greatest].
    function _bound(uint256 value, uint256 least, uint256 greatest) internal pure returns (uint256) {
        if (least == 0 && greatest == type(uint256).max) return value;
        return least + (value % (greatest - least + 1));
    }

    /// @dev Deploys by the name of the artifact, so that a test's own bytecode does not hold every contract.
    function _deploy(string memory artifact, bytes memory arguments) internal returns (address deployed) {
        bytes memory code = bytes.concat(vm.getCode(artifact), arguments);
        assembly ("memory-safe") {
            deployed := create(0, add(code, 32), mload(code))
            if iszero(deployed) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev An ERC-2612 permit of `owner`, with its present nonce.
    function _signPermit(
        Actor memory owner,
        IERC20Permit token,
        address spender,
        uint256 amount,
        uint256 deadline
    ) internal view returns (uint8, bytes32, bytes32) {
        bytes32 typehash = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        uint256 nonce = token.nonces(owner.addr);
        bytes32 structHash = keccak256(abi.encode(typehash, owner.addr, spender, amount, nonce, deadline));
        return vm.sign(owner.key, keccak256(bytes.concat(hex"1901", token.DOMAIN_SEPARATOR(), structHash)));
    }

    /// @dev An EIP-3009 authorization of `from` for `to`, as `receiveWithAuthorization` takes it.
    function _signAuthorization(
        Actor memory from,
        IERC20Permit token,
        address to,
        uint256 amount,
        uint256[2] memory validity,
        bytes32 nonce
    ) internal view returns (uint8, bytes32, bytes32) {
        bytes32 typehash = keccak256(
            "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
        );
        bytes32 structHash = keccak256(abi.encode(typehash, from.addr, to, amount, validity[0], validity[1], nonce));
        return vm.sign(from.key, keccak256(bytes.concat(hex"1901", token.DOMAIN_SEPARATOR(), structHash)));
    }

    /// @dev A compact signature (EIP-2098).
    function _signCompact(uint256 key, bytes32 digest) internal pure returns (bytes32 r, bytes32 vs) {
        uint8 v;
        (v, r, vs) = vm.sign(key, digest);
        if (v == 28) vs |= bytes32(uint256(1) << 255);
    }
}
