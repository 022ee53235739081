//! Moderation: rules that look at a step right before it is begun, and hold it until somebody has reviewed it.
//!
//! A rule is a pattern over the command, the values of the environment that its task sets, or the standard input, as they are
//! once the outputs of other tasks stand in them. Patterns are matched in time that is linear in the text, whatever they are. No
//! rule sees a clock, a network or what an earlier step did, so the same step is held by the same rules again.

mod document;
mod step;

pub mod limits;

pub use document::Fault;
pub use step::{Hold, Part, Step};

use document::Written;
use regex::bytes::{RegexSet, RegexSetBuilder};

/// Rules that were read.
#[derive(Debug, Clone)]
pub struct Rules {
    written: Vec<Written>,
    /// One for each part, of the rules that look at it.
    sets: [(Vec<usize>, RegexSet); Part::ALL.len()],
}

impl Rules {
    /// Reads a document of rules in TOML, and tries every rule on its own examples.
    pub fn read(document: &str) -> Result<Self, Fault> {
        let written = document::read(document)?;
        let set = |part: Part| {
            let looking = |(place, rule): (usize, &Written)| rule.looks_at.contains(&part).then_some(place);
            let places: Vec<usize> = written.iter().enumerate().filter_map(looking).collect();
            let set = compiled(places.iter().map(|place| written[*place].pattern.as_str()));
            set.map(|set| (places, set))
                .map_err(|error| document::whole("rule", error, "let patterns repeat less"))
        };
        let sets = [set(Part::Command)?, set(Part::Environment)?, set(Part::Input)?];
        let rules = Self { written, sets };
        rules.try_examples()?;
        Ok(rules)
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.written.len()
    }

    /// Whether there is none. A document without rules is refused.
    pub fn is_empty(&self) -> bool {
        self.written.is_empty()
    }

    /// Every rule by its id, with why it holds.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.written.iter().map(|rule| (rule.id.as_str(), rule.reason.as_str()))
    }

    /// The first rule, in the order in which they are written, that holds a step; none when it may begin.
    pub fn hold(&self, step: &Step<'_>) -> Option<Hold<'_>> {
        let found = Part::ALL.into_iter().zip(&self.sets).flat_map(|(part, (places, set))| {
            let texts = step.texts(part);
            texts
                .into_iter()
                .flat_map(move |text| set.matches(&text).into_iter().map(move |index| (places[index], part)))
        });
        let (place, part) = found.min_by_key(|(place, _)| *place)?;
        let rule = &self.written[place];
        Some(Hold { rule: &rule.id, reason: &rule.reason, part })
    }

    fn try_examples(&self) -> Result<(), Fault> {
        for rule in &self.written {
            let pattern = compiled([rule.pattern.as_str()]);
            let pattern =
                pattern.map_err(|error| document::fault(rule, "pattern", error, "let it repeat less"))?;
            for (field, examples, expected) in [("holds", &rule.holds, true), ("passes", &rule.passes, false)]
            {
                let is_other = |example: &&String| pattern.is_match(example.as_bytes()) != expected;
                if let Some(example) = examples.iter().find(is_other) {
                    let problem = match expected {
                        true => format!("{example:?} does not match the pattern"),
                        false => format!("{example:?} matches the pattern"),
                    };
                    return Err(document::fault(rule, field, problem, "mend the pattern or the example"));
                }
            }
        }
        Ok(())
    }
}

fn compiled<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<RegexSet, String> {
    let mut builder = RegexSetBuilder::new(patterns);
    builder.size_limit(limits::COMPILED_BYTES_MAX).dfa_size_limit(limits::CACHE_BYTES_MAX);
    builder.build().map_err(|error| error.to_string().replace('\n', " / "))
}
