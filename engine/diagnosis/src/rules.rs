//! Rules, compiled: which of them are about a line, and what they find in it.

use std::collections::BTreeSet;
use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::bytes::{Captures, Regex, RegexBuilder};

use crate::class::Class;
use crate::clean::Cleaned;
use crate::diagnosis::SubjectKind;
use crate::document::{self, Fault, Written, fault};
use crate::facts::Facts;
use crate::limits;

/// What is built in, in the order in which the digest is taken.
const BUILT_IN: [(&str, &str); 18] = [
    ("system.toml", include_str!("../rules/system.toml")),
    ("ends.toml", include_str!("../rules/ends.toml")),
    ("networks.toml", include_str!("../rules/networks.toml")),
    ("languages.toml", include_str!("../rules/languages.toml")),
    ("tools.toml", include_str!("../rules/tools.toml")),
    ("services.toml", include_str!("../rules/services.toml")),
    ("translations.toml", include_str!("../rules/translations.toml")),
    ("catalogue-de.toml", include_str!("../rules/catalogue-de.toml")),
    ("catalogue-fr.toml", include_str!("../rules/catalogue-fr.toml")),
    ("catalogue-es.toml", include_str!("../rules/catalogue-es.toml")),
    ("catalogue-pt.toml", include_str!("../rules/catalogue-pt.toml")),
    ("catalogue-pt-br.toml", include_str!("../rules/catalogue-pt-br.toml")),
    ("catalogue-it.toml", include_str!("../rules/catalogue-it.toml")),
    ("catalogue-ja.toml", include_str!("../rules/catalogue-ja.toml")),
    ("catalogue-zh-cn.toml", include_str!("../rules/catalogue-zh-cn.toml")),
    ("catalogue-ru.toml", include_str!("../rules/catalogue-ru.toml")),
    ("families.toml", include_str!("../rules/families.toml")),
    ("others.toml", include_str!("../rules/others.toml")),
];

/// Lines that say nothing of a failure. A rule that matches several of them matches everything.
const ORDINARY: [&str; 10] = [
    "Reading package lists... Done",
    "2026-01-02T03:04:05Z INFO server listening on 0.0.0.0:8080",
    "[12/48] Compiling module network.c",
    "Downloaded 14 files in 2.3 s",
    "    at main (index.js:10:5)",
    "step 3 of 9: loading configuration from settings.yaml",
    "total 128",
    "INSERT 0 1",
    "epoch 4 loss 0.1931 accuracy 0.95",
    "Finished in 4.21 seconds",
];
const ORDINARY_MAX: usize = 2;

/// One rule.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) written: Written,
    pattern: Option<Pattern>,
    unless: Option<Pattern>,
    above: Option<Pattern>,
}

/// A pattern that is compiled when it is first needed: most never are.
#[derive(Debug)]
struct Pattern {
    text: String,
    compiled: OnceLock<Result<Regex, String>>,
}

impl Pattern {
    fn new(text: &str) -> Pattern {
        Pattern { text: text.to_owned(), compiled: OnceLock::new() }
    }

    fn get(&self) -> Result<&Regex, &String> {
        self.compiled.get_or_init(|| compile(&self.text)).as_ref()
    }

    /// INVARIANT: it compiles. Those of operators were compiled when they were taken, the tests compile those built in.
    fn regex(&self) -> &Regex {
        self.get().expect("a pattern of a rule compiles")
    }
}

/// A phrase as it stands in a text that was cleaned, blanks at its end too.
fn as_seen(phrase: &str) -> String {
    let cleaned = Cleaned::of(format!("{phrase}.").as_bytes());
    cleaned.line(0).strip_suffix('.').unwrap_or_default().to_owned()
}

/// Bytes, letters of ASCII in either case: without the tables of Unicode a pattern is small, and finds the same.
fn compile(text: &str) -> Result<Regex, String> {
    RegexBuilder::new(text)
        .unicode(false)
        .case_insensitive(true)
        .size_limit(limits::PATTERN_COMPILED_BYTES_MAX)
        .dfa_size_limit(limits::PATTERN_CACHE_BYTES_MAX)
        .nest_limit(32)
        .build()
        .map_err(|error| error.to_string().replace('\n', " / "))
}

/// What a rule found in a line: where, and the groups of its pattern.
pub(crate) struct Found<'a> {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) groups: Vec<(&'a str, &'a [u8])>,
}

impl Rule {
    fn new(mut written: Written) -> Rule {
        written.phrases.iter_mut().for_each(|phrase| *phrase = as_seen(phrase));
        let pattern = written.pattern.as_deref().map(Pattern::new);
        let unless = written.unless.as_deref().map(Pattern::new);
        let above = written.above.as_deref().map(Pattern::new);
        Rule { written, pattern, unless, above }
    }

    /// Whether the end of the attempt is one that the rule is about.
    pub(crate) fn fits(&self, facts: &Facts) -> bool {
        let rule = &self.written;
        let any =
            |wanted: &[i32], is: Option<i32>| wanted.is_empty() || is.is_some_and(|is| wanted.contains(&is));
        let name = facts.program_name();
        (rule.program.is_empty() || rule.program.iter().any(|program| program == name))
            && any(&rule.exit, facts.exit)
            && any(&rule.signal, facts.signal)
            && rule.timed_out.is_none_or(|wanted| wanted == facts.timed_out)
            && rule.memory_limit_hit.is_none_or(|wanted| wanted == facts.memory_limit_hit)
            && rule.ran_ms_min.is_none_or(|least| facts.ran_ms >= least)
    }

    /// What it finds in a line in which one of its phrases is known to stand.
    pub(crate) fn find<'a>(&'a self, cleaned: &'a Cleaned, index: usize) -> Option<Found<'a>> {
        let line = cleaned.line(index);
        let lines_above = index.saturating_sub(limits::ABOVE_LINES_MAX)..index;
        let stands = |above: &Pattern| {
            lines_above.clone().any(|index| above.regex().is_match(cleaned.line(index).as_bytes()))
        };
        if self.above.as_ref().is_some_and(|above| !stands(above)) {
            return None;
        }
        if self.unless.as_ref().is_some_and(|unless| unless.regex().is_match(line.as_bytes())) {
            return None;
        }
        let Some(pattern) = &self.pattern else {
            let (from, to) = self.phrase_in(line)?;
            return Some(Found { from, to, groups: Vec::new() });
        };
        let regex = pattern.regex();
        let captures = regex.captures(line.as_bytes())?;
        let whole = captures.get(0)?;
        Some(Found { from: whole.start(), to: whole.end(), groups: groups(regex, &captures) })
    }

    fn phrase_in(&self, line: &str) -> Option<(usize, usize)> {
        self.written.phrases.iter().find_map(|phrase| {
            let windows = &mut line.as_bytes().windows(phrase.len());
            let from = windows.position(|window| window.eq_ignore_ascii_case(phrase.as_bytes()))?;
            Some((from, from + phrase.len()))
        })
    }

    fn matches_text(&self, text: &str) -> bool {
        let cleaned = Cleaned::of(text.as_bytes());
        let finds =
            |index| self.phrase_in(cleaned.line(index)).is_some() && self.find(&cleaned, index).is_some();
        (0..cleaned.lines.len()).any(finds)
    }

    fn check(&self) -> Result<(), Fault> {
        let rule = &self.written;
        for (field, pattern) in [("pattern", &self.pattern), ("unless", &self.unless), ("above", &self.above)]
        {
            let Some(pattern) = pattern else { continue };
            if let Err(error) = pattern.get() {
                let fix = "write it for the crate regex, without (?u), smaller, and without look-around";
                return Err(fault(rule, field, format!("does not compile: {error}"), fix));
            }
        }
        if rule.is_about_the_end() {
            return Ok(());
        }
        self.check_groups()?;
        if let Some(example) = rule.matches.iter().find(|example| !self.matches_text(example)) {
            let fix = "make phrases, pattern and unless fit it, or take it away";
            return Err(fault(rule, "matches", format!("{example:?} does not match"), fix));
        }
        if let Some(example) = rule.differs.iter().find(|example| self.matches_text(example)) {
            let fix = "make phrases, pattern or unless narrower, or take it away";
            return Err(fault(rule, "differs", format!("{example:?} matches"), fix));
        }
        let ordinary = ORDINARY.iter().filter(|line| self.matches_text(line)).count();
        if ordinary > ORDINARY_MAX {
            let problem = format!("match {ordinary} of {} lines that report no failure", ORDINARY.len());
            return Err(fault(rule, "phrases", problem, "make phrases or pattern narrower"));
        }
        Ok(())
    }
}

impl Rule {
    fn check_groups(&self) -> Result<(), Fault> {
        let regex = self.pattern.as_ref().and_then(|pattern| pattern.get().ok());
        let unknown = regex.and_then(|regex| {
            regex.capture_names().flatten().find(|name| SubjectKind::of_group(name).is_none())
        });
        let Some(name) = unknown else { return Ok(()) };
        let known = SubjectKind::ALL.map(SubjectKind::word).join(", ");
        Err(fault(
            &self.written,
            "pattern",
            format!("the group {name} is no subject"),
            format!("one of {known}, with digits behind it"),
        ))
    }
}

fn groups<'a>(regex: &'a Regex, captures: &Captures<'a>) -> Vec<(&'a str, &'a [u8])> {
    let named = regex.capture_names().flatten();
    named.filter_map(|name| Some((name, captures.name(name)?.as_bytes()))).collect()
}

/// A set of rules that is ready to be asked.
#[derive(Debug)]
pub struct Rules {
    version: u32,
    operator_version: Option<u32>,
    digest: [u8; 32],
    documents: Vec<String>,
    pub(crate) rules: Vec<Rule>,
    finder: AhoCorasick,
    /// Which rule each pattern of the finder belongs to.
    owners: Vec<u32>,
}

impl Rules {
    /// Those that are built in.
    #[must_use]
    pub fn built_in() -> &'static Rules {
        static RULES: LazyLock<Rules> = LazyLock::new(|| {
            let mut rules = Vec::new();
            let mut version = 0;
            for (name, text) in BUILT_IN {
                // INVARIANT: they are read; a test checks them as those of an operator are checked.
                let document = document::read(text)
                    .unwrap_or_else(|fault| panic!("the rules that are built in are read: {name}: {fault}"));
                version = document.version.max(version);
                rules.extend(document.rules.into_iter().map(Rule::new));
            }
            let documents = BUILT_IN.iter().map(|(_, text)| (*text).to_owned()).collect();
            Rules::assemble(version, None, documents, rules)
        });
        &RULES
    }

    /// Those that are built in, and those of an operator's document beside them.
    ///
    /// # Errors
    ///
    /// The first [`Fault`]: what cannot be read, ids that are there already, sizes beyond [`limits`], patterns that do not
    /// compile, examples that come out otherwise, a confidence above that of the system's own reports.
    pub fn with(operator: &str) -> Result<Rules, Fault> {
        let document = document::read(operator)?;
        let built_in = Rules::built_in();
        let mut ids: BTreeSet<&str> = built_in.rules.iter().map(|rule| rule.written.id.as_str()).collect();
        for rule in &document.rules {
            if !ids.insert(&rule.id) {
                return Err(fault(
                    rule,
                    "id",
                    "is there already",
                    "take another; rules that are built in stay",
                ));
            }
            if rule.confidence > limits::OPERATOR_CONFIDENCE_PM_MAX {
                let fix = format!("at most {}", limits::OPERATOR_CONFIDENCE_PM_MAX);
                return Err(fault(rule, "confidence", format!("is {}", rule.confidence), fix));
            }
            let is_of_any_end = rule.phrases.is_empty() && rule.program.is_empty();
            if is_of_any_end && rule.confidence > limits::ENDING_CONFIDENCE_PM_MAX {
                let fix = format!("phrases, or program; or at most {}", limits::ENDING_CONFIDENCE_PM_MAX);
                return Err(fault(
                    rule,
                    "confidence",
                    format!("is {} without phrases", rule.confidence),
                    fix,
                ));
            }
        }
        let added: Vec<Rule> = document.rules.iter().cloned().map(Rule::new).collect();
        added.iter().try_for_each(Rule::check)?;
        let mut rules: Vec<Rule> =
            built_in.rules.iter().map(|rule| Rule::new(rule.written.clone())).collect();
        rules.extend(added);
        let mut documents = built_in.documents.clone();
        documents.push(operator.to_owned());
        Ok(Rules::assemble(built_in.version, Some(document.version), documents, rules))
    }

    fn assemble(
        version: u32,
        operator_version: Option<u32>,
        documents: Vec<String>,
        rules: Vec<Rule>,
    ) -> Rules {
        let mut phrases: Vec<&str> = Vec::new();
        let mut owners = Vec::new();
        for (rule, index) in rules.iter().zip(0..) {
            phrases.extend(rule.written.phrases.iter().map(String::as_str));
            owners.extend(rule.written.phrases.iter().map(|_| index));
        }
        let finder = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(phrases)
            // INVARIANT: the sizes of documents are bounded far below what it counts with.
            .expect("phrases within their limits fit into the finder");
        let mut digest = blake3::Hasher::new();
        for document in &documents {
            digest.update(&(document.len() as u64).to_le_bytes());
            digest.update(document.as_bytes());
        }
        let digest = digest.finalize().into();
        Rules { version, operator_version, digest, documents, rules, finder, owners }
    }

    /// Holds every rule against its own examples: one fault for each that is not as it says.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.rules.iter().filter_map(|rule| rule.check().err()).collect()
    }

    /// The version of those that are built in.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The version that the operator's document says; none without one.
    #[must_use]
    pub fn operator_version(&self) -> Option<u32> {
        self.operator_version
    }

    /// BLAKE3 over all documents with their lengths: the same digest is the same answers.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Ids and classes of all rules, in their order.
    pub fn ids(&self) -> impl Iterator<Item = (&str, Class)> {
        self.rules.iter().map(|rule| (rule.written.id.as_str(), rule.written.class))
    }

    /// Calls `found` with each rule, by its place, and each line in which one of its phrases stands, in the order of lines.
    pub(crate) fn scan(&self, cleaned: &Cleaned, mut found: impl FnMut(usize, usize)) {
        let mut line = 0;
        for hit in self.finder.find_overlapping_iter(&cleaned.text) {
            while cleaned.lines.get(line).is_some_and(|at| at.at.end < hit.end()) {
                line += 1;
            }
            found(self.owners[hit.pattern().as_usize()] as usize, line);
        }
    }
}
