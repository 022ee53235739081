//! Economics: what attempts used, in energy and money.

use super::prices::PriceTaken;
use crate::quantity::{MicroUsd, Micros, MilliwattHours, Milliwatts};

events! {
    /// What attempts used, in energy and money. Each record is a posting of double-entry accounts: what is taken from the
    /// supply is on the account of a workflow, which belongs to its owner, and that to its tenant.
    economics;

    /// A process of the workflow used energy. It says all that its figures follow from.
    RunCharged (boxed) = 1401 "run_charged", by Decision, keeps Permanent, ends None,
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
    }
}

asks! {
    /// What can be asked of economics: nothing. It follows from what attempts used.
    economics;
}

tagged! {
    /// Where a figure of energy comes from.
    MeasuredBy {
        /// Processor time, times the power that is stated for a busy core.
        ProcessorTime = 1,
    }
}
