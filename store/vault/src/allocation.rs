//! Which data subject gets which slot. Slots are made ahead, so that a new subject costs no sync.

use crate::error::{NoKey, ReadAttachment, VaultError};
use crate::rows::{Subject, SubjectId, subject_key};
use crate::slot_file::slots_of;
use crate::slot_number::SLOTS_PER_FILE;
use crate::slots::Slots;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

/// With fewer free slots than this the next file is made, on a thread of its own.
const FREE_MIN: usize = SLOTS_PER_FILE as usize / 2;
/// Subjects whose rows may not be durable yet that are remembered before those that are durable are forgotten.
const REMEMBERED_MAX: usize = 4 * SLOTS_PER_FILE as usize;

/// Hands out slots.
pub(crate) struct Allocation {
    shared: Arc<Shared>,
    read: ReadAttachment,
    ahead: Mutex<Option<JoinHandle<()>>>,
}

/// What the thread that makes slots ahead sees.
struct Shared {
    slots: Arc<Slots>,
    state: Mutex<State>,
    /// Held while a file is made, so that each is made once.
    making: Mutex<()>,
}

struct State {
    free: VecDeque<u64>,
    next_file: u64,
    /// Handed out, and perhaps not in a durable row yet.
    handed_out: BTreeMap<SubjectId, HandedOut>,
    remembered_max: usize,
}

/// A slot that a subject was given in this process.
struct HandedOut {
    slot: u64,
    /// How often it was asked for and not given back.
    takers: u64,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("invariant: no holder of this lock panics")
    }

    /// Makes the next file, unless somebody just did.
    fn make_next(&self) -> Result<(), VaultError> {
        let _making = self.making.lock().expect("invariant: no holder of this lock panics");
        let number = match &*self.state() {
            state if state.free.len() >= FREE_MIN => return Ok(()),
            state => state.next_file,
        };
        self.slots.make_file(number)?;
        let mut state = self.state();
        state.next_file = number + 1;
        state.free.extend(slots_of(number));
        Ok(())
    }
}

impl Allocation {
    /// Finds the free slots: those of the newest files that no durable row has taken.
    pub(crate) fn find(slots: Arc<Slots>, read: ReadAttachment, file_count: u64) -> Result<Self, VaultError> {
        let (mut free, mut file) = (Vec::new(), file_count);
        while file > 0 {
            file -= 1;
            let before = free.len();
            for slot in slots_of(file).rev() {
                if slots.row_says_erased(slot)?.is_none() {
                    free.push(slot);
                }
            }
            // Files fill up in their order, but for slots that a crash took before their rows; those stay unused.
            if free.len() - before < SLOTS_PER_FILE as usize {
                break;
            }
        }
        let free = free.into_iter().rev().collect();
        let state = State {
            free,
            next_file: file_count,
            handed_out: BTreeMap::new(),
            remembered_max: REMEMBERED_MAX,
        };
        let shared = Shared { slots, state: Mutex::new(state), making: Mutex::new(()) };
        Ok(Self { shared: Arc::new(shared), read, ahead: Mutex::new(None) })
    }

    pub(crate) fn make_first(&self) -> Result<(), VaultError> {
        self.shared.make_next()
    }

    /// The slot of a subject; a new subject gets one, which is its own until the process ends or its row is durable.
    pub(crate) fn slot_for(&self, subject: SubjectId) -> Result<Result<u64, NoKey>, VaultError> {
        // Also when it was handed out in this process: it may have been erased since.
        match self.subject(subject)? {
            Subject::Known { slot, .. } => return Ok(Ok(slot)),
            Subject::Erased { slot } => return Ok(Err(NoKey::Erased { slot })),
            Subject::Unknown => {}
        }
        loop {
            let mut state = self.shared.state();
            if let Some(handed_out) = state.handed_out.get_mut(&subject) {
                handed_out.takers += 1;
                return Ok(Ok(handed_out.slot));
            }
            if state.handed_out.len() >= state.remembered_max {
                self.forget_durable(&mut state)?;
            }
            if let Some(slot) = state.free.pop_front() {
                state.handed_out.insert(subject, HandedOut { slot, takers: 1 });
                if state.free.len() < FREE_MIN {
                    self.make_ahead();
                }
                return Ok(Ok(slot));
            }
            drop(state);
            self.shared.make_next()?;
        }
    }

    /// Whoever asked for the slot of a subject seals nothing under it after all. When that was the last one the slot is free
    /// again.
    pub(crate) fn give_back(&self, subject: SubjectId) -> Result<(), VaultError> {
        let is_durable = self.subject(subject)? != Subject::Unknown;
        let mut state = self.shared.state();
        let Some(handed_out) = state.handed_out.get_mut(&subject) else { return Ok(()) };
        handed_out.takers -= 1;
        if handed_out.takers > 0 || is_durable {
            return Ok(());
        }
        if let Some(HandedOut { slot, .. }) = state.handed_out.remove(&subject) {
            state.free.push_front(slot);
        }
        Ok(())
    }

    /// What durable rows say about a subject.
    pub(crate) fn subject(&self, subject: SubjectId) -> Result<Subject, VaultError> {
        let row = (self.read)(&subject_key(subject)).map_err(VaultError::Attachments)?;
        row.map_or(Ok(Subject::Unknown), |row| Subject::decode(&row))
    }

    /// The slot that a subject has or was handed out.
    pub(crate) fn slot_of(&self, subject: SubjectId) -> Result<Option<u64>, VaultError> {
        Ok(match self.subject(subject)? {
            Subject::Known { slot, .. } | Subject::Erased { slot } => Some(slot),
            Subject::Unknown => self.shared.state().handed_out.get(&subject).map(|given| given.slot),
        })
    }

    fn forget_durable(&self, state: &mut State) -> Result<(), VaultError> {
        let mut kept = BTreeMap::new();
        for (subject, handed_out) in std::mem::take(&mut state.handed_out) {
            if self.subject(subject)? == Subject::Unknown {
                kept.insert(subject, handed_out);
            }
        }
        // So that a caller whose rows never come does not have them looked up again at each new subject.
        state.remembered_max = REMEMBERED_MAX.max(2 * kept.len());
        state.handed_out = kept;
        Ok(())
    }

    /// Makes the next file on another thread, unless that is under way. When it fails, the subject for which no slot is
    /// left tries again and sees the error.
    fn make_ahead(&self) {
        let mut ahead = self.ahead.lock().expect("invariant: no holder of this lock panics");
        if ahead.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return;
        }
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name("vault-slots".into());
        *ahead = thread.spawn(move || drop(shared.make_next())).ok();
    }
}

impl Drop for Allocation {
    /// Whoever closes the vault may open it again, so nobody may still be making files.
    fn drop(&mut self) {
        let ahead = self.ahead.get_mut().expect("invariant: no holder of this lock panics");
        if let Some(thread) = ahead.take() {
            thread.join().expect("invariant: making slots does not panic");
        }
    }
}
