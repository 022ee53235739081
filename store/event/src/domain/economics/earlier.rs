//! Versions of payloads before those of today, and what of today they hold.

use super::{MeasuredBy, RunCharged};
use crate::domain::prices::PriceTaken;
use crate::event::Lowers;
use crate::quantity::{MicroUsd, Micros, MilliwattHours, Milliwatts};

structure! {
    /// The charge of a run before it was held against the least that it could have cost.
    FirstRunCharged {
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

impl From<FirstRunCharged> for RunCharged {
    fn from(earlier: FirstRunCharged) -> Self {
        let FirstRunCharged { request, task, tenant, owner, energy, measured_by, .. } = earlier;
        let FirstRunCharged { processor_time, core_power, estimate, price, money, run_now, .. } = earlier;
        Self {
            request,
            task,
            tenant,
            owner,
            energy,
            measured_by,
            processor_time,
            core_power,
            estimate,
            price,
            money,
            run_now,
            clairvoyant: None,
            package_energy: None,
        }
    }
}

impl Lowers<FirstRunCharged> for RunCharged {
    fn fits(&self) -> bool {
        self.clairvoyant.is_none() && self.package_energy.is_none()
    }

    fn lower(&self) -> FirstRunCharged {
        let Self { request, task, tenant, owner, energy, measured_by, .. } = self.clone();
        let Self { processor_time, core_power, estimate, price, money, run_now, .. } = self.clone();
        FirstRunCharged {
            request,
            task,
            tenant,
            owner,
            energy,
            measured_by,
            processor_time,
            core_power,
            estimate,
            price,
            money,
            run_now,
        }
    }

    fn saved_bytes(&self) -> usize {
        crate::shape::size_bytes::<RunCharged>() - crate::shape::size_bytes::<FirstRunCharged>()
    }
}

structure! {
    /// The charge of a run before the counters of processors were read.
    UncountedRunCharged {
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
        /// The least that it could have cost.
        clairvoyant: Option<MicroUsd>,
    }
}

impl From<UncountedRunCharged> for RunCharged {
    fn from(earlier: UncountedRunCharged) -> Self {
        let UncountedRunCharged { request, task, tenant, owner, energy, measured_by, .. } = earlier;
        let UncountedRunCharged {
            processor_time,
            core_power,
            estimate,
            price,
            money,
            run_now,
            clairvoyant,
            ..
        } = earlier;
        Self {
            request,
            task,
            tenant,
            owner,
            energy,
            measured_by,
            processor_time,
            core_power,
            estimate,
            price,
            money,
            run_now,
            clairvoyant,
            package_energy: None,
        }
    }
}

impl Lowers<UncountedRunCharged> for RunCharged {
    fn fits(&self) -> bool {
        self.package_energy.is_none()
    }

    fn lower(&self) -> UncountedRunCharged {
        let Self { request, task, tenant, owner, energy, measured_by, .. } = self.clone();
        let Self { processor_time, core_power, estimate, price, money, run_now, clairvoyant, .. } =
            self.clone();
        UncountedRunCharged {
            request,
            task,
            tenant,
            owner,
            energy,
            measured_by,
            processor_time,
            core_power,
            estimate,
            price,
            money,
            run_now,
            clairvoyant,
        }
    }

    fn saved_bytes(&self) -> usize {
        crate::shape::size_bytes::<RunCharged>() - crate::shape::size_bytes::<UncountedRunCharged>()
    }
}
