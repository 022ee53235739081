//! Healing: why tasks failed, what was done about it by itself or with a person's word, and what was not.

use super::execution::{Diagnosed, FailureClass};
use crate::quantity::{Bytes, Micros, Millis};

events! {
    /// Why tasks failed, what was done about it, and what was not. Fixes are typed: what cannot be said here cannot be done.
    /// Those of
    /// tasks are in the stream of their workflow, what an operator allows and which rules diagnose is in the log's own.
    healing;

    /// The operator's rules diagnose from here on, beside those that are built in. They replace those that the operator set
    /// before.
    RulesSet (boxed) = 1501 "rules_set", by Input, keeps Permanent, ends None,
        says "{rules} rules of the operator diagnose, version {version}[: {reason}]" {
        /// The document of the rules, in TOML.
        document: String,
        /// The version that it states.
        version: u32,
        /// How many rules it has.
        rules: u32,
        /// BLAKE3 of the document.
        digest: [u8; 32],
        /// Why.
        reason: String,
    }

    /// Only the rules that are built in diagnose from here on.
    RulesRemoved = 1502 "rules_removed", by Input, keeps Permanent, ends None,
        says "only the rules that are built in diagnose[: {reason}]" {
        /// Why.
        reason: String,
    }

    /// Which variables of the environment fixes may set, as the server was started. Their values stay with the server.
    ConfigurationOffered = 1503 "configuration_offered", by Input, keeps Permanent, ends None,
        says "fixes may set {variables} variables of the environment" {
        /// The variables, ascending by name.
        variables: Vec<OfferedVariable>,
    }

    /// A task that failed is tried again, with a fix.
    FixApplied (boxed) = 1504 "fix_applied", by Decision, keeps Stream, ends None,
        says "{task} is tried again, attempt {attempt}, after a fix: {fix.kind}" {
        /// The task.
        task: u32,
        /// The number of the attempt to come, from 1.
        attempt: u32,
        /// What is done.
        fix: Fix,
        /// What it follows from.
        grounds: FixGrounds,
        /// How long after this record the attempt is due.
        delay: Micros,
    }

    /// A fix of a task that failed waits for a person's word.
    FixProposed (boxed) = 1505 "fix_proposed", by Decision, keeps Stream, ends None,
        says "a fix of {task} waits for approval: {fix.kind}" {
        /// The task.
        task: u32,
        /// What would be done.
        fix: Fix,
        /// What it follows from.
        grounds: FixGrounds,
        /// When it is given up, in the time that has passed for this log.
        due: Micros,
    }

    /// Somebody approved the fix that waits. The principal is that of the record, and never that of the submission.
    FixApproved = 1506 "fix_approved", by Input, keeps Permanent, ends None,
        says "the fix of {task} was approved[: {reason}]" {
        /// The task.
        task: u32,
        /// Why.
        reason: String,
    }

    /// Somebody declined the fix that waits: the task fails for good.
    FixDeclined = 1507 "fix_declined", by Input, keeps Permanent, ends Refused,
        says "the fix of {task} was declined[: {reason}]" {
        /// The task.
        task: u32,
        /// Why.
        reason: String,
    }

    /// Nothing is done by itself about a task that failed and whose policy would have it healed: it fails for good, and people
    /// are
    /// told.
    HealingEnded = 1508 "healing_ended", by Decision, keeps Stream, ends Failure,
        says "nothing heals {task} by itself ({class}): {why}" {
        /// The task.
        task: u32,
        /// Why it failed.
        class: FailureClass,
        /// Why nothing is done about it.
        why: NotHealed,
    }
}

asks! {
    /// What can be asked of healing. What is done about a task that failed follows from its end.
    healing;
    /// Rules are to diagnose.
    SetRules(RulesSet, boxed) in RulesSet;
    /// Only those that are built in are to.
    RemoveRules(RulesRemoved) in RulesRemoved;
    /// A server offers variables to fixes.
    OfferConfiguration(ConfigurationOffered) in ConfigurationOffered;
    /// A fix is to be applied.
    ApproveFix(FixApproved) in FixApproved;
    /// It is not to be.
    DeclineFix(FixDeclined) in FixDeclined;
}

structure! {
    /// A variable of the environment that fixes may set.
    OfferedVariable {
        /// Its name.
        name: String,
        /// Keyed digest of its value, under a key that never leaves the server: another value is another digest, and nothing else
        /// follows from it.
        digest: [u8; 16],
    }
}

structure! {
    /// What is changed for the next attempt of a task. Of the last three, that of its kind is there.
    Fix {
        /// What kind of fix it is.
        kind: FixKind,
        /// The variables of the environment that the operator's configuration sets.
        variables: Vec<String>,
        /// How long an attempt may take.
        timeout: Option<TimeoutRaise>,
        /// How much memory its process may have.
        memory_max: Option<MemoryRaise>,
    }
}

structure! {
    /// More time.
    TimeoutRaise {
        /// How much there was.
        from: Millis,
        /// How much there is.
        to: Millis,
    }
}

structure! {
    /// More memory.
    MemoryRaise {
        /// How much there was.
        from: Bytes,
        /// How much there is.
        to: Bytes,
    }
}

structure! {
    /// What a fix follows from.
    FixGrounds {
        /// Sequence of the request of the attempt that failed.
        request: u64,
        /// Why it failed.
        class: FailureClass,
        /// The rule that says so.
        rule: String,
        /// How sure the rule is by itself, per mille.
        confidence_pm: u32,
        /// How sure it is with what came of its fixes before, per mille.
        learned_pm: u32,
        /// Fixes of this kind after this rule that were followed by success.
        succeeded: u32,
        /// And by another failure.
        failed: u32,
    }
}

tagged! {
    /// The kinds of fixes.
    FixKind {
        /// Variables of the environment that the operator's configuration has are set.
        SetEnvironment = 1,
        /// An attempt may take longer.
        RaiseTimeout = 2,
        /// A process may have more memory.
        RaiseMemory = 3,
        /// It is tried again after a while.
        WaitAndRetry = 4,
    }
}

tagged! {
    /// Why nothing is done by itself about a task that failed.
    NotHealed {
        /// No fix is known for what is the matter.
        NoFix = 1,
        /// The rule is not sure enough, by itself or by what came of its fixes.
        NotSure = 2,
        /// What is missing is no variable that the operator's configuration has.
        NotOffered = 3,
        /// What would be raised has reached what the operator allows.
        AtMost = 4,
        /// As many fixes were applied to the task as may be.
        TaskLimit = 5,
        /// As many were applied to its workflow.
        WorkflowLimit = 6,
        /// As many were applied within an hour.
        HourLimit = 7,
        /// The same was done before, and did not help.
        DoneBefore = 8,
        /// Somebody declined it.
        Declined = 9,
        /// Nobody approved it in time.
        Expired = 10,
    }
}

impl FixGrounds {
    /// What a diagnosis says, before anything was learned about its rule.
    pub fn of(request: u64, diagnosed: &Diagnosed) -> Self {
        let Diagnosed { class, confidence_pm, .. } = *diagnosed;
        let (rule, learned_pm) = (diagnosed.rule.clone(), confidence_pm);
        Self { request, class, rule, confidence_pm, learned_pm, succeeded: 0, failed: 0 }
    }
}
