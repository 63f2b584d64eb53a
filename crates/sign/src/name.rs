//! Names of files within a model: relative, with `/`, in one spelling.

/// What a signature leaves out unless told otherwise: at the top of the model only, as the
/// reference tool does.
pub const DEFAULT_IGNORED: &[&str] = &[".git", ".gitattributes", ".github", ".gitignore"];

/// Whether a name stays within the model and has no second spelling. `..`, `.`, empty components,
/// absolute names and NUL are how a signed list reads or hides files that it should not.
pub(crate) fn is_sound(name: &str) -> bool {
    !name.is_empty()
        && !name.contains('\0')
        && name
            .split('/')
            .all(|component| !matches!(component, "" | "." | ".."))
}

/// Whether `name` is one of the ignored paths or lies below one.
pub fn ignores<'a>(ignored: impl IntoIterator<Item = &'a str>, name: &str) -> bool {
    ignored.into_iter().any(|path| {
        let path = path.trim_end_matches('/');
        name.strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_spelling_within_the_model_is_sound() {
        for name in ["a", ".hidden", "a/b", "..a/b..", "模型.bin", "a b"] {
            assert!(is_sound(name), "{name}");
        }
        for name in [
            "", "/a", "a/", "a//b", "./a", "a/./b", "../a", "a/..", "a\0b",
        ] {
            assert!(!is_sound(name), "{name:?}");
        }
    }

    #[test]
    fn ignored_paths_match_by_component_at_the_top() {
        let ignored = |name| ignores(DEFAULT_IGNORED.iter().copied(), name);
        assert!(ignored(".git") && ignored(".git/config") && ignored(".github/a/b"));
        assert!(!ignored(".gitx") && !ignored("sub/.git/config") && !ignored("git"));
        assert!(ignores(["dir/"], "dir/a"));
    }
}
