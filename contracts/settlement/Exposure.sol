// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../Clocks.sol";
import {DecayingSum} from "../credit/DecayingSum.sol";

/**
 * @title Exposure
 * @notice What an operator has settled: first as exposure that its bond must cover, then, when its time to be challenged
 * is over, as history that its credit is made of.
 *
 * @dev Time is cut into windows of `Clocks.CAP_WINDOW`. Exposure is what was settled in this window and the one before:
 * never less than what was settled within any `CAP_WINDOW` that ends now. What is older has become history, with the
 * time at which its window left exposure, and decays from then on. Windows roll when something is settled; views
 * compute as if they had rolled already.
 *
 * One slot changes in most settlements, a second one in the first settlement of a window.
 */
library Exposure {
    /// @notice `current` and `earnings` share the slot that every settlement writes. Amounts in the token's smallest
    /// unit; `window` is the number of the window that `current` belongs to.
    struct Books {
        uint96 earnings;
        uint96 current;
        uint32 window;
        uint96 previous;
        uint96 history;
        uint48 historyAt;
    }

    /// @notice Brings the books to the present.
    function roll(Books storage self) internal {
        uint256 window = block.timestamp / Clocks.CAP_WINDOW;
        if (self.window == window) return;
        Books memory rolled = _rolled(self, window);
        self.current = rolled.current;
        self.window = rolled.window;
        self.previous = rolled.previous;
        self.history = rolled.history;
        self.historyAt = rolled.historyAt;
    }

    /// @notice What the cover must still answer for, after `roll`.
    function exposed(Books storage self) internal view returns (uint256) {
        return uint256(self.current) + self.previous;
    }

    /// @notice Exposure and history as they are now, whenever the books last rolled.
    function read(Books storage self) internal view returns (uint256 exposure, uint256 history) {
        Books memory rolled = _rolled(self, block.timestamp / Clocks.CAP_WINDOW);
        exposure = uint256(rolled.current) + rolled.previous;
        history = DecayingSum.worth(rolled.history, rolled.historyAt, block.timestamp, Clocks.SETTLED_HALF_LIFE);
    }

    function _rolled(Books memory books, uint256 window) private pure returns (Books memory) {
        if (books.window == window) return books;
        // A window leaves exposure when the second window after it begins.
        _close(books, books.previous, books.window + 1);
        if (books.window + 1 == window) {
            books.previous = books.current;
        } else {
            _close(books, books.current, books.window + 2);
            books.previous = 0;
        }
        books.current = 0;
        books.window = uint32(window);
        return books;
    }

    function _close(Books memory books, uint96 amount, uint256 window) private pure {
        if (amount == 0) return;
        uint256 time = window * Clocks.CAP_WINDOW;
        uint256 history = DecayingSum.worth(books.history, books.historyAt, time, Clocks.SETTLED_HALF_LIFE) + amount;
        books.history = history > type(uint96).max ? type(uint96).max : uint96(history);
        books.historyAt = uint48(time);
    }
}
