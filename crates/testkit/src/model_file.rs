//! Model files for tests and fuzz targets, built in memory: honest ones, and broken on request.

use miniz_oxide::deflate::compress_to_vec;

/// A safetensors file with this header and so many zero bytes behind it.
#[must_use]
pub fn safetensors(header: &str, size: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.resize(bytes.len() + size, 0);
    bytes
}

/// A length-delimited protobuf field.
#[must_use]
pub fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    let mut size = content.len();
    while size >= 0x80 {
        bytes.push(low(size & 0x7f) | 0x80);
        size >>= 7;
    }
    bytes.push(low(size));
    bytes.extend_from_slice(content);
    bytes
}

/// A tar archive with one member.
#[must_use]
pub fn tar(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
    let mut header = Vec::with_capacity(512);
    let mut put = |at: usize, bytes: &[u8]| {
        header.resize(at, 0);
        header.extend_from_slice(bytes);
    };
    put(0, name.as_bytes());
    put(124, format!("{:011o}", content.len()).as_bytes());
    put(148, b"        ");
    put(156, &[kind]);
    put(257, b"ustar");
    put(512, b"");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    let sum = format!("{sum:06o}\0");
    header.splice(148..155, sum.into_bytes());
    let mut bytes = header;
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512) + 1024, 0);
    bytes
}

/// Builds zip archives, honest or not.
#[derive(Clone, Debug, Default)]
pub struct Zip {
    members: Vec<Member>,
    /// Name in the local header of the first member, where it should differ.
    pub local_name: Option<String>,
    /// Whether the checksums are wrong.
    pub crc_error: bool,
    /// Flags in the directory.
    pub central_flags: u16,
    /// What stands before the archive.
    pub prefix: Vec<u8>,
    /// What stands behind it.
    pub suffix: Vec<u8>,
    /// Whether a member stands there that the directory does not list.
    pub hidden: bool,
    /// The size that every member claims, where it should differ.
    pub claimed_size: Option<u32>,
}

#[derive(Clone, Debug)]
struct Member {
    name: String,
    content: Vec<u8>,
    deflate: bool,
}

impl Zip {
    /// Adds a stored member.
    #[must_use]
    pub fn stored(self, name: &str, content: &[u8]) -> Self {
        self.member(name, content, false)
    }

    /// Adds a compressed member.
    #[must_use]
    pub fn deflated(self, name: &str, content: &[u8]) -> Self {
        self.member(name, content, true)
    }

    fn member(mut self, name: &str, content: &[u8], deflate: bool) -> Self {
        self.members.push(Member {
            name: name.to_owned(),
            content: content.to_vec(),
            deflate,
        });
        self
    }

    /// The bytes of the archive.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let mut local = Vec::new();
        let mut central = Vec::new();
        for (index, member) in self.members.iter().enumerate() {
            let name = member.name.as_str();
            let packed = match member.deflate {
                true => compress_to_vec(&member.content, 6),
                false => member.content.clone(),
            };
            let offset = local.len();
            let local_name = match (&self.local_name, index) {
                (Some(other), 0) => other,
                _ => name,
            };
            let hidden = (self.hidden && index == 0).then_some("hidden");
            for name in [local_name].into_iter().chain(hidden) {
                local.extend_from_slice(b"PK\x03\x04");
                local.extend_from_slice(&self.header(member, packed.len(), 0, name));
                local.extend_from_slice(name.as_bytes());
                local.extend_from_slice(&packed);
            }
            central.extend_from_slice(b"PK\x01\x02\x14\0");
            let flags = self.central_flags;
            central.extend_from_slice(&self.header(member, packed.len(), flags, name));
            central.extend_from_slice(&[0; 10]);
            central.extend_from_slice(&number(offset));
            central.extend_from_slice(name.as_bytes());
        }
        let mut bytes = self.prefix.clone();
        bytes.extend_from_slice(&local);
        bytes.extend_from_slice(&central);
        bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        for _ in 0..2 {
            bytes.extend_from_slice(&short(self.members.len()));
        }
        bytes.extend_from_slice(&number(central.len()));
        bytes.extend_from_slice(&number(local.len()));
        bytes.extend_from_slice(&[0; 2]);
        bytes.extend_from_slice(&self.suffix);
        bytes
    }

    /// The fields that a local header and an entry of the directory have in common.
    fn header(&self, member: &Member, packed: usize, flags: u16, name: &str) -> Vec<u8> {
        let crc = crc32(&member.content) ^ u32::from(self.crc_error);
        let size = self
            .claimed_size
            .map_or_else(|| number(member.content.len()), u32::to_le_bytes);
        let mut fields = 20_u16.to_le_bytes().to_vec();
        fields.extend(flags.to_le_bytes());
        fields.extend((if member.deflate { 8_u16 } else { 0 }).to_le_bytes());
        fields.extend([0; 4]);
        fields.extend(crc.to_le_bytes());
        fields.extend(number(packed));
        fields.extend(size);
        fields.extend(short(name.len()));
        fields.extend([0; 2]);
        fields
    }
}

/// The checksum of zip and gzip.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

fn low(value: usize) -> u8 {
    u8::try_from(value & 0xff).unwrap_or(u8::MAX)
}

fn short(value: usize) -> [u8; 2] {
    u16::try_from(value).unwrap_or(u16::MAX).to_le_bytes()
}

fn number(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes()
}
