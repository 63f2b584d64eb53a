//! Image references: repository, tag, digest.

use seawall_config::yaml::Node;

/// An image as a container names it.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    /// The whole reference.
    pub text: &'a str,
    /// Registry and repository.
    pub repository: &'a str,
    /// The tag.
    pub tag: Option<&'a str>,
    /// The digest, with its algorithm.
    pub digest: Option<&'a str>,
    /// Where it stands.
    pub node: &'a Node,
}

impl<'a> Image<'a> {
    pub(super) fn parse(node: &'a Node) -> Option<Self> {
        let text = node.text()?;
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        // A colon before the last slash belongs to the registry's port.
        let (repository, tag) = match name.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
            _ => (name, None),
        };
        Some(Self {
            text,
            repository,
            tag,
            digest,
            node,
        })
    }

    /// Whether the reference names one content: a SHA-256 or SHA-512 digest of full length.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.digest.is_some_and(is_digest)
    }
}

/// Whether the text is an image digest of full length.
pub(super) fn is_digest(text: &str) -> bool {
    let hex = |digits: &str, length: usize| {
        digits.len() == length
            && digits
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    match text.split_once(':') {
        Some(("sha256", digits)) => hex(digits, 64),
        Some(("sha512", digits)) => hex(digits, 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use seawall_config::yaml::{YamlLimits, parse};

    use super::*;

    #[test]
    fn references_split_into_repository_tag_and_digest() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (text, repository, tag, pinned) in [
            (
                "vllm/vllm-openai:v0.8.4".to_owned(),
                "vllm/vllm-openai",
                Some("v0.8.4"),
                false,
            ),
            (
                "localhost:5000/a/b".to_owned(),
                "localhost:5000/a/b",
                None,
                false,
            ),
            (
                format!("r.io:443/a:1@{digest}"),
                "r.io:443/a",
                Some("1"),
                true,
            ),
            ("a@sha256:short".to_owned(), "a", None, false),
        ] {
            let parsed = parse(format!("'{text}'").as_bytes(), &YamlLimits::default());
            let image = Image::parse(&parsed.documents[0]).unwrap();
            assert_eq!(
                (image.repository, image.tag, image.is_pinned()),
                (repository, tag, pinned)
            );
        }
    }
}
