//! A verification as it is written.

use crate::check::{Check, Kind};
use crate::command::Command;
use crate::fault::{Fault, Faults, Step, kind, listed};
use crate::limits::{CHECKS_MAX, COMPONENTS_MAX};
use crate::subject::Subject;
use crate::verdict::Verdict;
use serde_json::Value;

/// Checks of an output, all of which must hold. Well written: what can be known without an output is known to be right.
#[derive(Debug, Clone)]
pub struct Verification {
    written: Value,
    checks: Vec<Check>,
}

impl Verification {
    /// Reads a list of checks, each an object with one member. Otherwise all that is wrong, up to
    /// [`FAULTS_MAX`](crate::limits::FAULTS_MAX) faults. Takes time in proportion to the text, and some milliseconds for
    /// the largest patterns and schemas. The reader of the value must have bounded its depth, or dropping it may overflow.
    pub fn read(written: Value) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::default();
        let checks = read_checks(&mut faults, &written);
        let found = faults.into_found();
        if found.is_empty() { Ok(Self { written, checks }) } else { Err(found) }
    }

    /// As it was written.
    pub fn written(&self) -> &Value {
        &self.written
    }

    /// The kinds of its checks, in their order.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.checks.iter().map(Check::kind)
    }

    /// The commands that are to be run before it is carried out, by the positions of their checks.
    pub fn commands(&self) -> impl Iterator<Item = (u32, &Command)> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "only one kind is run elsewhere")]
        (0..).zip(&self.checks).filter_map(|(position, check)| match check {
            Check::Checker(command) => Some((position, command)),
            _ => None,
        })
    }

    /// The exit codes with which a process counts as ended well: those that every list of the verification has. None when it has
    /// no list, so that 0 counts alone.
    pub fn exit_codes(&self) -> Option<Vec<u8>> {
        #[expect(clippy::wildcard_enum_match_arm, reason = "only one kind speaks of exit codes")]
        let lists = self.checks.iter().filter_map(|check| match check {
            Check::ExitCodes(codes) => Some(codes.codes().collect::<Vec<u8>>()),
            _ => None,
        });
        lists.reduce(|one, other| one.into_iter().filter(|code| other.contains(code)).collect())
    }

    /// Whether any check looks into the output. Without one nothing needs a process of its own.
    pub fn looks_into_output(&self) -> bool {
        self.checks.iter().any(Check::looks_into_output)
    }

    /// Carries it out, in this process and for as long as it takes: [`crate::ask`] is for what others wrote.
    pub fn carry_out(&self, subject: &Subject<'_>) -> Verdict {
        let (mut failures, mut fuel_used) = (Vec::new(), 0_u64);
        for (position, check) in (0..).zip(&self.checks) {
            let (result, fuel) = check.carry_out(position, subject);
            fuel_used = fuel_used.saturating_add(fuel);
            failures.extend(result.err().map(|lack| lack.of(position, check.kind())));
        }
        Verdict::Checked { checks: self.checks_count(), failures, fuel_used }
    }

    pub(crate) fn checks_count(&self) -> u32 {
        u32::try_from(self.checks.len()).unwrap_or(u32::MAX)
    }
}

fn read_checks(faults: &mut Faults, written: &Value) -> Vec<Check> {
    let Some(entries) = written.as_array() else {
        faults
            .add(format!("is {}: write a list of checks, such as [{{\"pattern\": \"^ok\"}}]", kind(written)));
        return Vec::new();
    };
    if entries.is_empty() || entries.len() > CHECKS_MAX {
        faults.add(format!("has {} entries: write 1 to {CHECKS_MAX} checks", entries.len()));
        return Vec::new();
    }
    let components = entries.iter().filter(|entry| entry.get(Kind::Wasm.name()).is_some()).count();
    if components > COMPONENTS_MAX {
        faults.add(format!("has {components} checks `wasm`: write at most {COMPONENTS_MAX}"));
        return Vec::new();
    }
    let checks = entries.iter().zip(0..).filter_map(|(entry, position)| {
        faults.within(Step::Entry(position), |faults| read_check(faults, entry))
    });
    checks.collect()
}

fn read_check(faults: &mut Faults, entry: &Value) -> Option<Check> {
    let names = Kind::ALL.map(Kind::name);
    let members = faults.members(entry, &names)?;
    if members.len() != 1 {
        faults.add(format!(
            "has {} members: write one of {}, and each check by itself",
            members.len(),
            listed(&names)
        ));
        return None;
    }
    let (name, value) = members.iter().next()?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name)?;
    faults.member(name, |faults| Check::read(faults, kind, value))
}
