//! What parses as a request is visited whole, and forwarding it changes nothing it says.

use seawall_base::json::JsonLimits;
use seawall_llm::ChatRequest;

pub(super) fn body(bytes: &[u8]) {
    let limits = JsonLimits::default();
    let Ok(mut request) = ChatRequest::parse(bytes, &limits) else {
        return;
    };
    let mut seen = 0_usize;
    request.visit(&mut |leaf| seen += leaf.text.len());
    let again = ChatRequest::parse(&request.to_bytes(), &limits);
    assert_eq!(again.as_ref(), Ok(&request));
    request.force_usage();
    request.clamp_max_tokens(100);
    let again = ChatRequest::parse(&request.to_bytes(), &limits);
    assert!(again.is_ok_and(|again| again.max_tokens() <= Some(100)));
}
