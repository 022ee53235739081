//! The stream index: for each stream and commit, which records of the block belong to the stream. Rebuildable
//! from blocks.

/// The records of one stream in one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The stream.
    pub stream: [u8; 16],
    /// First sequence of the block.
    pub block_first: u64,
    /// Ordinal of the first of these records in the stream.
    pub first_ordinal: u64,
    /// Places of the records within the block, ascending.
    pub places: Vec<u16>,
}

impl Posting {
    /// Ordinal that the stream's next record after this block has.
    pub fn next_ordinal(&self) -> u64 {
        self.first_ordinal + self.places.len() as u64
    }

    /// Sequences of the records.
    pub fn sequences(&self) -> impl Iterator<Item = u64> + '_ {
        self.places.iter().map(|place| self.block_first + u64::from(*place))
    }

    /// The index key: stream, then the block's first sequence, big-endian so that keys sort by it.
    pub(crate) fn key(stream: [u8; 16], block_first: u64) -> [u8; 24] {
        let mut key = [0; 24];
        key[..16].copy_from_slice(&stream);
        key[16..].copy_from_slice(&block_first.to_be_bytes());
        key
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut value = self.first_ordinal.to_le_bytes().to_vec();
        value.extend(self.places.iter().flat_map(|place| place.to_le_bytes()));
        value
    }

    /// None when these bytes are no entry of the index.
    pub(crate) fn decode(key: &[u8], value: &[u8]) -> Option<Self> {
        let (stream, first) = key.split_first_chunk::<16>()?;
        let (ordinal, places) = value.split_first_chunk::<8>()?;
        let (places, rest) = places.as_chunks::<2>();
        let is_whole = rest.is_empty() && !places.is_empty();
        is_whole.then_some(Self {
            stream: *stream,
            block_first: u64::from_be_bytes(first.try_into().ok()?),
            first_ordinal: u64::from_le_bytes(*ordinal),
            places: places.iter().map(|place| u16::from_le_bytes(*place)).collect(),
        })
    }
}
