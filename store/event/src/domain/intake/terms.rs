//! What a task is worth and what it needs: kept with the task, for those who decide by it.

use crate::prices::MissingPrice;
use crate::quantity::{MicroUsd, MilliwattHours, PartsPerMillion};

structure! {
    /// What a definition says of the worth and the needs of a task. Most say nothing of it.
    TaskTerms {
        /// How much energy it is thought to take.
        energy_estimate: Option<MilliwattHours>,
        /// What it is worth, from none to one.
        value_score: Option<PartsPerMillion>,
        /// How much more or less that is worth at the time.
        market_multiplier: Option<PartsPerMillion>,
        /// The most that a kilowatt hour may cost for it, in US dollars.
        bid_price_max: Option<MicroUsd>,
        /// What may be done by itself when it fails.
        healing: Option<HealingPolicy>,
        /// Who owns it, as people call them.
        owner_persona: String,
        /// What whoever performs it must be able to do, ascending.
        capabilities: Vec<String>,
        /// Whether it must stay in the zones of the operator, when that is said.
        sovereignty: Option<Sovereignty>,
        /// What it waits for the least of, each with its share of a million; empty when it is not said.
        optimise: Vec<Weight>,
        /// What happens to it while there is no price; none for what the source of prices says.
        missing_price: Option<MissingPrice>,
        /// Whether its runs may be suspended, when that is said.
        suspension: Option<Suspension>,
    }
}

tagged! {
    /// Whether a run of a task may be suspended while others run.
    Suspension {
        /// It may, between stretches of the time that it has.
        Allowed = 1,
    }
}

structure! {
    /// What a task waits for the least of.
    Weight {
        /// What is measured.
        of: Measure,
        /// How much it counts: all weights of a task make a million.
        share: PartsPerMillion,
    }
}

tagged! {
    /// What a run has less of at some times than at others.
    Measure {
        /// What electricity costs.
        Price = 1,
        /// How much carbon dioxide its generation sets free.
        Carbon = 2,
    }
}

tagged! {
    /// Whether a task must stay in the zones of the operator.
    Sovereignty {
        /// It must.
        Required = 1,
        /// It need not.
        NotRequired = 2,
    }
}

tagged! {
    /// What may be done by itself when a task fails.
    HealingPolicy {
        /// Nothing.
        None = 1,
        /// It is tried again, as its retry says.
        Retry = 2,
        /// Why it failed is found out, and a fix is applied where there is one; else it is tried again, as its retry says.
        DiagnoseAndRetry = 3,
        /// The same, and a fix waits for a person's word.
        DiagnoseAndAsk = 4,
    }
}

impl HealingPolicy {
    /// Whether fixes follow from why a task failed.
    pub const fn diagnoses(self) -> bool {
        match self {
            Self::DiagnoseAndRetry | Self::DiagnoseAndAsk => true,
            Self::None | Self::Retry => false,
        }
    }
}

impl TaskTerms {
    /// Nothing of all that.
    pub const fn nothing() -> Self {
        Self {
            energy_estimate: None,
            value_score: None,
            market_multiplier: None,
            bid_price_max: None,
            healing: None,
            owner_persona: String::new(),
            capabilities: Vec::new(),
            sovereignty: None,
            optimise: Vec::new(),
            missing_price: None,
            suspension: None,
        }
    }

    /// Whether its failures are not diagnosed for fixes: what the fourth version of them holds, which has the same fields.
    pub(super) const fn is_of_version_4(&self) -> bool {
        match self.healing {
            Some(policy) => !policy.diagnoses(),
            None => true,
        }
    }

    /// Whether runs are not suspended, besides: what the third version of them holds, which has the fields of the second.
    pub(super) const fn is_of_version_3(&self) -> bool {
        self.suspension.is_none() && self.is_of_version_4()
    }

    /// Whether it weighs nothing but what electricity costs, besides: what the second version of them holds.
    pub(super) fn is_of_version_2(&self) -> bool {
        self.is_of_version_3() && self.optimise.iter().all(|weight| weight.of == Measure::Price)
    }

    /// Whether it says nothing of when it runs but a bid: what the first version of them holds.
    pub(super) const fn is_of_version_1(&self) -> bool {
        self.optimise.is_empty() && self.missing_price.is_none() && self.is_of_version_3()
    }
}
