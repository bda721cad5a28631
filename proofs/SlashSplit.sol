// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SlashSplit} from "../contracts/bonds/SlashSplit.sol";

/// @dev Who bears a slash and who gets of it, for all numbers of full width.
contract SlashSplitProof {
    /// @notice B6: the parts of a slash and the debt sum to what was asked
    function partsSum(uint96 asked, uint96 own, uint96 delegated) external pure {
        (uint96 fromOwn, uint96 fromDelegated, uint96 missing) = SlashSplit.parts(asked, own, delegated);
        assert(uint256(fromOwn) + fromDelegated + missing == asked);
    }

    /// @notice B6: a slash takes at most what is there
    function partsAreThere(uint96 asked, uint96 own, uint96 delegated) external pure {
        (uint96 fromOwn, uint96 fromDelegated, ) = SlashSplit.parts(asked, own, delegated);
        assert(fromOwn <= own && fromDelegated <= delegated);
    }

    /// @notice delegators lose nothing before the own bond is gone, and nothing is owed before both are
    function ownGoesFirst(uint96 asked, uint96 own, uint96 delegated) external pure {
        (uint96 fromOwn, uint96 fromDelegated, uint96 missing) = SlashSplit.parts(asked, own, delegated);
        assert(fromDelegated == 0 || fromOwn == own);
        assert(missing == 0 || (fromOwn == own && fromDelegated == delegated));
    }

    /// @notice not looking at the delegated pool where the own one is enough changes nothing
    function delegatedIsLookedAtInNeed(uint96 asked, uint96 own, uint96 delegated) external pure {
        (uint96 fromOwn, uint96 fromDelegated, uint96 missing) = SlashSplit.parts(asked, own, delegated);
        (uint96 fromOwn2, uint96 fromDelegated2, uint96 missing2) = SlashSplit.parts(
            asked,
            own,
            asked > own ? delegated : 0
        );
        assert(fromOwn == fromOwn2 && fromDelegated == fromDelegated2 && missing == missing2);
    }

    /// @notice C4: whatever awards a slash brings, they sum to at most half of what the own bond lost
    function awardsSum(uint96 wanted, uint96 fromOwn, uint256 awarded) external pure {
        // By induction: 0 before the first award, and each award keeps it.
        require(awarded <= fromOwn / 2);
        assert(awarded + SlashSplit.award(wanted, fromOwn, awarded) <= fromOwn / 2);
    }

    /// @notice an award gets what it wants, or all that is left for it
    function awardIsWhatIsLeft(uint96 wanted, uint96 fromOwn, uint256 awarded) external pure {
        require(awarded <= fromOwn / 2);
        uint256 got = SlashSplit.award(wanted, fromOwn, awarded);
        assert(got <= wanted);
        assert(got == wanted || awarded + got == fromOwn / 2);
    }
}
