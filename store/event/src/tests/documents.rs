//! The generated documents on disk are what the code says.

use crate::catalogue::{catalogue_markdown, layout_json};
use crate::kind::Kind;

const REGENERATE: &str = "run: make generated";

#[test]
fn the_event_catalogue_is_current() {
    let on_disk = include_str!("../../../../docs/events.md");
    assert!(on_disk == catalogue_markdown(), "docs/events.md differs; {REGENERATE}");
}

#[test]
fn the_layout_table_is_current() {
    let on_disk = include_str!("../../../../docs/format/layout-v1.json");
    assert!(on_disk == layout_json(), "docs/format/layout-v1.json differs; {REGENERATE}");
}

#[test]
fn fields_lie_one_after_another_without_padding() {
    for kind in Kind::ALL {
        let description = kind.description();
        let mut next = 0;
        for field in description.fields {
            assert_eq!(field.offset_bytes, next, "{kind}.{}", field.name);
            assert_eq!(field.size_bytes, field.type_.size_bytes(), "{kind}.{}", field.name);
            next += field.size_bytes;
        }
        assert_eq!(description.size_bytes, next, "{kind}");
        for earlier in description.earlier {
            let end = earlier.fields.iter().fold(0, |next, field| {
                assert_eq!(field.offset_bytes, next, "{kind} {}.{}", earlier.version, field.name);
                next + field.size_bytes
            });
            assert_eq!(earlier.size_bytes, end, "{kind} {}", earlier.version);
        }
    }
}
