// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title ITdxQuotes
 * @notice Verifies quotes of Intel TDX: that code of a certain measurement runs, shielded from whoever owns the machine,
 * on a platform that Intel vouches for now, and what that code said when it asked for the quote.
 */
interface ITdxQuotes {
    /**
     * @notice What a quote says, once all of it is verified at the time of this block.
     * @param quote a quote of version 4 without its length words, with the platform's certificate in DER at its end:
     * header and TD report (632 bytes), signature (64), attestation key (64), the quoting enclave's report (384) and its
     * signature (64), the length of the authentication data (2, little-endian) and these, the PCK certificate.
     * @return measurement keccak256 of all that the TD report says of the code and how it was set up: TD attributes,
     * XFAM, MRTD, MRCONFIGID, MROWNER, MROWNERCONFIG and the four RTMRs, as they stand there (400 bytes).
     * @return reportData what the code bound into the quote: 64 bytes.
     */
    function verify(bytes calldata quote) external view returns (bytes32 measurement, bytes32[2] memory reportData);
}
