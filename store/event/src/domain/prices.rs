//! Prices of electricity, how much carbon dioxide it causes, and which tasks wait for less of either.

mod carbon;
mod earlier;
mod grounds;

pub use carbon::{CarbonMeans, CarbonStep, CarbonTaken, Optimised, OptimisedPlan, PriceMeans};
pub use grounds::{DurationTaken, Estimate, Grounds, Planned, ThresholdTaken, WaitsFor};

use crate::apart::Apart;
use crate::intake::Suspension;
use crate::quantity::{MicroUsd, Micros, Millis};

/// The currency of bids and of accounts: what a source publishes in another one is converted into it.
pub const USD: &str = "USD";

events! {
    /// Prices of electricity, and which tasks wait for them. Where prices come from and what they are stands in the stream of the
    /// log; what is decided of a task by them stands in the stream of its workflow. What a task is decided by was recorded
    /// before, so that deciding again asks nobody.
    prices;

    /// Prices come from a source, as from here on. Prices that another source published are forgotten.
    SourceSet (boxed) = 1301 version 3 (1 is earlier::SourceSetV1) (2 is earlier::SourceSetV2)
        "source_set", by Input, keeps Permanent, ends None,
        says "prices of {area} come from a source: {source}[: {reason}]" {
        /// What kind of source it is.
        source: SourceKind,
        /// What a kilowatt hour costs at any time, in millionths of the currency; of a fixed price alone.
        fixed_per_kwh: Option<MicroUsd>,
        /// The currency of the prices, as ISO 4217 calls it.
        currency: String,
        /// The part of the grid that they are for, as people call it.
        area: String,
        /// What happens to tasks while there is no price.
        missing: MissingPrice,
        /// How long ago a price may have been published; none when it holds for its time, however long it was known before.
        age_max: Option<Millis>,
        /// Between which prices all are said to lie, in millionths of the currency; none when nobody says so.
        bounds: Option<PriceBounds>,
        /// By what it is estimated how long a task takes.
        estimates: EstimatedBy,
        /// What one unit of the currency is worth; none of US dollars. Every price is converted by it, and rounded down.
        usd_per_unit: Option<MicroUsd>,
        /// Why.
        reason: String,
    }

    /// Prices were published. They replace what was published before for their time.
    PricesPublished = 1302 version 2 (1 is earlier::PricesPublishedV1) "prices_published", by Input, keeps Permanent, ends None,
        says "prices of {steps} steps were published" {
        /// The steps, in the order of their time, without overlap. There may be gaps.
        steps: Vec<PriceStep>,
        /// When they were published.
        published: Micros,
        /// The currency in which they are: that of the source.
        currency: String,
    }

    /// Prices come from nowhere any more, and no task waits for one.
    SourceRemoved = 1303 "source_removed", by Input, keeps Permanent, ends None,
        says "prices come from nowhere any more[: {reason}]" {
        /// Why.
        reason: String,
    }

    /// The task could run, and waits for a price.
    TaskDeferred (boxed) = 1304 version 4 (1 is earlier::TaskDeferredV1) (2 is earlier::TaskDeferredV2)
        (3 is earlier::TaskDeferredV3)
        "task_deferred", by Decision, keeps Stream, ends None,
        says "{task} waits for a price: {reason}" {
        /// The task.
        task: u32,
        /// Why.
        reason: DeferReason,
        /// The most that a kilowatt hour may cost for it; none of one that waits for the cheapest time alone.
        bid: Option<MicroUsd>,
        /// The price that was taken for the present one; none when there was none.
        price: Option<PriceTaken>,
        /// When it is looked at again at the latest.
        look_again: Micros,
        /// When it runs whatever the price, so that its deadline is kept.
        last_safe_start: Micros,
        /// What else that rests on; none of a task that has but a bid, and takes its timeout.
        grounds: Option<Apart<Grounds>>,
        /// What was weighed, of a task that waits for less carbon; none of all others.
        optimised: Option<Apart<Optimised>>,
        /// Whether its run may be suspended, so that it is planned in several stretches.
        suspension: Option<Suspension>,
    }

    /// The task goes on, by what electricity costs or because it can wait no longer.
    TaskReleased (boxed) = 1305 version 3 (1 is earlier::TaskReleasedV1) (2 is earlier::TaskReleasedV2)
        "task_released", by Decision, keeps Stream, ends None,
        says "{task} goes on: {reason}" {
        /// The task.
        task: u32,
        /// Why.
        reason: ReleaseReason,
        /// The most that a kilowatt hour may cost for it; none of one that waits for the cheapest time alone.
        bid: Option<MicroUsd>,
        /// The price that was taken for the present one; none when there was none.
        price: Option<PriceTaken>,
        /// Until when it could have waited.
        last_safe_start: Micros,
        /// What else that rests on; none of a task that has but a bid, and takes its timeout.
        grounds: Option<Apart<Grounds>>,
        /// What was weighed, of a task that waits for less carbon; none of all others.
        optimised: Option<Apart<Optimised>>,
    }

    /// How much carbon dioxide electricity causes comes from a source, as from here on. What was published for another area is
    /// forgotten.
    CarbonSourceSet = 1306 "carbon_source_set", by Input, keeps Permanent, ends None,
        says "carbon intensity of {area} comes from a source[: {reason}]" {
        /// The part of the grid that it is for, as people call it.
        area: String,
        /// What happens to tasks that wait for less of it while none is known.
        missing: MissingPrice,
        /// How long ago it may have been published; none when it holds for its time, however long it was known before.
        age_max: Option<Millis>,
        /// By what it is estimated how long a task takes.
        estimates: EstimatedBy,
        /// Why.
        reason: String,
    }

    /// Carbon intensity was published. It replaces what was published before for its time.
    CarbonPublished = 1307 "carbon_published", by Input, keeps Permanent, ends None,
        says "carbon intensity of {steps} steps was published" {
        /// The steps, in the order of their time, without overlap. There may be gaps.
        steps: Vec<CarbonStep>,
        /// When it was published.
        published: Micros,
    }

    /// Carbon intensity comes from nowhere any more, and no task waits for less of it.
    CarbonSourceRemoved = 1308 "carbon_source_removed", by Input, keeps Permanent, ends None,
        says "carbon intensity comes from nowhere any more[: {reason}]" {
        /// Why.
        reason: String,
    }

    /// The run stands still from here on: nothing of it is executed, and it takes no place.
    RunSuspended (boxed) = 1309 "run_suspended", by Decision, keeps Stream, ends None,
        says "the run of {task} is suspended: {reason}" {
        /// Sequence of the request of its attempt.
        request: u64,
        /// The task.
        task: u32,
        /// Why.
        reason: DeferReason,
        /// The most that a kilowatt hour may cost for it; none of one that waits for the cheapest time alone.
        bid: Option<MicroUsd>,
        /// The price that was taken for the present one; none when there was none.
        price: Option<PriceTaken>,
        /// When it is looked at again at the latest.
        look_again: Micros,
        /// When it is continued whatever the price, so that what remains of it is done by its deadline.
        last_safe_start: Micros,
        /// How long it had run by then, without the time in which it was suspended.
        ran: Micros,
        /// What else that rests on. Its estimate is that of the whole run.
        grounds: Apart<Grounds>,
        /// What was weighed, of a task that waits for less carbon; none of all others.
        optimised: Option<Apart<Optimised>>,
    }

    /// The run goes on: one that was suspended is executed again, one that was not stays so.
    RunContinued (boxed) = 1310 "run_continued", by Decision, keeps Stream, ends None,
        says "the run of {task} goes on: {reason}" {
        /// Sequence of the request of its attempt.
        request: u64,
        /// The task.
        task: u32,
        /// Why.
        reason: ReleaseReason,
        /// The most that a kilowatt hour may cost for it; none of one that waits for the cheapest time alone.
        bid: Option<MicroUsd>,
        /// The price that was taken for the present one; none when there was none.
        price: Option<PriceTaken>,
        /// When it is looked at again at the latest; none when it runs to its end.
        look_again: Option<Micros>,
        /// When it goes on whatever the price, so that what remains of it is done by its deadline.
        last_safe_start: Micros,
        /// How long it had run by then, without the time in which it was suspended.
        ran: Micros,
        /// What else that rests on. Its estimate is that of the whole run.
        grounds: Apart<Grounds>,
        /// What was weighed, of a task that waits for less carbon; none of all others.
        optimised: Option<Apart<Optimised>>,
    }
}

asks! {
    /// What can be asked about prices.
    prices;
    /// They are to come from a source.
    SetSource(SourceSet, boxed) in SourceSet;
    /// They were published.
    Publish(PricesPublished) in PricesPublished;
    /// They are to come from nowhere any more.
    RemoveSource(SourceRemoved) in SourceRemoved;
    /// Carbon intensity is to come from a source.
    SetCarbonSource(CarbonSourceSet) in CarbonSourceSet;
    /// It was published.
    PublishCarbon(CarbonPublished) in CarbonPublished;
    /// It is to come from nowhere any more.
    RemoveCarbonSource(CarbonSourceRemoved) in CarbonSourceRemoved;
}

structure! {
    /// A step of a series of prices.
    PriceStep {
        /// When it begins: a multiple of a quarter of an hour.
        from: Micros,
        /// How long it is.
        length: StepLength,
        /// What a kilowatt hour costs, in millionths of the currency of the publication. It may be negative.
        per_kwh: MicroUsd,
    }
}

structure! {
    /// A price by which something is decided.
    PriceTaken {
        /// What a kilowatt hour costs.
        per_kwh: MicroUsd,
        /// Where it comes from.
        origin: PriceOrigin,
        /// How long before it was published; none of one that nobody published.
        age: Option<Millis>,
        /// Of how many prices it is the one in the middle; none of one that was published.
        of: Option<u32>,
    }
}

structure! {
    /// Between which prices all are said to lie. What a threshold promises holds for times whose prices do.
    PriceBounds {
        /// The lowest: above zero.
        low: MicroUsd,
        /// The highest: above the lowest.
        high: MicroUsd,
    }
}

tagged! {
    /// By what it is estimated how long a task takes.
    EstimatedBy {
        /// By the longest that an attempt of it may take.
        Timeout = 1,
        /// By its own runs, once there are enough.
        Runs = 2,
    }
}

tagged! {
    /// Where prices come from.
    SourceKind {
        /// There is one price for all times.
        Fixed = 1,
        /// A contract says them for times of the day and the week; they are published as steps.
        TimeOfUse = 2,
        /// A market makes them; they are published as steps.
        Series = 3,
    }
}

tagged! {
    /// What happens to a task with a bid while there is no price. It runs at its last safe start in any case.
    MissingPrice {
        /// It runs.
        RunNow = 1,
        /// It waits for a price.
        Wait = 2,
        /// The last price is taken, for a day. Then it waits.
        LastKnown = 3,
        /// The price in the middle of those of the last four weeks is taken. It waits when there are none.
        Typical = 4,
    }
}

tagged! {
    /// The lengths of steps that markets publish.
    StepLength {
        /// 15 minutes.
        Quarter = 1,
        /// 30 minutes.
        Half = 2,
        /// 60 minutes.
        Hour = 3,
    }
}

tagged! {
    /// Where the price of a decision comes from.
    PriceOrigin {
        /// It was published for the moment of the decision.
        Published = 1,
        /// It was published for an earlier time, or too long ago.
        LastKnown = 2,
        /// It is the one in the middle of the last weeks.
        Typical = 3,
    }
}

tagged! {
    /// Why a task waits. Of what is weighed with carbon, a price stands for what decided, and cheaper for less of it.
    DeferReason {
        /// The price is above its bid.
        AboveBid = 1,
        /// There is no price.
        NoPrice = 2,
        /// A later time is expected to be cheaper.
        CheaperLater = 3,
        /// The price is above the threshold.
        AboveThreshold = 4,
        /// A run that was suspended would go on, and waits for a place.
        NoPlace = 5,
    }
}

tagged! {
    /// Why a task goes on. Of what is weighed with carbon, a price stands for what decided, and cheap for little of it.
    ReleaseReason {
        /// The price is not above its bid.
        WithinBid = 1,
        /// It waited as long as it may: until it could miss its deadline, or without one as long as the setting says.
        LastSafeStart = 2,
        /// There is no price, and then tasks run.
        NoPrice = 3,
        /// Prices come from nowhere any more.
        NoSource = 4,
        /// Now is the cheapest time that it has.
        CheapestNow = 5,
        /// A later time is cheaper, but not by enough.
        NotWorthWaiting = 6,
        /// The price is not above the threshold.
        WithinThreshold = 7,
        /// No later time is left for it that could be cheaper.
        NoSlotToSpare = 8,
    }
}

impl DeferReason {
    /// Whether the first version of what says so had it.
    const fn is_of_version_1(self) -> bool {
        matches!(self, Self::AboveBid | Self::NoPrice)
    }
}

impl ReleaseReason {
    /// Whether the first version of what says so had it.
    const fn is_of_version_1(self) -> bool {
        matches!(self, Self::WithinBid | Self::LastSafeStart | Self::NoPrice | Self::NoSource)
    }
}

impl StepLength {
    /// In microseconds.
    pub const fn span(self) -> Micros {
        match self {
            Self::Quarter => Micros(900_000_000),
            Self::Half => Micros(1_800_000_000),
            Self::Hour => Micros(3_600_000_000),
        }
    }
}
