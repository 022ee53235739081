//! What is found of an attempt: what came of its verification, and where it failed why, by rules, from the ends of its outputs.
//!
//! What is said in words is content: it is sealed like the outputs that it repeats, as [`Said`]. The record has classes,
//! positions and numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::effect::process::Run;
use crate::performer::Configuration;
use serde::{Deserialize, Serialize};
use triad_decide::healing::OperatorRules;
use triad_diagnosis::{
    Candidate, Class, Diagnosis, Facts, Origin, Rules, Stream, SubjectKind, Tail, diagnose,
};
use triad_event::execution::{
    AttemptEnded, CheckCause, CheckFailed, CheckKind, Diagnosed, Ending, FailureClass, Findings, OutputKind,
    Verified,
};
use triad_event::quantity::Bytes;
use triad_verification::{Failure, Kind, Verdict};

/// What is found of an attempt in words, as it is sealed: JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Said {
    /// Why it failed, the likeliest first; the rest are what it might have been besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// What of the verification of its output does not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmet: Vec<Unmet>,
}

/// A check that does not hold, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmet {
    /// Which one, from 0; none when a limit ended all of them.
    pub check: Option<u32>,
    /// What kind of check it is, as it is written in a definition.
    pub kind: Option<String>,
    /// Whose fault it is.
    pub cause: String,
    /// Why, without a value of the output.
    pub reason: String,
    /// What a component or a command said itself, which may repeat the output.
    pub said: Option<String>,
}

/// A cause of a failure in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Its class.
    pub class: String,
    /// How sure, per mille.
    pub confidence_pm: u32,
    /// The rule that says so.
    pub rule: String,
    /// The line that shows it, as people see it; none when the end of the attempt alone says so.
    pub line: Option<String>,
    /// How often that stood there one below the other.
    pub times: u32,
    /// What it is about, by name, each with what it is.
    pub subjects: Vec<(String, String)>,
}

/// The ends of both outputs of an attempt.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tails {
    stdout: Arc<Mutex<Tail>>,
    stderr: Arc<Mutex<Tail>>,
}

impl Said {
    /// The bytes that are sealed.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("invariant: texts and numbers are written without fail")
    }

    /// What was sealed; none of what a newer program wrote in another form.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

impl Attempted {
    pub(crate) fn of(
        run: &Run,
        tails: Tails,
        rules: Option<Arc<OperatorRules>>,
        offered: Configuration,
    ) -> Self {
        let program = run.command.first().cloned().unwrap_or_default();
        let environment = run.env.iter().map(|(name, _)| name.clone()).collect();
        Self { tails, program, environment, rules, offered }
    }
}

impl Tails {
    pub(crate) fn stdout(&self) -> Arc<Mutex<Tail>> {
        Arc::clone(&self.stdout)
    }

    pub(crate) fn stderr(&self) -> Arc<Mutex<Tail>> {
        Arc::clone(&self.stderr)
    }
}

/// What an attempt was, besides how it ended.
#[derive(Debug, Clone)]
pub(crate) struct Attempted {
    pub(crate) tails: Tails,
    /// The first word of its command.
    pub(crate) program: String,
    /// The names of the variables of its environment.
    pub(crate) environment: Vec<String>,
    pub(crate) rules: Option<Arc<OperatorRules>>,
    /// The variables that the operator's configuration has.
    pub(crate) offered: Configuration,
}

/// The rule that says why an attempt failed whose output is not what its task wants. It is none of those that are written.
const VERIFICATION_RULE: &str = "verification";
/// How sure that is, per mille: the verification saw the output, but what it wants may be wrong.
const VERIFICATION_CONFIDENCE_PM: u32 = 990;

/// What is to be recorded of an attempt, and what of it is said in words; nothing of one that succeeded and was not verified.
pub(crate) fn examined(
    ended: &AttemptEnded,
    attempted: &Attempted,
    verdict: Option<&Verdict>,
) -> Option<(Findings, Said)> {
    let (diagnosed, mut said) = match ended.ending {
        Ending::Succeeded | Ending::Held => (None, Said::default()),
        Ending::Unverified => (Some(unverified()), Said::default()),
        Ending::Exited
        | Ending::Signalled
        | Ending::Cancelled
        | Ending::TimedOut
        | Ending::NotStarted
        | Ending::Lost
        | Ending::OutOfMemory
        | Ending::InputUnavailable
        | Ending::InputUnusable
        | Ending::Declined
        | Ending::PartFailed
        | Ending::NotEvaluated
        | Ending::DeadlinePassed => {
            let (diagnosed, said) = diagnosed(ended, attempted);
            (Some(diagnosed), said)
        }
    };
    said.unmet = verdict.map(unmet).unwrap_or_default();
    let verified = verdict.map(verified);
    let is_something = diagnosed.is_some() || verified.is_some();
    is_something.then_some((Findings { verified, diagnosed, said: None, held: None }, said))
}

fn verified(verdict: &Verdict) -> Verified {
    let (failures, fuel_used) = match verdict {
        Verdict::Checked { failures, fuel_used, .. } => (failures.as_slice(), *fuel_used),
        Verdict::TooMuch { .. } => (&[][..], 0),
    };
    let failed = |failure: &Failure| CheckFailed {
        check: failure.check,
        kind: kind_of(failure.kind),
        cause: cause_of(failure.cause),
    };
    let failed = failures.iter().map(failed).collect();
    Verified { checks: verdict.checks(), held: verdict.held(), fuel_used, failed }
}

fn unmet(verdict: &Verdict) -> Vec<Unmet> {
    match verdict {
        Verdict::Checked { failures, .. } => failures.iter().map(unmet_check).collect(),
        Verdict::TooMuch { reason, .. } => {
            let (cause, reason) = (word_of(CheckCause::TooMuch).to_owned(), reason.clone());
            vec![Unmet { check: None, kind: None, cause, reason, said: None }]
        }
    }
}

fn unmet_check(failure: &Failure) -> Unmet {
    Unmet {
        check: Some(failure.check),
        kind: Some(failure.kind.name().to_owned()),
        cause: word_of(cause_of(failure.cause)).to_owned(),
        reason: failure.reason.clone(),
        said: failure.said.clone(),
    }
}

const fn kind_of(kind: Kind) -> CheckKind {
    match kind {
        Kind::JsonSchema => CheckKind::JsonSchema,
        Kind::Pattern => CheckKind::Pattern,
        Kind::Equals => CheckKind::Equals,
        Kind::Size => CheckKind::Size,
        Kind::ExitCodes => CheckKind::ExitCodes,
        Kind::Checker => CheckKind::Checker,
        Kind::Wasm => CheckKind::Wasm,
    }
}

const fn cause_of(cause: triad_verification::Cause) -> CheckCause {
    match cause {
        triad_verification::Cause::Differs => CheckCause::Differs,
        triad_verification::Cause::TooMuch => CheckCause::TooMuch,
        triad_verification::Cause::Broken => CheckCause::Broken,
    }
}

/// As docs/verification.md has them.
const fn word_of(cause: CheckCause) -> &'static str {
    match cause {
        CheckCause::Differs => "differs",
        CheckCause::TooMuch => "too_much",
        CheckCause::Broken => "broken",
    }
}

/// Nothing is asked of the rules: they look for why a program failed, and this one ended as intended.
fn unverified() -> Diagnosed {
    let rules = Rules::built_in();
    Diagnosed {
        class: FailureClass::BadOutput,
        confidence_pm: VERIFICATION_CONFIDENCE_PM,
        rule: VERIFICATION_RULE.to_owned(),
        rules_version: rules.version(),
        operator_version: None,
        rules_digest: rules.digest(),
        shown_in: None,
        from: Bytes(0),
        to: Bytes(0),
        lacks: Vec::new(),
    }
}

/// Why an attempt failed, in the record and in words. One that was stopped is taken to have reached its timeout: who stopped
/// it knows whether that is so.
fn diagnosed(ended: &AttemptEnded, attempted: &Attempted) -> (Diagnosed, Said) {
    let (stdout, stderr) = (held(&attempted.tails.stdout), held(&attempted.tails.stderr));
    let environment: Vec<&str> = attempted.environment.iter().map(String::as_str).collect();
    let facts = Facts {
        stderr: stderr.bytes(),
        stdout: stdout.bytes(),
        exit: ended.exit_code,
        signal: ended.signal,
        timed_out: matches!(ended.ending, Ending::Cancelled | Ending::TimedOut),
        ran_ms: u64::try_from(ended.duration.0 / 1_000).unwrap_or_default(),
        memory_limit_hit: ended.ending == Ending::OutOfMemory,
        environment: &environment,
        program: &attempted.program,
    };
    let operator = attempted.rules.as_ref().and_then(with_operator);
    let diagnosis = diagnose(operator.as_deref().unwrap_or_else(|| Rules::built_in()), &facts);
    let before = |output| match output {
        OutputKind::Stdout => stdout.bytes_before(),
        OutputKind::Stderr => stderr.bytes_before(),
    };
    (recorded(&diagnosis, before, &attempted.offered), said(&diagnosis))
}

fn held(tail: &Mutex<Tail>) -> MutexGuard<'_, Tail> {
    tail.lock().expect("invariant: no holder of this lock panics")
}

/// The operator's rules beside those that are built in. They are compiled once: the next ones replace them.
/// None when this program cannot read them: the door took only what it could, but it may have been that of a newer one.
fn with_operator(operator: &Arc<OperatorRules>) -> Option<Arc<Rules>> {
    static COMPILED: Mutex<Compiled> = Mutex::new(None);
    let mut compiled = COMPILED.lock().expect("invariant: no holder of this lock panics");
    if let Some((digest, rules)) = &*compiled
        && *digest == operator.digest
    {
        return rules.clone();
    }
    let rules = Rules::with(&operator.document).ok().map(Arc::new);
    *compiled = Some((operator.digest, rules.clone()));
    rules
}

/// The operator's rules that were used last, by the digest of their document.
type Compiled = Option<([u8; 32], Option<Arc<Rules>>)>;

fn recorded(
    diagnosis: &Diagnosis,
    before: impl Fn(OutputKind) -> u64,
    offered: &BTreeMap<String, String>,
) -> Diagnosed {
    let cause = diagnosis.cause.as_ref();
    let evidence = cause.and_then(|cause| cause.evidence.as_ref());
    let shown_in = evidence.map(|evidence| match evidence.stream {
        Stream::Stdout => OutputKind::Stdout,
        Stream::Stderr => OutputKind::Stderr,
    });
    let place = |byte: usize| Bytes(shown_in.map_or(0, &before) + byte as u64);
    let lacks = |cause: &Candidate| -> BTreeSet<String> {
        let variables = cause.subjects.iter().filter(|subject| subject.kind == SubjectKind::Variable);
        variables.map(|variable| variable.name.clone()).filter(|name| offered.contains_key(name)).collect()
    };
    let (rules_version, operator_version, rules_digest) = match diagnosis.origin {
        Origin::Rules { version, operator_version, digest } => (version, operator_version, digest),
        Origin::Model => (0, None, [0; 32]),
    };
    Diagnosed {
        class: class_of(diagnosis.class),
        confidence_pm: diagnosis.confidence_pm,
        rule: cause.map(|cause| cause.rule.clone()).unwrap_or_default(),
        rules_version,
        operator_version,
        rules_digest,
        shown_in,
        from: evidence.map_or(Bytes(0), |evidence| place(evidence.bytes.start)),
        to: evidence.map_or(Bytes(0), |evidence| place(evidence.bytes.end)),
        lacks: cause.map(lacks).into_iter().flatten().collect(),
    }
}

/// Both sets of classes are closed and have the same words.
fn class_of(class: Class) -> FailureClass {
    FailureClass::of_word(class.word()).expect("invariant: every class of a diagnosis can be recorded")
}

fn said(diagnosis: &Diagnosis) -> Said {
    let cause = |candidate: &Candidate| Cause {
        class: candidate.class.word().to_owned(),
        confidence_pm: candidate.confidence_pm,
        rule: candidate.rule.clone(),
        line: candidate.evidence.as_ref().map(|evidence| evidence.line.clone()),
        times: candidate.evidence.as_ref().map_or(0, |evidence| evidence.times),
        subjects: candidate
            .subjects
            .iter()
            .map(|subject| (subject.kind.word().to_owned(), subject.name.clone()))
            .collect(),
    };
    Said { causes: diagnosis.cause.iter().chain(&diagnosis.others).map(cause).collect(), unmet: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_of_a_diagnosis_can_be_recorded() {
        let recorded: BTreeSet<FailureClass> = Class::ALL.into_iter().map(class_of).collect();
        assert_eq!(recorded.len(), FailureClass::ALL.len());
    }
}
