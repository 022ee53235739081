//! Whether a rule of moderation holds a step that is about to run.

use std::sync::{Arc, Mutex};

use tokio::task::spawn_blocking;
use triad_decide::moderation::ModerationRules;
use triad_event::execution::{AttemptEnded, Ending, Findings, HeldBy, StepPart};
use triad_event::sealed::Process;
use triad_moderation::{Part, Rules, Step};

use crate::shell::effects::ended;

/// The rule that holds everything where the document of the rules cannot be read: whoever set it did so with a newer program.
const UNREADABLE: &str = "rules-unreadable";

/// The end of an attempt that is not begun because a rule holds it. What fixes set comes from the operator, and is not looked at.
pub(crate) async fn held(
    rules: Option<&Arc<ModerationRules>>,
    (request, task): (u64, u32),
    process: &Process,
    fixed: &[String],
) -> Option<AttemptEnded> {
    let rules = Arc::clone(rules?);
    let (command, input) = (process.command.clone(), process.stdin.clone());
    let own = process.env.iter().filter(|variable| !fixed.contains(&variable.name));
    let environment: Vec<String> = own.map(|variable| variable.value.clone()).collect();
    let look = move || {
        let input = input.as_deref().map(str::as_bytes);
        by(&rules, &Step { command: &command, environment: &environment, input })
    };
    let held = spawn_blocking(look).await.expect("invariant: looking at a step does not panic")?;
    let findings = Findings { verified: None, diagnosed: None, said: None, held: Some(held) };
    Some(AttemptEnded { findings: Some(findings.into()), ..ended(request, task, Ending::Held) })
}

fn by(rules: &ModerationRules, step: &Step<'_>) -> Option<HeldBy> {
    let rules_digest = rules.digest;
    let Some(read) = read(rules) else {
        return Some(HeldBy { rule: UNREADABLE.to_owned(), rules_digest, part: StepPart::Command });
    };
    let hold = read.hold(step)?;
    let part = match hold.part {
        Part::Command => StepPart::Command,
        Part::Environment => StepPart::Environment,
        Part::Input => StepPart::Input,
    };
    Some(HeldBy { rule: hold.rule.to_owned(), rules_digest, part })
}

/// The rules, compiled once: the next ones replace them. None when this program cannot read them.
fn read(rules: &ModerationRules) -> Option<Arc<Rules>> {
    static COMPILED: Mutex<Compiled> = Mutex::new(None);
    let mut compiled = COMPILED.lock().expect("invariant: no holder of this lock panics");
    if let Some((digest, known)) = &*compiled
        && *digest == rules.digest
    {
        return known.clone();
    }
    let known = Rules::read(&rules.document).ok().map(Arc::new);
    *compiled = Some((rules.digest, known.clone()));
    known
}

/// The rules that were used last, by the digest of their document.
type Compiled = Option<([u8; 32], Option<Arc<Rules>>)>;
