//! The list of targets.

mod admission_review;
mod artifact;
mod budget;
mod cel;
mod change;
mod chat_chunk;
mod chat_request;
mod chat_response;
mod checkpoint;
mod convert;
mod dataset;
mod dsse_answers;
mod entry;
mod guard_inspect;
mod guard_stream;
mod import;
mod journal;
mod key_pem;
mod manifests;
mod note;
mod process_config;
mod proof;
mod signed_model;
mod sse;
mod strict_json;
mod system_file;
mod tile;
mod yaml;

use crate::{Target, build};

macro_rules! targets {
    ($($name:literal: $body:path, $made:expr;)*) => {
        &[$(Target { name: $name, body: $body, made: $made },)*]
    };
}

/// Every target, by name.
pub static TARGETS: &[Target] = targets! {
    "admission_review": admission_review::body, Vec::new;
    "budget_account": budget::account, budget::accounts;
    "budget_invoice": budget::invoice, Vec::new;
    "budget_prices": budget::prices, Vec::new;
    "budget_rule": budget::rule, Vec::new;
    "cel": cel::body, Vec::new;
    "change": change::body, Vec::new;
    "chat_chunk": chat_chunk::body, Vec::new;
    "chat_request": chat_request::body, Vec::new;
    "chat_response": chat_response::body, Vec::new;
    "checkpoint": checkpoint::body, checkpoint::seeds;
    "convert": convert::body, build::convertible;
    "csv": dataset::csv, Vec::new;
    "dsse_answers": dsse_answers::body, dsse_answers::seeds;
    "entry": entry::body, Vec::new;
    "graph": artifact::graph, build::graphs;
    "guard_inspect": guard_inspect::body, Vec::new;
    "guard_stream": guard_stream::body, Vec::new;
    "hdf5": artifact::hdf5, build::hdf5;
    "import_attack_flow": import::attack_flow, import::attack_flow_seeds;
    "import_calm": import::calm, import::calm_seeds;
    "import_dot": import::dot, import::dot_seeds;
    "import_otm": import::otm, import::otm_seeds;
    "import_pytm": import::pytm, import::pytm_seeds;
    "import_threagile": import::threagile, import::threagile_seeds;
    "journal": journal::body, journal::seeds;
    "jsonl": dataset::jsonl, Vec::new;
    "keras": artifact::keras, build::keras;
    "key_pem": key_pem::body, key_pem::seeds;
    "manifests": manifests::body, Vec::new;
    "model_config": artifact::config, build::configs;
    "note": note::body, checkpoint::seeds;
    "npy": artifact::npy, build::npy;
    "packed": artifact::packed, build::packed;
    "pickle": artifact::pickle, build::pickles;
    "process_config": process_config::body, Vec::new;
    "proof": proof::body, proof::seeds;
    "safetensors": artifact::safetensors, build::safetensors;
    "signed_model": signed_model::body, signed_model::seeds;
    "sse": sse::body, Vec::new;
    "statement": signed_model::statement, signed_model::statements;
    "strict_json": strict_json::body, Vec::new;
    "system_file": system_file::body, Vec::new;
    "tar": artifact::tar, build::tars;
    "tile": tile::body, tile::seeds;
    "torch_legacy": artifact::torch, build::torch;
    "yaml": yaml::body, Vec::new;
    "zip": artifact::zip, build::zips;
};
