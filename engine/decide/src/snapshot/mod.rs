//! The world as bytes, so that opening need not fold from the first record, and its digest, by which worlds
//! are compared.
//!
//! The bytes are a cache and no format: they are read back only by the version of the core that wrote them,
//! and only when their digest stands in the log. Everything else folds.

mod image;
mod rooms;
mod words;

use thiserror::Error;

use crate::DECIDE_VERSION;
use crate::world::World;
use image::{Image, Source};

/// What a snapshot begins with.
const MAGIC: &[u8; 8] = b"TRIADWLD";

/// Version of the encoding below the magic. Together with the version of the core it decides whether a
/// snapshot can be read.
const ENCODING_VERSION: u32 = 2;

/// The world as bytes. Equal worlds give equal bytes.
pub fn encode(world: &World) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    ENCODING_VERSION.put(&mut out);
    DECIDE_VERSION.put(&mut out);
    world.put(&mut out);
    out
}

/// The world that bytes hold. Whether they can be trusted is for the caller to know: compare their digest
/// with the log first.
pub fn decode(bytes: &[u8]) -> Result<World, Unreadable> {
    let mut source = Source::over(bytes.strip_prefix(MAGIC).ok_or(Unreadable::NotASnapshot)?);
    let found = (u32::take(&mut source)?, u32::take(&mut source)?);
    if found != (ENCODING_VERSION, DECIDE_VERSION) {
        return Err(Unreadable::OtherVersion { encoding: found.0, decide: found.1 });
    }
    let world = World::take(&mut source)?;
    source.finish()?;
    Ok(world)
}

/// The digest of the world: BLAKE3 of [`encode`].
pub fn digest(world: &World) -> [u8; 32] {
    *blake3::hash(&encode(world)).as_bytes()
}

/// Why bytes are no snapshot that this version can read. The log holds everything that they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// They begin otherwise.
    #[error("the bytes are no snapshot")]
    NotASnapshot,
    /// They were written by another version.
    #[error("the snapshot has encoding {encoding} of core version {decide}")]
    OtherVersion {
        /// Version of the encoding.
        encoding: u32,
        /// Version of the core.
        decide: u32,
    },
    /// They end too early, go on too long, or hold what cannot be.
    #[error("the snapshot is damaged")]
    Damaged,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_world_comes_back() {
        let bytes = encode(&World::new());
        assert_eq!(decode(&bytes).map(|world| encode(&world)), Ok(bytes));
    }

    #[test]
    fn what_is_no_snapshot_is_refused() {
        let bytes = encode(&World::new());
        assert_eq!(decode(b"").err(), Some(Unreadable::NotASnapshot));
        assert_eq!(decode(&bytes[..bytes.len() - 1]).err(), Some(Unreadable::Damaged));
        assert_eq!(decode(&[&bytes[..], &[0]].concat()).err(), Some(Unreadable::Damaged));
        let mut newer = bytes;
        newer[8] = 9;
        assert_eq!(
            decode(&newer).err(),
            Some(Unreadable::OtherVersion { encoding: 9, decide: DECIDE_VERSION })
        );
    }
}
