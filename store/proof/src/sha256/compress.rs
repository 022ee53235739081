//! The compression function, over words of any width.

use super::message::{BLOCK_LENGTH, Message};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// A hash in the making.
pub(super) type State = [u32; 8];

/// The state before the first block: FIPS 180-4, section 5.3.3.
pub(super) const START: State =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The bytes of a finished state.
pub(super) fn hash_of(state: &State) -> Hash {
    let mut hash = [0; 32];
    hash.as_chunks_mut().0.iter_mut().zip(state).for_each(|(bytes, word)| *bytes = word.to_be_bytes());
    hash
}

/// Hashes a message that is alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum One {
    /// The crate `sha2`, which uses the instructions that processors have for this.
    Instructions,
    /// Plain code.
    Portable,
}

impl One {
    /// Whether the processor has instructions for SHA-256. Where nobody knows, `sha2` does.
    pub(super) fn has_instructions() -> bool {
        #[cfg(target_arch = "x86_64")]
        return std::arch::is_x86_feature_detected!("sha") && std::arch::is_x86_feature_detected!("sse4.1");
        #[cfg(not(target_arch = "x86_64"))]
        true
    }

    /// The hash of a message whose blocks before `next_block` led to `state`.
    pub(super) fn finish(self, mut state: State, message: &Message<'_>, mut next_block: usize) -> Hash {
        let block_count = message.block_count();
        let mut written = [[0; BLOCK_LENGTH]];
        while next_block < block_count {
            let blocks = match message.whole_blocks(next_block) {
                [] => {
                    message.write_block(next_block, &mut written[0]);
                    &written
                }
                whole => whole,
            };
            self.compress(&mut state, blocks);
            next_block += blocks.len();
        }
        hash_of(&state)
    }

    fn compress(self, state: &mut State, blocks: &[[u8; BLOCK_LENGTH]]) {
        match self {
            Self::Instructions => sha2::block_api::compress256(state, blocks),
            Self::Portable => {
                for block in blocks {
                    let (words, _) = block.as_chunks();
                    compress((), state, std::array::from_fn(|n| u32::from_be_bytes(words[n])));
                }
            }
        }
    }
}

/// Arithmetic on words, each of which is one word of each lane.
pub(super) trait Words: Copy {
    type Word: Copy;
    fn splat(self, word: u32) -> Self::Word;
    fn add(self, a: Self::Word, b: Self::Word) -> Self::Word;
    /// Bits of `b` where `a` has ones, of `c` where it has zeros.
    fn choose(self, a: Self::Word, b: Self::Word, c: Self::Word) -> Self::Word;
    fn majority(self, a: Self::Word, b: Self::Word, c: Self::Word) -> Self::Word;
    /// The exclusive or of three rotations to the right.
    fn rotations<const A: i32, const B: i32, const C: i32>(self, a: Self::Word) -> Self::Word;
    /// The exclusive or of two rotations and a shift to the right.
    fn rotations_and_shift<const A: i32, const B: i32, const SHIFT: i32>(self, a: Self::Word) -> Self::Word;
}

impl Words for () {
    type Word = u32;

    #[inline(always)]
    fn splat(self, word: u32) -> u32 {
        word
    }

    #[inline(always)]
    fn add(self, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    #[inline(always)]
    fn choose(self, a: u32, b: u32, c: u32) -> u32 {
        c ^ (a & (b ^ c))
    }

    #[inline(always)]
    fn majority(self, a: u32, b: u32, c: u32) -> u32 {
        b ^ ((a ^ b) & (b ^ c))
    }

    #[inline(always)]
    fn rotations<const A: i32, const B: i32, const C: i32>(self, a: u32) -> u32 {
        a.rotate_right(A as u32) ^ a.rotate_right(B as u32) ^ a.rotate_right(C as u32)
    }

    #[inline(always)]
    fn rotations_and_shift<const A: i32, const B: i32, const SHIFT: i32>(self, a: u32) -> u32 {
        a.rotate_right(A as u32) ^ a.rotate_right(B as u32) ^ (a >> SHIFT)
    }
}

/// Moves states over blocks (FIPS 180-4, section 6.2.2). Has to be inlined where the instructions may be used that
/// `words` stands for.
#[inline(always)]
pub(super) fn compress<W: Words>(words: W, state: &mut [W::Word; 8], mut block: [W::Word; 16]) {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (step, constants) in ROUND_CONSTANTS.as_chunks::<16>().0.iter().enumerate() {
        if step > 0 {
            expand(words, &mut block);
        }
        macro_rules! rounds {
            ($($n:literal)*) => { $(
                round(words, [a, b, c, e, f, g], &mut d, &mut h, words.add(block[$n], words.splat(constants[$n])));
                // The eight names move on by one: no instruction is spent on it.
                (a, b, c, d, e, f, g, h) = (h, a, b, c, d, e, f, g);
            )* };
        }
        rounds!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    }
    for (word, more) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = words.add(*word, more);
    }
}

#[inline(always)]
fn round<W: Words>(
    words: W,
    [a, b, c, e, f, g]: [W::Word; 6],
    d: &mut W::Word,
    h: &mut W::Word,
    input: W::Word,
) {
    let mixed = words.add(words.add(*h, input), words.choose(e, f, g));
    let mixed = words.add(mixed, words.rotations::<6, 11, 25>(e));
    *d = words.add(*d, mixed);
    *h = words.add(mixed, words.add(words.majority(a, b, c), words.rotations::<2, 13, 22>(a)));
}

/// The next sixteen words of the message schedule.
#[inline(always)]
fn expand<W: Words>(words: W, block: &mut [W::Word; 16]) {
    macro_rules! words {
        ($($n:literal)*) => { $(
            let near = words.rotations_and_shift::<7, 18, 3>(block[($n + 1) % 16]);
            let far = words.rotations_and_shift::<17, 19, 10>(block[($n + 14) % 16]);
            block[$n] = words.add(words.add(block[$n], near), words.add(block[($n + 9) % 16], far));
        )* };
    }
    words!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
}

/// FIPS 180-4, section 4.2.2.
const ROUND_CONSTANTS: [u32; 64] = [
    0x428a_2f98,
    0x7137_4491,
    0xb5c0_fbcf,
    0xe9b5_dba5,
    0x3956_c25b,
    0x59f1_11f1,
    0x923f_82a4,
    0xab1c_5ed5,
    0xd807_aa98,
    0x1283_5b01,
    0x2431_85be,
    0x550c_7dc3,
    0x72be_5d74,
    0x80de_b1fe,
    0x9bdc_06a7,
    0xc19b_f174,
    0xe49b_69c1,
    0xefbe_4786,
    0x0fc1_9dc6,
    0x240c_a1cc,
    0x2de9_2c6f,
    0x4a74_84aa,
    0x5cb0_a9dc,
    0x76f9_88da,
    0x983e_5152,
    0xa831_c66d,
    0xb003_27c8,
    0xbf59_7fc7,
    0xc6e0_0bf3,
    0xd5a7_9147,
    0x06ca_6351,
    0x1429_2967,
    0x27b7_0a85,
    0x2e1b_2138,
    0x4d2c_6dfc,
    0x5338_0d13,
    0x650a_7354,
    0x766a_0abb,
    0x81c2_c92e,
    0x9272_2c85,
    0xa2bf_e8a1,
    0xa81a_664b,
    0xc24b_8b70,
    0xc76c_51a3,
    0xd192_e819,
    0xd699_0624,
    0xf40e_3585,
    0x106a_a070,
    0x19a4_c116,
    0x1e37_6c08,
    0x2748_774c,
    0x34b0_bcb5,
    0x391c_0cb3,
    0x4ed8_aa4a,
    0x5b9c_ca4f,
    0x682e_6ff3,
    0x748f_82ee,
    0x78a5_636f,
    0x84c8_7814,
    0x8cc7_0208,
    0x90be_fffa,
    0xa450_6ceb,
    0xbef9_a3f7,
    0xc671_78f2,
];
