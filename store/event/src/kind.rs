//! What an event says, as the record header numbers it. Which kinds there are follows from the declarations of the
//! domains.

use std::fmt;

use crate::domain::Domain;
use crate::shape::Field;

/// What an event says, as the record header numbers it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    number: u16,
    version: u8,
}

impl Kind {
    pub(crate) const fn new(number: u16, version: u8) -> Self {
        Self { number, version }
    }

    /// All kinds, in the order of their numbers.
    pub const ALL: &'static [Self] = &KINDS;

    /// The newest kind of this version, named in refusals of newer logs.
    pub(crate) const NEWEST: Self = KINDS[KINDS.len() - 1];

    /// The kind with that number.
    pub fn from_number(number: u16) -> Option<Self> {
        let found = KINDS.binary_search_by_key(&number, |kind| kind.number).ok()?;
        Some(KINDS[found])
    }

    /// The kind with that name, `domain.event`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The number in the record header.
    pub const fn number(self) -> u16 {
        self.number
    }

    /// The version of the payload that is written today.
    pub const fn version(self) -> u8 {
        self.version
    }

    /// `domain.event`, as shown everywhere outside.
    pub fn name(self) -> &'static str {
        self.description().name
    }

    /// What is declared of it.
    pub fn description(self) -> &'static Description {
        let found = KINDS.binary_search_by_key(&self.number, |kind| kind.number);
        DESCRIPTIONS[found.expect("invariant: only declarations make kinds")]
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

const COUNT: usize = count();
const DESCRIPTIONS: [&Description; COUNT] = descriptions();
const KINDS: [Kind; COUNT] = kinds();

const fn count() -> usize {
    let (mut count, mut domain) = (0, 0);
    while domain < Domain::ALL.len() {
        count += Domain::ALL[domain].descriptions().len();
        domain += 1;
    }
    count
}

const fn descriptions() -> [&'static Description; COUNT] {
    let mut all = [Domain::ALL[0].descriptions()[0]; COUNT];
    let (mut at, mut domain) = (0, 0);
    while domain < Domain::ALL.len() {
        let of_domain = Domain::ALL[domain].descriptions();
        let mut kind = 0;
        while kind < of_domain.len() {
            all[at] = of_domain[kind];
            at += 1;
            kind += 1;
        }
        domain += 1;
    }
    all
}

/// Also holds the numbers against the rules, so that a wrong one does not compile.
const fn kinds() -> [Kind; COUNT] {
    let mut all = [DESCRIPTIONS[0].kind; COUNT];
    let mut at = 1;
    while at < COUNT {
        all[at] = DESCRIPTIONS[at].kind;
        assert!(all[at - 1].number < all[at].number, "numbers of kinds ascend and are never given twice");
        at += 1;
    }
    all
}

/// What is declared of one kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Description {
    /// The kind.
    pub kind: Kind,
    /// `domain.event`.
    pub name: &'static str,
    /// When it is true.
    pub doc: &'static str,
    /// Who may emit it.
    pub emitter: Emitter,
    /// How long its payload is kept.
    pub retention: Retention,
    /// Whether nothing follows in its stream.
    pub closes_stream: bool,
    /// The words for people: see [`crate::words`].
    pub says: &'static str,
    /// Archived size of the struct itself, without what lies out of line.
    pub size_bytes: usize,
    /// Its fields.
    pub fields: &'static [Field],
    /// The versions before it that are still read, and written for what they hold: the oldest first.
    pub earlier: &'static [PayloadVersion],
}

impl Description {
    /// Every version that is read, the oldest first.
    pub fn versions(&self) -> impl Iterator<Item = PayloadVersion> {
        let Self { kind, size_bytes, fields, .. } = *self;
        let newest = PayloadVersion { version: kind.version, size_bytes, fields };
        self.earlier.iter().copied().chain([newest])
    }
}

/// A version of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayloadVersion {
    /// Its number.
    pub version: u8,
    /// Archived size of the struct itself.
    pub size_bytes: usize,
    /// Its fields.
    pub fields: &'static [Field],
}

/// Who may emit an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Emitter {
    /// The code that opens and writes the log.
    Writer,
    /// The core, as the first record of a group: it states an input with everything taken from outside.
    Input,
    /// The core, as a consequence within a group.
    Decision,
}

/// How long a payload is kept. Headers are kept for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// As long as the log: opening, verifying or deciding again needs it.
    Permanent,
    /// As long as its stream.
    Stream,
    /// As long as its stream, but it holds what people wrote or programs printed, so it may be redacted or
    /// erased earlier.
    Content,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lie_in_the_hundred_of_their_domain() {
        for domain in Domain::ALL {
            for description in domain.descriptions() {
                assert_eq!(description.kind.number() / 100, *domain as u16, "{}", description.name);
                assert_eq!(description.name.split('.').next(), Some(domain.name()), "{}", description.name);
            }
        }
    }

    #[test]
    fn names_are_unique_and_have_two_parts() {
        let mut names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Kind::ALL.len());
        assert!(names.iter().all(|name| name.split('.').count() == 2 && name.is_ascii()));
    }

    #[test]
    fn a_kind_is_found_by_its_number_and_by_its_name() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_number(kind.number()), Some(*kind));
            assert_eq!(Kind::from_name(kind.name()), Some(*kind));
        }
        assert_eq!((Kind::from_number(0), Kind::from_name("log")), (None, None));
    }
}
