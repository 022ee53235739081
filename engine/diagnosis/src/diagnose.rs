//! From rules and facts to an answer.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use crate::class::Class;
use crate::clean::Cleaned;
use crate::diagnosis::{Candidate, Diagnosis, Evidence, Origin, Stream, Subject, SubjectKind};
use crate::facts::Facts;
use crate::limits;
use crate::rules::{Found, Rule, Rules};
use crate::standing::{Depths, Standing, standing};
use crate::tail::last;

/// What is said on standard output counts less where standard error says something: much of it is content.
const STDOUT_PM: u32 = 750;
/// Where standard error says nothing, it is where programs report.
const STDOUT_ALONE_PM: u32 = 950;

/// The end of an attempt that says the same as a line makes it surer.
const SAME_END: u32 = 60;

/// A variable that is set is hardly one that is missing.
const SET_ALREADY: u32 = 250;

/// How much a general word counts less where a line says what it is about.
const GENERAL: u32 = 300;

/// How much the last line stands ahead of the first, where they are equally sure.
const LATER: i32 = 30;

/// Why the attempt failed.
///
/// The same facts and rules have the same answer. It takes time in proportion to the outputs, of which the last
/// [`TAIL_BYTES_MAX`](limits::TAIL_BYTES_MAX) bytes are looked at, whatever stands in them.
#[must_use]
pub fn diagnose(rules: &Rules, facts: &Facts) -> Diagnosis {
    let mut found = in_output(rules, facts, Stream::Stderr, 1000, facts.stderr);
    let is_sure = |ranked: &Ranked| ranked.candidate.confidence_pm >= limits::THRESHOLD_PM;
    let of_stdout_pm = if found.iter().any(is_sure) { STDOUT_PM } else { STDOUT_ALONE_PM };
    found.extend(in_output(rules, facts, Stream::Stdout, of_stdout_pm, facts.stdout));
    found.extend(about_the_end(rules, facts));
    confirm(&mut found, facts);
    give_way(&mut found);
    choose(rules, found)
}

/// A candidate, and where it stands among others.
struct Ranked<'r> {
    candidate: Candidate,
    rank: i32,
    /// To which classes the rule yields.
    yields: &'r [Class],
}

impl Ranked<'_> {
    fn order(&self) -> i32 {
        i32::try_from(self.candidate.confidence_pm).unwrap_or(i32::MAX).saturating_add(self.rank)
    }
}

fn about_the_end<'r>(rules: &'r Rules, facts: &Facts) -> Vec<Ranked<'r>> {
    let says = |rule: &&Rule| rule.written.is_about_the_end() && rule.fits(facts);
    let candidate = |rule: &Rule| Candidate {
        class: rule.written.class,
        confidence_pm: rule.written.confidence,
        rule: rule.written.id.clone(),
        evidence: None,
        subjects: Vec::new(),
    };
    let ranked =
        |rule: &'r Rule| Ranked { candidate: candidate(rule), rank: 0, yields: &rule.written.yields };
    rules.rules.iter().filter(says).map(ranked).collect()
}

/// The lines on which a rule is tried.
#[derive(Default)]
struct Tries {
    first: Vec<usize>,
    last: VecDeque<usize>,
}

impl Tries {
    fn add(&mut self, line: usize) {
        if self.first.last() == Some(&line) || self.last.back() == Some(&line) {
            return;
        }
        if self.first.len() < limits::LINES_FIRST {
            self.first.push(line);
            return;
        }
        if self.last.len() == limits::LINES_LAST {
            self.last.pop_front();
        }
        self.last.push_back(line);
    }
}

fn in_output<'r>(
    rules: &'r Rules,
    facts: &Facts,
    stream: Stream,
    counts_pm: u32,
    bytes: &[u8],
) -> Vec<Ranked<'r>> {
    let tail = last(bytes);
    let cleaned = Cleaned::of(tail);
    let mut tries: BTreeMap<usize, Tries> = BTreeMap::new();
    rules.scan(&cleaned, |rule, line| tries.entry(rule).or_default().add(line));
    if tries.is_empty() {
        return Vec::new();
    }
    let reader = Reader {
        cleaned: &cleaned,
        depths: Depths::of_text(&cleaned),
        stream,
        counts_pm,
        before: bytes.len() - tail.len(),
        standings: RefCell::default(),
    };
    let fitting = tries.iter().filter(|(rule, _)| rules.rules[**rule].fits(facts));
    fitting.filter_map(|(rule, tries)| reader.best(&rules.rules[*rule], tries)).collect()
}

struct Reader<'a> {
    cleaned: &'a Cleaned,
    depths: Depths,
    stream: Stream,
    /// How much what is said there counts, per mille.
    counts_pm: u32,
    /// How many bytes were given before the tail.
    before: usize,
    /// What lines are, as far as it was asked: several rules find the same line.
    standings: RefCell<BTreeMap<usize, Standing>>,
}

impl Reader<'_> {
    /// The best of what the rule finds on its lines; the later one of equals.
    fn best<'r>(&self, rule: &'r Rule, tries: &Tries) -> Option<Ranked<'r>> {
        let lines = tries.first.iter().chain(&tries.last);
        let found = lines.filter_map(|line| Some((*line, rule.find(self.cleaned, *line)?)));
        let weighed = found.map(|(line, found)| (self.weigh(rule, line), line, found));
        let ((confidence_pm, rank), line, found) =
            weighed.max_by_key(|((confidence, rank), ..)| i64::from(*confidence) + i64::from(*rank))?;
        let candidate = Candidate {
            class: rule.written.class,
            confidence_pm,
            rule: rule.written.id.clone(),
            subjects: subjects(&found),
            evidence: Some(self.evidence(line, &found)),
        };
        Some(Ranked { candidate, rank, yields: &rule.written.yields })
    }

    fn weigh(&self, rule: &Rule, line: usize) -> (u32, i32) {
        let mut standings = self.standings.borrow_mut();
        let standing = *standings.entry(line).or_insert_with(|| standing(self.cleaned, line, &self.depths));
        let confidence = rule.written.confidence * standing.weight_pm / 1000 * self.counts_pm / 1000;
        let lines = self.cleaned.lines.len().max(1);
        // Whole numbers of at most a few thousands.
        let later = i32::try_from(line * 1000 / lines).unwrap_or(0) * LATER / 1000;
        (confidence, standing.rank + later)
    }

    fn evidence(&self, line: usize, found: &Found) -> Evidence {
        let at = &self.cleaned.lines[line];
        Evidence {
            stream: self.stream,
            line: cut(self.cleaned.line(line), found.from, found.to),
            bytes: at.raw.start + self.before..at.raw.end + self.before,
            times: at.times,
        }
    }
}

fn subjects(found: &Found) -> Vec<Subject> {
    let subject = |(name, text): &(&str, &[u8])| {
        let text = String::from_utf8_lossy(text);
        let name_of = cut(text.trim_matches(['\'', '"', '`', ' ', ',', ';', '\u{fffd}']), 0, 0);
        let short = cut_to(&name_of, limits::SUBJECT_BYTES_MAX);
        (!short.is_empty())
            .then_some(())
            .and(Some(Subject { kind: SubjectKind::of_group(name)?, name: short.to_owned() }))
    };
    found.groups.iter().filter_map(subject).take(limits::SUBJECTS_MAX).collect()
}

/// The beginning of a text, in whole characters.
pub(crate) fn cut_to(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

/// As much of a line as is shown, around the bytes that matter.
pub(crate) fn cut(line: &str, from: usize, to: usize) -> String {
    if line.len() <= limits::EVIDENCE_BYTES_MAX {
        return line.to_owned();
    }
    // Two marks of three bytes, and a character that is cut at either end.
    let room = limits::EVIDENCE_BYTES_MAX - 12;
    let middle = from.midpoint(to.min(from + room)).min(line.len());
    let start = line.floor_char_boundary(middle.saturating_sub(room / 2).min(line.len() - room));
    let end = line.floor_char_boundary(start + room);
    let (left, right) = (if start > 0 { "…" } else { "" }, if end < line.len() { "…" } else { "" });
    format!("{left}{}{right}", &line[start..end])
}

/// Holds what lines say against how the attempt ended and what it was given.
fn confirm(found: &mut [Ranked<'_>], facts: &Facts) {
    let ends: Vec<Class> = found
        .iter()
        .filter(|ranked| ranked.candidate.evidence.is_none())
        .map(|r| r.candidate.class)
        .collect();
    for Ranked { candidate, .. } in found {
        if candidate.evidence.is_some() && ends.contains(&candidate.class) {
            candidate.confidence_pm = (candidate.confidence_pm + SAME_END).min(limits::CONFIDENCE_PM_MAX);
        }
        let is_set = |subject: &Subject| {
            subject.kind == SubjectKind::Variable && facts.environment.contains(&subject.name.as_str())
        };
        if candidate.class == Class::MissingConfiguration && candidate.subjects.iter().any(is_set) {
            candidate.confidence_pm = candidate.confidence_pm.saturating_sub(SET_ALREADY);
        }
    }
}

/// General words give way to lines that say what they are about: `400` to a grant that is no longer valid.
fn give_way(found: &mut [Ranked<'_>]) {
    let says = |ranked: &&Ranked<'_>| {
        ranked.candidate.evidence.is_some() && ranked.candidate.confidence_pm >= limits::THRESHOLD_PM
    };
    let said: Vec<Class> = found.iter().filter(says).map(|ranked| ranked.candidate.class).collect();
    for Ranked { candidate, yields, .. } in found {
        if yields.iter().any(|class| said.contains(class)) {
            candidate.confidence_pm = candidate.confidence_pm.saturating_sub(GENERAL);
        }
    }
}

/// The best of each class, in order; the first is the answer when it is sure enough.
fn choose(rules: &Rules, mut found: Vec<Ranked<'_>>) -> Diagnosis {
    // Rules stand in the order of their documents, and sorting keeps it among equals.
    found.sort_by_key(|ranked| std::cmp::Reverse(ranked.order()));
    let mut others: Vec<Candidate> = Vec::new();
    for Ranked { candidate, .. } in found {
        if others.iter().all(|other| other.class != candidate.class) {
            others.push(candidate);
        }
    }
    let sure = |candidate: &Candidate| candidate.confidence_pm >= limits::THRESHOLD_PM;
    let cause = others.iter().position(sure).map(|at| others.remove(at));
    others.truncate(limits::OTHERS_MAX);
    let origin = Origin::Rules {
        version: rules.version(),
        operator_version: rules.operator_version(),
        digest: rules.digest(),
    };
    Diagnosis {
        class: cause.as_ref().map_or(Class::Unknown, |cause| cause.class),
        confidence_pm: cause.as_ref().map_or(0, |cause| cause.confidence_pm),
        cause,
        others,
        origin,
    }
}
