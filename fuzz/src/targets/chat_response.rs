//! What parses as an answer is visited whole and edited without a panic.

use seawall_base::json::JsonLimits;
use seawall_llm::ChatResponse;

pub(super) fn body(bytes: &[u8]) {
    let limits = JsonLimits::default();
    let Ok(mut response) = ChatResponse::parse(bytes, &limits) else {
        return;
    };
    let mut places = Vec::new();
    response.visit(&mut |leaf| places.push((leaf.path.to_owned(), leaf.place)));
    drop((response.tool_calls(), response.usage()));
    for (path, place) in places {
        let _refused = response.edit(&path, place, "x".to_owned());
    }
    response.drop_logprobs();
    assert!(ChatResponse::parse(&response.to_bytes(), &limits).is_ok());
}
