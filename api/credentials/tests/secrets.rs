//! Secrets of keys, links and sessions: their text, their digest, and what shows nothing.

use quickcheck::quickcheck;
use triad_credentials::{Kind, Secret, SecretFault, UNKNOWN_DIGEST, digest};
use zeroize::Zeroizing;

const KINDS: [Kind; 3] = [Kind::Key, Kind::Link, Kind::Session];
const ID: [u8; 16] =
    [0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF];
const DOCUMENT: &str = include_str!("../../../docs/format/api-key.md");

fn secret(kind: Kind) -> Secret {
    Secret::new(kind, ID, Zeroizing::new(std::array::from_fn(|at| at as u8)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_document_shows_the_format() {
    // Its examples were made by a few lines of Python.
    let rows: Vec<[&str; 2]> = DOCUMENT
        .lines()
        .filter_map(|line| line.strip_prefix("| `triad_")?.strip_suffix("` |"))
        .filter_map(|line| line.split("` | `").collect::<Vec<_>>().try_into().ok())
        .collect();
    assert_eq!(rows.len(), KINDS.len());
    for (kind, [text, kept]) in KINDS.into_iter().zip(rows) {
        assert_eq!(format!("triad_{text}"), *secret(kind).expose());
        assert_eq!(kept, hex(&secret(kind).digest()));
        let parsed = Secret::parse(kind, &format!("triad_{text}")).expect("a secret");
        assert_eq!((parsed.kind(), parsed.id()), (kind, ID));
        assert!(parsed.matches(Some(&secret(kind).digest())));
    }
}

#[test]
fn a_secret_is_known_by_its_own_digest_alone() {
    let key = secret(Kind::Key);
    assert!(key.matches(Some(&key.digest())));
    assert_eq!(key.digest(), digest(Kind::Key, ID, &std::array::from_fn(|at| at as u8)));
    let others = [
        digest(Kind::Link, ID, &std::array::from_fn(|at| at as u8)),
        digest(Kind::Key, [1; 16], &std::array::from_fn(|at| at as u8)),
        digest(Kind::Key, ID, &[0; 32]),
        UNKNOWN_DIGEST,
    ];
    assert!(others.iter().all(|other| !key.matches(Some(other))));
    assert!(!key.matches(None));
}

#[test]
fn nothing_shows_a_secret_but_the_text_that_is_asked_for() {
    for kind in KINDS {
        let (secret, text) = (secret(kind), secret(kind).expose());
        assert!(!text[text.len() - 49..].is_empty());
        let shown = format!("{secret:?} {secret:#?}");
        assert!(
            shown.contains(&hex(&ID)) && !shown.contains("AAECAw") && !shown.contains("[0, 1, 2"),
            "{shown}"
        );
        let wrong = text.replacen("AAEC", "AAED", 1);
        let fault = Secret::parse(kind, &wrong).expect_err("mistyped");
        assert!(!format!("{fault} {fault:?}").contains("AAE"));
    }
}

#[test]
fn texts_that_are_no_secret_are_told_apart() {
    let text = secret(Kind::Key).expose();
    let upper_id = text.replace("aabbccddeeff", "AABBCCDDEEFF");
    // Its id or its secret is of other characters, and the checksum is that of the rest.
    let resummed = |text: &str| format!("{}{}", &text[..text.len() - 6], sum(&text[..text.len() - 6]));
    for (given, expected) in [
        (String::new(), SecretFault::NotASecret),
        ("eyJhbGciOiJFZERTQSJ9.e30.AA".to_owned(), SecretFault::NotASecret),
        (text.to_uppercase(), SecretFault::NotASecret),
        (format!(" {}", *text), SecretFault::NotASecret),
        ("triad_key_".to_owned(), SecretFault::Malformed),
        (text[..text.len() - 1].to_owned(), SecretFault::Malformed),
        (format!("{}\n", *text), SecretFault::Malformed),
        (format!("{}\u{e9}", &text[..text.len() - 2]), SecretFault::Mistyped),
        (text.replace("ff_", "ff-"), SecretFault::Malformed),
        (upper_id.clone(), SecretFault::Mistyped),
        (resummed(&upper_id), SecretFault::Malformed),
        (resummed(&text.replace("AAEC", "AA+C")), SecretFault::Malformed),
        (resummed(&text.replace("AAEC", "AA.C")), SecretFault::Malformed),
        // Bits behind the last byte: the same secret in a second text.
        (resummed(&text.replace("HR4f", "HR4g").replace("Hh8", "Hh9")), SecretFault::Malformed),
    ] {
        assert_eq!(Secret::parse(Kind::Key, &given).expect_err("no key"), expected, "{given}");
    }
    for kind in KINDS {
        for other in KINDS.into_iter().filter(|other| *other != kind) {
            let fault = Secret::parse(kind, &secret(other).expose()).expect_err("another kind");
            assert_eq!(fault, SecretFault::OtherKind { expected: kind, found: other });
        }
        assert_eq!(Kind::of(&secret(kind).expose()), Some(kind));
        assert!(secret(kind).expose().starts_with(kind.prefix()));
    }
    assert_eq!(Kind::of("triad_keys_"), None);
}

/// The checksum, by another way than the package: with the table that most readers use.
fn sum(text: &str) -> String {
    let table: Vec<u32> = (0..256_u32)
        .map(|byte| (0..8).fold(byte, |sum, _| if sum & 1 == 1 { 0xEDB8_8320 ^ sum >> 1 } else { sum >> 1 }))
        .collect();
    let step = |sum: u32, byte: u8| table[((sum ^ u32::from(byte)) & 0xFF) as usize] ^ sum >> 8;
    let mut rest = !text.bytes().fold(u32::MAX, step);
    let mut digits = Vec::new();
    for _ in 0..6 {
        let digit = char::from_digit(rest % 62 % 36, 36).expect("a digit");
        let is_upper = (10..36).contains(&(rest % 62));
        digits.push(match rest % 62 {
            value @ 36.. => char::from(b'a' + (value - 36) as u8),
            _ if is_upper => digit.to_ascii_uppercase(),
            _ => digit,
        });
        rest /= 62;
    }
    digits.iter().rev().collect()
}

#[test]
fn every_mistyped_character_is_noticed() {
    for kind in KINDS {
        let text = secret(kind).expose();
        for at in 0..text.len() {
            for typed in (b' '..=b'~').map(char::from).filter(|typed| !text[at..].starts_with(*typed)) {
                let mistyped = format!("{}{typed}{}", &text[..at], &text[at + 1..]);
                assert!(Secret::parse(kind, &mistyped).is_err(), "{mistyped}");
            }
            if at > 0 && text[at - 1..at] != text[at..=at] {
                let swapped =
                    format!("{}{}{}{}", &text[..at - 1], &text[at..=at], &text[at - 1..at], &text[at + 1..]);
                assert!(Secret::parse(kind, &swapped).is_err(), "{swapped}");
            }
        }
    }
}

quickcheck! {
    fn what_is_handed_out_comes_back(kind: u8, id: u128, low: u128, high: u128) -> bool {
        let kind = KINDS[usize::from(kind % 3)];
        let random = [low.to_le_bytes(), high.to_le_bytes()].concat().try_into().expect("32 bytes");
        let secret = Secret::new(kind, id.to_be_bytes(), Zeroizing::new(random));
        let text = secret.expose();
        let checksum_is_digits = text[text.len() - 6..].bytes().all(|byte| byte.is_ascii_alphanumeric());
        let parsed = Secret::parse(kind, &text).expect("a secret");
        let is_the_same = parsed.id() == secret.id() && parsed.matches(Some(&secret.digest()));
        checksum_is_digits && is_the_same && *parsed.expose() == *text
    }

    fn no_text_makes_the_reader_panic(text: String, kind: u8) -> bool {
        let kind = KINDS[usize::from(kind % 3)];
        let after = format!("{}{text}", kind.prefix());
        Secret::parse(kind, &text).is_err() && Secret::parse(kind, &after).is_err()
    }
}
