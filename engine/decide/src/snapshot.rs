//! The world as bytes, so that opening need not fold from the first record, and its digest, by which worlds
//! are compared.
//!
//! The bytes are a cache and no format: they are read back only by the version of the core that wrote them,
//! and only when their digest stands in the log. Everything else folds.

use std::sync::OnceLock;

use crate::DECIDE_VERSION;
pub use crate::image::Unreadable;
use crate::image::{Image, Source};
use crate::world::World;

/// What a snapshot begins with.
const MAGIC: &[u8; 8] = b"TRIADWLD";

/// What tells snapshots apart that this program can read: a digest of everything that a world remembers, down to the
/// last field, and of the version of the core.
fn version() -> [u8; 8] {
    static VERSION: OnceLock<[u8; 8]> = OnceLock::new();
    *VERSION.get_or_init(|| {
        let mut shape = format!("core {DECIDE_VERSION} ");
        World::shape(&mut shape);
        let mut version = [0; 8];
        version.copy_from_slice(&blake3::hash(shape.as_bytes()).as_bytes()[..8]);
        version
    })
}

/// The world as bytes. Equal worlds give equal bytes.
pub fn encode(world: &World) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    version().put(&mut out);
    world.put(&mut out);
    out
}

/// The world that bytes hold. Whether they can be trusted is for the caller to know: compare their digest
/// with the log first.
pub fn decode(bytes: &[u8]) -> Result<World, Unreadable> {
    let mut source = Source::over(bytes.strip_prefix(MAGIC).ok_or(Unreadable::NotASnapshot)?);
    if <[u8; 8]>::take(&mut source)? != version() {
        return Err(Unreadable::OtherVersion);
    }
    let world = World::take(&mut source)?;
    source.finish()?;
    Ok(world)
}

/// The digest of the world: BLAKE3 of [`encode`].
pub fn digest(world: &World) -> [u8; 32] {
    *blake3::hash(&encode(world)).as_bytes()
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
        newer[8] ^= 9;
        assert_eq!(decode(&newer).err(), Some(Unreadable::OtherVersion));
    }
}
