//! Eight messages at once, in the 256-bit registers of AVX2.

use super::compress::{Words, compress};
use super::message::BLOCK_LENGTH;
use super::run::{Lanes, States};
use pulp::bytemuck::cast;
use pulp::x86::V3;
use std::arch::x86_64::__m256i;

const LANES: usize = 8;

impl Lanes<LANES> for V3 {
    fn compress(&self, states: &mut States<LANES>, blocks: &[&[u8; BLOCK_LENGTH]; LANES]) {
        struct Step<'a>(V3, &'a mut States<LANES>, &'a [&'a [u8; BLOCK_LENGTH]; LANES]);

        impl pulp::NullaryFnOnce for Step<'_> {
            type Output = ();

            #[inline(always)]
            fn call(self) {
                let Self(simd, states, blocks) = self;
                let mut state = [simd.avx._mm256_setzero_si256(); 8];
                for n in 0..8 {
                    state[n] = cast(states[n]);
                }
                compress(simd, &mut state, message_words(simd, blocks));
                for n in 0..8 {
                    states[n] = cast(state[n]);
                }
            }
        }
        self.vectorize(Step(*self, states, blocks));
    }
}

/// Word by word, the blocks of all lanes. Functions, because closures would not be inlined.
#[inline(always)]
fn message_words(simd: V3, blocks: &[&[u8; BLOCK_LENGTH]; LANES]) -> [__m256i; 16] {
    let mut words = [simd.avx._mm256_setzero_si256(); 16];
    for half in 0..2 {
        let (p, q) = (of_four_lanes(simd, blocks, 0, half), of_four_lanes(simd, blocks, 4, half));
        for n in 0..4 {
            words[8 * half + n] = simd.avx2._mm256_permute2x128_si256::<0x20>(p[n], q[n]);
            words[8 * half + 4 + n] = simd.avx2._mm256_permute2x128_si256::<0x31>(p[n], q[n]);
        }
    }
    words
}

/// Of four lanes and half a block, halves of words 0, 1, 2 and 3 and every fourth from there; in a half the lanes lie
/// side by side.
#[inline(always)]
fn of_four_lanes(simd: V3, blocks: &[&[u8; BLOCK_LENGTH]; LANES], first: usize, half: usize) -> [__m256i; 4] {
    let avx2 = simd.avx2;
    let (a, b) = (row(simd, blocks[first], half), row(simd, blocks[first + 1], half));
    let (c, d) = (row(simd, blocks[first + 2], half), row(simd, blocks[first + 3], half));
    let (low_ab, high_ab) = (avx2._mm256_unpacklo_epi32(a, b), avx2._mm256_unpackhi_epi32(a, b));
    let (low_cd, high_cd) = (avx2._mm256_unpacklo_epi32(c, d), avx2._mm256_unpackhi_epi32(c, d));
    [
        avx2._mm256_unpacklo_epi64(low_ab, low_cd),
        avx2._mm256_unpackhi_epi64(low_ab, low_cd),
        avx2._mm256_unpacklo_epi64(high_ab, high_cd),
        avx2._mm256_unpackhi_epi64(high_ab, high_cd),
    ]
}

/// The words of half a block, which are big-endian there.
#[inline(always)]
fn row(simd: V3, block: &[u8; BLOCK_LENGTH], half: usize) -> __m256i {
    const SWAPPED: [u32; LANES] = [
        0x0001_0203,
        0x0405_0607,
        0x0809_0a0b,
        0x0c0d_0e0f,
        0x0001_0203,
        0x0405_0607,
        0x0809_0a0b,
        0x0c0d_0e0f,
    ];
    let (halves, _) = block.as_chunks::<32>();
    simd.avx2._mm256_shuffle_epi8(cast(halves[half]), cast(SWAPPED))
}

/// AVX2 has no rotation.
#[inline(always)]
fn rotate<const RIGHT: i32>(simd: V3, a: __m256i) -> __m256i {
    let left = simd.avx2._mm256_sll_epi32(a, cast([32 - RIGHT, 0, 0, 0]));
    simd.avx2._mm256_or_si256(shift::<RIGHT>(simd, a), left)
}

#[inline(always)]
fn shift<const RIGHT: i32>(simd: V3, a: __m256i) -> __m256i {
    simd.avx2._mm256_srli_epi32::<RIGHT>(a)
}

#[inline(always)]
fn xor(simd: V3, a: __m256i, b: __m256i) -> __m256i {
    simd.avx2._mm256_xor_si256(a, b)
}

impl Words for V3 {
    type Word = __m256i;

    #[inline(always)]
    fn splat(self, word: u32) -> __m256i {
        self.avx._mm256_set1_epi32(word.cast_signed())
    }

    #[inline(always)]
    fn add(self, a: __m256i, b: __m256i) -> __m256i {
        self.avx2._mm256_add_epi32(a, b)
    }

    #[inline(always)]
    fn choose(self, a: __m256i, b: __m256i, c: __m256i) -> __m256i {
        xor(self, c, self.avx2._mm256_and_si256(a, xor(self, b, c)))
    }

    #[inline(always)]
    fn majority(self, a: __m256i, b: __m256i, c: __m256i) -> __m256i {
        xor(self, b, self.avx2._mm256_and_si256(xor(self, a, b), xor(self, b, c)))
    }

    #[inline(always)]
    fn rotations<const A: i32, const B: i32, const C: i32>(self, a: __m256i) -> __m256i {
        xor(self, xor(self, rotate::<A>(self, a), rotate::<B>(self, a)), rotate::<C>(self, a))
    }

    #[inline(always)]
    fn rotations_and_shift<const A: i32, const B: i32, const SHIFT: i32>(self, a: __m256i) -> __m256i {
        xor(self, xor(self, rotate::<A>(self, a), rotate::<B>(self, a)), shift::<SHIFT>(self, a))
    }
}
