//! What parses as a chunk can be taken apart and still is a chunk.

use seawall_base::json::JsonLimits;
use seawall_llm::Chunk;

pub(super) fn body(bytes: &[u8]) {
    let limits = JsonLimits::default();
    let text = String::from_utf8_lossy(bytes);
    let Ok(mut chunk) = Chunk::parse(&text, &limits) else {
        return;
    };
    drop((
        chunk.usage(),
        chunk.finished(),
        chunk.is_hollow(),
        chunk.is_usage_only(),
    ));
    let calls = chunk.take_tool_calls();
    chunk.texts(|delta| delta.text.push('x'));
    let mut seen = 0_usize;
    chunk.visit_rest(&mut |leaf| seen += leaf.text.len());
    for call in calls {
        let made = chunk.with_delta(
            call.choice,
            &serde_json::json!({ "content": call.piece.name }),
        );
        assert!(Chunk::parse(&made.to_string(), &limits).is_ok());
    }
    assert!(Chunk::parse(&chunk.body().to_string(), &limits).is_ok());
}
