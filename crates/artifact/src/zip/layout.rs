//! Compares the central directory with the local headers, and members with each other.

use std::collections::BTreeSet;

use seawall_base::{ByteReader, Limits};

use super::central::WideFields;
use super::{Archive, FlawKind, Member, Unreadable};
use crate::report::printable;
use crate::source::{ReadAt, read_up_to};

/// Below this, a high ratio harms nobody.
const BOMB_BYTES_MIN: u64 = 64 << 20;

/// Bytes looked at between two members.
const GAP_BYTES: usize = 64 << 10;

/// A local header, as far as it repeats the central one.
struct Local {
    name: String,
    method: u16,
    flags: u16,
    crc: u32,
    packed: Option<u64>,
    size: Option<u64>,
    data_offset: u64,
}

/// Adds a flaw for every disagreement and fills in where the data of each member begins.
pub(super) fn compare(
    source: &dyn ReadAt,
    archive: &mut Archive,
    directory_start: u64,
    limits: &Limits,
) -> Result<(), Unreadable> {
    let mut members = std::mem::take(&mut archive.members);
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut expanded = 0_u64;
    for member in &mut members {
        // PyTorch looks members up without regard to case, Python does regard it.
        if !names.insert(member.name.to_lowercase()) {
            let name = printable(&member.name);
            archive.flaw(
                FlawKind::Ambiguous,
                member.header_offset,
                format!("two members are named \"{name}\", and loaders pick different ones"),
            );
        }
        if member.name.contains('\\') {
            let name = printable(&member.name);
            archive.flaw(
                FlawKind::Ambiguous,
                member.header_offset,
                format!("member \"{name}\" has a backslash, which is a folder to some loaders"),
            );
        }
        if member.renamed {
            let name = printable(&member.name);
            archive.flaw(
                FlawKind::Ambiguous,
                member.header_offset,
                format!("member \"{name}\" has a second name, which only some loaders read"),
            );
        }
        check_name(archive, member);
        check_size(archive, member, &mut expanded, limits);
        match local(source, member)? {
            Some(local) => {
                member.data_offset = Some(local.data_offset);
                check_local(archive, member, &local);
            }
            None => archive.flaw(
                FlawKind::Ambiguous,
                member.header_offset,
                format!(
                    "member \"{}\" has no local header where its entry points",
                    printable(&member.name)
                ),
            ),
        }
    }
    check_extents(source, archive, &members, directory_start)?;
    archive.members = members;
    Ok(())
}

fn check_local(archive: &mut Archive, member: &Member, local: &Local) {
    let described = member.flags & 8 != 0;
    let sizes = |local: Option<u64>, central: u64| local.is_none_or(|local| local == central);
    let same_sizes = sizes(local.packed, member.packed) && sizes(local.size, member.size);
    let same_crc = local.crc == member.crc;
    let zero = local.packed.unwrap_or(0) == 0 && local.size.unwrap_or(0) == 0 && local.crc == 0;
    let what = if local.name != member.name {
        "name"
    } else if local.method != member.method {
        "compression method"
    } else if (local.flags ^ member.flags) & !0x0800 != 0 {
        "flags"
    } else if !(same_sizes && same_crc || described && zero) {
        "size or checksum"
    } else {
        ""
    };
    let name = printable(&member.name);
    if !what.is_empty() {
        archive.flaw(
            FlawKind::Ambiguous,
            member.header_offset,
            format!("the two headers of member \"{name}\" disagree about its {what}"),
        );
    }
    if member.flags & 1 != 0 {
        archive.flaw(
            FlawKind::Ambiguous,
            member.header_offset,
            format!("member \"{name}\" is marked as encrypted, which some loaders ignore"),
        );
    }
}

fn local(source: &dyn ReadAt, member: &Member) -> Result<Option<Local>, Unreadable> {
    let fixed = read_up_to(source, member.header_offset, 30)?;
    let sizes = (|| {
        let mut reader = ByteReader::new(&fixed);
        (reader.take(4).ok()? == b"PK\x03\x04").then_some(())?;
        reader.take(2).ok()?;
        let flags = reader.u16_le().ok()?;
        let method = reader.u16_le().ok()?;
        reader.take(4).ok()?;
        let crc = reader.u32_le().ok()?;
        let packed = reader.u32_le().ok()?;
        let size = reader.u32_le().ok()?;
        let name_size = usize::from(reader.u16_le().ok()?);
        let extra_size = usize::from(reader.u16_le().ok()?);
        Some((flags, method, crc, packed, size, name_size, extra_size))
    })();
    let Some((flags, method, crc, packed, size, name_size, extra_size)) = sizes else {
        return Ok(None);
    };
    let rest_offset = member.header_offset.saturating_add(30);
    let rest = read_up_to(source, rest_offset, name_size + extra_size)?;
    if rest.len() != name_size + extra_size {
        return Ok(None);
    }
    let (name, extra) = rest.split_at(name_size);
    let mut wide = WideFields::find(extra);
    Ok(Some(Local {
        name: String::from_utf8_lossy(name).into_owned(),
        method,
        flags,
        crc,
        size: wide.or_wide(size),
        packed: wide.or_wide(packed),
        data_offset: rest_offset.saturating_add(rest.len() as u64),
    }))
}

/// Names that leave the folder they are unpacked into.
fn check_name(archive: &mut Archive, member: &Member) {
    let name = &member.name;
    let drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let what = if name.split(['/', '\\']).any(|part| part == "..") {
        "climbs out of its folder"
    } else if name.starts_with(['/', '\\']) || drive {
        "is absolute"
    } else if name.contains('\0') {
        "contains a NUL, where some readers end it"
    } else if member.symlink {
        "is a symbolic link"
    } else {
        return;
    };
    archive.flaw(
        FlawKind::UnsafePath,
        member.header_offset,
        format!("member \"{}\" {what}", printable(name)),
    );
}

fn check_size(archive: &mut Archive, member: &Member, expanded: &mut u64, limits: &Limits) {
    let before = *expanded;
    *expanded = expanded.saturating_add(if member.method == 0 { 0 } else { member.size });
    let ratio = member.size / member.packed.max(1);
    let name = printable(&member.name);
    if member.method != 0 && member.size >= BOMB_BYTES_MIN && ratio > limits.ratio_max {
        let what = format!("member \"{name}\" unpacks to {ratio} times its size");
        archive.flaw(FlawKind::Bomb, member.header_offset, what);
    } else if before <= limits.expanded_bytes_max && *expanded > limits.expanded_bytes_max {
        let what = format!("the members up to \"{name}\" unpack to more than the limit");
        archive.flaw(FlawKind::Bomb, member.header_offset, what);
    }
}

/// Members must not share bytes, and nothing that looks like a member may stand between them.
fn check_extents(
    source: &dyn ReadAt,
    archive: &mut Archive,
    members: &[Member],
    directory_start: u64,
) -> Result<(), Unreadable> {
    let mut extents: Vec<_> = members
        .iter()
        .filter_map(|member| {
            let end = member.data_offset?.saturating_add(member.packed);
            Some((member.header_offset, end, member.flags & 8 != 0))
        })
        .collect();
    extents.sort_unstable();
    let mut reached = extents.first().map_or(directory_start, |first| first.0);
    let directory = (directory_start.max(reached), directory_start, false);
    for (start, end, _) in extents.iter().chain([&directory]) {
        if *start < reached {
            let what = "two members share the same bytes".to_owned();
            archive.flaw(FlawKind::Ambiguous, *start, what);
            break;
        }
        // A gap is a data descriptor or padding; a header in it is a member nobody listed.
        let gap = usize::try_from(*start - reached)
            .unwrap_or(usize::MAX)
            .min(GAP_BYTES);
        let gap = read_up_to(source, reached, gap)?;
        if gap.windows(4).any(|window| window == b"PK\x03\x04") {
            let what = "a member stands between others that the directory does not list".to_owned();
            archive.flaw(FlawKind::Ambiguous, reached, what);
        }
        reached = (*end).max(reached);
    }
    if reached > directory_start {
        let what = "a member reaches into the directory of the archive".to_owned();
        archive.flaw(FlawKind::Ambiguous, directory_start, what);
    }
    Ok(())
}
