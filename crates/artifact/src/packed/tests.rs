//! Streams that the tools wrote, cut and changed.

use proptest::prelude::*;

use super::*;

/// "seawall " forty times, then a line, by the tools of each format.
const SAMPLES: &[(Packing, &str)] = &[
    (
        Packing::Bzip2,
        "425a6839314159265359f4d8631b000092d1800010400036650c802000508068002a52191e8d4fa119d5c230233bae08ddebca84721175242f0ec47e2ee48a70a121e9b0c636",
    ),
    (
        Packing::Lz4,
        "04224d186c405001000000000000b61f0000008f73656177616c6c200800ff26f001626568696e64207468652077616c6c0a00000000404449fe",
    ),
    (
        Packing::Lzma,
        "5d00000400ffffffffffffffff003999484a05162700687711467ef63b164c570591277a0cd00e1510ec9e73ffff9ad80000",
    ),
    (
        Packing::Xz,
        "fd377a585a000004e6d6b446020021010c0000008f98419ce0014f001e5d003999484a05162700687711467ef63b164c570591277a0cd00e15101c30000000004cc6b77fe051409400013ad002000000c4474845b1c467fb020000000004595a",
    ),
    (
        Packing::Zstd,
        "28b52ffd605000fd0000c073656177616c6c20626568696e64207468652077616c6c0a010035530b17",
    ),
];

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap() as u8;
    hex.as_bytes()
        .chunks(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}

fn plain() -> Vec<u8> {
    [b"seawall ".repeat(40), b"behind the wall\n".to_vec()].concat()
}

#[test]
fn what_the_tools_wrote_comes_back() {
    for (packing, hex) in SAMPLES {
        let packed = bytes(hex);
        let whole = unpack(*packing, &packed, 1 << 20).unwrap();
        assert_eq!(
            (whole.end, whole.bytes),
            (Ended::Complete, plain()),
            "{packing:?}"
        );
        assert_eq!(whole.consumed, packed.len() as u64, "{packing:?}");
        let cut = unpack(*packing, &packed, 100).unwrap();
        assert_eq!((cut.end, cut.bytes.len()), (Ended::Cut, 100), "{packing:?}");
    }
}

#[test]
fn no_cut_of_a_stream_is_complete() {
    for (packing, hex) in SAMPLES {
        let packed = bytes(hex);
        for size in 1..packed.len() {
            let inflated = unpack(*packing, &packed[..size].to_vec(), 1 << 20).unwrap();
            assert_ne!(inflated.end, Ended::Complete, "{packing:?} cut to {size}");
        }
    }
}

proptest! {
    #[test]
    fn never_panics(sample in 0..SAMPLES.len(), changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 1..8)) {
        let (packing, hex) = SAMPLES[sample];
        let mut packed = bytes(hex);
        for (place, value) in changes {
            let place = usize::from(place) % packed.len();
            packed[place] = value;
        }
        drop(unpack(packing, &packed, 1 << 20));
    }
}
