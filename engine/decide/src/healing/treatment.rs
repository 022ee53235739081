//! What healing answers the dag of a task that failed, and execution of the attempt that follows.

use std::sync::Arc;

use triad_event::Event as AnyEvent;
use triad_event::execution::FailureClass;
use triad_event::governance::Setting;
use triad_event::healing::{Fix, FixApplied, FixGrounds, FixKind, FixProposed, HealingEnded, NotHealed};
use triad_event::ids::WorkflowId;
use triad_event::intake::HealingPolicy;
use triad_event::quantity::{Bytes, Micros, Millis};

use super::cure::{Case, cure, stays};
use super::facts::Facts;
use super::patients::{Failure, Patient};
use super::state::OperatorRules;

/// What other domains may ask about tasks that failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Treatment<'a>(Facts<'a>);

/// What is done about a task that failed.
#[derive(Debug, Clone)]
pub(crate) enum Course {
    /// What its retry says: its policy does not have it healed.
    Untreated,
    /// This, instead of what its retry says.
    Healed(AnyEvent),
    /// What its retry says; and when it is not tried again, this is recorded first.
    RetryOr(AnyEvent),
    /// It fails for good, whatever its retry says: that nothing heals it was recorded.
    GivenUp,
}

/// What fixes change for the attempts of a task.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    pub(crate) timeout: Option<Millis>,
    pub(crate) memory_max: Option<Bytes>,
    /// Ascending.
    pub(crate) variables: Vec<String>,
}

impl<'a> Treatment<'a> {
    pub(crate) const fn new(facts: Facts<'a>) -> Self {
        Self(facts)
    }

    /// How many fixes were applied to a task: the attempts after them are not those that its retry allows.
    pub(crate) fn fixes(&self, workflow: WorkflowId, task: u32) -> u32 {
        self.0.state.patient(workflow, task).map_or(0, |patient| patient.fixes)
    }

    /// The operator's rules.
    pub(crate) fn rules(&self) -> Option<Arc<OperatorRules>> {
        self.0.state.rules.clone()
    }

    /// What is different for the next attempt of a task.
    pub(crate) fn changes(&self, workflow: WorkflowId, task: u32) -> Changes {
        let Some(patient) = self.0.state.patient(workflow, task) else { return Changes::default() };
        let Patient { timeout, memory_max, ref variables, .. } = *patient;
        Changes { timeout, memory_max, variables: variables.iter().cloned().collect() }
    }

    /// What is done about a task that failed and is not late.
    pub(crate) fn of(&self, workflow: WorkflowId, task: u32) -> Course {
        let facts = &self.0;
        let Some(policy) = facts.tasks.healing(workflow, task) else { return Course::Untreated };
        let Some(patient) = facts.state.patient(workflow, task) else { return Course::Untreated };
        if patient.is_given_up {
            return Course::GivenUp;
        }
        let Some(failure) = patient.failure.as_deref() else { return Course::Untreated };
        let class = failure.diagnosed.class;
        match self.fix(workflow, task, patient, failure) {
            Ok((fix, grounds)) if policy == HealingPolicy::DiagnoseAndAsk => {
                let due = facts.place.elapsed.after(facts.settings.span(Setting::FixExpiry));
                Course::Healed(FixProposed { task, fix, grounds, due }.into())
            }
            Ok((fix, grounds)) => {
                let delay = self.delay(patient, &fix);
                Course::Healed(applied(facts, workflow, task, fix, grounds, delay).into())
            }
            // What will not be otherwise by itself is not tried again.
            Err(why) if stays(class) && self.is_sure(failure.diagnosed.confidence_pm) => {
                Course::Healed(HealingEnded { task, class, why }.into())
            }
            Err(why) => Course::RetryOr(HealingEnded { task, class, why }.into()),
        }
    }

    fn fix(
        &self,
        workflow: WorkflowId,
        task: u32,
        patient: &Patient,
        failure: &Failure,
    ) -> Result<(Fix, FixGrounds), NotHealed> {
        let facts = &self.0;
        let limits = facts.tasks.spec(workflow, task).map(|spec| spec.limits(facts.settings));
        let (offered, settings) = (facts.state.offered.as_slice(), facts.settings);
        let case = Case { patient, failure, limits: limits.ok_or(NotHealed::NoFix)?, offered, settings };
        let fix = cure(&case)?;
        let grounds = self.grounds(workflow, failure, fix.kind);
        if failure.diagnosed.class == FailureClass::Unknown || !self.is_sure(grounds.learned_pm) {
            return Err(NotHealed::NotSure);
        }
        within_limits(facts, workflow, patient)?;
        Ok((fix, grounds))
    }

    fn grounds(&self, workflow: WorkflowId, failure: &Failure, kind: FixKind) -> FixGrounds {
        let facts = &self.0;
        let stated = FixGrounds::of(failure.request, &failure.diagnosed);
        let of = (facts.accounts.of(workflow.into()).tenant, (stated.rule.clone(), kind));
        let learned = facts.state.learned.get(&of).copied().unwrap_or_default().as_of(facts.place.elapsed);
        let learned_pm = learned.confidence_pm(stated.confidence_pm);
        FixGrounds { learned_pm, succeeded: learned.succeeded, failed: learned.failed, ..stated }
    }

    fn is_sure(&self, confidence_pm: u32) -> bool {
        i64::from(confidence_pm) >= self.0.settings.value(Setting::FixConfidenceMin)
    }

    /// Only what waits waits, each time twice as long.
    fn delay(&self, patient: &Patient, fix: &Fix) -> Micros {
        if fix.kind != FixKind::WaitAndRetry {
            return Micros(0);
        }
        let (first, longest) =
            (self.0.settings.span(Setting::FixWait), self.0.settings.span(Setting::RetryDelayMax));
        let doubled = 1_u64.checked_shl(patient.waits).unwrap_or(u64::MAX);
        Millis(first.0.saturating_mul(doubled).min(longest.0.max(first.0))).to_micros()
    }
}

/// Whether one more fix may be applied.
pub(super) fn within_limits(
    facts: &Facts<'_>,
    workflow: WorkflowId,
    patient: &Patient,
) -> Result<(), NotHealed> {
    let is_below = |count: u64, most: Setting| count < facts.settings.value(most).unsigned_abs();
    let of_workflow = facts.state.patients(workflow).map_or(0, |patients| patients.fixes);
    let of_hour = facts.state.within_an_hour(facts.place.elapsed) as u64;
    if !is_below(patient.fixes.into(), Setting::FixesPerTaskMax) {
        return Err(NotHealed::TaskLimit);
    }
    if !is_below(of_workflow.into(), Setting::FixesPerWorkflowMax) {
        return Err(NotHealed::WorkflowLimit);
    }
    if !is_below(of_hour, Setting::FixesPerHourMax) {
        return Err(NotHealed::HourLimit);
    }
    Ok(())
}

/// The next attempt follows, with the fix.
pub(super) fn applied(
    facts: &Facts<'_>,
    workflow: WorkflowId,
    task: u32,
    fix: Fix,
    grounds: FixGrounds,
    delay: Micros,
) -> FixApplied {
    let attempt = facts.tasks.attempts(workflow, task).map_or(0, |(attempts, _)| attempts) + 1;
    FixApplied { task, attempt, fix, grounds, delay }
}
