//! Model files to start from: small, whole, and mostly harmless. Hostile ones come by mutation.

use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};
use seawall_testkit::model_file::{Zip, crc32, field, safetensors as tensors, tar};

const CALL: &[u8] = b"\x80\x02cos\ngetcwd\n)R.";
const TORCH: &[u8] = b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n\
    ((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQK\x00K\x02K\x02\x86K\x02K\x01\x86\x89\
    h\x00)RtRs.";

/// A protocol 4 pickle in a frame, as `pickle.dumps` writes it: an ordered dictionary.
fn framed() -> Vec<u8> {
    let body = b"\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94(\x8c\x01a\x94K\x01\x8c\x01b\x94]\x94(K\x02K\x03eu.";
    let mut bytes = b"\x80\x04\x95".to_vec();
    bytes.extend((body.len() as u64).to_le_bytes());
    bytes.extend_from_slice(body);
    bytes
}

pub(crate) fn pickles() -> Vec<Vec<u8>> {
    vec![
        framed(),
        b"(dp0\nS'a'\np1\nI1\nsS'b'\np2\n(lp3\nI2\nas.".to_vec(),
        CALL.to_vec(),
        b"\x80\x03cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R."
            .to_vec(),
        b"\x80\x05\x8c\x02os\x8c\x06getcwd\x93q\x00h\x00)R\x96\x02\0\0\0\0\0\0\0ab\x97\x980b."
            .to_vec(),
    ]
}

pub(crate) fn torch() -> Vec<Vec<u8>> {
    let magic = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";
    let rest = b"\x80\x02M\xe9\x03.\x80\x02}q\x00.";
    let keys = b"\x80\x02]q\x00X\x01\x00\x00\x000q\x01a.";
    let storages = [4_u64.to_le_bytes().as_slice(), &[0; 16]].concat();
    vec![[magic.as_slice(), rest, TORCH, keys, &storages].concat()]
}

pub(crate) fn zips() -> Vec<Vec<u8>> {
    let torch = Zip::default()
        .stored("m/data.pkl", TORCH)
        .stored("m/data/0", &[0; 16]);
    let mut lying = torch.clone();
    lying.local_name = Some("m/data.pk1".to_owned());
    lying.hidden = true;
    let nested = Zip::default().deflated("inner.zip", &torch.build());
    vec![torch.build(), lying.build(), nested.build()]
}

pub(crate) fn keras() -> Vec<Vec<u8>> {
    let config = br#"{"module":"keras.layers","class_name":"Dense","config":{"layers":[{"class_name":"Lambda","config":{}}]}}"#;
    let file = Zip::default()
        .deflated("config.json", config)
        .stored("metadata.json", b"{}");
    vec![file.build()]
}

pub(crate) fn configs() -> Vec<Vec<u8>> {
    vec![
        br#"{"model_type":"x","auto_map":{"AutoModel":"modeling.X"},"trust_remote_code":true}"#
            .to_vec(),
    ]
}

pub(crate) fn safetensors() -> Vec<Vec<u8>> {
    let header = r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[],"data_offsets":[8,9]}}"#;
    vec![tensors(header, 9)]
}

pub(crate) fn npy() -> Vec<Vec<u8>> {
    let array = |header: &str, content: &[u8]| {
        let mut bytes = b"\x93NUMPY\x01\0".to_vec();
        bytes.extend(u16::try_from(header.len()).unwrap_or(0).to_le_bytes());
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(content);
        bytes
    };
    vec![
        array(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n",
            &[0; 8],
        ),
        array(
            "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n",
            CALL,
        ),
    ]
}

/// Files of h5py and Keras, of both kinds of structures.
pub(crate) fn hdf5() -> Vec<Vec<u8>> {
    let files: [&[u8]; 3] = [
        include_bytes!("../../crates/artifact/testdata/hdf5/keras.h5"),
        include_bytes!("../../crates/artifact/testdata/hdf5/new.h5"),
        include_bytes!("../../crates/artifact/testdata/hdf5/old.h5"),
    ];
    files.map(<[u8]>::to_vec).to_vec()
}

/// Files that can be converted, or nearly.
pub(crate) fn convertible() -> Vec<Vec<u8>> {
    [hdf5(), npy(), torch(), zips()].concat()
}

pub(crate) fn graphs() -> Vec<Vec<u8>> {
    let node = |operation: &[u8]| field(1, &[field(1, b"x"), field(2, operation)].concat());
    let graph = |nodes: &[u8]| [b"\x08\x01".to_vec(), field(2, &field(2, nodes))].concat();
    vec![
        graph(&node(b"MatMul")),
        graph(&[node(b"ReadFile"), node(b"PyFunc")].concat()),
    ]
}

pub(crate) fn tars() -> Vec<Vec<u8>> {
    vec![tar("a.pkl", b'0', &framed()), tar("../a", b'2', b"")]
}

pub(crate) fn packed() -> Vec<Vec<u8>> {
    let content = framed();
    let mut gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec();
    gzip.extend(compress_to_vec(&content, 6));
    gzip.extend(crc32(&content).to_le_bytes());
    gzip.extend(u32::try_from(content.len()).unwrap_or(0).to_le_bytes());
    vec![gzip, compress_to_vec_zlib(&content, 6)]
}
