// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title Dates
 * @notice Seconds since 1970 of dates that are written in digits.
 */
library Dates {
    /// @notice There is no such date, or it is not written in digits.
    error DateInvalid(bytes32 text);

    /// @notice Of `YYMMDDhhmmssZ`, the 13 highest bytes of `text`: from 1950 to 2049.
    function ofUtcTime(bytes32 text) internal pure returns (uint48) {
        uint256 year = _two(text, 0);
        require(text[12] == "Z", DateInvalid(text));
        return _of(text, year < 50 ? 2000 + year : 1900 + year, text << 16);
    }

    /// @notice Of `YYYYMMDDhhmmssZ`, the 15 highest bytes of `text`.
    function ofGeneralizedTime(bytes32 text) internal pure returns (uint48) {
        require(text[14] == "Z", DateInvalid(text));
        return _of(text, _two(text, 0) * 100 + _two(text, 2), text << 32);
    }

    /// @notice Of `YYYY-MM-DDThh:mm:ssZ`, the 20 highest bytes of `text`.
    function ofIso(bytes32 text) internal pure returns (uint48) {
        bool isFormed = text[4] == "-" && text[7] == "-" && text[10] == "T";
        require(isFormed && text[13] == ":" && text[16] == ":" && text[19] == "Z", DateInvalid(text));
        bytes32 rest = bytes32(
            bytes.concat(
                bytes2(text << 40),
                bytes2(text << 64),
                bytes2(text << 88),
                bytes2(text << 112),
                bytes2(text << 136)
            )
        );
        return _of(text, _two(text, 0) * 100 + _two(text, 2), rest);
    }

    /// @dev `rest` is `MMDDhhmmss`; `text` is what is said to be wrong.
    function _of(bytes32 text, uint256 year, bytes32 rest) private pure returns (uint48) {
        (uint256 month, uint256 day) = (_two(rest, 0), _two(rest, 2));
        (uint256 hour, uint256 minute, uint256 second) = (_two(rest, 4), _two(rest, 6), _two(rest, 8));
        require(year >= 1970 && month != 0 && month <= 12 && day != 0, DateInvalid(text));
        require(day <= _daysIn(year, month) && hour < 24 && minute < 60 && second < 60, DateInvalid(text));
        // SAFETY: every part is bounded by now.
        unchecked {
            return uint48(_days(year, month, day) * 1 days + hour * 1 hours + minute * 1 minutes + second);
        }
    }

    /// @dev Days since 1970, of a year from 1970 on. Years start in March, so that a leap day is the last of its year.
    function _days(uint256 year, uint256 month, uint256 day) private pure returns (uint256) {
        unchecked {
            uint256 y = month > 2 ? year : year - 1;
            uint256 m = month > 2 ? month - 3 : month + 9;
            return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719_469;
        }
    }

    function _daysIn(uint256 year, uint256 month) private pure returns (uint256) {
        if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
    }

    /// @dev The number that the two digits at `offset` write.
    function _two(bytes32 text, uint256 offset) private pure returns (uint256) {
        unchecked {
            uint256 digits = (uint256(text) >> (240 - 8 * offset)) & 0xffff;
            (uint256 tens, uint256 ones) = ((digits >> 8) - 0x30, (digits & 0xff) - 0x30);
            if (tens > 9 || ones > 9) revert DateInvalid(text);
            return tens * 10 + ones;
        }
    }
}
