// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Crl, RevocationList} from "./Crl.sol";
import {IIntelCollateral} from "./IIntelCollateral.sol";
import {P256Signatures} from "./P256Signatures.sol";
import {TcbStatus, TcbStatuses} from "./TcbStatus.sol";
import {QeIdentity, TcbInfo, TcbLevel, TdxCollateralText, TdxModule} from "./TdxCollateralText.sol";
import {Certificate, X509} from "./X509.sol";

/// @title IntelCollateral
/// @notice See IIntelCollateral.
contract IntelCollateral is IIntelCollateral {
    /**
     * @notice A certificate authority of PCK certificates, and its list of revoked certificates.
     * @param until, listUntil how long certificate and list are in force, in seconds.
     * @param epoch up to which of the root's the certificate was not revoked; the root's own is the newest.
     */
    struct Authority {
        bytes32 x;
        bytes32 y;
        uint48 until;
        uint48 listUntil;
        uint24 epoch;
        uint160 serial;
        uint48 from;
        uint48 listFrom;
        uint160 listNumber;
    }

    /// @notice Who signed a text, when it was issued, and its evaluation.
    struct Origin {
        uint160 signer;
        uint48 from;
        uint32 evaluation;
    }

    /**
     * @notice What is kept of TCB info. A level is its component versions and, elsewhere, PCESVN and status in 24 bits:
     * those of the first few, which nearly every platform is at, stand in the word that is read anyway.
     * @param versions the modules' numbers, a byte each.
     */
    struct Platform {
        uint48 until;
        uint24 epoch;
        uint8 levelCount;
        uint8 moduleCount;
        uint168 firstGrades;
        Origin origin;
        bytes32 versions;
        mapping(uint256 index => bytes32) levels;
        mapping(uint256 index => uint24) grades;
        mapping(uint256 version => Module) modules;
    }
    struct Module {
        bytes20 identity;
        bytes8 attributesMask;
        uint24 leastSvn;
    }

    /// @notice What is kept of the quoting enclave's identity.
    struct QuotingEnclave {
        bytes32 identity;
        uint48 until;
        uint24 epoch;
        uint24 leastSvn;
        bytes4 miscSelectMask;
        bytes16 attributesMask;
        Origin origin;
    }

    /// @dev keccak256 of names in DER, as they stand in every certificate that Intel has issued.
    bytes32 private constant ROOT = keccak256(
        hex"3068311a301806035504030c11496e74656c2053475820526f6f74204341311a3018060355040a0c11496e74656c20436f72706f726174696f6e3114301206035504070c0b53616e746120436c617261310b300906035504080c024341310b3009060355040613025553"
    );
    bytes32 private constant PLATFORM_CA = keccak256(
        hex"30703122302006035504030c19496e74656c205347582050434b20506c6174666f726d204341311a3018060355040a0c11496e74656c20436f72706f726174696f6e3114301206035504070c0b53616e746120436c617261310b300906035504080c024341310b3009060355040613025553"
    );
    bytes32 private constant PROCESSOR_CA = keccak256(
        hex"30713123302106035504030c1a496e74656c205347582050434b2050726f636573736f72204341311a3018060355040a0c11496e74656c20436f72706f726174696f6e3114301206035504070c0b53616e746120436c617261310b300906035504080c024341310b3009060355040613025553"
    );
    bytes32 private constant TCB_SIGNING = keccak256(
        hex"306c311e301c06035504030c15496e74656c2053475820544342205369676e696e67311a3018060355040a0c11496e74656c20436f72706f726174696f6e3114301206035504070c0b53616e746120436c617261310b300906035504080c024341310b3009060355040613025553"
    );
    /// @dev The root's lists are kept under this id.
    bytes32 private constant ROOT_ID = 0;

    /// @dev Bits of a key's use: digitalSignature; keyCertSign and cRLSign.
    uint8 private constant SIGNS_DATA = 0x80;
    uint8 private constant SIGNS_CERTIFICATES = 0x06;

    /// @dev How many levels' grades have room in a platform's first word, and bits of a grade.
    uint256 private constant FIRST_GRADES = 7;
    uint256 private constant GRADE_BITS = 24;

    uint256 private constant SIGNATURE_BYTES = 64;
    /// @dev Where the module's signer and attributes lie in a TD report, and the first two versions, which are its own
    /// where it has a number.
    uint256 private constant MODULE = 64;
    uint256 private constant MODULE_END = 120;
    bytes32 private constant MODULE_SVNS = bytes32(uint256(0xffff) << 112);

    /// @notice The public key of Intel's root.
    bytes32 public immutable rootX;
    bytes32 public immutable rootY;

    /// @notice What reads the texts that Intel signs.
    TdxCollateralText public immutable texts = new TdxCollateralText();

    mapping(bytes32 authorityId => Authority) private _authorities;
    mapping(bytes32 authorityId => mapping(uint160 serial => bool)) private _revoked;
    mapping(bytes6 fmspc => Platform) private _platforms;
    QuotingEnclave private _qe;

    constructor(bytes32 rootX_, bytes32 rootY_) {
        (rootX, rootY) = (rootX_, rootY_);
    }

    /// @inheritdoc IIntelCollateral
    function bringAuthority(bytes calldata der) external {
        Certificate memory certificate = X509.parse(der);
        bool isNamed = certificate.subject == PLATFORM_CA || certificate.subject == PROCESSOR_CA;
        bool isFit =
            isNamed && certificate.isAuthority && certificate.keyUsage & SIGNS_CERTIFICATES == SIGNS_CERTIFICATES;
        _requireRootsOwn(certificate, isFit);

        bytes32 id = keccak256(abi.encode(certificate.subject, certificate.subjectKeyId));
        Authority storage kept = _authorities[id];
        require(certificate.from > kept.from, NotNewer(kept.from, certificate.from));
        (kept.x, kept.y, kept.serial) = (certificate.x, certificate.y, certificate.serial);
        (kept.from, kept.until, kept.epoch) = (certificate.from, certificate.until, _authorities[ROOT_ID].epoch);
        emit AuthorityKept(id, certificate.serial, certificate.from, certificate.until);
    }

    /// @inheritdoc IIntelCollateral
    function bringRevocations(bytes calldata der) external {
        (RevocationList memory list, bytes32 id) = _readRevocations(der);
        Authority storage kept = _authorities[id];
        _requireInTime(list.from, list.until);
        require(list.number >= kept.listNumber, NotNewer(kept.listNumber, list.number));
        require(list.from > kept.listFrom, NotNewer(kept.listFrom, list.from));

        _markRevoked(der, list.start, list.end, id);
        (kept.listFrom, kept.listUntil, kept.listNumber) = (list.from, list.until, list.number);
        emit RevocationsKept(id, list.number, list.from, list.until);
    }

    /// @inheritdoc IIntelCollateral
    function markRevocations(bytes calldata der, uint256 first, uint256 count) external {
        (RevocationList memory list, bytes32 id) = _readRevocations(der);
        uint256 start = _skip(der, list.start, list.end, first);
        _markRevoked(der, start, _skip(der, start, list.end, count), id);
    }

    /// @inheritdoc IIntelCollateral
    function bringTcbInfo(bytes calldata text, bytes calldata signature, bytes calldata signer) external {
        Certificate memory certificate = _requireSigned(text, signature, signer);
        TcbInfo memory info = texts.readTcbInfo(text);
        Platform storage kept = _platforms[info.fmspc];
        kept.origin = _requireNewer(kept.origin, info.from, info.until, info.evaluation, certificate.serial);
        (kept.until, kept.epoch) = (_least(info.until, certificate.until), _authorities[ROOT_ID].epoch);

        _keepLevels(kept, info.levels);
        _keepModules(kept, info.modules);
        emit TcbInfoKept(info.fmspc, info.evaluation, info.from, kept.until);
    }

    /// @inheritdoc IIntelCollateral
    function bringQeIdentity(bytes calldata text, bytes calldata signature, bytes calldata signer) external {
        Certificate memory certificate = _requireSigned(text, signature, signer);
        QeIdentity memory it = texts.readQeIdentity(text);
        Origin memory origin = _requireNewer(_qe.origin, it.from, it.until, it.evaluation, certificate.serial);
        uint48 until = _least(it.until, certificate.until);
        _qe = QuotingEnclave({
            identity: it.identity,
            until: until,
            epoch: _authorities[ROOT_ID].epoch,
            leastSvn: it.leastSvn,
            miscSelectMask: it.miscSelectMask,
            attributesMask: it.attributesMask,
            origin: origin
        });
        emit QeIdentityKept(it.evaluation, it.from, until);
    }

    /// @inheritdoc IIntelCollateral
    function authorityOf(bytes32 authorityId, uint160 serial) external view returns (bytes32 x, bytes32 y) {
        Authority storage authority = _authorities[authorityId];
        (uint48 until, uint48 listUntil, uint24 epoch) = (authority.until, authority.listUntil, authority.epoch);
        require(until != 0, AuthorityUnknown(authorityId));
        require(block.timestamp <= until, Expired(until));
        _requireListed(ROOT_ID, _authorities[ROOT_ID].listUntil);
        if (epoch != _authorities[ROOT_ID].epoch) _requireUnrevoked(ROOT_ID, authority.serial);
        _requireListed(authorityId, listUntil);
        _requireUnrevoked(authorityId, serial);
        return (authority.x, authority.y);
    }

    /// @inheritdoc IIntelCollateral
    function requireTrusted(
        bytes calldata report,
        bytes6 fmspc,
        bytes16 svns,
        uint16 pceSvn,
        bytes calldata teeTcb
    ) external view {
        uint24 epoch = _authorities[ROOT_ID].epoch;
        _requireQe(report, epoch);
        _requireTcb(_platforms[fmspc], fmspc, bytes32(svns) | (bytes32(bytes16(teeTcb[:16])) >> 128), pceSvn, epoch);
        uint8 version = uint8(teeTcb[1]);
        _requireModule(_platforms[fmspc].modules[version], version, teeTcb);
    }

    function _requireQe(bytes calldata report, uint24 newest) private view {
        (uint48 until, uint24 epoch, uint24 leastSvn) = (_qe.until, _qe.epoch, _qe.leastSvn);
        require(until != 0, QeIdentityUnknown());
        require(block.timestamp <= until, Expired(until));
        if (epoch != newest) _requireUnrevoked(ROOT_ID, _qe.origin.signer);

        (bytes4 miscSelect, bytes16 attributes) = (bytes4(report[16:20]), bytes16(report[48:64]));
        (bytes32 mrSigner, uint16 product) = (bytes32(report[128:160]), _littleEndian(bytes2(report[256:258])));
        bytes20 masked = bytes20(bytes.concat(miscSelect & _qe.miscSelectMask, attributes & _qe.attributesMask));
        require(
            keccak256(abi.encodePacked(masked, mrSigner, product)) == _qe.identity,
            QeIdentityMismatch(mrSigner, product, miscSelect, attributes)
        );
        uint16 svn = _littleEndian(bytes2(report[258:260]));
        require(svn >= leastSvn, QeTooOld(svn, leastSvn));
    }

    /// @dev `found` are the security versions of SGX and of TDX, 16 bytes each, whose second is the module's number.
    function _requireTcb(
        Platform storage platform,
        bytes6 fmspc,
        bytes32 found,
        uint16 pceSvn,
        uint24 newest
    ) private view {
        (uint48 until, uint24 epoch, uint256 count) = (platform.until, platform.epoch, platform.levelCount);
        require(until != 0, TcbInfoUnknown(fmspc));
        require(block.timestamp <= until, Expired(until));
        if (epoch != newest) _requireUnrevoked(ROOT_ID, platform.origin.signer);

        uint256 grades = platform.firstGrades;
        // A module with a number is judged by its own versions, not by the platform's.
        bytes32 compared = found[17] == 0 ? found : found | MODULE_SVNS;
        for (uint256 i = 0; i < count; ++i) {
            if (!_isEachAtLeast(compared, platform.levels[i])) continue;
            uint256 grade = i < FIRST_GRADES ? grades >> (GRADE_BITS * i) : platform.grades[i];
            if (pceSvn < uint16(grade >> 8)) continue;
            TcbStatus status = TcbStatus(uint8(grade));
            require(TcbStatuses.isTrusted(status), TcbStatusRefused(status));
            return;
        }
        revert TcbLevelUnknown(found, pceSvn);
    }

    function _keepLevels(Platform storage kept, TcbLevel[] memory levels) private {
        uint256 first = 0;
        for (uint256 i = 0; i < levels.length; ++i) {
            TcbLevel memory level = levels[i];
            uint24 grade = (uint24(level.pceSvn) << 8) | uint8(level.status);
            kept.levels[i] = level.svns;
            if (i < FIRST_GRADES) first |= uint256(grade) << (GRADE_BITS * i);
            else kept.grades[i] = grade;
        }
        (kept.levelCount, kept.firstGrades) = (uint8(levels.length), uint168(first));
    }

    function _keepModules(Platform storage kept, TdxModule[] memory modules) private {
        // INVARIANT: a module that Intel no longer lists is unknown again.
        for (uint256 i = 0; i < kept.moduleCount; ++i) delete kept.modules[uint8(kept.versions[i])];
        bytes memory versions = new bytes(32);
        for (uint256 i = 0; i < modules.length; ++i) {
            TdxModule memory module = modules[i];
            versions[i] = bytes1(module.version);
            kept.modules[module.version] = Module(module.identity, module.attributesMask, module.leastSvn);
        }
        (kept.moduleCount, kept.versions) = (uint8(modules.length), bytes32(versions));
    }

    function _requireModule(Module storage module, uint8 version, bytes calldata teeTcb) private view {
        (bytes20 identity, bytes8 mask, uint24 least) = (module.identity, module.attributesMask, module.leastSvn);
        require(identity != 0, TdxModuleUnknown(version));
        bytes8 attributes = bytes8(teeTcb[MODULE_END - 8:MODULE_END]) & mask;
        bytes32 found = keccak256(bytes.concat(teeTcb[MODULE:MODULE_END - 8], attributes));
        require(bytes20(found) == identity, TdxModuleMismatch(version));
        uint8 svn = uint8(teeTcb[0]);
        require(svn >= least, TdxModuleTooOld(svn, least));
    }

    /// @dev Reads a list and whose it is; reverts unless its issuer signed it.
    function _readRevocations(bytes calldata der) private view returns (RevocationList memory list, bytes32 id) {
        list = Crl.parse(der);
        (bytes32 x, bytes32 y) = (rootX, rootY);
        if (list.issuer != ROOT) {
            id = keccak256(abi.encode(list.issuer, list.authorityKeyId));
            Authority storage authority = _authorities[id];
            require(authority.until != 0, AuthorityUnknown(id));
            (x, y) = (authority.x, authority.y);
        }
        require(P256Signatures.verify(list.signedHash, list.r, list.s, x, y), SignatureInvalid(list.signedHash));
    }

    /// @dev Where the entry stands that comes `count` after the one at `start`.
    function _skip(bytes calldata der, uint256 start, uint256 end, uint256 count) private pure returns (uint256 next) {
        next = start;
        for (uint256 i = 0; i < count; ++i) {
            require(next < end, EntriesMissing(count - i));
            (, next) = Crl.entry(der, next, end);
        }
    }

    /// @dev Marks the entries that lie from `start` to `end`.
    function _markRevoked(bytes calldata der, uint256 start, uint256 end, bytes32 id) private {
        bool isNew = false;
        while (start < end) {
            uint160 serial;
            (serial, start) = Crl.entry(der, start, end);
            if (_revoked[id][serial]) continue;
            (_revoked[id][serial], isNew) = (true, true);
            emit CertificateRevoked(id, serial);
        }
        // INVARIANT: whatever the root signed is looked up again after the root has revoked something.
        if (isNew && id == ROOT_ID) ++_authorities[ROOT_ID].epoch;
    }

    /// @dev Reverts unless a TCB signing certificate of the root's, in force now, signed the text.
    function _requireSigned(
        bytes calldata text,
        bytes calldata signature,
        bytes calldata signer
    ) private view returns (Certificate memory certificate) {
        certificate = X509.parse(signer);
        bool isSigner = certificate.subject == TCB_SIGNING && !certificate.isAuthority;
        _requireRootsOwn(certificate, isSigner && certificate.keyUsage & SIGNS_DATA != 0);
        bytes32 hash = sha256(text);
        require(signature.length == SIGNATURE_BYTES, SignatureInvalid(hash));
        (uint256 r, uint256 s) = abi.decode(signature, (uint256, uint256));
        require(P256Signatures.verify(hash, r, s, certificate.x, certificate.y), SignatureInvalid(hash));
    }

    /// @dev Reverts unless the root issued the certificate, it is fit for its use, in force, and not revoked.
    function _requireRootsOwn(Certificate memory it, bool isFit) private view {
        require(isFit && it.issuer == ROOT, CertificateUnfit(it.issuer, it.subject, it.isAuthority, it.keyUsage));
        require(P256Signatures.verify(it.signedHash, it.r, it.s, rootX, rootY), SignatureInvalid(it.signedHash));
        _requireInTime(it.from, it.until);
        _requireUnrevoked(ROOT_ID, it.serial);
    }

    /// @dev INVARIANT: neither issue date nor evaluation ever goes back, so that nobody can bring an old text again under
    /// which a platform was still trusted.
    function _requireNewer(
        Origin memory kept,
        uint48 from,
        uint48 until,
        uint32 evaluation,
        uint160 signer
    ) private view returns (Origin memory) {
        _requireInTime(from, until);
        require(evaluation >= kept.evaluation, NotNewer(kept.evaluation, evaluation));
        require(from > kept.from, NotNewer(kept.from, from));
        return Origin(signer, from, evaluation);
    }

    function _requireListed(bytes32 authorityId, uint48 listUntil) private view {
        require(listUntil != 0, RevocationsUnknown(authorityId));
        require(block.timestamp <= listUntil, Expired(listUntil));
    }

    function _requireUnrevoked(bytes32 authorityId, uint160 serial) private view {
        require(!_revoked[authorityId][serial], Revoked(authorityId, serial));
    }

    function _requireInTime(uint48 from, uint48 until) private view {
        require(from <= block.timestamp && block.timestamp <= until, OutOfTime(from, until));
    }

    /// @dev What is signed is good for as long as its signer.
    function _least(uint48 one, uint48 other) private pure returns (uint48) {
        return one < other ? one : other;
    }

    /// @dev Whether each byte of `found` is at least that of `least`: every second one at a time, with a bit above each
    /// that a borrow takes away.
    function _isEachAtLeast(bytes32 found, bytes32 least) private pure returns (bool) {
        uint256 lanes = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
        uint256 guards = 0x0100010001000100010001000100010001000100010001000100010001000100;
        (uint256 a, uint256 b) = (uint256(found), uint256(least));
        unchecked {
            uint256 even = ((a & lanes) | guards) - (b & lanes);
            uint256 odd = (((a >> 8) & lanes) | guards) - ((b >> 8) & lanes);
            return even & odd & guards == guards;
        }
    }

    function _littleEndian(bytes2 word) private pure returns (uint16) {
        return (uint16(word) >> 8) | (uint16(word) << 8);
    }
}
