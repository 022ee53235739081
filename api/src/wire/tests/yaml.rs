//! What holds of every YAML document: what JSON says it says too, no bytes make its reader panic, and none cost more memory
//! than a few times their own.

use super::super::definition::{Definition, Reading, Unacceptable};
use super::super::library::Library;
use super::super::source::{Document, Language};
use super::BOUNDS;
use super::agreement::{everything, mutations};
use quickcheck::{Arbitrary, Gen, QuickCheck};
use serde_json::{Map, Value, json};
use std::fmt::Write;

fn of(language: Language, text: &str) -> Result<Definition, Unacceptable> {
    read(language, text.as_bytes())
}

fn read(language: Language, bytes: &[u8]) -> Result<Definition, Unacceptable> {
    super::definition::read(language, bytes, &Reading::to_run(&BOUNDS, &Library::default()))
}

/// How a document is written in YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// In lines, with texts in double quotes.
    Lines,
    /// In lines, with texts in as few quotes as can be.
    Bare,
    /// In brackets.
    Brackets,
}

const STYLES: [Style; 3] = [Style::Lines, Style::Bare, Style::Brackets];

fn yaml(document: &Value, style: Style) -> String {
    let mut out = String::new();
    if style == Style::Brackets {
        brackets(document, &mut out)
    } else {
        lines(document, style, 0, &mut out)
    }
    out
}

/// As JSON is written, with keys and texts bare where they can be.
fn brackets(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            out.push('{');
            for (name, value) in members {
                write!(out, "{}: ", json!(name)).expect("memory");
                brackets(value, out);
                out.push_str(", ");
            }
            out.push('}');
        }
        Value::Array(entries) => {
            out.push_str("[ ");
            for entry in entries {
                brackets(entry, out);
                out.push_str(" ,\n ");
            }
            out.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&value.to_string())
        }
    }
}

fn lines(value: &Value, style: Style, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                write!(out, "\n{indent}{}: ", text(name, style, None)).expect("memory");
                lines(value, style, depth + 1, out);
            }
        }
        Value::Array(entries) if !entries.is_empty() => {
            for entry in entries {
                write!(out, "\n{indent}- ").expect("memory");
                lines(entry, style, depth + 1, out);
            }
        }
        Value::String(string) => out.push_str(&text(string, style, Some(depth))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            out.push_str(&value.to_string());
        }
    }
}

/// A text as it is written; a value may be a block behind the key at some depth.
fn text(text: &str, style: Style, depth: Option<usize>) -> String {
    let is_word = |character: char| character.is_ascii_alphanumeric() || "/._-".contains(character);
    let is_bare =
        text.chars().all(is_word) && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let is_reserved =
        matches!(&*text.to_lowercase(), "null" | "true" | "false" | "yes" | "no" | "on" | "off");
    let is_printable =
        text.chars().all(|c| !c.is_control() && !matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}'));
    let block = text.strip_suffix('\n').unwrap_or(text);
    let is_block = block.split('\n').all(|line| {
        line.starts_with(|c: char| c.is_ascii_graphic())
            && line.chars().all(|c| c == '\t' || !c.is_control() && c != '\u{feff}')
    });
    match depth {
        _ if style == Style::Lines => json!(text).to_string().replace('\u{7f}', "\\x7f"),
        _ if is_bare && !is_reserved => text.to_owned(),
        Some(depth) if is_block && text.contains('\n') => {
            let (indent, chomping) = ("  ".repeat(depth + 1), if text.ends_with('\n') { "" } else { "-" });
            format!("|{chomping}\n{indent}{}", block.replace('\n', &format!("\n{indent}")))
        }
        _ if is_printable => format!("'{}'", text.replace('\'', "''")),
        _ => json!(text).to_string(),
    }
}

/// With escapes for what JSON may hold in the clear and YAML may not.
fn escaped(text: &str) -> String {
    let written = text.chars().map(|character| match character {
        '\u{7f}'..='\u{9f}' | '\u{feff}' => format!("\\u{:04x}", u32::from(character)),
        _ => character.to_string(),
    });
    written.collect()
}

fn check(document: &Value) {
    let Ok(expected) = of(Language::Json, &document.to_string()) else { return };
    for style in STYLES {
        let text = escaped(&yaml(document, style));
        assert_eq!(of(Language::Yaml, &text), Ok(expected.clone()), "{style:?}:\n{text}");
    }
}

/// A definition of any texts that a client may send.
#[derive(Debug, Clone)]
struct AnyDefinition(Value);

impl Arbitrary for AnyDefinition {
    fn arbitrary(g: &mut Gen) -> Self {
        let any_text = |g: &mut Gen| match u8::arbitrary(g) % 4 {
            0 => String::arbitrary(g).replace('\0', ""),
            1 => TOKENS.iter().filter(|_| bool::arbitrary(g)).copied().collect::<String>().replace('\0', ""),
            2 => (*g.choose(LOOKALIKES).expect("some")).to_owned(),
            _ => Vec::<u8>::arbitrary(g).iter().map(|byte| char::from(byte % 94 + 33)).collect(),
        };
        let command: Vec<String> = (0..u8::arbitrary(g) % 5).map(|_| any_text(g)).collect();
        let command: Vec<String> = ["run".to_owned()].into_iter().chain(command).collect();
        let env: Map<String, Value> = (0..u8::arbitrary(g) % 4)
            .map(|_| (any_text(g).replace('=', "") + "x", json!(any_text(g))))
            .collect();
        Self(json!({ "tasks": [
            { "type": "PROCESS", "id": "p", "command": command, "env": env, "retry": { "attempts": 1 + u8::arbitrary(g) % 9 } },
            { "type": "NOOP", "input": any_text(g), "dependencies": ["p"] },
            { "type": "NOOP" },
        ] }))
    }
}

const LOOKALIKES: &[&str] =
    &["no", "~", "1e3", "012", "", "null", "- a", "a: b", "a #b", "&a", "*a", "!a", "|", ">", "%", "@", "<<"];

const TOKENS: &[&str] = &[
    "- ",
    "-",
    ": ",
    ":",
    "? ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ",",
    "\n",
    "\n  ",
    "\n    ",
    "  ",
    "\t",
    "&a ",
    "*a",
    "!t ",
    "!!str ",
    "|",
    ">",
    "|-\n",
    ">+2\n",
    "'",
    "\"",
    " #",
    "#c\n",
    "%YAML 1.2\n",
    "---\n",
    "...\n",
    "a",
    "b c",
    "\u{feff}",
    "\\",
    "\\x",
    "\\u12",
    "é",
    "\r\n",
    "\r",
    "<<",
    "@",
    "`",
    "1",
    "no",
    "~",
    "\0",
    "tasks:",
    "name: ",
    "\u{85}",
    "\u{2028}",
    "=",
];

/// Parts of YAML in any order.
#[derive(Debug, Clone)]
struct Soup(String);

impl Arbitrary for Soup {
    fn arbitrary(g: &mut Gen) -> Self {
        let length = usize::arbitrary(g) % 40;
        Self((0..length).map(|_| *g.choose(TOKENS).expect("some")).collect())
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        Box::new(self.0.shrink().map(Self))
    }
}

/// What is read is JSON.
fn is_json_or_refused(bytes: &[u8]) {
    if let Ok(document) = Document::new(Language::Yaml, bytes) {
        let json = document.json();
        let read = serde_json::from_str::<Value>(json).is_ok();
        assert!(read, "{}\n{json}", String::from_utf8_lossy(bytes));
    }
    let _verdict = read(Language::Yaml, bytes).is_ok();
}

#[test]
fn a_definition_in_yaml_is_what_it_is_in_json() {
    let everything = everything();
    check(&everything);
    mutations(&everything).iter().for_each(check);
    QuickCheck::new().tests(2000).quickcheck(
        (|AnyDefinition(document)| {
            check(&document);
            assert!(of(Language::Json, &document.to_string()).is_ok(), "{document}");
        }) as fn(AnyDefinition),
    );
}

#[test]
fn no_bytes_make_the_reader_of_yaml_panic() {
    QuickCheck::new()
        .tests(20_000)
        .quickcheck((|Soup(text)| is_json_or_refused(text.as_bytes())) as fn(Soup));
    QuickCheck::new().tests(5_000).quickcheck((|bytes: Vec<u8>| is_json_or_refused(&bytes)) as fn(Vec<u8>));
    let document = &include_bytes!("../../../../fixtures/workflows/report.yaml")[..1200];
    for place in (0..document.len()).step_by(3) {
        is_json_or_refused(&document[..place]);
        for byte in *b"\n\t -:?[]{},&*!|>'\"#%@`\\\0\xff" {
            let mut changed = document.to_vec();
            changed[place] = byte;
            is_json_or_refused(&changed);
        }
    }
}

#[test]
fn the_twin_of_a_workflow_to_try_is_the_same_workflow() {
    let json = include_str!("../../../../fixtures/workflows/report.json");
    let yaml = include_str!("../../../../fixtures/workflows/report.yaml");
    assert_eq!(of(Language::Yaml, yaml), of(Language::Json, json));
}

fn listed(entries: &str) -> String {
    format!("tasks:\n- id: a\n  command: [echo]\n  for_each:\n{entries}")
}

#[test]
fn what_would_need_many_times_its_size_is_refused() {
    let (million, comma) = (1_000_000, "in brackets has more than 65536 commas, colons and brackets");
    let rows = [
        ("[".repeat(million), "more than 32 lists and objects"),
        ("- ".repeat(million), "more than 32 lists and objects"),
        ("? ".repeat(million), "a key is text, not an object"),
        ("{a: ".repeat(million), "more than 32 lists and objects"),
        (format!("[{}]\n", "1,".repeat(million)), comma),
        (format!("{{{}}}\n", "a: b,".repeat(million)), comma),
        (format!("tasks:\n  - [{}]\n", "a: b,".repeat(million)), comma),
        (format!("tasks:\n  - [{}]: x\n", "1, ".repeat(million)), comma),
        (format!("tasks: [{}]\n", "1,".repeat(million)), "a task is an object, not a number"),
        (format!("tasks: {{{}}}\n", "a: b,".repeat(million)), "must be a list, not an object"),
        (format!("tasks: [{}]\n", "a: b,".repeat(million)), "is unknown: a task has"),
        (format!("tasks:\n{}", "- 1\n".repeat(million)), "a task is an object, not a number"),
        (format!("tasks:\n{}", "-\n".repeat(9 * million)), "more than 8000000 keys and values"),
        (format!("{}: 1\n", "a".repeat(million)), "holds a colon and a space"),
        (format!("? {}\n: 1\n", "a".repeat(million)), "is unknown: a workflow has"),
        (format!("name: {}\n", "&a ".repeat(million)), "anchors and aliases"),
        (format!("name: |\n{}", "  a\n".repeat(million)), "has at most 256 bytes"),
        (listed(&"  - 1\n".repeat(100_001)), "a list has at most 100000 entries, and this one 100001"),
        (
            listed(&format!("  - {}\n", "a".repeat(64 * 1024))),
            "an entry of a list has at most 65536 bytes of JSON",
        ),
    ];
    for (document, expected) in rows {
        let told = match of(Language::Yaml, &document) {
            Ok(_) => "accepted".to_owned(),
            Err(Unacceptable::Malformed(malformed)) => malformed.to_string(),
            Err(Unacceptable::Faults(faults)) => {
                faults.listed.iter().map(|fault| format!("{}\n", fault.problem)).collect()
            }
        };
        assert!(told.contains(expected), "{}...: {}", &document[..20], &told[..told.len().min(200)]);
    }
}
