//! Whose the workflows that are alive are.

use std::sync::Arc;

use triad_event::access::TENANT_DEFAULT;
use triad_event::ids::StreamId;

use crate::image::structs;
use crate::shared::SharedMap;

/// Whose something is: an owner, and the tenant of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) tenant: String,
    /// Empty when nobody had to show a credential.
    pub(crate) owner: String,
}

/// Whose the workflows that are alive are, as it was when they were submitted.
#[derive(Debug, Clone)]
pub(crate) struct Accounts {
    by_stream: SharedMap<StreamId, Arc<Account>>,
}

structs! {
    Account { tenant, owner }
    Accounts { by_stream }
}

impl Default for Accounts {
    fn default() -> Self {
        Self { by_stream: SharedMap::new() }
    }
}

impl Accounts {
    /// A workflow was submitted. Most are of those who need no credential, or of few: nothing is kept of the former.
    pub(crate) fn begin(&mut self, stream: StreamId, account: Account) {
        if account != Account::nobodys() {
            self.by_stream.insert(stream, Arc::new(account));
        }
    }

    /// A stream is closed.
    pub(crate) fn end(&mut self, stream: StreamId) {
        self.by_stream.remove(&stream);
    }

    /// Whose a workflow is.
    pub(crate) fn of(&self, stream: StreamId) -> Account {
        self.by_stream.get(&stream).map_or_else(Account::nobodys, |account| (**account).clone())
    }
}

impl Account {
    /// That of those who need no credential.
    fn nobodys() -> Self {
        Self { tenant: TENANT_DEFAULT.to_owned(), owner: String::new() }
    }
}
