//! A tile or a bundle that decodes encodes to the same bytes. The first byte says how wide it is.

use seawall_evidence::tile::{Tile, TileId, decode_bundle, encode_bundle};

/// A tile of two hashes, and bundles of one and of two entries.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let entries: [&[u8]; 2] = [b"{}", b"an entry"];
    let bundle = |count: u8| {
        let some = entries.into_iter().take(usize::from(count));
        let mut bytes = vec![count];
        bytes.extend(encode_bundle(some).unwrap_or_default());
        bytes
    };
    let mut tile = vec![2];
    tile.extend([7; 64]);
    vec![bundle(1), bundle(2), tile]
}

pub(super) fn body(bytes: &[u8]) {
    let Some((width, rest)) = bytes.split_first() else {
        return;
    };
    let width = usize::from(*width);
    if let Ok(entries) = decode_bundle(rest, width) {
        assert_eq!(entries.len(), width);
        assert_eq!(encode_bundle(entries), Ok(rest.to_vec()));
    }
    let id = TileId { level: 1, index: 3 };
    if let Ok(tile) = Tile::decode(id, rest, width) {
        assert_eq!(tile.encode(), rest);
        for height in 0..10 {
            let inside = 1 << height <= width;
            assert_eq!(
                tile.subtree(0, height).is_some(),
                inside,
                "{height} of {width}"
            );
        }
    }
}
