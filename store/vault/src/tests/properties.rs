//! Properties over random payloads, pieces and places.

use super::*;
use crate::CHUNK_LENGTH;
use quickcheck::{QuickCheck, quickcheck};
use std::sync::LazyLock;
use tempfile::TempDir;

/// One vault for all cases: making one costs more than a case.
static VAULT: LazyLock<(TempDir, Attachments, Vault)> = LazyLock::new(|| {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    (directory, attachments, vault)
});

quickcheck! {
    fn whatever_is_sealed_opens_in_its_place_only(plaintext: Vec<u8>, stream: u128, flip: u8, class: u8, who: u8) -> bool {
        let (_, attachments, vault) = &*VAULT;
        let binding = Binding { stream: stream.to_be_bytes(), class };
        let slot = vault.slot_for(subject(who.into())).expect("works").expect("has a slot");
        let sealed = vault.seal(slot, binding, &plaintext).expect("works").expect("seals");
        attachments.commit(known_rows(subject(who.into()), slot, 7).into_iter().chain([sealed.attachment]));
        let open = |binding| vault.unseal(&sealed.reference, binding).expect("works").map(|plain| plain.to_vec());
        let elsewhere = [
            Binding { stream: (stream ^ 1 << (flip % 128)).to_be_bytes(), ..binding },
            Binding { class: class ^ 1 << (flip % 8), ..binding },
        ];
        let refused = elsewhere.iter().all(|other| matches!(open(*other), Err(Unopened::OtherBinding { .. })));
        open(binding) == Ok(plaintext) && refused
    }

    fn equal_payloads_have_nothing_in_common(plaintext: Vec<u8>) -> bool {
        let (_, _, vault) = &*VAULT;
        let slot = vault.slot_for(subject(1)).expect("works").expect("has a slot");
        let [one, two] = [(); 2].map(|()| vault.seal(slot, BINDING, &plaintext).expect("works").expect("seals"));
        one.reference.address != two.reference.address && one.reference.commitment != two.reference.commitment
    }
}

#[test]
fn a_payload_in_random_pieces_opens_as_the_whole() {
    fn property(lengths: Vec<u32>) -> bool {
        let (_, attachments, vault) = &*VAULT;
        let slot = vault.slot_for(subject(1)).expect("works").expect("has a slot");
        let mut writer = vault.writer(slot, BINDING).expect("works").expect("seals");
        let mut whole = Vec::new();
        for length in lengths {
            let piece = vec![length as u8; length as usize % (2 * CHUNK_LENGTH)];
            writer.write(&piece).expect("writes");
            whole.extend(piece);
        }
        let sealed = writer.finish().expect("finishes");
        attachments.commit([sealed.attachment]);
        unseal(vault, &sealed.reference) == Ok(whole)
    }
    QuickCheck::new().tests(40).quickcheck(property as fn(Vec<u32>) -> bool);
}
