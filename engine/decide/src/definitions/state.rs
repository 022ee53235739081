//! The definitions that there are, with their versions and aliases.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_event::definitions::Event;
use triad_event::ids::StreamId;
use triad_event::{Event as AnyEvent, Recorded};

use crate::fold_error::FoldError;
use crate::image::structs;
use crate::ports::Ports;

/// A tenant, and the name of a definition of theirs.
pub(crate) type Name = (String, String);

/// A named definition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Definition {
    /// Its versions, the first of which is version 1.
    pub(crate) versions: Vec<Version>,
    /// Which version each alias means.
    pub(crate) aliases: BTreeMap<String, u32>,
}

/// A version of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    /// Digest of its text.
    pub(crate) digest: [u8; 32],
    /// Whether it is begun no more.
    pub(crate) is_retired: bool,
}

/// What is remembered of definitions. Shared until written.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) definitions: Arc<BTreeMap<Name, Definition>>,
    /// Versions of all of them.
    pub(crate) versions_total: u64,
}

structs! {
    State { definitions, versions_total }
    Definition { versions, aliases }
    Version { digest, is_retired }
}

impl Definition {
    /// Its newest version.
    pub(crate) fn newest(&self) -> u32 {
        u32::try_from(self.versions.len()).unwrap_or(u32::MAX)
    }

    /// The version with that number.
    pub(crate) fn version(&self, number: u32) -> Option<&Version> {
        self.versions.get((number as usize).checked_sub(1)?)
    }
}

impl State {
    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        let AnyEvent::Definitions(event) = &record.event else { return Ok(()) };
        if record.stream != StreamId::LOG {
            return Err(FoldError::Stream);
        }
        let definitions = Arc::make_mut(&mut self.definitions);
        match event {
            Event::DefinitionPublished(published) => {
                let asked = &published.asked;
                ports.uses.accept_once(&asked.subject, record)?;
                let definition = definitions.entry((asked.tenant.clone(), asked.name.clone())).or_default();
                if published.version != definition.newest() + 1 {
                    return Err(FoldError::Grammar);
                }
                definition.versions.push(Version { digest: asked.digest, is_retired: false });
                self.versions_total += 1;
            }
            Event::AliasSet(set) => {
                let definition = definitions.get_mut(&(set.tenant.clone(), set.name.clone()));
                let definition = definition.ok_or(FoldError::Grammar)?;
                definition.version(set.version).ok_or(FoldError::Grammar)?;
                definition.aliases.insert(set.alias.clone(), set.version);
            }
            Event::DefinitionRetired(retired) => {
                let definition = definitions.get_mut(&(retired.tenant.clone(), retired.name.clone()));
                let versions = &mut definition.ok_or(FoldError::Grammar)?.versions;
                let place = (retired.version as usize).checked_sub(1).ok_or(FoldError::Grammar)?;
                versions.get_mut(place).ok_or(FoldError::Grammar)?.is_retired = true;
            }
        }
        Ok(())
    }
}
