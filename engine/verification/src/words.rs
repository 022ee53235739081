//! Texts that people read, with what others wrote in them.

use crate::limits::REASON_CHARACTERS_MAX;

/// The beginning of a text, on one line and without anything that a terminal obeys: whatever is no graphic character, changes the
/// direction of writing or is invisible becomes a replacement character.
pub(crate) fn clean(text: &str) -> String {
    let mut cleaned: String = text.chars().take(REASON_CHARACTERS_MAX).map(visible).collect();
    if text.chars().nth(REASON_CHARACTERS_MAX).is_some() {
        cleaned.pop();
        cleaned.push('…');
    }
    cleaned
}

fn visible(character: char) -> char {
    match character {
        '\n' | '\r' | '\t' => ' ',
        character if character.is_control() => char::REPLACEMENT_CHARACTER,
        // Directions, joiners, invisible operators, line ends, tags, variation selectors, private use.
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => {
            char::REPLACEMENT_CHARACTER
        }
        '\u{2060}'..='\u{206f}' | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => {
            char::REPLACEMENT_CHARACTER
        }
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{10ffff}' => char::REPLACEMENT_CHARACTER,
        character => character,
    }
}
