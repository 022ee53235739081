//! Which definitions are there? By tenant and name, with every version and what the aliases mean.

use triad_event::definitions::{self, Language, PublishDefinition};
use triad_event::ids::PrincipalId;
use triad_event::{Event, Recorded};

use crate::fold::{Follows, Moment, ViewError};
use crate::host::kept::{One, View};
use crate::host::table::Holds;
use crate::row::{stored, vocabulary};
use crate::views::{Answer, Views};

vocabulary! { Language, PublishDefinition }

stored! {
    /// The definitions, by tenant and name.
    #[derive(Default)]
    pub struct DefinitionBook {
        /// All of them.
        pub definitions: Vec<Definition>,
    }
}

stored! {
    /// A named definition.
    pub struct Definition {
        /// Whose it is.
        pub tenant: String,
        /// Its name.
        pub name: String,
        /// Its versions, the first of which is version 1.
        pub versions: Vec<Version>,
        /// Its aliases, by name.
        pub aliases: Vec<Alias>,
    }
}

stored! {
    /// A version of a definition.
    pub struct Version {
        /// What was published: the text lies sealed.
        pub asked: PublishDefinition,
        /// When.
        pub published: Moment,
        /// By whom.
        pub publisher: PrincipalId,
        /// When it was retired, if it was.
        pub retired: Option<Moment>,
        /// Why.
        pub retired_reason: String,
    }
}

stored! {
    /// An alias.
    pub struct Alias {
        /// Its name.
        pub name: String,
        /// The version that it means.
        pub version: u32,
        /// Since when.
        pub since: Moment,
    }
}

impl Definition {
    /// The version with that number.
    pub fn version(&self, number: u32) -> Option<&Version> {
        self.versions.get((number as usize).checked_sub(1)?)
    }

    /// The versions with their numbers, in their order.
    pub fn numbered(&self) -> impl DoubleEndedIterator<Item = (u32, &Version)> {
        let count = u32::try_from(self.versions.len()).unwrap_or(u32::MAX);
        (0..count).map(|number| number + 1).zip(&self.versions)
    }

    /// The number and the version that is meant: by a number or an alias, or without either by being the newest that is not
    /// retired.
    pub fn meant(&self, which: Option<&str>) -> Option<(u32, &Version)> {
        let number = match which {
            None => return self.numbered().rev().find(|(_, version)| version.retired.is_none()),
            Some(which) => match which.parse() {
                Ok(number) => number,
                Err(_) => self.aliases.iter().find(|alias| alias.name == which)?.version,
            },
        };
        Some((number, self.version(number)?))
    }
}

impl DefinitionBook {
    /// A definition of a tenant.
    pub fn find(&self, tenant: &str, name: &str) -> Option<&Definition> {
        self.place(tenant, name).ok().and_then(|place| self.definitions.get(place))
    }

    fn place(&self, tenant: &str, name: &str) -> Result<usize, usize> {
        self.definitions.binary_search_by(|one| (one.tenant.as_str(), one.name.as_str()).cmp(&(tenant, name)))
    }

    fn publish(&mut self, record: &Recorded<Event>, published: &definitions::DefinitionPublished) {
        let asked = published.asked.clone();
        let (tenant, name) = (asked.tenant.clone(), asked.name.clone());
        let place = self.place(&tenant, &name).unwrap_or_else(|place| {
            let definition = Definition { tenant, name, versions: Vec::new(), aliases: Vec::new() };
            self.definitions.insert(place, definition);
            place
        });
        self.definitions[place].versions.push(Version {
            asked,
            published: Moment::of(record),
            publisher: record.principal,
            retired: None,
            retired_reason: String::new(),
        });
    }

    fn known(&mut self, tenant: &str, name: &str) -> Option<&mut Definition> {
        self.place(tenant, name).ok().and_then(|place| self.definitions.get_mut(place))
    }
}

impl Follows<definitions::Event> for DefinitionBook {
    fn follow(&mut self, record: &Recorded<Event>, event: &definitions::Event) -> Result<(), ViewError> {
        let forbidden = || ViewError::forbidden(record, "its definition", None::<u32>);
        match event {
            definitions::Event::DefinitionPublished(published) => self.publish(record, published),
            definitions::Event::AliasSet(set) => {
                let definition = self.known(&set.tenant, &set.name).ok_or_else(forbidden)?;
                let alias =
                    Alias { name: set.alias.clone(), version: set.version, since: Moment::of(record) };
                match definition.aliases.binary_search_by(|one| one.name.cmp(&set.alias)) {
                    Ok(place) => definition.aliases[place] = alias,
                    Err(place) => definition.aliases.insert(place, alias),
                }
            }
            definitions::Event::DefinitionRetired(retired) => {
                let definition = self.known(&retired.tenant, &retired.name).ok_or_else(forbidden)?;
                let place = (retired.version as usize).checked_sub(1).ok_or_else(forbidden)?;
                let version = definition.versions.get_mut(place).ok_or_else(forbidden)?;
                version.retired = Some(Moment::of(record));
                version.retired_reason.clone_from(&retired.reason);
            }
        }
        Ok(())
    }
}

impl View for DefinitionBook {
    const NAME: &'static str = "definition_book";
    const FOLD: u32 = 1;
    type Kept = One<Self>;
}

impl<T: Holds<DefinitionBook>> Views<T> {
    /// What a question about the definitions is answered with.
    pub fn definitions<A>(&self, look: impl FnOnce(&DefinitionBook) -> A) -> Answer<A> {
        self.look(|kept: &One<DefinitionBook>| look(&kept.0))
    }
}
