//! The house rules that no compiler checks. Each test is one rule, and names every place that breaks it.
//!
//! Length rules are ratchets: an entry in [`LONG_FILES`] or [`LONG_FUNCTIONS`] holds what is there to its present
//! length, and must follow it down. A new entry is a decision to be argued for in review, not a way around the rule.

use std::fs;
use std::path::Path;

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;
const LINE_CHARACTERS_MAX: usize = 130;

/// Path and number of lines, trailing unit tests not counted.
const LONG_FILES: &[(&str, usize)] = &[];
/// Path, `::`, function name, and number of lines.
const LONG_FUNCTIONS: &[(&str, usize)] = &[];

/// Words that admit that no idea was found, so that everything gathers below them.
const EMPTY_WORDS: &[&str] = &["manager", "helper", "helpers", "util", "utils", "common", "data", "info"];

/// The files that may reach a hidden input, as the reasons in `clippy.toml` say.
const DOORS: &[&str] = &[
    "clock.rs",
    "stopwatch.rs",
    "salt.rs",
    "entropy.rs",
    "environment.rs",
    "tasks.rs",
    "lookup.rs",
    "main.rs",
];

/// Directories that hold nothing of ours.
const NOT_OURS: &[&str] = &["target", "triad-data", "__pycache__"];

struct Source {
    path: String,
    text: String,
}

impl Source {
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    fn ends(&self, endings: &[&str]) -> bool {
        endings.iter().any(|ending| self.path.ends_with(ending))
    }

    fn is_rust(&self) -> bool {
        self.ends(&[".rs"])
    }

    /// One finding for each line that `breaks` says something about.
    fn each_line(&self, mut breaks: impl FnMut(&str) -> Option<String>) -> Vec<String> {
        let lines = self.text.split('\n').zip(1..);
        let findings = lines.filter_map(|(line, number)| Some((number, breaks(line)?)));
        findings.map(|(number, finding)| format!("{}:{number}: {finding}", self.path)).collect()
    }
}

/// Every text file of the repository, generated ones included, whether it is committed yet or not.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the repository");
    let mut sources = Vec::new();
    gather(root, "", &mut sources);
    assert!(
        sources.iter().any(|source| source.path == "tests/tests/tidy.rs"),
        "the walk does not see this file"
    );
    sources
}

fn gather(root: &Path, below: &str, sources: &mut Vec<Source>) {
    let mut names: Vec<String> = fs::read_dir(root.join(below))
        .expect("a directory of the repository can be read")
        .map(|entry| entry.expect("an entry can be read").file_name().into_string().expect("names are UTF-8"))
        .collect();
    names.sort();
    for name in names {
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        let hidden = name.starts_with('.') && name != ".ci" && name != ".gitignore";
        if hidden || NOT_OURS.contains(&name.as_str()) {
            continue;
        }
        let kind = fs::symlink_metadata(root.join(&path)).expect("an entry can be looked at");
        if kind.is_dir() {
            gather(root, &path, sources);
        } else if kind.is_file() && is_text(&name) {
            let bytes = fs::read(root.join(&path)).expect("a file of the repository can be read");
            let text =
                String::from_utf8(bytes).unwrap_or_else(|error| panic!("{path} is not UTF-8: {error}"));
            sources.push(Source { path, text });
        }
    }
}

/// Files without an ending are `Makefile`, `LICENSE`, `.gitignore` and `.ci/run`.
fn is_text(name: &str) -> bool {
    let endings = ["rs", "md", "toml", "sh", "py", "txt", "json", "wit"];
    name.trim_start_matches('.').rsplit_once('.').is_none_or(|(_, ending)| endings.contains(&ending))
}

fn assert_none(rule: &str, findings: Vec<String>) {
    assert!(findings.is_empty(), "{rule}\n  {}\n", findings.join("\n  "));
}

/// What breaks a length rule: new things beyond `max`, and entries that are no longer exact.
fn ratchet(max: usize, entries: &[(&str, usize)], measured: &[(String, usize)]) -> Vec<String> {
    let entry = |name: &str| entries.iter().find(|entry| entry.0 == name).map(|entry| entry.1);
    let mut findings = Vec::new();
    for (name, length) in measured {
        match entry(name) {
            None if *length > max => findings.push(format!("{name}: {length} lines, at most {max}")),
            Some(kept) if *length > kept => {
                findings.push(format!("{name}: grew from {kept} to {length} lines"));
            }
            Some(kept) if *length < kept => {
                findings
                    .push(format!("{name}: now {length} lines, its entry says {kept}: lower or remove it"));
            }
            _ => {}
        }
    }
    let gone = entries.iter().filter(|entry| measured.iter().all(|(name, _)| name != entry.0));
    findings.extend(gone.map(|entry| format!("{}: is gone, remove its entry", entry.0)));
    findings
}

fn lines_before_unit_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    lines.windows(2).position(|pair| pair == ["#[cfg(test)]", "mod tests {"]).unwrap_or(lines.len())
}

/// Name and number of lines of each function, from the line of its `fn` to that of its closing brace. Leans on
/// rustfmt: a body that does not end on the line where it begins closes with a brace at the indent of the `fn`.
fn functions(text: &str) -> Vec<(&str, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let closes = |line: &&str| line.trim_start() == "}" && line.len() == indent + 1;
        let signature = lines[start..].iter().position(|line| line.ends_with(['{', '}', ';']));
        let body = signature.filter(|signature| lines[start + signature].ends_with('{'));
        let closing = body.and_then(|body| Some(body + lines[start + body..].iter().position(closes)?));
        found.extend(closing.map(|closing| (name, closing + 1)));
    }
    found
}

/// The name of the function that begins on this line, if one does.
fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let qualifiers = ["pub", "pub(crate)", "pub(super)", "const", "async", "unsafe", "extern", "\"C\""];
    let begins = before.split_whitespace().all(|word| qualifiers.contains(&word));
    begins.then(|| after.split(['(', '<']).next().unwrap_or(after))
}

#[test]
fn every_rust_file_begins_by_saying_what_it_is_for() {
    let silent = sources().into_iter().filter(|source| source.is_rust() && !source.text.starts_with("//! "));
    let findings = silent.map(|source| source.path).collect();
    assert_none("the first line of a Rust file is `//! ` and says what the file is for", findings);
}

#[test]
fn files_are_short() {
    let rust = sources().into_iter().filter(Source::is_rust);
    let measured: Vec<_> = rust.map(|source| (source.path, lines_before_unit_tests(&source.text))).collect();
    assert_none("a file holds one idea; split it", ratchet(FILE_LINES_MAX, LONG_FILES, &measured));
}

#[test]
fn functions_are_short() {
    let mut measured = Vec::new();
    for source in sources().iter().filter(|source| source.is_rust()) {
        let named = functions(&source.text).into_iter();
        measured.extend(named.map(|(name, length)| (format!("{}::{name}", source.path), length)));
    }
    assert!(measured.len() > 10, "the measure sees only {} functions", measured.len());
    assert_none(
        "a function fits on a screen; split it",
        ratchet(FUNCTION_LINES_MAX, LONG_FUNCTIONS, &measured),
    );
}

#[test]
fn lines_are_short() {
    let too_long = |line: &str| {
        let length = line.chars().count();
        // A link or a signature cannot be broken, and a message stays in one piece, so that a search finds it.
        let longest_word = line.split_whitespace().map(|word| word.chars().count()).max().unwrap_or(0);
        let text = line.trim_start();
        let is_message =
            text.starts_with(['"', '#']) || text.starts_with("refused: ") || text.starts_with("r#\"");
        let is_text = is_message || line.contains("after_help = ");
        let breakable = longest_word < LINE_CHARACTERS_MAX / 2 && !is_text;
        (length > LINE_CHARACTERS_MAX && breakable).then(|| format!("{length} characters"))
    };
    let code = sources().into_iter().filter(|source| source.ends(&[".rs", ".sh", ".py", ".ci/run"]));
    let findings = code.flat_map(|source| source.each_line(too_long)).collect();
    assert_none(&format!("a line of code has at most {LINE_CHARACTERS_MAX} characters"), findings);
}

#[test]
fn file_names_say_an_idea() {
    // A data subject is what the law calls the person whom content is about.
    let words = |path: &str| path.replace("data_subject", "subject");
    let empty = |path: &str| words(path).split(['/', '.', '_', '-']).any(|word| EMPTY_WORDS.contains(&word));
    let findings = sources().into_iter().map(|source| source.path).filter(|path| empty(path)).collect();
    assert_none(
        &format!("name the noun it keeps or the verb it does, not {}", EMPTY_WORDS.join(", ")),
        findings,
    );
}

#[test]
fn nothing_is_left_unfinished() {
    // Written in two halves, so that this file passes its own rules.
    let marks = [concat!("todo", "!("), concat!("FIX", "ME")];
    let marked = |line: &str| marks.iter().find(|mark| line.contains(**mark)).map(|mark| (*mark).to_owned());
    let findings = sources().into_iter().flat_map(|source| source.each_line(marked)).collect();
    assert_none("finish it, or file it where work is planned", findings);
}

#[test]
fn no_path_of_one_machine_is_written_down() {
    let roots = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    // Only where a path begins: `docs/work/` is a path of ours.
    let begins = |line: &str, at: usize| {
        !line[..at].ends_with(|before: char| before.is_alphanumeric() || "._-}".contains(before))
    };
    let written = |line: &str| {
        let found = |root: &&&str| line.match_indices(**root).any(|(at, _)| begins(line, at));
        roots.iter().find(found).map(|root| (*root).to_owned())
    };
    let findings = sources().into_iter().flat_map(|source| source.each_line(written)).collect();
    assert_none("a path begins at the repository, or comes from the command line", findings);
}

#[test]
fn lines_end_with_a_line_feed_alone() {
    let returned = |line: &str| line.ends_with('\r').then(|| "carriage return".to_owned());
    let findings = sources().into_iter().flat_map(|source| source.each_line(returned)).collect();
    assert_none("lines end with a line feed alone", findings);
}

#[test]
fn hidden_inputs_have_one_door_each() {
    let mark = concat!("clippy::", "disallowed_");
    let elsewhere =
        sources().into_iter().filter(|source| source.is_rust() && !DOORS.contains(&source.name()));
    let marked = |line: &str| line.contains(mark).then(|| line.trim().to_owned());
    let findings = elsewhere.flat_map(|source| source.each_line(marked)).collect();
    assert_none(
        &format!("hand it in as an argument; only these may reach out: {}", DOORS.join(", ")),
        findings,
    );
}

#[test]
fn standard_streams_are_written_in_one_place_each() {
    // A macro panics when nobody reads, and waits for ever when somebody reads no more.
    let written = [
        concat!("print", "ln!("),
        concat!("print", "!("),
        concat!("io::std", "out("),
        concat!("io::std", "err("),
    ];
    let shipped = ["api/src/", "engine/", "store/", "projections/src/", "replay-tool/src/", "sdk/"];
    let is_shipped = |source: &Source| {
        let is_tried = ["/tests/", "/tests.rs", "/examples/"].iter().any(|part| source.path.contains(part));
        source.is_rust() && shipped.iter().any(|below| source.path.starts_with(below)) && !is_tried
    };
    let elsewhere = |source: &Source| !["output.rs", "messages.rs"].contains(&source.name());
    let marked =
        |line: &str| written.iter().find(|mark| line.contains(**mark)).map(|_| line.trim().to_owned());
    let findings = sources().into_iter().filter(|source| is_shipped(source) && elsewhere(source));
    assert_none(
        "results go through output.rs, messages through messages.rs or tracing",
        findings.flat_map(|source| source.each_line(marked)).collect(),
    );
}

/// A manifest, and the directory below its own from whose files `test = false` takes the unit tests.
fn untested(manifest: &Source) -> Vec<String> {
    let package = manifest.path.trim_end_matches("Cargo.toml");
    let mut target = String::new();
    let mut found = Vec::new();
    for line in manifest.text.lines() {
        match line.split_once('=').map(|(key, value)| (key.trim(), value.trim().trim_matches('"'))) {
            None if line == "[lib]" => target = "src/".to_owned(),
            None if line.starts_with('[') => target.clear(),
            Some(("path", path)) => target = path.trim_end_matches("main.rs").to_owned(),
            Some(("test", "false")) => found.push(format!("{package}{target}")),
            _ => {}
        }
    }
    found
}

#[test]
fn no_unit_test_stands_where_none_is_run() {
    let (all, marks) = (sources(), ["#[test]", "::test]", "quickcheck! {"]);
    let untested: Vec<String> =
        all.iter().filter(|source| source.name() == "Cargo.toml").flat_map(untested).collect();
    assert!(untested.len() > 3, "the rule sees only {untested:?}");
    let has_tests = |source: &Source| source.is_rust() && marks.iter().any(|mark| source.text.contains(mark));
    let is_untested = |source: &&Source| untested.iter().any(|below| source.path.starts_with(below.as_str()));
    let findings = all.iter().filter(is_untested).filter(|source| has_tests(source));
    assert_none(
        "its Cargo.toml says `test = false`: put the test into tests/, or take that line away",
        findings.map(|source| source.path.clone()).collect(),
    );
}

#[test]
fn no_example_stands_where_none_is_run() {
    // Almost every library says `doctest = false`: running none takes a minute. scripts/test.sh runs those of the others.
    let all = sources();
    let says_so = |source: &&Source| {
        source.name() == "Cargo.toml" && source.text.lines().any(|line| line == "doctest = true")
    };
    let run: Vec<String> =
        all.iter().filter(says_so).map(|source| source.path.replace("Cargo.toml", "src/")).collect();
    let is_run = |source: &&Source| run.iter().any(|below| source.path.starts_with(below.as_str()));
    let is_doc = |line: &str| ["///", "//!"].iter().any(|mark| line.trim_start().starts_with(mark));
    let runs = |fence: &str| !matches!(fence.trim(), "text" | "json" | "sh");
    let unrun = all.iter().filter(|source| source.is_rust() && !is_run(source));
    let findings = unrun.flat_map(|source| {
        let mut inside = false;
        source.each_line(|line| {
            let fence = line.split_once("```").filter(|_| is_doc(line))?.1;
            inside = !inside;
            (inside && runs(fence)).then(|| line.trim().to_owned())
        })
    });
    assert_none("say that it is `text`, or make it a test", findings.collect());
}

#[test]
fn the_measure_of_functions_sees_what_rustfmt_writes() {
    let text = concat!(
        "pub fn one() -> u8 {\n    1\n}\n",
        "impl A {\n    pub(crate) const fn two<T>(\n        self,\n    ) -> u8\n    where\n",
        "        T: B,\n    {\n        2\n    }\n}\n",
        "trait B {\n    fn declared(&self);\n    fn short(&self) {}\n}\n",
        "// a comment about fn nothing() {\n",
    );
    assert_eq!(functions(text), [("one", 3), ("two", 8)]);
}

#[test]
fn a_ratchet_only_turns_down() {
    let measured = [("new".to_owned(), 71), ("kept".to_owned(), 90), ("short".to_owned(), 70)];
    let findings = |entries: &[(&str, usize)]| ratchet(70, entries, &measured).len();
    assert_eq!(findings(&[("new", 71), ("kept", 90)]), 0);
    assert_eq!(findings(&[("kept", 90)]), 1, "a new long function");
    assert_eq!(findings(&[("new", 71), ("kept", 89)]), 1, "one that grew");
    assert_eq!(findings(&[("new", 71), ("kept", 91)]), 1, "one that shrank");
    assert_eq!(findings(&[("new", 71), ("kept", 90), ("gone", 80)]), 1, "one that is gone");
}
