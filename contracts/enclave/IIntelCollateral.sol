// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TcbStatus} from "./TcbStatus.sol";

/**
 * @title IIntelCollateral
 * @notice What Intel says of its platforms: certificate authorities, revoked certificates, the state of security
 * versions, the identity of the enclave that signs quotes. Anyone brings it, as Intel's service hands it out; what
 * counts is Intel's signature. Everything is kept until something newer comes, and never goes back.
 */
interface IIntelCollateral {
    event AuthorityKept(bytes32 indexed authorityId, uint160 serial, uint48 validFrom, uint48 validUntil);
    event RevocationsKept(bytes32 indexed authorityId, uint256 number, uint48 thisUpdate, uint48 nextUpdate);
    event CertificateRevoked(bytes32 indexed authorityId, uint160 indexed serial);
    event TcbInfoKept(bytes6 indexed fmspc, uint32 evaluation, uint48 issuedAt, uint48 validUntil);
    event QeIdentityKept(uint32 evaluation, uint48 issuedAt, uint48 validUntil);

    /// @notice A certificate that is not what it is brought as: another subject or issuer, or another use of its key.
    error CertificateUnfit(bytes32 issuer, bytes32 subject, bool isAuthority, uint8 keyUsage);
    /// @notice It does not bear the signature of who must have signed it.
    error SignatureInvalid(bytes32 signedHash);
    /// @notice It is not in force now, from and until in seconds.
    error OutOfTime(uint48 from, uint48 until);
    /// @notice It was in force until then, in seconds: bring what is newer.
    error Expired(uint48 until);
    /// @notice What is kept is as new, or newer.
    error NotNewer(uint256 kept, uint256 brought);
    /// @notice The authority that it names is not known: bring its certificate first.
    error AuthorityUnknown(bytes32 authorityId);
    /// @notice Its issuer has revoked it.
    error Revoked(bytes32 authorityId, uint160 serial);
    /// @notice Nobody has brought the authority's list of revoked certificates.
    error RevocationsUnknown(bytes32 authorityId);
    /// @notice The list has so many entries fewer than were asked for.
    error EntriesMissing(uint256 missing);
    /// @notice Nobody has brought what Intel says of this family of platforms.
    error TcbInfoUnknown(bytes6 fmspc);
    /// @notice Nobody has brought the quoting enclave's identity.
    error QeIdentityUnknown();
    /// @notice The TDX module is none that Intel vouches for, or not signed or set up as it must be, or too old.
    error TdxModuleUnknown(uint8 version);
    error TdxModuleMismatch(uint8 version);
    error TdxModuleTooOld(uint256 svn, uint256 least);
    /// @notice The platform's security versions are below every level, or their level is not trusted.
    error TcbLevelUnknown(bytes32 svns, uint16 pceSvn);
    error TcbStatusRefused(TcbStatus status);
    /// @notice The quoting enclave is not Intel's, or not set up as it must be.
    error QeIdentityMismatch(bytes32 mrSigner, uint16 productId, bytes4 miscSelect, bytes16 attributes);
    /// @notice The quoting enclave's security version is not trusted any more.
    error QeTooOld(uint256 svn, uint256 least);

    /// @notice Keeps one of the root's certificate authorities of PCK certificates.
    /// @param der its certificate.
    function bringAuthority(bytes calldata der) external;

    /**
     * @notice Keeps a list of revoked certificates, of the root or of an authority that is kept, all of it at once.
     * @param der the list. Whose entries need more gas than a transaction may use, they are marked before, in parts.
     */
    function bringRevocations(bytes calldata der) external;

    /**
     * @notice Marks some of a list's entries as revoked. The list is not in force by that.
     * @param first, count which, from 0.
     */
    function markRevocations(bytes calldata der, uint256 first, uint256 count) external;

    /**
     * @notice Keeps TCB info for TDX.
     * @param text the value of `tcbInfo`, to the character. @param signature r and s.
     * @param signer the TCB signing certificate in DER.
     */
    function bringTcbInfo(bytes calldata text, bytes calldata signature, bytes calldata signer) external;

    /// @notice Keeps the quoting enclave's identity for TDX; parameters as of `bringTcbInfo`, with `enclaveIdentity`.
    function bringQeIdentity(bytes calldata text, bytes calldata signature, bytes calldata signer) external;

    /**
     * @notice The public key that a PCK certificate must be signed with. Reverts unless both its authority and the
     * certificate stand: in force and not revoked, by lists that are in force.
     * @param authorityId keccak256 of keccak256 of the issuer's name in DER and the authority key identifier.
     */
    function authorityOf(bytes32 authorityId, uint160 serial) external view returns (bytes32 x, bytes32 y);

    /**
     * @notice Reverts unless the quoting enclave is Intel's and trusted, and the platform's TCB is trusted, by Intel's
     * algorithm.
     * @param report the quoting enclave's, 384 bytes.
     * @param fmspc, svns, pceSvn what the platform's PCK certificate says.
     * @param teeTcb the first 120 bytes of the TD report: TEE TCB SVN, MRSEAM, MRSIGNERSEAM, SEAM attributes.
     */
    function requireTrusted(
        bytes calldata report,
        bytes6 fmspc,
        bytes16 svns,
        uint16 pceSvn,
        bytes calldata teeTcb
    ) external view;
}
