//! The formats of issuers: what a prefix announces, how long it is, of which letters, and its checksum.

use super::checksums::{base62_crc, hex_crc, is_jwt};

/// A format that a prefix announces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Format {
    /// What it begins with, exact in case.
    pub(super) prefix: &'static str,
    /// Bytes after the prefix.
    pub(super) least: usize,
    /// Bytes after the prefix, at most.
    pub(super) most: usize,
    /// Letters after the prefix.
    pub(super) letters: Letters,
    /// What more must hold of what follows the prefix.
    pub(super) proof: Proof,
}

/// The letters of a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Letters {
    /// Letters and digits.
    Word,
    /// Capitals and the digits from two to seven.
    Base32,
    /// Small hexadecimal digits.
    Hex,
    /// Letters, digits, `_` and `-`.
    Url,
    /// The same and `.`.
    Dotted,
    /// Letters, digits, `+`, `/` and `=`.
    Base64,
    /// Letters, digits, `/`.
    Path,
}

/// What proves a secret.
#[derive(Clone, Copy, Debug)]
pub(super) enum Proof {
    /// Its form is all there is.
    Form,
    /// A checksum; one that does not hold makes it a doubtful copy, not an innocent word.
    Sum(fn(&[u8]) -> bool),
    /// Something that every secret of the kind has.
    Must(fn(&[u8]) -> bool),
}

impl Letters {
    /// Whether a byte is one of them.
    pub(super) const fn has(self, byte: u8) -> bool {
        match self {
            Self::Word => byte.is_ascii_alphanumeric(),
            Self::Base32 => byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7'),
            Self::Hex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Self::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='),
            Self::Path => byte.is_ascii_alphanumeric() || byte == b'/',
        }
    }
}

const fn form(prefix: &'static str, least: usize, most: usize, letters: Letters) -> Format {
    Format {
        prefix,
        least,
        most,
        letters,
        proof: Proof::Form,
    }
}

const fn proved(format: Format, proof: Proof) -> Format {
    Format { proof, ..format }
}

use Letters::{Base32, Base64, Dotted, Hex, Path, Url, Word};

/// Every format; of two prefixes that begin alike, each is tried.
#[rustfmt::skip]
pub(super) const FORMATS: [Format; 84] = [
    // Clouds.
    form("AKIA", 16, 16, Base32),
    form("ASIA", 16, 16, Base32),
    form("ABIA", 16, 16, Base32),
    form("ACCA", 16, 16, Base32),
    form("AIza", 35, 35, Url),
    form("ya29.", 30, 400, Dotted),
    form("GOCSPX-", 28, 28, Url),
    form("AccountKey=", 60, 100, Base64),
    form("SharedAccessKey=", 40, 100, Base64),
    form("dop_v1_", 64, 64, Hex),
    form("doo_v1_", 64, 64, Hex),
    form("LTAI", 17, 26, Word),
    form("fm2_", 40, 800, Base64),
    form("HRKU-", 36, 70, Url),
    // Code and packages.
    proved(form("ghp_", 36, 251, Word), Proof::Sum(base62_crc)),
    proved(form("gho_", 36, 251, Word), Proof::Sum(base62_crc)),
    proved(form("ghs_", 36, 251, Word), Proof::Sum(base62_crc)),
    proved(form("ghu_", 36, 251, Word), Proof::Sum(base62_crc)),
    proved(form("ghr_", 36, 251, Word), Proof::Sum(base62_crc)),
    form("github_pat_", 40, 93, Url),
    form("glpat-", 20, 64, Dotted),
    form("gldt-", 20, 64, Url),
    form("glrt-", 20, 64, Dotted),
    form("glptt-", 40, 40, Hex),
    proved(form("npm_", 36, 36, Word), Proof::Sum(base62_crc)),
    form("pypi-", 50, 250, Url),
    form("rubygems_", 48, 48, Hex),
    form("dckr_pat_", 27, 40, Url),
    form("ATATT3", 60, 250, Base64),
    form("ATBB", 32, 36, Word),
    form("CCIPAT_", 40, 90, Url),
    form("bkua_", 40, 40, Hex),
    form("PMAK-", 50, 64, Url),
    form("sntryu_", 64, 64, Hex),
    form("sntrys_", 60, 400, Base64),
    // Models.
    form("sk-ant-", 20, 160, Url),
    form("sk-", 20, 180, Url),
    form("hf_", 30, 40, Word),
    form("r8_", 37, 40, Word),
    form("gsk_", 48, 56, Word),
    form("xai-", 70, 90, Word),
    form("pplx-", 40, 64, Word),
    form("nvapi-", 60, 80, Url),
    form("pcsk_", 50, 90, Url),
    form("lsv2_pt_", 40, 50, Url),
    // Money.
    form("sk_live_", 16, 99, Word),
    form("rk_live_", 16, 99, Word),
    form("sk_test_", 16, 99, Word),
    form("whsec_", 32, 64, Base64),
    form("sq0atp-", 22, 22, Url),
    form("sq0csp-", 43, 43, Url),
    form("rzp_live_", 14, 24, Word),
    form("FLWSECK-", 32, 48, Url),
    form("access_token$production$", 40, 60, Word),
    // Messages.
    form("xoxb-", 20, 80, Url),
    form("xoxp-", 20, 80, Url),
    form("xoxa-", 20, 80, Url),
    form("xoxs-", 20, 80, Url),
    form("xapp-", 20, 120, Url),
    form("hooks.slack.com/services/", 24, 90, Path),
    form("SG.", 40, 80, Dotted),
    form("key-", 32, 32, Hex),
    form("xkeysib-", 64, 90, Url),
    // Data and operations.
    form("shpat_", 32, 32, Hex),
    form("shpca_", 32, 32, Hex),
    form("shppa_", 32, 32, Hex),
    form("shpss_", 32, 32, Hex),
    form("dapi", 32, 34, Hex),
    form("hvs.", 24, 200, Url),
    form("hvb.", 60, 300, Url),
    form("dp.pt.", 40, 48, Word),
    proved(form("glsa_", 41, 41, Url), Proof::Sum(hex_crc)),
    form("glc_", 32, 400, Base64),
    form("NRAK-", 27, 27, Word),
    form("pscale_tkn_", 32, 64, Dotted),
    form("sbp_", 40, 40, Hex),
    form("nfp_", 36, 40, Word),
    form("tskey-", 20, 70, Url),
    form("ops_eyJ", 60, 900, Url),
    form("AGE-SECRET-KEY-1", 58, 58, Word),
    form("lin_api_", 32, 48, Word),
    form("ntn_", 40, 50, Word),
    form("figd_", 38, 48, Url),
    proved(form("eyJ", 30, 4_000, Dotted), Proof::Must(is_jwt)),
];
