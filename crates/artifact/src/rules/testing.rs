//! Subjects for the tests of the rules, built in memory, and short ways to look at a report.

use seawall_base::Limits;

use crate::inflate::crc32;
use crate::report::Report;
use crate::scan::{scan, scan_dataset};

fn report(name: &str, bytes: &[u8]) -> Report {
    scan(name, &bytes.to_vec(), &Limits::default())
}

/// The rules that speak about `bytes`, in order.
pub(crate) fn ids(name: &str, bytes: &[u8]) -> Vec<&'static str> {
    report(name, bytes)
        .findings
        .iter()
        .map(|finding| finding.rule)
        .collect()
}

/// What they say.
pub(crate) fn messages(name: &str, bytes: &[u8]) -> Vec<String> {
    report(name, bytes)
        .findings
        .into_iter()
        .map(|finding| finding.message)
        .collect()
}

/// How many problems there are.
pub(crate) fn problems(name: &str, bytes: &[u8]) -> usize {
    report(name, bytes).problems.len()
}

/// The rules that speak about a dataset.
pub(crate) fn dataset_ids(name: &str, text: &str) -> Vec<&'static str> {
    let report = scan_dataset(name, &text.as_bytes().to_vec(), &Limits::default());
    report.findings.iter().map(|finding| finding.rule).collect()
}

/// A safetensors file with this header and so many zero bytes behind it.
pub(crate) fn safetensors(header: &str, size: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.resize(bytes.len() + size, 0);
    bytes
}

/// A length-delimited protobuf field.
pub(crate) fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    let mut size = content.len();
    while size >= 0x80 {
        bytes.push((size & 0x7f) as u8 | 0x80);
        size >>= 7;
    }
    bytes.push(size as u8);
    bytes.extend_from_slice(content);
    bytes
}

/// A tar archive with one member.
pub(crate) fn tar(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    header[156] = kind;
    header[257..262].copy_from_slice(b"ustar");
    header[148..156].copy_from_slice(b"        ");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut bytes = header;
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512) + 1024, 0);
    bytes
}

/// Builds zip archives, honest or not.
#[derive(Clone, Default)]
pub(crate) struct Zip {
    members: Vec<(String, Vec<u8>, bool)>,
    /// Name in the local header of the first member, where it should differ.
    pub(crate) local_name: Option<String>,
    pub(crate) crc_error: bool,
    pub(crate) central_flags: u16,
    pub(crate) prefix: Vec<u8>,
    pub(crate) suffix: Vec<u8>,
    /// Whether a member stands there that the directory does not list.
    pub(crate) hidden: bool,
    pub(crate) claimed_size: Option<u32>,
}

impl Zip {
    /// Adds a stored member.
    pub(crate) fn stored(mut self, name: &str, content: &[u8]) -> Self {
        self.members
            .push((name.to_owned(), content.to_vec(), false));
        self
    }

    /// Adds a compressed member.
    pub(crate) fn deflated(mut self, name: &str, content: &[u8]) -> Self {
        self.members.push((name.to_owned(), content.to_vec(), true));
        self
    }

    /// The bytes of the archive.
    pub(crate) fn build(&self) -> Vec<u8> {
        let mut local = Vec::new();
        let mut central = Vec::new();
        for (index, (name, content, deflate)) in self.members.iter().enumerate() {
            let packed = match deflate {
                true => miniz_oxide::deflate::compress_to_vec(content, 6),
                false => content.clone(),
            };
            let method = if *deflate { 8_u16 } else { 0 };
            let crc = crc32(content) ^ u32::from(self.crc_error);
            let size = self.claimed_size.unwrap_or(content.len() as u32);
            let offset = local.len() as u32;
            let local_name = match (&self.local_name, index) {
                (Some(other), 0) => other,
                _ => name,
            };
            let common = |flags: u16, name: &str| {
                let mut fields = Vec::new();
                fields.extend_from_slice(&20_u16.to_le_bytes());
                fields.extend_from_slice(&flags.to_le_bytes());
                fields.extend_from_slice(&method.to_le_bytes());
                fields.extend_from_slice(&[0; 4]);
                fields.extend_from_slice(&crc.to_le_bytes());
                fields.extend_from_slice(&(packed.len() as u32).to_le_bytes());
                fields.extend_from_slice(&size.to_le_bytes());
                fields.extend_from_slice(&(name.len() as u16).to_le_bytes());
                fields.extend_from_slice(&[0; 2]);
                fields
            };
            let mut write_local = |name: &str| {
                local.extend_from_slice(b"PK\x03\x04");
                local.extend_from_slice(&common(0, name));
                local.extend_from_slice(name.as_bytes());
                local.extend_from_slice(&packed);
            };
            write_local(local_name);
            if self.hidden && index == 0 {
                write_local("hidden");
            }
            central.extend_from_slice(b"PK\x01\x02\x14\0");
            central.extend_from_slice(&common(self.central_flags, name));
            central.extend_from_slice(&[0; 10]);
            central.extend_from_slice(&offset.to_le_bytes());
            central.extend_from_slice(name.as_bytes());
        }
        let mut bytes = self.prefix.clone();
        bytes.extend_from_slice(&local);
        bytes.extend_from_slice(&central);
        bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        for _ in 0..2 {
            bytes.extend_from_slice(&(self.members.len() as u16).to_le_bytes());
        }
        bytes.extend_from_slice(&(central.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&(local.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&[0; 2]);
        bytes.extend_from_slice(&self.suffix);
        bytes
    }
}
