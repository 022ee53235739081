//! Takes new certificates into use while a server runs. Whoever is connected goes on with what they were shown.

use super::fault::TlsFault;
use super::identity::{Identity, TlsFiles};
use rustls::ServerConfig;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::spawn_blocking;
use tokio_rustls::TlsAcceptor;
use triad_proof::with_causes;

/// How often it is looked whether a file changed. Certificates are renewed days before they end.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What a file looked like: when it was written and when its name or mode was changed, in seconds and nanoseconds, which file it
/// is, and its length. None while it cannot be looked at.
type Look = Option<[i64; 6]>;

/// A server's TLS: the files, what they looked like, and what stood in them.
#[derive(Clone)]
pub(crate) struct Tls {
    files: TlsFiles,
    looks: Vec<Look>,
    identity: Identity,
    /// What was last said to be wrong with the certificate.
    doubt: Option<String>,
}

/// What new connections are shown.
#[derive(Clone)]
pub(crate) struct Presented(watch::Receiver<Arc<ServerConfig>>);

impl Presented {
    /// Takes one connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0.borrow()))
    }
}

impl Tls {
    pub(super) fn read(files: TlsFiles) -> Result<Self, TlsFault> {
        let looks = looks(&files);
        let identity = files.read()?;
        let mut tls = Self { files, looks, identity, doubt: None };
        tls.say_doubt();
        Ok(tls)
    }

    /// Shows it to new connections; the sender is for [`Self::renew`].
    pub(crate) fn present(&self) -> (watch::Sender<Arc<ServerConfig>>, Presented) {
        let (sender, shown) = watch::channel(Arc::clone(&self.identity.config));
        (sender, Presented(shown))
    }

    /// Reads the files again when they changed, or when somebody asks for it, until the server stops.
    pub(crate) async fn renew(
        mut self,
        shown: watch::Sender<Arc<ServerConfig>>,
        asked: Arc<Notify>,
        mut stopping: watch::Receiver<bool>,
    ) {
        loop {
            let is_asked = tokio::select! {
                () = asked.notified() => true,
                () = tokio::time::sleep(LOOK_EVERY) => false,
                _ = stopping.wait_for(|stopping| *stopping) => return,
            };
            // A disk that hangs holds up nobody but this.
            let Ok(looked) = spawn_blocking(move || self.look(is_asked)).await else { return };
            self = looked;
            shown.send_if_modified(|config| {
                let is_new = !Arc::ptr_eq(config, &self.identity.config);
                *config = Arc::clone(&self.identity.config);
                is_new
            });
        }
    }

    /// What changes between the look and the reading is found by the next look.
    fn look(mut self, is_asked: bool) -> Self {
        let looks = looks(&self.files);
        if is_asked || looks != self.looks {
            self.looks = looks;
            match self.files.read() {
                Ok(identity) => {
                    self.identity = identity;
                    self.doubt = None;
                    tracing::info!(
                        "new connections are shown the certificate that is now in {}; it is valid until {}",
                        self.files.own.certificates.display(),
                        self.identity.valid_until()
                    );
                }
                Err(fault) => {
                    tracing::error!("the certificate stays as it was: {}", with_causes(&fault));
                }
            }
        }
        self.say_doubt();
        self
    }

    /// Says once what is wrong with the certificate: it may become so while the server runs.
    fn say_doubt(&mut self) {
        let doubt = self.identity.doubt();
        if let Some(why) = doubt.as_ref().filter(|_| doubt != self.doubt) {
            let path = self.files.own.certificates.display();
            tracing::warn!("clients refuse the certificate in {path}: {why}");
        }
        self.doubt = doubt;
    }
}

fn looks(files: &TlsFiles) -> Vec<Look> {
    files.all().map(|path| look(path)).collect()
}

fn look(path: &Path) -> Look {
    let seen: Metadata = fs::metadata(path).ok()?;
    let (file, length) = (seen.ino().cast_signed(), seen.len().cast_signed());
    Some([seen.mtime(), seen.mtime_nsec(), seen.ctime(), seen.ctime_nsec(), file, length])
}
