//! What the tree promises: places, limits, traps, and that no bytes make it panic.

use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Parsed {
    parse(text.as_bytes(), &YamlLimits::default())
}

fn kinds(parsed: &Parsed) -> Vec<FlawKind> {
    parsed.flaws.iter().map(|flaw| flaw.kind).collect()
}

#[test]
fn nodes_know_line_column_and_byte() {
    let parsed = read("# first\nspec:\n  name: \u{e4}b\n  args: [a, --x=1]\n");
    let root = &parsed.documents[0];
    let args = root.at(&["spec", "args"]).unwrap();
    assert_eq!((args.span.line, args.span.column), (4, 9));
    assert_eq!(args.items()[1].text(), Some("--x=1"));
    assert_eq!(
        args.items()[1].location(),
        Location {
            line: 4,
            column: 13,
            byte: 38
        }
    );
    let name = root.at(&["spec"]).unwrap().entry("name").unwrap();
    assert_eq!((name.key_span.line, name.key_span.column), (3, 3));
    assert_eq!(name.value.text(), Some("\u{e4}b"));
}

#[test]
fn json_reads_into_the_same_tree() {
    let json = read("{\"spec\": {\n  \"a\": [1, \"\\u00e4\\ud83d\\ude00\", null, true]}}");
    let yaml = read("spec:\n  a: [1, \"\u{e4}\u{1f600}\", null, true]\n");
    let texts = |parsed: &Parsed| -> Vec<Option<String>> {
        let items = parsed.documents[0].at(&["spec", "a"]).unwrap().items();
        items
            .iter()
            .map(|item| item.text().map(str::to_owned))
            .collect()
    };
    assert_eq!(texts(&json), texts(&yaml));
    let items = json.documents[0].at(&["spec", "a"]).unwrap();
    assert_eq!(
        (items.span.line, items.span.column, items.span.start),
        (2, 8, 18)
    );
    // Flow YAML that is not JSON still reads.
    assert_eq!(read("{a: 1}").documents[0].text_at(&["a"]), Some("1"));
}

#[test]
fn a_duplicate_key_names_both_places_and_the_last_value_stands() {
    for text in ["a: 1\nb: 2\na: 3\n", "{\"a\":1,\n\"b\":2,\n\"a\":3}"] {
        let parsed = read(text);
        assert_eq!(kinds(&parsed), [FlawKind::DuplicateKey], "{text}");
        assert_eq!(parsed.flaws[0].at.line, 3);
        assert_eq!(parsed.flaws[0].first.unwrap().line, 1);
        assert_eq!(parsed.documents[0].text_at(&["a"]), Some("3"));
        assert_eq!(parsed.problems("x.yaml").len(), 1);
    }
}

#[test]
fn yaml_1_1_words_are_noticed_in_values_but_not_in_keys_or_quotes() {
    let parsed = read("on: {push: yes}\nmode: 0777\nquoted: \"no\"\ntagged: !!str no\n");
    assert_eq!(kinds(&parsed), [FlawKind::Ambiguous, FlawKind::Ambiguous]);
    assert_eq!(parsed.flaws[0].word, "yes");
    assert_eq!(
        parsed.documents[0].get("mode").unwrap().as_i64(),
        Some(0o777)
    );
    assert!(parsed.problems("x.yaml").is_empty());
}

#[test]
fn anchors_and_merge_keys_expand_with_the_place_of_the_anchor() {
    let parsed = read("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nagain: *b\n");
    assert!(parsed.flaws.is_empty(), "{:?}", parsed.flaws);
    let root = &parsed.documents[0];
    assert_eq!(root.text_at(&["use", "x"]), Some("1"));
    assert_eq!(root.text_at(&["use", "y"]), Some("3"));
    assert_eq!(root.at(&["again", "x"]).unwrap().span.line, 1);
}

#[test]
fn alias_bombs_stop_at_the_node_limit() {
    let mut text = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for level in 1..12 {
        let previous = format!("*a{},", level - 1).repeat(10);
        text.push_str(&format!("a{level}: &a{level} [{previous}]\n"));
    }
    let parsed = read(&text);
    assert_eq!(kinds(&parsed), [FlawKind::Limit]);
    assert!(parsed.documents.is_empty());
}

#[test]
fn depth_documents_bytes_and_recursion_are_limited() {
    let limits = YamlLimits {
        bytes_max: 300,
        depth_max: 4,
        nodes_max: 100,
        documents_max: 2,
    };
    for text in [
        "[[[[[1]]]]]",
        "a:\n b:\n  c:\n   d:\n    e: 1\n",
        "{a: [[[[1]]]]}",
    ] {
        let parsed = parse(text.as_bytes(), &limits);
        assert!(parsed.documents.is_empty(), "{text}");
        assert!(!parsed.flaws.is_empty(), "{text}");
    }
    let many = parse(b"a\n---\nb\n---\nc\n", &limits);
    assert_eq!(
        (many.documents.len(), kinds(&many)),
        (2, vec![FlawKind::Limit])
    );
    assert_eq!(kinds(&parse(&[b' '; 301], &limits)), [FlawKind::Limit]);
    assert_eq!(kinds(&read("a: &a [*a]")), [FlawKind::Syntax]);
    assert_eq!(kinds(&parse(b"a: \xff", &limits)), [FlawKind::Encoding]);
}

#[test]
fn a_broken_document_does_not_hide_the_next() {
    let parsed = read("a: [1\n---\nkind: Pod\n---\n? {x: 1}\n: y\n---\nkind: Job\n");
    let found: Vec<_> = parsed
        .documents
        .iter()
        .filter_map(|node| node.text_at(&["kind"]))
        .collect();
    assert_eq!(found, ["Pod", "Job"]);
    assert_eq!(kinds(&parsed), [FlawKind::Syntax, FlawKind::Syntax]);
    assert_eq!(parsed.flaws[0].at.line, 1);
}

#[test]
fn strict_json_refuses_what_yaml_would_accept() {
    let limits = YamlLimits::default();
    for text in [
        "",
        "{a: 1}",
        "[1,]",
        "01",
        "{} {}",
        "\"\\ud800\"",
        "+1",
        "nul",
        "\"\t\"",
        "[1",
    ] {
        assert!(parse_json(text.as_bytes(), &limits).is_err(), "{text}");
    }
    for text in ["0", "-1.5e+3", "{}", "[]", " \"a\" ", "[{\"a\":[]}]"] {
        assert!(parse_json(text.as_bytes(), &limits).is_ok(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let limits = YamlLimits { nodes_max: 500, depth_max: 20, ..YamlLimits::default() };
        let parsed = parse(&bytes, &limits);
        prop_assert!(parsed.documents.len() <= 500);
    }

    #[test]
    fn no_yaml_like_text_makes_the_reader_panic(text in r#"([ \n\t]{0,3}[-:?&*!|>{}\[\],"'%#~a-c0-9<]{1,4}){0,30}"#) {
        let limits = YamlLimits { nodes_max: 500, depth_max: 20, ..YamlLimits::default() };
        let parsed = parse(text.as_bytes(), &limits);
        for document in &parsed.documents {
            prop_assert!(usize::try_from(document.span.end).unwrap() <= text.len());
        }
    }

    #[test]
    fn json_and_yaml_agree_on_json(text in r#"[\[\]{}",:0-9a. -]{0,30}"#) {
        let limits = YamlLimits::default();
        if let Ok(json) = parse_json(text.as_bytes(), &limits) {
            let yaml = build::parse(&text, &limits);
            if let (Some(left), Some(right)) = (json.documents.first(), yaml.documents.first()) {
                prop_assert_eq!(shape(left), shape(right));
            }
        }
    }
}

fn shape(node: &Node) -> String {
    match &node.value {
        Value::Scalar(scalar) => format!("{:?}", scalar.text),
        Value::Sequence(items) => items.iter().map(shape).collect::<Vec<_>>().join(";"),
        Value::Mapping(entries) => entries
            .iter()
            .map(|entry| format!("{}={}", entry.key, shape(&entry.value)))
            .collect::<Vec<_>>()
            .join(","),
    }
}
