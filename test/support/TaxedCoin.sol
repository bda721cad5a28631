// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title TaxedCoin
/// @notice The least of a token that can be held and sent, and keeps a part of what is sent.
contract TaxedCoin {
    uint8 public constant decimals = 18;
    mapping(address owner => uint256) public balanceOf;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount - amount / 100;
        return true;
    }
}
