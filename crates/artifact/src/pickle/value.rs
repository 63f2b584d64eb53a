//! Abstract values: what an opcode leaves on the stack, as far as a judgement needs to know it.

/// A run of bytes in the source, packed into twelve bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Slice {
    offset_low: u32,
    offset_high: u16,
    size: u32,
}

impl Slice {
    /// The run at `offset`; offsets are kept up to 2^48, sizes up to 2^32.
    pub(crate) fn new(offset: u64, size: u64) -> Self {
        Self {
            offset_low: u32::try_from(offset & 0xffff_ffff).unwrap_or(u32::MAX),
            offset_high: u16::try_from(offset >> 32).unwrap_or(u16::MAX),
            size: u32::try_from(size).unwrap_or(u32::MAX),
        }
    }

    pub(crate) const fn offset(self) -> u64 {
        (self.offset_high as u64) << 32 | self.offset_low as u64
    }

    pub(crate) const fn size(self) -> usize {
        self.size as usize
    }
}

/// Index of a kept table entry.
pub(crate) type Id = u32;

/// A value on the stack or in the memo. Small on purpose: a memo may hold a million of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An integer that fits 64 bits.
    Int(i64),
    /// The magic number that opens the legacy PyTorch container.
    TorchMagic,
    /// A float or a wider integer.
    Number,
    /// A float whose value is kept, where the machine is told to.
    Float(f64),
    /// A string that lies in the source byte by byte as UTF-8.
    Text(Slice),
    /// Bytes that lie in the source.
    Bytes(Slice),
    /// A string written with escapes, or too long to matter: its content is not looked at.
    Opaque,
    /// A tuple with its items.
    Tuple(Id),
    /// A list; its items are kept where the machine is told to.
    List(Id),
    /// A dictionary; the first entries are kept.
    Dict(Id),
    /// A set.
    Set,
    /// An imported name, not called.
    Global(Id),
    /// What an allowed call returned, or an object made from an allowed class.
    Object(Id),
    /// What a persistent id of PyTorch stands for: a storage.
    Storage(Id),
    /// An array whose raw bytes lie in the stream, as joblib writes them.
    Array(Id),
    /// Could be anything: the result of a call that is not allowed, or beyond a limit.
    Unknown,
}

impl Value {
    /// Plain data, or an object made by an allowed call: harmless as an argument.
    pub(crate) const fn is_data(self) -> bool {
        !matches!(self, Self::Global(_) | Self::Unknown)
    }

    /// The same for a machine with tables of its own: strings stay, the rest is unknown.
    pub(crate) const fn as_seen_from_outside(self) -> Self {
        match self {
            Self::Text(_) => self,
            _ => Self::Unknown,
        }
    }
}

const _: () = assert!(
    size_of::<Value>() <= 16,
    "a memo of a million values must stay small"
);
