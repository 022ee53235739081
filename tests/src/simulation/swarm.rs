//! What one seed does: which faults are switched on and how often, how large the load is, which settings the log begins
//! with. Everything is drawn from the seed, so that no two seeds test the same mixture.

use super::chance::Chance;
use super::fault::Fault;
use super::setup::Setup;
use std::fmt;
use triad_event::governance::Setting;
use triad_perform::shell::planted::Bug;

/// What the load looks like as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// Many workflows of every shape.
    Mixed,
    /// One of them has more tasks than a group has room for.
    Wide,
    /// Definitions and outputs are so large that blocks fill up.
    Large,
    /// More idempotency keys, and more data subjects that left, than the world keeps.
    ManyKeys,
    /// A few workflows, no faults but those that the caller forces.
    Quiet,
}

/// The configuration of a seed.
#[derive(Debug, Clone)]
pub struct Swarm {
    /// The seed.
    pub seed: u64,
    /// What the load looks like.
    pub flavour: Flavour,
    /// How often each fault happens where it could, in ten thousand; zero when it is switched off.
    pub(crate) rates: Vec<u64>,
    /// Records after which the first phase ends.
    pub(crate) events_max: u64,
    /// Workflows that clients keep alive.
    pub(crate) alive_max: u64,
    /// Tasks of a workflow, at most.
    pub(crate) tasks_max: u64,
    /// Tasks that run a process, in ten thousand.
    pub(crate) processes: u64,
    /// Tasks that wait for time, a signal or people, in ten thousand.
    pub(crate) gates: u64,
    /// How often tasks have rules of when they run and how often, in ten thousand.
    pub(crate) rules: u64,
    /// Thinking times between two looks of whoever looks after schedules; zero when there are none.
    pub(crate) planners: u64,
    /// Thinking times between two looks of whoever looks after prices; zero when nobody does.
    pub(crate) market: u64,
    /// Tasks that wait for a price, and those that state a value, in ten thousand.
    pub(crate) priced: u64,
    /// Runs of which it is measured what they used, in ten thousand.
    pub(crate) measured: u64,
    /// Processes that are healed when they fail, in ten thousand.
    pub(crate) healed: u64,
    /// Submissions under a key, in ten thousand.
    pub(crate) keyed: u64,
    /// Submissions that come in chunks, in ten thousand.
    pub(crate) chunked: u64,
    /// Microseconds that a commit takes, that clients think, that a process runs: all on average.
    pub(crate) commit_us: u64,
    pub(crate) think_us: u64,
    pub(crate) work_us: u64,
    /// Records between two snapshots.
    pub(crate) snapshot_every: u64,
    settings: Vec<(Setting, i64)>,
}

/// Tasks of a workflow whose definition fills a block, with names as long as they may be.
const LARGE_TASKS: u64 = 3_000;
/// Thinking times for which content is kept where very many data subjects come and go.
const KEPT_FOR: u64 = 10_000;
/// Workflows at once that count as few.
const FEW: u64 = 12;

/// How often a fault may happen where it could, in ten thousand: drawn between these when it is switched on.
const fn range(fault: Fault) -> (u64, u64) {
    match fault {
        Fault::CommitFailed | Fault::CommitUnknownLost | Fault::CommitUnknownKept => (10, 150),
        Fault::CommitSlow => (50, 1000),
        Fault::Crash | Fault::CrashKept | Fault::CrashTorn | Fault::Restart | Fault::Panic => (1, 12),
        Fault::StartPaused => (1, 4),
        Fault::Deadly => (2, 100),
        Fault::ClockAhead | Fault::ClockBack | Fault::Suspended | Fault::Reboot => (1, 8),
        Fault::ClockDrift => (2, 50),
        Fault::OutcomeBad => (200, 4000),
        Fault::OutcomeTwice | Fault::OutcomeLate => (50, 1000),
        Fault::OutcomeLost | Fault::Overtime | Fault::StartSlow => (20, 400),
        Fault::OutcomeForeign => (20, 200),
        Fault::EffectFailed => (50, 1500),
        Fault::StopIgnored => (500, 6000),
        Fault::UploadAbandoned => (500, 5000),
        Fault::DefinitionBad | Fault::KeyConflict => (100, 1500),
        Fault::KeyRepeated => (200, 4000),
        Fault::IndexLag => (5000, 9900),
        Fault::Cancel | Fault::PauseWorkflow => (50, 1500),
        Fault::SubjectShared => (500, 6000),
        Fault::LookupStale => (100, 3000),
        Fault::Erase | Fault::Hold | Fault::ReadContent | Fault::GateBad => (50, 800),
        Fault::DestroyedUnsaid => (200, 2000),
        Fault::DestroyedTwice | Fault::DestroyedLate => (200, 4000),
        Fault::PauseEngine => (100, 2000),
        Fault::ChangeSetting => (500, 5000),
        Fault::CloseStream => (1000, 9000),
        Fault::AcknowledgeAlert => (200, 3000),
        Fault::RequestBad => (50, 1000),
        Fault::ScheduleBad | Fault::PricesBad => (100, 2000),
        Fault::SnapshotLost | Fault::SnapshotDamaged => (1000, 5000),
        Fault::Burst => (2000, 9700),
    }
}

impl Swarm {
    /// The configuration of a seed.
    pub fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed, "swarm");
        // By turns, so that any few hundred seeds in a row have all of them.
        let flavour = match seed % 256 {
            0 => Flavour::ManyKeys,
            1..=3 => Flavour::Wide,
            4..=7 => Flavour::Large,
            _ => Flavour::Mixed,
        };
        let mut rates = vec![0; Fault::ALL.len()];
        for (rate, fault) in rates.iter_mut().zip(Fault::ALL) {
            // One more fault reshuffles nothing else.
            let mut chance = Chance::new(seed, fault.name());
            let (low, high) = range(*fault);
            if chance.hits(5000) {
                *rate = chance.magnitude(low, high);
            }
        }
        let work_us = chance.magnitude(500, 100_000);
        // A commit that takes as long as the work becomes a large one.
        let commit_us = if chance.hits(700) { work_us / 20 } else { work_us * chance.between(2, 16) / 2 };
        let mut swarm = Self {
            seed,
            flavour,
            rates,
            events_max: chance.magnitude(6_000, 24_000),
            // Few at once make small commits, many large ones. Signing makes small ones slow, so they are rarer.
            alive_max: if chance.hits(500) { chance.magnitude(1, FEW) } else { chance.magnitude(32, 600) },
            tasks_max: chance.magnitude(1, 64),
            processes: chance.between(500, 9_500),
            gates: gates(seed),
            rules: rules(seed),
            planners: planners(seed),
            market: 0,
            priced: 0,
            measured: measured(seed),
            healed: healed(seed),
            keyed: chance.between(0, 9_000),
            chunked: chance.between(0, 2_000),
            commit_us: commit_us.max(50),
            think_us: chance.magnitude(20, 1_000),
            work_us,
            snapshot_every: chance.magnitude(200, 5_000),
            settings: initial_settings(&mut chance),
        };
        // Where each record is nearly a commit, time goes into signatures.
        if swarm.alive_max <= FEW {
            swarm.events_max /= 8;
        }
        swarm.open_market();
        swarm.season();
        swarm
    }

    /// A small load without faults, for runs in which one fault is forced at a chosen moment.
    pub fn quiet(seed: u64) -> Self {
        let mut swarm = Self::new(seed);
        swarm.flavour = Flavour::Quiet;
        swarm.rates.fill(0);
        for (fault, rate) in [
            (Fault::OutcomeBad, 1500),
            (Fault::OutcomeTwice, 500),
            (Fault::Cancel, 500),
            (Fault::KeyRepeated, 500),
            (Fault::SubjectShared, 4000),
            (Fault::Erase, 1500),
            (Fault::Hold, 500),
        ] {
            swarm.rates[fault as usize] = rate;
        }
        (swarm.events_max, swarm.alive_max, swarm.tasks_max) = (250, 6, 8);
        (swarm.snapshot_every, swarm.keyed, swarm.planners) = (60, 5_000, 32);
        (swarm.market, swarm.priced, swarm.measured, swarm.healed) = (16, 3_000, 5_000, 5_000);
        swarm
    }

    /// By a chance of its own, so that what a seed did before there were prices stays what it was where it has none.
    fn open_market(&mut self) {
        let mut chance = Chance::new(self.seed, "market");
        if !chance.hits(4_000) {
            return;
        }
        self.market = chance.magnitude(4, 128);
        self.priced = chance.magnitude(100, 6_000);
        for (setting, low, high) in
            [(Setting::DeferralMax, 10_000, 86_400_000), (Setting::CorePower, 1, 1_000_000)]
        {
            if chance.hits(6_000) {
                self.settings.push((setting, chance.magnitude(low, high) as i64));
            }
        }
    }

    fn season(&mut self) {
        match self.flavour {
            Flavour::Mixed | Flavour::Quiet => {}
            Flavour::Wide => {
                self.events_max = 40_000;
                self.spare_the_process();
            }
            Flavour::Large => {
                self.alive_max = self.alive_max.min(16);
                self.tasks_max = LARGE_TASKS;
            }
            Flavour::ManyKeys => {
                // Enough that some thousand keys are older than those that the world knows.
                self.events_max = 150_000;
                (self.alive_max, self.tasks_max, self.keyed, self.chunked) = (64, 1, 10_000, 0);
                self.gates = 0;
                self.rules = 0;
                self.planners = 0;
                (self.market, self.priced) = (0, 0);
                self.processes = 5_000;
                self.snapshot_every = 20_000;
                let replaced = [Setting::IdempotencyExpiry, Setting::RetentionMin];
                self.settings.retain(|(setting, _)| !replaced.contains(setting));
                // So long that more data subjects leave meanwhile than the world remembers.
                self.settings.push((Setting::RetentionMin, (self.think_us * KEPT_FOR / 1_000) as i64));
                // Keys expire while a machine sleeps or is off.
                for fault in [
                    Fault::ClockAhead,
                    Fault::Suspended,
                    Fault::Reboot,
                    Fault::Cancel,
                    Fault::PauseEngine,
                    Fault::DefinitionBad,
                ] {
                    self.rates[fault as usize] = 0;
                }
                self.spare_the_process();
                self.rates[Fault::IndexLag as usize] = 10_000;
                self.rates[Fault::KeyRepeated as usize] = 300;
                self.rates[Fault::ChangeSetting as usize] = 0;
                self.rates[Fault::Erase as usize] = 300;
            }
        }
    }

    /// Lets the process die as seldom as it can: each time a very large world is folded and compared.
    fn spare_the_process(&mut self) {
        for fault in Fault::ALL {
            let (low, _) = range(*fault);
            let rate = &mut self.rates[*fault as usize];
            let kills = matches!(
                fault,
                Fault::CommitFailed
                    | Fault::CommitUnknownLost
                    | Fault::CommitUnknownKept
                    | Fault::Crash
                    | Fault::CrashKept
                    | Fault::CrashTorn
                    | Fault::Restart
                    | Fault::Panic
                    | Fault::StartPaused
                    | Fault::Deadly
            );
            if kills {
                *rate = (*rate).min(low);
            }
        }
    }

    /// How often a fault happens where it could, in ten thousand.
    pub(crate) fn rate(&self, fault: Fault) -> u64 {
        self.rates[fault as usize]
    }

    /// What the stage is set up with.
    pub(crate) fn setup(&self, plant: Option<Bug>) -> Setup {
        Setup { settings: self.settings.clone(), snapshot_every: self.snapshot_every, plant }
    }
}

/// By a chance of its own, so that what a seed did before there were gates stays what it was where it has none.
fn gates(seed: u64) -> u64 {
    let mut chance = Chance::new(seed, "gates");
    if chance.hits(5_000) { chance.magnitude(50, 3_000) } else { 0 }
}

/// By a chance of its own for the same reason.
fn rules(seed: u64) -> u64 {
    let mut chance = Chance::new(seed, "rules");
    if chance.hits(6_500) { chance.magnitude(100, 4_000) } else { 0 }
}

/// By a chance of its own for the same reason.
fn planners(seed: u64) -> u64 {
    let mut chance = Chance::new(seed, "planners");
    if chance.hits(4_000) { chance.magnitude(4, 64) } else { 0 }
}

/// By a chance of its own for the same reason.
fn measured(seed: u64) -> u64 {
    let mut chance = Chance::new(seed, "measured");
    if chance.hits(5_000) { chance.magnitude(500, 10_000) } else { 0 }
}

fn healed(seed: u64) -> u64 {
    let mut chance = Chance::new(seed, "healed");
    if chance.hits(5_000) { chance.magnitude(500, 10_000) } else { 0 }
}

fn initial_settings(chance: &mut Chance) -> Vec<(Setting, i64)> {
    let ranges = [
        (Setting::AttemptsRunningMax, 64, 1_024),
        (Setting::IdempotencyExpiry, 60_000, 86_400_000),
        (Setting::WorkflowsAliveMax, 64, 1_000),
        (Setting::TimeoutDefault, 1_000, 3_600_000),
        (Setting::RetryBaseDefault, 1, 10_000),
        (Setting::RetryDelayMax, 100, 300_000),
        (Setting::CancelGrace, 1_000, 60_000),
        (Setting::StallAfter, 1_000, 120_000),
        (Setting::UploadExpiry, 10_000, 3_600_000),
        (Setting::ClockStepMax, 100, 60_000),
        (Setting::RetentionMin, 1, 20_000),
    ];
    let mut settings = Vec::new();
    for (setting, low, high) in ranges {
        if chance.hits(6_000) {
            settings.push((setting, chance.magnitude(low, high) as i64));
        }
    }
    settings
}

impl fmt::Display for Swarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, flavour, events_max, alive_max, tasks_max, processes, keyed, chunked, .. } = self;
        write!(
            f,
            "seed {seed}: {flavour:?}, {events_max} records, {alive_max} alive, {tasks_max} tasks each"
        )?;
        write!(f, "; of 10000 {processes} run, {} wait, {} have rules, ", self.gates, self.rules)?;
        write!(f, "{keyed} keyed, {chunked} chunked; schedules every {} thinking times", self.planners)?;
        write!(f, ", prices every {}, {} are priced, {} measured", self.market, self.priced, self.measured)?;
        let Self { commit_us, think_us, work_us, snapshot_every, .. } = self;
        write!(f, "; commit {commit_us} us, think {think_us} us, work {work_us} us, ")?;
        write!(f, "snapshot every {snapshot_every}; faults of 10000:")?;
        for fault in Fault::ALL.iter().filter(|fault| self.rate(**fault) > 0) {
            write!(f, " {}={}", fault.name(), self.rate(*fault))?;
        }
        write!(f, "; settings:")?;
        self.settings.iter().try_for_each(|(setting, value)| write!(f, " {}={value}", setting.name()))
    }
}
