//! Where a server listens, and for whom.

use crate::failure::Failure;
use crate::http::origin::Exposure;
use crate::resource::alert::options::AlertOptions;
use crate::serve::tasks::TaskOptions;
use crate::tls::{Tls, TlsOptions};
use clap::Args;
use std::net::SocketAddr;
use triad_perform::{Notify, SiteOptions};

/// Where to listen, and for whom.
#[derive(Clone)]
pub(crate) struct Listen {
    pub(crate) address: SocketAddr,
    pub(crate) exposure: Exposure,
    /// None to speak HTTP as it is.
    pub(crate) tls: Option<Tls>,
    pub(crate) notify: Option<Notify>,
    pub(crate) site: SiteOptions,
    /// Whether nothing is to be performed until somebody resumes the engine.
    pub(crate) is_paused: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListenOptions {
    /// The address to listen on; port 0 takes any that is free.
    #[arg(long, default_value = "127.0.0.1:8420", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Let the network in, although nobody has to say who they are yet: whoever reaches the address can run
    /// commands on this machine.
    #[arg(long)]
    expose: bool,
    #[command(flatten)]
    tls: TlsOptions,
    #[command(flatten)]
    alerts: AlertOptions,
    #[command(flatten)]
    tasks: TaskOptions,
}

impl ListenOptions {
    pub(crate) fn checked(&self) -> Result<Listen, Failure> {
        if !self.expose && !self.listen.ip().is_loopback() {
            return Err(Failure::usage(format!(
                "{} can be reached over the network, and nobody has to say who they are yet: whoever reaches it can \
                 run commands on this machine. Listen on 127.0.0.1, or say --expose if that is what you want",
                self.listen
            )));
        }
        let exposure = if self.expose { Exposure::Network } else { Exposure::Loopback };
        Ok(Listen {
            address: self.listen,
            exposure,
            tls: self.tls.checked()?,
            notify: self.alerts.checked()?,
            site: self.tasks.checked()?,
            is_paused: false,
        })
    }
}
