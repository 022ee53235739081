//! Sixteen messages at once, in the 512-bit registers of AVX-512.

use super::compress::{Words, compress};
use super::message::BLOCK_LENGTH;
use super::run::{Lanes, States};
use pulp::bytemuck::cast;
use pulp::x86::V4;
use std::arch::x86_64::__m512i;

const LANES: usize = 16;

impl Lanes<LANES> for V4 {
    fn compress(&self, states: &mut States<LANES>, blocks: &[&[u8; BLOCK_LENGTH]; LANES]) {
        struct Step<'a>(V4, &'a mut States<LANES>, &'a [&'a [u8; BLOCK_LENGTH]; LANES]);

        impl pulp::NullaryFnOnce for Step<'_> {
            type Output = ();

            #[inline(always)]
            fn call(self) {
                let Self(simd, states, blocks) = self;
                let mut state = [simd.avx512f._mm512_setzero_si512(); 8];
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
fn message_words(simd: V4, blocks: &[&[u8; BLOCK_LENGTH]; LANES]) -> [__m512i; 16] {
    let (p, q) = (of_four_lanes(simd, blocks, 0), of_four_lanes(simd, blocks, 4));
    let (r, s) = (of_four_lanes(simd, blocks, 8), of_four_lanes(simd, blocks, 12));
    let avx512f = simd.avx512f;
    let mut words = [p[0]; 16];
    for n in 0..4 {
        let low_pq = avx512f._mm512_shuffle_i32x4::<0x44>(p[n], q[n]);
        let high_pq = avx512f._mm512_shuffle_i32x4::<0xee>(p[n], q[n]);
        let low_rs = avx512f._mm512_shuffle_i32x4::<0x44>(r[n], s[n]);
        let high_rs = avx512f._mm512_shuffle_i32x4::<0xee>(r[n], s[n]);
        words[n] = avx512f._mm512_shuffle_i32x4::<0x88>(low_pq, low_rs);
        words[4 + n] = avx512f._mm512_shuffle_i32x4::<0xdd>(low_pq, low_rs);
        words[8 + n] = avx512f._mm512_shuffle_i32x4::<0x88>(high_pq, high_rs);
        words[12 + n] = avx512f._mm512_shuffle_i32x4::<0xdd>(high_pq, high_rs);
    }
    words
}

/// Of four lanes, quarters of words 0, 1, 2 and 3 and every fourth from there; in a quarter the lanes lie side by side.
#[inline(always)]
fn of_four_lanes(simd: V4, blocks: &[&[u8; BLOCK_LENGTH]; LANES], first: usize) -> [__m512i; 4] {
    let avx512f = simd.avx512f;
    let (a, b) = (row(simd, blocks[first]), row(simd, blocks[first + 1]));
    let (c, d) = (row(simd, blocks[first + 2]), row(simd, blocks[first + 3]));
    let (low_ab, high_ab) = (avx512f._mm512_unpacklo_epi32(a, b), avx512f._mm512_unpackhi_epi32(a, b));
    let (low_cd, high_cd) = (avx512f._mm512_unpacklo_epi32(c, d), avx512f._mm512_unpackhi_epi32(c, d));
    [
        avx512f._mm512_unpacklo_epi64(low_ab, low_cd),
        avx512f._mm512_unpackhi_epi64(low_ab, low_cd),
        avx512f._mm512_unpacklo_epi64(high_ab, high_cd),
        avx512f._mm512_unpackhi_epi64(high_ab, high_cd),
    ]
}

/// The words of a block, which are big-endian there.
#[inline(always)]
fn row(simd: V4, block: &[u8; BLOCK_LENGTH]) -> __m512i {
    const SWAPPED: [u32; LANES] = [
        0x0001_0203,
        0x0405_0607,
        0x0809_0a0b,
        0x0c0d_0e0f,
        0x0001_0203,
        0x0405_0607,
        0x0809_0a0b,
        0x0c0d_0e0f,
        0x0001_0203,
        0x0405_0607,
        0x0809_0a0b,
        0x0c0d_0e0f,
        0x0001_0203,
        0x0405_0607,
        0x0809_0a0b,
        0x0c0d_0e0f,
    ];
    simd.avx512bw._mm512_shuffle_epi8(cast(*block), cast(SWAPPED))
}

impl Words for V4 {
    type Word = __m512i;

    #[inline(always)]
    fn splat(self, word: u32) -> __m512i {
        self.avx512f._mm512_set1_epi32(word.cast_signed())
    }

    #[inline(always)]
    fn add(self, a: __m512i, b: __m512i) -> __m512i {
        self.avx512f._mm512_add_epi32(a, b)
    }

    #[inline(always)]
    fn choose(self, a: __m512i, b: __m512i, c: __m512i) -> __m512i {
        self.avx512f._mm512_ternarylogic_epi32::<0xca>(a, b, c)
    }

    #[inline(always)]
    fn majority(self, a: __m512i, b: __m512i, c: __m512i) -> __m512i {
        self.avx512f._mm512_ternarylogic_epi32::<0xe8>(a, b, c)
    }

    #[inline(always)]
    fn rotations<const A: i32, const B: i32, const C: i32>(self, a: __m512i) -> __m512i {
        let avx512f = self.avx512f;
        let (x, y) = (avx512f._mm512_ror_epi32::<A>(a), avx512f._mm512_ror_epi32::<B>(a));
        avx512f._mm512_ternarylogic_epi32::<0x96>(x, y, avx512f._mm512_ror_epi32::<C>(a))
    }

    #[inline(always)]
    fn rotations_and_shift<const A: i32, const B: i32, const SHIFT: i32>(self, a: __m512i) -> __m512i {
        let avx512f = self.avx512f;
        let (x, y) = (avx512f._mm512_ror_epi32::<A>(a), avx512f._mm512_ror_epi32::<B>(a));
        let shifted = avx512f._mm512_srl_epi32(a, cast([SHIFT, 0, 0, 0]));
        avx512f._mm512_ternarylogic_epi32::<0x96>(x, y, shifted)
    }
}
