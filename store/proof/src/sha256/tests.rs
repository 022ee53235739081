//! Every way that this machine has, against `sha2`.

use super::*;
use crate::break_point::hex;
use quickcheck::{QuickCheck, quickcheck};
use sha2::{Digest, Sha256};

/// A prefix and a body.
type Parts = (Vec<u8>, Vec<u8>);

fn agrees_with_sha2(messages: &[Parts]) -> bool {
    let expected: Vec<Hash> = messages
        .iter()
        .map(|(prefix, body)| Sha256::new().chain_update(prefix).chain_update(body).finalize().into())
        .collect();
    let ways = Way::NAMES.iter().filter_map(|name| Way::named(name)).chain([Way::fastest()]);
    ways.into_iter().all(|way| {
        let each = way.hash_each(messages.iter().map(|(prefix, body)| Message::new(prefix, body)));
        let alone = messages.iter().map(|(prefix, body)| way.hash(&Message::new(prefix, body)));
        each == expected && alone.eq(expected.iter().copied())
    })
}

/// Bytes that differ from message to message and from place to place.
fn parts(prefix_length: usize, length: usize, seed: usize) -> Parts {
    let bytes =
        |length: usize, seed: usize| (0..length).map(|n| (n * 131 + seed * 17 + n / 64) as u8).collect();
    (bytes(prefix_length, seed + 1), bytes(length, seed))
}

#[test]
fn messages_of_one_length_hash_as_sha2_hashes_them() {
    for length in [0, 1, 23, 24, 55, 56, 63, 64, 65, 119, 120, 127, 128, 192, 300, 1024] {
        for count in [0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 100] {
            for prefix_length in [0, 1, PREFIX_LENGTH_MAX] {
                let messages: Vec<_> = (0..count).map(|seed| parts(prefix_length, length, seed)).collect();
                assert!(agrees_with_sha2(&messages), "{count} of {prefix_length} and {length} bytes");
            }
        }
    }
}

#[test]
fn every_length_up_to_five_blocks_hashes_beside_every_other() {
    for prefix_length in 0..=PREFIX_LENGTH_MAX {
        let messages: Vec<_> = (0..330).map(|length| parts(prefix_length, length, length)).collect();
        assert!(agrees_with_sha2(&messages), "prefixes of {prefix_length} bytes");
    }
}

#[test]
fn messages_of_any_lengths_hash_as_sha2_hashes_them() {
    fn property(lengths: Vec<(u8, u16)>) -> bool {
        let length = |(prefix, length): &(u8, u16)| {
            (usize::from(*prefix) % (PREFIX_LENGTH_MAX + 1), usize::from(*length) % 3000)
        };
        let messages = lengths.iter().map(length).enumerate();
        agrees_with_sha2(
            &messages.map(|(seed, (prefix, length))| parts(prefix, length, seed)).collect::<Vec<_>>(),
        )
    }
    QuickCheck::new().tests(300).quickcheck(property as fn(Vec<(u8, u16)>) -> bool);
}

quickcheck! {
    fn arbitrary_bytes_hash_as_sha2_hashes_them(bodies: Vec<Vec<u8>>) -> bool {
        agrees_with_sha2(&bodies.into_iter().map(|body| (Vec::new(), body)).collect::<Vec<_>>())
    }
}

#[test]
fn published_vectors_are_reproduced() {
    let long = vec![b'a'; 1_000_000];
    let vectors: [(&[u8], &str); 3] = [
        (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
        (&long, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ];
    for way in Way::NAMES.iter().filter_map(|name| Way::named(name)) {
        for (body, expected) in vectors {
            assert_eq!(hex(&way.hash(&Message::new(&[], body))), expected);
            let many = way.hash_each(std::iter::repeat_n(Message::new(&[], body), 17));
            assert!(many.iter().all(|hash| hex(hash) == expected), "{way:?}");
        }
    }
}

#[test]
fn a_name_that_nobody_gave_names_no_way() {
    assert!(Way::named("sha1").is_none());
}
