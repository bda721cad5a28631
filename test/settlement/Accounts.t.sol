// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Accounts, AccountWord} from "../../contracts/settlement/Accounts.sol";
import {vm} from "../support/Vm.sol";

/// @dev The word that an account is kept in, and what names it.
contract AccountsTest {
    uint256 private constant MOST_BALANCE = type(uint96).max;
    uint256 private constant MOST_SETTLED = type(uint112).max;
    uint256 private constant MOST_TIME = type(uint48).max;

    function testFuzz_idIsThatOfItsThreeWords(address payer, address operator, address signer) external pure {
        bytes32 id = Accounts.id(payer, operator, signer);
        vm.assertEq(id, keccak256(abi.encode(payer, operator, signer)), "plainly");
    }

    function testFuzz_idLeavesMemoryAsItWas(address payer) external pure {
        bytes memory before = abi.encode(payer);
        Accounts.id(payer, payer, payer);
        bytes memory later = new bytes(96);
        vm.assertEq(keccak256(before), keccak256(abi.encode(payer)), "what was written before");
        vm.assertEq(keccak256(later), keccak256(new bytes(96)), "what is written later");
    }

    function testFuzz_wordKeepsItsThreeParts(uint96 balance, uint112 settled, uint48 settledAt) external pure {
        _assertParts(balance, settled, settledAt);
    }

    function test_wordKeepsTheGreatestAndNothingOfTheOthers() external pure {
        _assertParts(0, 0, 0);
        _assertParts(MOST_BALANCE, 0, 0);
        _assertParts(0, MOST_SETTLED, 0);
        _assertParts(0, 0, MOST_TIME);
        _assertParts(1, 1, 1);
        _assertParts(MOST_BALANCE, MOST_SETTLED, MOST_TIME);
    }

    function _assertParts(uint256 balance, uint256 settled, uint256 settledAt) private pure {
        AccountWord word = Accounts.pack(balance, settled, settledAt);
        vm.assertEq(word.balance(), balance, "balance");
        vm.assertEq(word.settled(), settled, "settled");
        vm.assertEq(word.settledAt(), settledAt, "time");
    }
}
