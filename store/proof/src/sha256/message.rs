//! A message and its padded blocks.

/// Bytes of a block.
pub(super) const BLOCK_LENGTH: usize = 64;
/// Longest prefix of a message: it ends within the first block.
pub const PREFIX_LENGTH_MAX: usize = BLOCK_LENGTH;
/// What ends a message: one byte with the first bit set, and the message's length in bits.
const END_LENGTH: usize = 1 + 8;

/// A message to be hashed: a short prefix, and a body that is hashed where it lies.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    prefix: &'a [u8],
    body: &'a [u8],
}

impl<'a> Message<'a> {
    /// The message that consists of `prefix` and `body`.
    ///
    /// # Panics
    /// When the prefix is longer than [`PREFIX_LENGTH_MAX`].
    pub fn new(prefix: &'a [u8], body: &'a [u8]) -> Self {
        assert!(prefix.len() <= PREFIX_LENGTH_MAX, "invariant: a prefix ends within the first block");
        Self { prefix, body }
    }

    fn length(&self) -> usize {
        self.prefix.len() + self.body.len()
    }

    /// Blocks of the padded message.
    pub(super) fn block_count(&self) -> usize {
        (self.length() + END_LENGTH).div_ceil(BLOCK_LENGTH)
    }

    /// Block `index`: in the body when that holds the whole of it, else written to `spare`.
    pub(super) fn block<'s>(&self, index: usize, spare: &'s mut [u8; BLOCK_LENGTH]) -> &'s [u8; BLOCK_LENGTH]
    where
        'a: 's,
    {
        match self.whole_blocks(index).first() {
            Some(block) => block,
            None => {
                self.write_block(index, spare);
                spare
            }
        }
    }

    /// Blocks from `index` on that lie in the body as a whole.
    pub(super) fn whole_blocks(&self, index: usize) -> &'a [[u8; BLOCK_LENGTH]] {
        let start = (index * BLOCK_LENGTH).checked_sub(self.prefix.len());
        start.and_then(|start| self.body.get(start..)).unwrap_or_default().as_chunks().0
    }

    /// Writes block `index`, which the body does not hold as a whole.
    pub(super) fn write_block(&self, index: usize, into: &mut [u8; BLOCK_LENGTH]) {
        let start = index * BLOCK_LENGTH;
        let mut at = 0;
        if index == 0 {
            at = self.prefix.len();
            into[..at].copy_from_slice(self.prefix);
        }
        let rest = self.body.get(start + at - self.prefix.len()..).unwrap_or_default();
        let taken = rest.len().min(BLOCK_LENGTH - at);
        into[at..at + taken].copy_from_slice(&rest[..taken]);
        at += taken;
        into[at..].fill(0);
        if start + at == self.length() && at < BLOCK_LENGTH {
            into[at] = 0x80;
        }
        if index + 1 == self.block_count() {
            let length_bits = 8 * self.length() as u64;
            into[BLOCK_LENGTH - 8..].copy_from_slice(&length_bits.to_be_bytes());
        }
    }
}
