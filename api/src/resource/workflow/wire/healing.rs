//! What was found of a task and what was done about its failures, as JSON.

use crate::client::text::{plain, text};
use crate::clock;
use crate::wire::moment::Moment;
use crate::wire::words::{Word, words};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use triad_event::execution::{
    CheckCause, CheckFailed, CheckKind, Diagnosed, FailureClass, OutputKind, Verified,
};
use triad_event::healing::{Fix as FixEvent, FixGrounds, FixKind, NotHealed};
use triad_projections::run_graph;

words! {
    FailureClass as FailureClass:
    Unknown = "UNKNOWN", MissingConfiguration = "MISSING_CONFIGURATION", MissingFile = "MISSING_FILE",
    CommandNotFound = "COMMAND_NOT_FOUND", Permission = "PERMISSION", OutOfMemory = "OUT_OF_MEMORY",
    OutOfDisk = "OUT_OF_DISK", Timeout = "TIMEOUT", Network = "NETWORK", Dns = "DNS", Tls = "TLS",
    RateLimit = "RATE_LIMIT", Authentication = "AUTHENTICATION", BadInput = "BAD_INPUT", BadOutput = "BAD_OUTPUT",
    DependencyUnavailable = "DEPENDENCY_UNAVAILABLE", Conflict = "CONFLICT", Crash = "CRASH",
}

words! {
    FixKind as FixKind:
    SetEnvironment = "SET_ENVIRONMENT", RaiseTimeout = "RAISE_TIMEOUT", RaiseMemory = "RAISE_MEMORY",
    WaitAndRetry = "WAIT_AND_RETRY",
}

words! {
    NotHealed as NotHealed:
    NoFix = "NO_FIX", NotSure = "NOT_SURE", NotOffered = "NOT_OFFERED", AtMost = "AT_MOST", TaskLimit = "TASK_LIMIT",
    WorkflowLimit = "WORKFLOW_LIMIT", HourLimit = "HOUR_LIMIT", DoneBefore = "DONE_BEFORE", Declined = "DECLINED",
    Expired = "EXPIRED",
}

words! { OutputKind as OutputKind: Stdout = "STDOUT", Stderr = "STDERR" }

words! {
    CheckKind as CheckKind:
    JsonSchema = "JSON_SCHEMA", Pattern = "PATTERN", Equals = "EQUALS", Size = "SIZE", ExitCodes = "EXIT_CODES",
    Checker = "CHECKER", Wasm = "WASM",
}

words! { CheckCause as CheckCause: Differs = "DIFFERS", TooMuch = "TOO_MUCH", Broken = "BROKEN" }

/// What was found of a task, and what was done about its failures.
#[derive(Serialize, JsonSchema)]
pub(in crate::resource) struct Healing {
    /// What came of the verification of its last attempt's output; none when nothing was to be verified.
    verified: Option<Verification>,
    /// Why its last attempt failed; none when it did not, or did not fail by itself.
    diagnosis: Option<Diagnosis>,
    /// The fixes that were applied, the oldest first: the latest 16.
    fixes: Vec<Applied>,
    /// The fix that was proposed last to people who decide.
    proposed: Option<Proposed>,
    /// Why nothing heals it by itself.
    not_healed: Option<Ended>,
}

/// What came of a verification.
#[derive(Serialize, JsonSchema)]
pub(in crate::resource) struct Verification {
    /// How many checks there are.
    checks: u32,
    /// How many hold.
    held: u32,
    /// What components used.
    fuel_used: u64,
    /// Those that do not hold.
    failed: Vec<Check>,
}

/// A check that does not hold.
#[derive(Serialize, JsonSchema)]
struct Check {
    /// Which one, from 0.
    check: u32,
    kind: Word<CheckKind>,
    /// Whose fault it is: the output is not what is wanted, it would take too much, or the check is broken.
    cause: Word<CheckCause>,
}

/// Why an attempt failed, as far as that is known. The words of its program are content, and shown with its attempts.
#[derive(Serialize, JsonSchema)]
pub(in crate::resource) struct Diagnosis {
    class: Word<FailureClass>,
    /// How sure that is, per mille.
    confidence_pm: u32,
    /// The rule that says so; none when it is unknown.
    rule: Option<String>,
    /// The version of the rules that are built in.
    rules_version: u32,
    /// That of the operator's, where there are any.
    operator_version: Option<u32>,
    rules_digest: String,
    /// Which output has the line that shows it; none when the end of the attempt alone does.
    shown_in: Option<Word<OutputKind>>,
    /// The bytes of that line in the whole output.
    from_byte: u64,
    to_byte: u64,
    /// The variables of the operator's configuration that it is about.
    lacks: Vec<String>,
}

/// What is changed for an attempt.
#[derive(Serialize, JsonSchema)]
pub(in crate::resource) struct Fix {
    kind: Word<FixKind>,
    /// The variables of the environment that the operator's configuration sets.
    variables: Vec<String>,
    timeout_ms: Option<Raise>,
    memory_bytes: Option<Raise>,
}

/// What is raised, from what to what.
#[derive(Serialize, JsonSchema)]
struct Raise {
    from: u64,
    to: u64,
}

/// What a fix follows from.
#[derive(Serialize, JsonSchema)]
pub(in crate::resource) struct Grounds {
    /// Sequence of the request of the attempt that failed.
    request: u64,
    class: Word<FailureClass>,
    rule: String,
    /// How sure the rule is by itself, per mille.
    confidence_pm: u32,
    /// How sure it is with what came of its fixes before.
    learned_pm: u32,
    /// Fixes after it that were followed by success, and by another failure.
    succeeded: u32,
    failed: u32,
}

/// A fix that was applied.
#[derive(Serialize, JsonSchema)]
struct Applied {
    /// The number of the attempt that followed.
    attempt: u32,
    #[serde(flatten)]
    fix: Fix,
    grounds: Grounds,
    /// How long that attempt waited.
    delay_ms: u64,
    applied: Moment,
}

/// A fix that people decide on.
#[derive(Serialize, JsonSchema)]
pub(in crate::resource) struct Proposed {
    #[serde(flatten)]
    fix: Fix,
    grounds: Grounds,
    /// When it is given up.
    due: String,
    /// `APPROVE` or `DECLINE`; none while it waits.
    verdict: Option<&'static str>,
    /// Who decided; none when nobody had to say who they are.
    by: Option<String>,
    /// Why they did.
    reason: Option<String>,
    proposed: Moment,
}

/// That nothing heals a task.
#[derive(Serialize, JsonSchema)]
struct Ended {
    class: Word<FailureClass>,
    why: Word<NotHealed>,
    at: Moment,
}

impl Healing {
    pub(in crate::resource) fn of(healing: &run_graph::Healing) -> Self {
        let found = healing.found.as_deref();
        let (verified, diagnosed) =
            found.map_or((None, None), |found| (found.verified.as_ref(), found.diagnosed.as_ref()));
        Self {
            verified: verified.map(Verification::of),
            diagnosis: diagnosed.map(Diagnosis::of),
            fixes: healing.applied.iter().map(Applied::of).collect(),
            proposed: healing.proposed.as_deref().map(Proposed::of),
            not_healed: healing.ended.as_deref().map(|ended| Ended {
                class: Word(ended.class),
                why: Word(ended.why),
                at: ended.moment.into(),
            }),
        }
    }
}

impl Healing {
    /// Why the last attempt of a task failed.
    pub(in crate::resource) fn diagnosis_of(healing: &run_graph::Healing) -> Option<Diagnosis> {
        healing.found.as_deref()?.diagnosed.as_ref().map(Diagnosis::of)
    }
}

/// A fix in words, from its JSON.
pub(in crate::resource) fn fix_in_words(fix: &Value) -> String {
    match fix["kind"].as_str() {
        Some("SET_ENVIRONMENT") => {
            let names: Vec<String> = fix["variables"].as_array().into_iter().flatten().map(text).collect();
            format!("set {} from the operator's configuration", names.join(", "))
        }
        Some("RAISE_TIMEOUT") => {
            let seconds = |end: &str| fix["timeout_ms"][end].as_f64().unwrap_or(0.0) / 1000.0;
            format!("raise its timeout from {} s to {} s", seconds("from"), seconds("to"))
        }
        Some("RAISE_MEMORY") => {
            let mebibytes = |end: &str| fix["memory_bytes"][end].as_u64().unwrap_or(0) >> 20;
            format!("raise its memory from {} MiB to {} MiB", mebibytes("from"), mebibytes("to"))
        }
        Some("WAIT_AND_RETRY") => "wait, and try it again".to_owned(),
        Some(other) => plain(other),
        None => "nothing".to_owned(),
    }
}

impl Verification {
    pub(in crate::resource) fn of(verified: &Verified) -> Self {
        let check = |failed: &CheckFailed| {
            let CheckFailed { check, kind, cause } = *failed;
            Check { check, kind: Word(kind), cause: Word(cause) }
        };
        let Verified { checks, held, fuel_used, ref failed } = *verified;
        Self { checks, held, fuel_used, failed: failed.iter().map(check).collect() }
    }
}

impl Diagnosis {
    pub(in crate::resource) fn of(diagnosed: &Diagnosed) -> Self {
        Self {
            class: Word(diagnosed.class),
            confidence_pm: diagnosed.confidence_pm,
            rule: Some(diagnosed.rule.clone()).filter(|rule| !rule.is_empty()),
            rules_version: diagnosed.rules_version,
            operator_version: diagnosed.operator_version,
            rules_digest: crate::output::hex(&diagnosed.rules_digest),
            shown_in: diagnosed.shown_in.map(Word),
            from_byte: diagnosed.from.0,
            to_byte: diagnosed.to.0,
            lacks: diagnosed.lacks.clone(),
        }
    }
}

impl Fix {
    fn of(fix: &FixEvent) -> Self {
        let FixEvent { kind, variables, timeout, memory_max } = fix;
        Self {
            kind: Word(*kind),
            variables: variables.clone(),
            timeout_ms: timeout.as_ref().map(|raise| Raise { from: raise.from.0, to: raise.to.0 }),
            memory_bytes: memory_max.as_ref().map(|raise| Raise { from: raise.from.0, to: raise.to.0 }),
        }
    }
}

impl Grounds {
    fn of(grounds: &FixGrounds) -> Self {
        let FixGrounds { request, class, ref rule, confidence_pm, learned_pm, succeeded, failed } = *grounds;
        Self { request, class: Word(class), rule: rule.clone(), confidence_pm, learned_pm, succeeded, failed }
    }
}

impl Applied {
    fn of(applied: &run_graph::Applied) -> Self {
        Self {
            attempt: applied.attempt,
            fix: Fix::of(&applied.fix),
            grounds: Grounds::of(&applied.grounds),
            delay_ms: u64::try_from(applied.delay.0 / 1000).unwrap_or(0),
            applied: applied.moment.into(),
        }
    }
}

impl Proposed {
    pub(in crate::resource) fn of(proposed: &run_graph::Proposed) -> Self {
        let verdict = proposed.verdict.as_ref();
        let somebody = |principal: triad_event::ids::PrincipalId| {
            Some(principal)
                .filter(|who| *who != triad_event::ids::PrincipalId::ZERO)
                .map(|who| who.to_string())
        };
        Self {
            fix: Fix::of(&proposed.fix),
            grounds: Grounds::of(&proposed.grounds),
            due: clock::show(proposed.due.0),
            verdict: verdict.map(|verdict| if verdict.is_approval { "APPROVE" } else { "DECLINE" }),
            by: verdict.and_then(|verdict| somebody(verdict.principal)),
            reason: verdict.map(|verdict| verdict.reason.clone()),
            proposed: proposed.moment.into(),
        }
    }
}

/// The class of a diagnosis as it is recorded: both sets are closed and have the same words.
pub(in crate::resource) fn word_of(class: triad_diagnosis::Class) -> FailureClass {
    FailureClass::of_word(class.word()).expect("invariant: every class of a diagnosis can be recorded")
}
