//! The rooms of the world in a snapshot.

use super::Unreadable;
use super::image::{Image, Source, put_length, structs, wrappers};
use crate::dag::{self, Lists, Plan, Spec, Task, TaskState, Texts, Workflow};
use crate::execution::{self, Attempt, Line, Queue};
use crate::governance::{self, Parked, Settings};
use crate::intake::{self, Chain, Pending, Upload};
use crate::owed::{Debt, Internal, Owed};
use crate::recent::{Entry, Recent};
use crate::shared::{SharedMap, Spread};
use crate::subjects::{self, Erasing, Reads, Use};
use crate::wakes::{Wake, Wakes};
use crate::world::{Position, World};

structs! {
    World { position, governance, intake, dag, execution, subjects, wakes, owed }
    Position { log_id, next_sequence, group, now, next_log_ordinal }

    governance::State { settings, phase, clock, timer_at, quarantined }
    Parked { debts, wakes }

    intake::State { uploads, keys }
    Upload {
        subject, ids, specs, dependencies, chain, next_ordinal, expires_at, submitted, last_content,
    }
    Chain { value, pending }
    Pending { name, idempotency_key, digest }

    dag::State { workflows }
    Workflow { plan, phase, tasks, tally, open, next_ordinal, last_content }
    Plan { name, subject, ids, specs, dependents }
    Spec { kind, attempts_max, timeout, retry_base, input }
    Texts { text, ends }
    Lists { ends, items }
    Task { state, attempts }

    execution::State { running, queue }
    Attempt {
        workflow, task, number, kind, key, timeout, memory_max, stopping, heard_at, deadline, stall_at,
    }
    Queue { lines, turns }
    Line { tasks, is_held }

    subjects::State { used, holds, holds_total, erasing, erased, left, reads }
    Use { slot, workflows, last_accepted }
    Erasing { request, slot }
    Reads { minute, seen }

    Wake { at, reason, stream, subject }
    Debt { internal, cause }
}

wrappers! { Settings, Wakes, Owed }

impl<K: Image + Spread, V: Image + Clone> Image for SharedMap<K, V> {
    fn put(&self, out: &mut Vec<u8>) {
        put_length(self.len(), out);
        for (key, value) in self.iter() {
            key.put(out);
            value.put(out);
        }
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        let mut map = Self::new();
        for _ in 0..source.length()? {
            let (key, value) = Image::take(source)?;
            map.insert(key, value);
        }
        Ok(map)
    }
}

impl<K: Image + Spread, V: Image + Clone, const MAX: usize> Image for Recent<K, V, MAX> {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { entries, order, horizon } = self;
        entries.put(out);
        order.put(out);
        horizon.put(out);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        let (entries, order, horizon) = (Image::take(source)?, Image::take(source)?, Image::take(source)?);
        Ok(Self { entries, order, horizon })
    }
}

impl<V: Image> Image for Entry<V> {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { sequence, value } = self;
        sequence.put(out);
        value.put(out);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        Ok(Self { sequence: Image::take(source)?, value: Image::take(source)? })
    }
}

impl Image for TaskState {
    fn put(&self, out: &mut Vec<u8>) {
        (self.phase() as u8).put(out);
        match self {
            Self::Pending { missing } => missing.put(out),
            Self::Running { request } => request.put(out),
            Self::Settling { ending } => ending.put(out),
            Self::Waiting { at } => at.put(out),
            Self::Queued | Self::Completed | Self::Failed | Self::Skipped | Self::Cancelled => {}
        }
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        Ok(match u8::take(source)? {
            0 => Self::Pending { missing: Image::take(source)? },
            1 => Self::Queued,
            2 => Self::Running { request: Image::take(source)? },
            3 => Self::Settling { ending: Image::take(source)? },
            4 => Self::Waiting { at: Image::take(source)? },
            5 => Self::Completed,
            6 => Self::Failed,
            7 => Self::Skipped,
            8 => Self::Cancelled,
            _ => return Err(Unreadable::Damaged),
        })
    }
}

impl Image for Internal {
    fn put(&self, out: &mut Vec<u8>) {
        match *self {
            Self::Accept { workflow } => (0_u8, workflow).put(out),
            Self::Offer { workflow, task } => (1_u8, (workflow, task)).put(out),
            Self::Settle { workflow, task } => (2_u8, (workflow, task)).put(out),
            Self::Skip { workflow, task, because } => (3_u8, (workflow, (task, because))).put(out),
            Self::Stop { workflow, task } => (4_u8, (workflow, task)).put(out),
            Self::Finish { workflow } => (5_u8, workflow).put(out),
            Self::Admit => 6_u8.put(out),
            Self::Drain => 7_u8.put(out),
        }
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        let tag = u8::take(source)?;
        if matches!(tag, 6 | 7) {
            return Ok(if tag == 6 { Self::Admit } else { Self::Drain });
        }
        let workflow = Image::take(source)?;
        Ok(match tag {
            0 => Self::Accept { workflow },
            1 => Self::Offer { workflow, task: Image::take(source)? },
            2 => Self::Settle { workflow, task: Image::take(source)? },
            3 => {
                let (task, because) = Image::take(source)?;
                Self::Skip { workflow, task, because }
            }
            4 => Self::Stop { workflow, task: Image::take(source)? },
            5 => Self::Finish { workflow },
            _ => return Err(Unreadable::Damaged),
        })
    }
}
