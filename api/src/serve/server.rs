//! A running server.

use super::configuration::offer;
use super::follow::{chain_at, follow};
use super::listen::Listen;
use crate::access::door::Door;
use crate::access::lasting::learn;
use crate::access::opening;
use crate::failure::Failure;
use crate::feed::{Feed, dispatch};
use crate::http::listener;
use crate::http::state::{AppParts, AppState};
use crate::resource::describe::describe;
use crate::resource::price::feed::{self, PriceFeed};
use crate::resource::price::table::{self, PriceTable};
use crate::resource::router::router;
use crate::resource::{RESOURCES, actions, bulk, schedule, subscription};
use crate::tls::Tls;
use crate::unlock::Unlocking;
use crate::{signing, vault_root};
use axum::Router;
use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};
use triad_event::ids::LogId;
use triad_keys::{Hardware, LogKey};
use triad_log::directory::LogDirectory;
use triad_log::durable::DurableMark;
use triad_log::{FjallReader, Opened};
use triad_perform::{Engine, KeyInHardware, Running, StartOptions};
use triad_projections::Host;
use triad_projections::host::Opening;
use triad_vault::Vault;
use zeroize::Zeroizing;

/// The directory of the views within that of the log.
const VIEWS: &str = "views";
/// How often it is looked whether the engine still runs.
const PULSE: Duration = Duration::from_millis(200);

pub(crate) struct Server {
    /// Where it listens, for tests that speak to it themselves.
    #[cfg(test)]
    pub(crate) address: SocketAddr,
    state: AppState,
    /// By which address it is called.
    pub(crate) url: String,
    /// Has the certificates read again.
    renewal: Arc<Notify>,
    stopping: watch::Sender<bool>,
    listener: JoinSet<()>,
    dispatcher: JoinSet<()>,
    views: JoinHandle<()>,
    engine: Running,
    /// For tests that ask what no route asks.
    #[cfg(test)]
    pub(crate) asked: Engine,
}

impl Server {
    /// Opens the log and starts everything. The address is taken first: nothing is touched when it is not free.
    pub(crate) async fn start(
        directory: &Path,
        listen: Listen,
        unlocking: &Unlocking,
    ) -> Result<Self, Failure> {
        let listener = bind(listen.address).await?;
        let address = listener.local_addr().map_err(Failure::machine)?;
        let opened = LogDirectory::open(directory)?;
        opened.check_place()?;
        let head = opened.head.clone().ok_or_else(|| Failure::refused("the log has no first record"))?;
        let key = signing::open(directory, &head, unlocking)?;
        let vault = vault_root::open(directory, &head, unlocking, opened.reader())?;
        let program = listen.site.guard.clone();
        let options = starting(&listen, opened, &key, &vault);
        let (engine, running) = triad_perform::start(options).map_err(Failure::machine)?;
        tell_leftovers(&running);
        let reader = engine.reader();
        listen.channels.attach(LogId(head.log_id), engine.reader());
        let host = open_views(directory, head.log_id, &reader)?;
        // The record that opens this life; a log that cannot take it is told by the first answer.
        let opened_life = |mark: &DurableMark| mark.failed || mark.next_sequence > head.last_sequence + 1;
        let _closed = engine.durable().wait_for(opened_life).await.is_err();
        let (stopping, stopped) = watch::channel(false);
        let feed = Feed::new(head.last_sequence + 1);
        let parts = AppParts {
            engine: engine.clone(),
            views: host.views(),
            feed: feed.clone(),
            stopping: stopped.clone(),
            key,
            vault,
            channels: listen.channels,
            program,
            door: Door::new(listen.admission, listen.is_behind_proxy, actions()),
            openapi: describe(RESOURCES).to_string().into(),
        };
        let state = AppState::new(parts);
        offer(&state, &listen.configuration).await?;
        let router = router(RESOURCES, state.clone(), listen.exposure);
        #[cfg(test)]
        let asked = engine.clone();
        let (tail, durable, runtime) = (engine.reader(), engine.durable(), Handle::current());
        let views = spawn_blocking(move || follow(host, &tail, &durable, &runtime));
        let mut dispatching = drivers(&state, head.last_sequence, listen.price_feed, listen.price_table);
        dispatching.spawn(feed_all(feed, engine));
        let renewal = Arc::new(Notify::new());
        let url = format!("{}://{address}", if listen.tls.is_some() { "https" } else { "http" });
        let listening = begin_listening(listener, router, listen.tls, &renewal, stopped);
        Ok(Self {
            #[cfg(test)]
            address,
            state,
            url,
            renewal,
            stopping,
            listener: listening,
            dispatcher: dispatching,
            views,
            engine: running,
            #[cfg(test)]
            asked,
        })
    }

    /// The link for the first who may give rights, when everybody has to say who they are and nobody could.
    pub(crate) async fn first_link(&self) -> Result<Option<Zeroizing<String>>, Failure> {
        opening::first_link(&self.state).await.map_err(|problem| Failure::machine(problem.text()))
    }

    /// Comes back when the engine has ended by itself, which it only does when it failed.
    pub(crate) async fn failed(&mut self) {
        while !self.engine.has_ended() {
            tokio::time::sleep(PULSE).await;
        }
    }

    /// Has the certificates read again, if it has any.
    pub(crate) fn renew(&self) {
        self.renewal.notify_one();
    }

    /// Lets requests in progress end, then the engine; what follows the log ends with it.
    pub(crate) async fn stop(self) -> Result<(), Failure> {
        self.stopping.send_replace(true);
        let listener_ended = finish(self.listener).await;
        let engine = self.engine;
        let stopped = spawn_blocking(move || engine.stop()).await;
        finish(self.dispatcher).await?;
        self.views.await.map_err(Failure::machine)?;
        listener_ended?;
        stopped.map_err(Failure::machine)?.map_err(Failure::machine)
    }
}

/// Takes connections, and keeps what they are shown in a TLS handshake up to date.
fn begin_listening(
    listener: TcpListener,
    router: Router,
    tls: Option<Tls>,
    renewal: &Arc<Notify>,
    stopped: watch::Receiver<bool>,
) -> JoinSet<()> {
    let mut listening = JoinSet::new();
    let presented = tls.map(|tls| {
        let (shown, presented) = tls.present();
        listening.spawn(tls.renew(shown, Arc::clone(renewal), stopped.clone()));
        presented
    });
    listening.spawn(listener::serve(listener, router, presented, stopped));
    listening
}

/// What the engine starts with.
fn starting(listen: &Listen, opened: Opened, key: &Arc<LogKey>, vault: &Vault) -> StartOptions {
    StartOptions {
        opened,
        sign: signing::signer(Arc::clone(key)),
        hardware: key.hardware().cloned().map(reported),
        vault: vault.clone(),
        runtime: Handle::current(),
        build_digest: build_digest(),
        notify: listen.channels.notify(),
        configuration: Arc::clone(&listen.configuration),
        site: listen.site.clone(),
        is_paused: listen.is_paused,
    }
}

fn tell_leftovers(running: &Running) {
    if running.leftovers_ended > 0 {
        tracing::info!("ended {} processes of an earlier life", running.leftovers_ended);
    }
}

/// What goes on by itself: who may ask is learnt, bulk actions are carried out, schedules fire, people are told, prices are
/// fetched.
fn drivers(
    state: &AppState,
    last_sequence: u64,
    prices: Option<PriceFeed>,
    tariff: Option<PriceTable>,
) -> JoinSet<()> {
    let mut drivers = JoinSet::new();
    drivers.spawn(learn(state.clone(), last_sequence));
    drivers.spawn(bulk::drive(state.clone()));
    drivers.spawn(schedule::drive(state.clone()));
    drivers.spawn(subscription::drive(state.clone()));
    if let Some(prices) = prices {
        drivers.spawn(feed::follow(state.clone(), prices));
    }
    if let Some(tariff) = tariff {
        drivers.spawn(table::follow(state.clone(), tariff));
    }
    drivers
}

async fn feed_all(feed: Feed, engine: Engine) {
    if let Err(error) = dispatch(feed, engine.reader(), engine.durable()).await {
        tracing::error!("{error}");
    }
}

/// The hardware of a key, whose failures are for whoever runs the server.
fn reported(hardware: Hardware) -> KeyInHardware {
    KeyInHardware { hardware, report: Box::new(|text| tracing::warn!("{text}")) }
}

fn open_views(directory: &Path, log_id: [u8; 16], reader: &FjallReader) -> Result<Host, Failure> {
    let chain_at = |sequence| chain_at(reader, sequence);
    let opened = Host::open(&directory.join(VIEWS), LogId(log_id), chain_at);
    let (host, opening) = opened.map_err(Failure::machine)?;
    if let Opening::FromZero(why) = &opening {
        tracing::warn!("the views begin again from the first record: {why}");
    }
    Ok(host)
}

async fn finish(mut tasks: JoinSet<()>) -> Result<(), Failure> {
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(Failure::machine)?;
    }
    Ok(())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "every other cause is said as it is")]
async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => Failure::refused(format!(
            "{address} is taken: another server listens there; stop it, or choose another address with --listen"
        )),
        _ => Failure::machine(format!("{address} cannot be listened on: {error}")),
    })
}

/// BLAKE3 of the running program, so that the log says which one decided; all zero when it cannot be read.
fn build_digest() -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    let read = File::open("/proc/self/exe").and_then(|file| hasher.update_reader(file).map(|_| ()));
    match read {
        Ok(()) => *hasher.finalize().as_bytes(),
        Err(_) => [0; 32],
    }
}
