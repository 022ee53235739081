//! Where a server listens, and for whom.

use crate::access::door::Admission;
use crate::channel::Channels;
use crate::channel::options::ChannelOptions;
use crate::failure::Failure;
use crate::http::origin::Exposure;
use crate::outgoing::OutgoingOptions;
use crate::resource::price::feed::{FeedOptions, PriceFeed};
use crate::resource::price::table::{PriceTable, TableOptions};
use crate::serve::configuration::ConfigurationOptions;
use crate::serve::tasks::TaskOptions;
use crate::tls::{Tls, TlsOptions};
use clap::Args;
use std::net::SocketAddr;
use triad_perform::{Configuration, SiteOptions};

/// Where to listen, and for whom.
#[derive(Clone)]
pub(crate) struct Listen {
    pub(crate) address: SocketAddr,
    pub(crate) exposure: Exposure,
    /// Who has to say who they are.
    pub(crate) admission: Admission,
    /// Whether a proxy in front of this server ends TLS.
    pub(crate) is_behind_proxy: bool,
    /// None to speak HTTP as it is.
    pub(crate) tls: Option<Tls>,
    /// Where people are told.
    pub(crate) channels: Channels,
    /// None when nobody fetches prices.
    pub(crate) price_feed: Option<PriceFeed>,
    /// None when no tariff is published.
    pub(crate) price_table: Option<PriceTable>,
    /// What fixes may set.
    pub(crate) configuration: Configuration,
    pub(crate) site: SiteOptions,
    /// Whether nothing is to be performed until somebody resumes the engine.
    pub(crate) is_paused: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListenOptions {
    /// The address to listen on; port 0 takes any that is free.
    #[arg(long, default_value = "127.0.0.1:8420", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// A proxy in front of this server ends TLS, and nobody else reaches the address. Without it, and without a certificate, only
    /// this machine is listened to: a key that goes over a network in the clear is everybody's.
    #[arg(long)]
    behind_proxy: bool,
    #[command(flatten)]
    tls: TlsOptions,
    #[command(flatten)]
    channels: ChannelOptions,
    #[command(flatten)]
    prices: FeedOptions,
    #[command(flatten)]
    table: TableOptions,
    #[command(flatten)]
    outgoing: OutgoingOptions,
    #[command(flatten)]
    configuration: ConfigurationOptions,
    #[command(flatten)]
    tasks: TaskOptions,
}

impl ListenOptions {
    pub(crate) fn checked(&self) -> Result<Listen, Failure> {
        let is_local = self.listen.ip().is_loopback();
        let tls = self.tls.checked()?;
        if tls.is_none() && !self.behind_proxy && !is_local {
            return Err(Failure::usage(format!(
                "{} can be reached over the network, where keys that are sent to it could be read. Listen on 127.0.0.1, give it a \
                 certificate (--tls-cert and --tls-key), or put a proxy that ends TLS in front of it and say --behind-proxy",
                self.listen
            )));
        }
        let is_exposed = self.behind_proxy || !is_local;
        let exposure = if is_exposed { Exposure::Network } else { Exposure::Loopback };
        let admission = if is_exposed { Admission::Known } else { Admission::UntilSomebodyIsKnown };
        Ok(Listen {
            address: self.listen,
            exposure,
            admission,
            is_behind_proxy: self.behind_proxy,
            tls,
            channels: self.channels.checked(&self.outgoing)?,
            price_feed: self.prices.checked(&self.outgoing)?,
            price_table: self.table.checked()?,
            configuration: self.configuration.checked()?,
            site: self.tasks.checked()?,
            is_paused: false,
        })
    }
}
