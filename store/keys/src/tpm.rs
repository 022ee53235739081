//! The TPM as others hold it: a handle to the one thread that owns it.
//!
//! A TPM is one slow serial device, and its library wants one thread per context. What is asked waits in a bounded
//! queue and is done in turn; every call here blocks until its turn has come.

mod attestation;
mod counter;
mod device;
mod sealing;

use crate::Secret;
use crate::counted::Counted;
use crate::registers::Registers;
use crate::sealed::Sealed;
use crate::tpm_error::{Identity, TpmError};
use device::Device;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use triad_proof::quote::Quote;

/// Requests that wait at once. A log asks for one or two; more means that the device does not keep up.
const QUEUE_LENGTH: usize = 16;

type Job = Box<dyn FnOnce(&mut Device) + Send>;

/// A TPM. Cheap to clone; the device is closed when the last clone is gone.
#[derive(Clone)]
pub struct Tpm {
    owner: Arc<Owner>,
    identity: Identity,
}

/// The thread that owns the device.
struct Owner {
    /// None once it was told to end.
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Owner {
    /// Waits until the device is closed: a simulator serves the next client only then.
    fn drop(&mut self) {
        drop(self.jobs.take());
        let _panicked = self.thread.take().is_some_and(|thread| thread.join().is_err());
    }
}

impl std::fmt::Debug for Tpm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tpm").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl Tpm {
    /// Opens the TPM that a connection names: `device:/dev/tpmrm0`, or `swtpm:host=127.0.0.1,port=2321`.
    pub fn open(connection: &str) -> Result<Self, TpmError> {
        let (jobs, waiting) = sync_channel(QUEUE_LENGTH);
        let (ready, opened) = sync_channel(1);
        let connection = connection.to_owned();
        let run = move || own(&connection, &ready, &waiting);
        let spawned = std::thread::Builder::new().name("tpm".into()).spawn(run);
        let thread =
            spawned.map_err(|error| TpmError::Command { what: "get a thread", source: error.into() })?;
        let owner = Arc::new(Owner { jobs: Some(jobs), thread: Some(thread) });
        let identity = opened.recv().map_err(|_| TpmError::Gone)??;
        Ok(Self { owner, identity })
    }

    /// What it says of itself.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Has the thread do something and waits for it.
    fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Device) -> Result<T, TpmError> + Send + 'static,
    ) -> Result<T, TpmError> {
        let (done, answer) = sync_channel(1);
        let job = Box::new(move |device: &mut Device| {
            let _asker_left = done.send(job(device)).is_err();
        });
        let jobs = self.owner.jobs.as_ref().ok_or(TpmError::Gone)?;
        jobs.send(job).map_err(|_| TpmError::Gone)?;
        answer.recv().map_err(|_| TpmError::Gone)?
    }

    pub(crate) fn seal(&self, secret: &Secret, registers: Registers) -> Result<Sealed, TpmError> {
        let secret = secret.clone();
        self.call(move |device| device.seal(&secret, registers))
    }

    pub(crate) fn unseal(&self, sealed: &Sealed) -> Result<Secret, TpmError> {
        let sealed = sealed.clone();
        self.call(move |device| device.unseal(&sealed))
    }

    pub(crate) fn quote(&self, subject: [u8; 32], registers: Registers) -> Result<Quote, TpmError> {
        self.call(move |device| device.quote_about(&subject, registers))
    }

    pub(crate) fn find_counter(&self, owner: [u8; 32]) -> Result<Option<Counted>, TpmError> {
        self.call(move |device| device.find_counter(&owner))
    }

    pub(crate) fn define_counter(&self, owner: [u8; 32]) -> Result<Counted, TpmError> {
        self.call(move |device| device.define_counter(&owner))
    }

    pub(crate) fn increment(&self, index: u32) -> Result<u64, TpmError> {
        self.call(move |device| device.increment(index))
    }

    pub(crate) fn remove_counter(&self, index: u32) -> Result<(), TpmError> {
        self.call(move |device| device.remove_counter(index))
    }
}

/// Owns the device until nobody holds a handle. The device is dropped here, on its own thread, which flushes what it
/// had loaded.
fn own(connection: &str, ready: &SyncSender<Result<Identity, TpmError>>, jobs: &Receiver<Job>) {
    let opened = Device::open(connection).and_then(|mut device| Ok((device.identity()?, device)));
    match opened {
        Ok((identity, mut device)) => {
            let _asker_left = ready.send(Ok(identity)).is_err();
            for job in jobs {
                job(&mut device);
            }
        }
        Err(error) => {
            let _asker_left = ready.send(Err(error)).is_err();
        }
    }
}
