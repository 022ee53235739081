//! Economics: what attempts used, in energy and money.

mod earlier;

pub use earlier::{FirstRunCharged, UncountedRunCharged};

use super::prices::PriceTaken;
use crate::ids::WorkflowId;
use crate::quantity::{MicroUsd, Microjoules, Micros, MilliwattHours, Milliwatts};

events! {
    /// What attempts used, in energy and money. Each record is a posting of double-entry accounts: what is taken from the
    /// supply is on the account of a workflow, which belongs to its owner, and that to its tenant.
    economics;

    /// A process of the workflow used energy. It says all that its figures follow from.
    RunCharged (boxed) = 1401 version 3 (1 is FirstRunCharged) (2 is UncountedRunCharged) "run_charged",
        by Decision, keeps Permanent, ends None,
        says "{task} used {energy} mWh[, which cost {money} millionths of a dollar]" {
        /// Sequence of the request of the attempt.
        request: u64,
        /// The task.
        task: u32,
        /// The tenant of the owner.
        tenant: String,
        /// Whose the workflow is; empty when nobody had to show a credential.
        owner: String,
        /// The energy that it used, rounded down once.
        energy: MilliwattHours,
        /// Where that figure comes from.
        measured_by: MeasuredBy,
        /// How long processors were busy with it.
        processor_time: Micros,
        /// The power that one busy core was taken to have.
        core_power: Milliwatts,
        /// How much energy its task was thought to take, when that was said.
        estimate: Option<MilliwattHours>,
        /// What a kilowatt hour cost in the mean of the time in which it ran; none when nobody said.
        price: Option<PriceTaken>,
        /// What its energy cost, from the processor time on rounded down once; none without a price.
        money: Option<MicroUsd>,
        /// What it would have cost if its task had not waited for a price; none when it did not, or the price of then is
        /// not known.
        run_now: Option<MicroUsd>,
        /// The least that it could have cost from the moment on at which its task could first have run until the last at which it
        /// had to end; none when it did not wait for a price, or not every price of that time is known.
        clairvoyant: Option<MicroUsd>,
        /// Its share of what the processors of the machine used, by their own counters; none where those could not be read. Where
        /// it is there, energy and money follow from it and not from the processor time.
        package_energy: Option<Microjoules>,
    }

    /// An account has a budget as it is said here, from here on; another one changes it. What was charged in its period so far
    /// stays charged when the period is of the same kind.
    BudgetSet (boxed) = 1402 "budget_set", by Input, keeps Permanent, ends None,
        says "a budget is set: {period}[, {energy} mWh][, {money} millionths of a dollar][: {reason}]" {
        /// Whose it is.
        account: BudgetAccount,
        /// For how long it is.
        period: BudgetPeriod,
        /// How much energy it has; none when energy is not limited.
        energy: Option<MilliwattHours>,
        /// How much money it has; none when money is not limited.
        money: Option<MicroUsd>,
        /// Why.
        reason: String,
    }

    /// An account has no budget any more.
    BudgetRemoved (boxed) = 1403 "budget_removed", by Input, keeps Permanent, ends None,
        says "a budget is removed[: {reason}]" {
        /// Whose it was.
        account: BudgetAccount,
        /// Why.
        reason: String,
    }

    /// The period of a budget is over and the next one begins, with nothing charged yet.
    BudgetPeriodBegan (boxed) = 1404 "budget_period_began", by Decision, keeps Stream, ends None,
        says "a budget begins anew" {
        /// Whose it is.
        account: BudgetAccount,
        /// When the period ends.
        until: Micros,
    }

    /// A budget is used up, or holds a task back. Recorded once until it is set, or its next period begins.
    BudgetExhausted (boxed) = 1405 "budget_exhausted", by Decision, keeps Stream, ends None,
        says "a budget is exhausted: {why}" {
        /// Whose it is.
        account: BudgetAccount,
        /// In which way.
        why: Exhaustion,
    }
}

asks! {
    /// What can be asked of economics. What is charged follows from what attempts used.
    economics;
    /// An account is to have a budget.
    SetBudget(BudgetSet, boxed) in BudgetSet;
    /// It is to have none.
    RemoveBudget(BudgetRemoved, boxed) in BudgetRemoved;
}

structure! {
    /// The account of a tenant, of an owner, or of a workflow.
    BudgetAccount {
        /// The tenant; also of the owner, or of the workflow.
        tenant: String,
        /// The owner, whose text is empty when nobody had to show a credential; none for a whole tenant, and for a workflow.
        owner: Option<String>,
        /// The workflow; none for an owner or a tenant.
        workflow: Option<WorkflowId>,
    }
}

tagged! {
    /// For how long a budget is.
    BudgetPeriod {
        /// From midnight to midnight, UTC.
        Day = 1,
        /// From the first of a month to the first of the next, UTC.
        Month = 2,
        /// For ever, since it was set.
        Total = 3,
    }
}

tagged! {
    /// In which way a budget is exhausted.
    Exhaustion {
        /// All of it is charged.
        UsedUp = 1,
        /// What is left of it is less than a task could need.
        HoldsBack = 2,
        /// All of it is less than a task could need.
        TooSmall = 3,
    }
}

tagged! {
    /// Where a figure of energy comes from.
    MeasuredBy {
        /// Processor time, times the power that is stated for a busy core.
        ProcessorTime = 1,
        /// The counters of the processors themselves (Linux powercap), shared out by processor time.
        PackageEnergy = 2,
    }
}
