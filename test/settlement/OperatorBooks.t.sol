// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {OperatorBooks} from "../../contracts/settlement/OperatorBooks.sol";
import {BUCKETS, SlidingSum} from "../../contracts/settlement/SlidingSum.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

contract OperatorBooksTest is Test {
    using OperatorBooks for OperatorBooks.Books;

    uint256 private constant HALF_LIFE = 90 days;
    uint256 private constant LENGTH = SlidingSum.BUCKET_LENGTH;
    /// @dev The time in which what is settled stays exposed at most: the window and the rest of a bucket.
    uint256 private constant EXPOSED = Clocks.CAP_WINDOW + LENGTH;
    /// @dev A multiple of the half-life and of a bucket, so that decay can be reckoned by hand.
    uint256 private constant START = 200 * HALF_LIFE;

    function test_newBooksAreAtAnyTimeAtOnce() external pure {
        OperatorBooks.Books memory books;
        books.advance(type(uint32).max * LENGTH, HALF_LIFE);
        vm.assertEq(books.bucket, type(uint32).max, "the bucket of that time");
        vm.assertEq(books.exposed + books.historyOf(type(uint32).max * LENGTH, HALF_LIFE), 0, "nothing else");
    }

    function test_withinABucketNothingChanges() external pure {
        OperatorBooks.Books memory books = _exposed(START, 7);
        bytes32 before = keccak256(abi.encode(books));
        books.advance(START, HALF_LIFE);
        books.advance(START + LENGTH - 1, HALF_LIFE);
        vm.assertEq(keccak256(abi.encode(books)), before, "the same");
    }

    function test_exposureBecomesHistoryAtTheStartOfTheEighthBucketAfterIt() external pure {
        OperatorBooks.Books memory books = _exposed(START, 7);
        books.advance(START + EXPOSED - 1, HALF_LIFE);
        vm.assertEq(books.exposed, 7, "in the last second");
        vm.assertEq(books.historyOf(START + EXPOSED - 1, HALF_LIFE), 0, "no history yet");
        books.advance(START + EXPOSED, HALF_LIFE);
        vm.assertEq(books.exposed, 0, "left");
        vm.assertEq(books.history, 7, "to the unit");
        vm.assertEq(books.historyAt, START + EXPOSED, "since then");
    }

    function test_historyDecaysFromWhenEachPartLeftHoweverLateItIsLookedAt() external pure {
        OperatorBooks.Books memory books = _exposed(START - EXPOSED, 800);
        books.advance(START + 5 * HALF_LIFE, HALF_LIFE);
        vm.assertEq(books.historyAt, START, "when it left");
        vm.assertEq(books.historyOf(START, HALF_LIFE), 800, "then");
        vm.assertEq(books.historyOf(START + HALF_LIFE, HALF_LIFE), 400, "a half-life later");
        vm.assertEq(books.historyOf(START + 5 * HALF_LIFE, HALF_LIFE), 25, "five half-lives later");
    }

    function test_partsThatLeaveOneAfterAnotherDecayEachFromItsTime() external pure {
        OperatorBooks.Books memory books = _exposed(START - EXPOSED, 1_000);
        books.advance(START - EXPOSED + LENGTH, HALF_LIFE);
        books.exposed += 1_000;
        books.advance(START + LENGTH, HALF_LIFE);
        // Of the first, two days' part of a half-life of 90 is gone: 1000 * (180 - 2) / 180.
        vm.assertEq(books.history, 988 + 1_000, "together");
        vm.assertEq(books.historyAt, START + LENGTH, "when the second left");
    }

    function test_historyIsFullRatherThanOverflowing() external pure {
        OperatorBooks.Books memory books = _exposed(START - EXPOSED, type(uint96).max);
        books.advance(START, HALF_LIFE);
        vm.assertEq(books.history, type(uint96).max, "the greatest");
        books.exposed = 1;
        books.advance(START + EXPOSED, HALF_LIFE);
        vm.assertEq(books.exposed, 0, "goes on");
        books.exposed = type(uint96).max;
        books.advance(START + 2 * EXPOSED, HALF_LIFE);
        vm.assertEq(books.history, type(uint96).max, "full");
    }

    function test_whatElseTheBooksHoldIsLeftAlone() external view {
        OperatorBooks.Books memory books = _exposed(START, 7);
        (books.agent, books.earnings, books.delegatorsFees, books.delegatedEpoch) = (address(this), 1, 2, 3);
        books.advance(START + EXPOSED, HALF_LIFE);
        vm.assertEq(books.agent, address(this), "agent");
        vm.assertEq(books.earnings, 1, "earnings");
        vm.assertEq(books.delegatorsFees, 2, "delegators' fees");
        vm.assertEq(books.delegatedEpoch, 3, "epoch");
    }

    /// @dev Nobody gains or loses by when books are brought up to date.
    function testFuzz_booksAreTheSameHoweverOftenTheyAreBroughtToTheTime(
        uint96[4] memory amounts,
        uint32[4] memory waits,
        uint32[3] memory stops
    ) external pure {
        OperatorBooks.Books memory books;
        uint256 time = START;
        for (uint256 i = 0; i < amounts.length; ++i) {
            time += waits[i] % (2 * EXPOSED);
            books.advance(time, HALF_LIFE);
            books.exposed += amounts[i] / 4;
        }
        OperatorBooks.Books memory often = abi.decode(abi.encode(books), (OperatorBooks.Books));
        for (uint256 i = 0; i < stops.length; ++i) {
            time += stops[i] % EXPOSED;
            often.advance(time, HALF_LIFE);
        }
        books.advance(time, HALF_LIFE);
        vm.assertEq(keccak256(abi.encode(often)), keccak256(abi.encode(books)), "the same");
        vm.assertEq(often.historyOf(time, HALF_LIFE), books.historyOf(time, HALF_LIFE), "worth the same");
    }

    /// @dev Nothing is lost on the way from exposure to history, and nothing counted twice.
    function testFuzz_allThatWasExposedLeavesOnce(uint64[12] memory amounts) external pure {
        OperatorBooks.Books memory books;
        uint256 added = 0;
        uint256 left = 0;
        for (uint256 i = 0; i < amounts.length + BUCKETS + 1; ++i) {
            uint256 before = books.exposed;
            books.advance(START + i * LENGTH, HALF_LIFE);
            left += before - books.exposed;
            if (i >= amounts.length) continue;
            books.exposed += amounts[i];
            added += amounts[i];
        }
        vm.assertEq(left, added, "all of it");
        vm.assertEq(books.exposed, 0, "nothing stays");
    }

    /// @dev Books with `amount` exposed in the bucket of `time`.
    function _exposed(uint256 time, uint96 amount) private pure returns (OperatorBooks.Books memory books) {
        books.advance(time, HALF_LIFE);
        books.exposed = amount;
    }
}
