//! Seeds of the fuzz targets and mutations of them.

use seawall_testkit::replay;

#[path = "../../../../fuzz/bodies/chat_chunk.rs"]
mod chat_chunk;
#[path = "../../../../fuzz/bodies/chat_request.rs"]
mod chat_request;
#[path = "../../../../fuzz/bodies/chat_response.rs"]
mod chat_response;
#[path = "../../../../fuzz/bodies/sse.rs"]
mod sse;
#[path = "../../../../fuzz/bodies/strict_json.rs"]
mod strict_json;

#[test]
fn chunks() {
    replay("chat_chunk", chat_chunk::body);
}

#[test]
fn requests() {
    replay("chat_request", chat_request::body);
}

#[test]
fn responses() {
    replay("chat_response", chat_response::body);
}

#[test]
fn events() {
    replay("sse", sse::body);
}

#[test]
fn strict() {
    replay("strict_json", strict_json::body);
}
