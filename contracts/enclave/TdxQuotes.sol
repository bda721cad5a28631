// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Der} from "./Der.sol";
import {IIntelCollateral} from "./IIntelCollateral.sol";
import {P256Signatures} from "./P256Signatures.sol";
import {PckExtension} from "./PckExtension.sol";
import {Certificate, X509} from "./X509.sol";

/**
 * @title TdxQuotes
 * @notice Verifies quotes of Intel TDX: that code of a certain measurement runs, shielded from whoever owns the machine,
 * on a platform that Intel vouches for now, and what that code said when it asked for the quote.
 * @dev The chain of trust, from what is to be believed to what is pinned: the attestation key signed header and TD
 * report; the quoting enclave's report holds the hash of that key; the platform's PCK key signed that report; an
 * authority of Intel's root signed the PCK certificate. What Intel says of all of them is `IntelCollateral`'s.
 *
 * A quote as a platform hands it out takes more than 200,000 gas by its length alone (EIP-7623): its certificates are in
 * PEM, and two of three are known. So it comes without them, but for the platform's own, and without length words.
 */
library TdxQuotes {
    /// @dev Where the parts of a quote start.
    uint256 private constant TD_REPORT = 48;
    uint256 private constant SIGNATURE = 632;
    uint256 private constant KEY = 696;
    uint256 private constant QE_REPORT = 760;
    uint256 private constant QE_SIGNATURE = 1144;
    uint256 private constant AUTH_LENGTH = 1208;
    uint256 private constant AUTH = 1210;

    /// @dev Where the parts of a TD report start, counted from the quote's start.
    uint256 private constant MEASURED = TD_REPORT + 120;
    uint256 private constant REPORT_DATA = TD_REPORT + 520;
    uint256 private constant QE_REPORT_DATA = QE_REPORT + 320;

    /// @dev Version 4, ECDSA on P-256 with SHA-256, TDX: little-endian, as a quote starts.
    bytes8 private constant HEAD = 0x0400020081000000;
    /// @dev Intel's own quoting enclave.
    bytes16 private constant VENDOR = 0x939a7233f79c4ca9940a0db3957f0607;
    /// @dev keccak256 of the name in DER of which every PCK certificate is.
    bytes32 private constant PCK = keccak256(
        hex"30703122302006035504030c19496e74656c205347582050434b204365727469666963617465311a3018060355040a0c11496e74656c20436f72706f726174696f6e3114301206035504070c0b53616e746120436c617261310b300906035504080c024341310b3009060355040613025553"
    );
    uint8 private constant SIGNS_DATA = 0x80;

    /// @notice The quote ends before its parts do.
    error QuoteTooShort(uint256 length);
    /// @notice Another version, kind of key or kind of enclave, as the quote starts.
    error QuoteUnsupported(bytes8 head);
    /// @notice Another quoting enclave than Intel's.
    error VendorUnknown(bytes16 vendor);
    /// @notice The attestation key did not sign header and TD report.
    error QuoteSignatureInvalid();
    /// @notice The quoting enclave does not vouch for the attestation key.
    error AttestationKeyUnbound(bytes32 expected, bytes32 found);
    /// @notice The certificate is not that of a platform, for its signatures.
    error PckUnfit(bytes32 subject, bool isAuthority, uint8 keyUsage);
    /// @notice The platform's certificate is not in force now, from and until in seconds.
    error PckOutOfTime(uint256 from, uint256 until);
    /// @notice The authority did not sign the platform's certificate.
    error PckSignatureInvalid();
    /// @notice The platform did not sign the quoting enclave's report.
    error QeSignatureInvalid();
    /// @notice The TD is open to its host: some of these attributes are set.
    error TdDebuggable(uint8 flags);

    /**
     * @notice What a quote says, once all of it is verified at the time of this block.
     * @param collateral what Intel says of its platforms.
     * @param quote a quote of version 4 without its length words, with the platform's certificate in DER at its end:
     * header and TD report (632 bytes), signature (64), attestation key (64), the quoting enclave's report (384) and its
     * signature (64), the length of the authentication data (2, little-endian) and these, the PCK certificate.
     * @return measurement keccak256 of all that the TD report says of the code and how it was set up: TD attributes,
     * XFAM, MRTD, MRCONFIGID, MROWNER, MROWNERCONFIG and the four RTMRs, as they stand there (400 bytes).
     * @return reportData what the code bound into the quote: 64 bytes.
     */
    function verify(
        IIntelCollateral collateral,
        bytes calldata quote
    ) internal view returns (bytes32 measurement, bytes32[2] memory reportData) {
        require(quote.length > AUTH, QuoteTooShort(quote.length));
        bytes8 head = bytes8(quote[:8]);
        require(head == HEAD, QuoteUnsupported(head));
        bytes16 vendor = bytes16(quote[12:28]);
        require(vendor == VENDOR, VendorUnknown(vendor));
        bytes32 hash = sha256(quote[:SIGNATURE]);
        require(
            _isSigned(hash, quote, SIGNATURE, Der.word(quote, KEY), Der.word(quote, KEY + 32)),
            QuoteSignatureInvalid()
        );
        _requirePlatform(collateral, quote, quote[_requireBound(quote):]);

        uint8 flags = uint8(quote[MEASURED]);
        require(flags == 0, TdDebuggable(flags));
        measurement = keccak256(quote[MEASURED:REPORT_DATA]);
        reportData = [Der.word(quote, REPORT_DATA), Der.word(quote, REPORT_DATA + 32)];
    }

    /// @dev Reverts unless the quoting enclave vouches for the attestation key. Returns where the PCK certificate starts.
    function _requireBound(bytes calldata quote) private pure returns (uint256 pck) {
        pck = AUTH + uint8(quote[AUTH_LENGTH]) + (uint256(uint8(quote[AUTH_LENGTH + 1])) << 8);
        require(quote.length > pck, QuoteTooShort(quote.length));
        bytes32 expected = sha256(bytes.concat(quote[KEY:QE_REPORT], quote[AUTH:pck]));
        (bytes32 found, bytes32 rest) = (Der.word(quote, QE_REPORT_DATA), Der.word(quote, QE_REPORT_DATA + 32));
        require(found == expected && rest == 0, AttestationKeyUnbound(expected, found));
    }

    /// @dev Reverts unless the platform is Intel's, signed the quoting enclave's report, and both are trusted now.
    function _requirePlatform(IIntelCollateral collateral, bytes calldata quote, bytes calldata der) private view {
        Certificate memory it = X509.parse(der);
        bool isPck = it.subject == PCK && !it.isAuthority && it.keyUsage & SIGNS_DATA != 0 && it.sgxEnd != 0;
        require(isPck, PckUnfit(it.subject, it.isAuthority, it.keyUsage));
        (uint48 from, uint48 until) = (it.from, it.until);
        require(from <= block.timestamp && block.timestamp <= until, PckOutOfTime(from, until));

        (bytes32 x, bytes32 y) = collateral.authorityOf(keccak256(abi.encode(it.issuer, it.authorityKeyId)), it.serial);
        require(P256Signatures.verify(it.signedHash, it.r, it.s, x, y), PckSignatureInvalid());
        bytes calldata report = quote[QE_REPORT:QE_SIGNATURE];
        require(_isSigned(sha256(report), quote, QE_SIGNATURE, it.x, it.y), QeSignatureInvalid());

        (bytes6 fmspc, bytes16 svns, uint16 pceSvn) = PckExtension.read(der, it.sgxStart, it.sgxEnd);
        collateral.requireTrusted(report, fmspc, svns, pceSvn, quote[TD_REPORT:MEASURED]);
    }

    /// @dev Whether r and s, which stand at `offset`, are the key's signature of `hash`.
    function _isSigned(
        bytes32 hash,
        bytes calldata quote,
        uint256 offset,
        bytes32 x,
        bytes32 y
    ) private view returns (bool) {
        (uint256 r, uint256 s) = (uint256(Der.word(quote, offset)), uint256(Der.word(quote, offset + 32)));
        return P256Signatures.verify(hash, r, s, x, y);
    }
}
