//! A definition as it was written, in either language, and the JSON that it is read as.

use super::json::{Malformed, Reader};
use super::place::{Cursor, Path, Place, find};
use super::yaml::{self, Marks};

/// What a definition is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Json,
    Yaml,
}

/// A document of either language, as JSON that was found well-formed only as far as it was read.
pub(crate) struct Document<'a> {
    json: std::borrow::Cow<'a, str>,
    /// None when it was written in JSON.
    marks: Option<Marks>,
}

impl Language {
    /// As HTTP calls it.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Yaml => "application/yaml",
        }
    }

    /// The language that a media type names, without its parameters.
    pub(crate) fn of_media_type(essence: &str) -> Option<Self> {
        let is = |name: &&str| essence.eq_ignore_ascii_case(name);
        let yaml = ["application/yaml", "text/yaml", "application/x-yaml"];
        match () {
            () if is(&"application/json") => Some(Self::Json),
            () if yaml.iter().any(is) => Some(Self::Yaml),
            () => None,
        }
    }

    /// The language of a file: by its extension, else by how it begins.
    pub(crate) fn of_file(name: &str, bytes: &[u8]) -> Self {
        let extension = std::path::Path::new(name).extension();
        let is = |wanted: &str| extension.is_some_and(|extension| extension.eq_ignore_ascii_case(wanted));
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        match first {
            _ if is("yaml") || is("yml") => Self::Yaml,
            _ if is("json") => Self::Json,
            Some(b'{' | b'[') | None => Self::Json,
            Some(_) => Self::Yaml,
        }
    }
}

impl<'a> Document<'a> {
    /// The document that these bytes are.
    pub(crate) fn new(language: Language, bytes: &'a [u8]) -> Result<Self, Malformed> {
        match language {
            Language::Json => Ok(Self { json: Reader::new(bytes)?.whole().into(), marks: None }),
            Language::Yaml => {
                let (json, marks) = yaml::to_json(bytes)?;
                Ok(Self { json: json.into(), marks: Some(marks) })
            }
        }
    }

    /// The JSON that it is read as.
    pub(crate) fn json(&self) -> &str {
        &self.json
    }

    /// Reads it from its beginning.
    pub(super) fn reader(&self) -> Reader<'_> {
        match &self.marks {
            Some(marks) => Reader::of_yaml(&self.json, marks),
            None => Reader::of_json(&self.json),
        }
    }

    /// The offsets in the JSON of what stands at these paths, or of the nearest around it that is there.
    pub(super) fn find(&self, paths: &[Path<'_>]) -> Vec<usize> {
        find(self.reader(), paths)
    }

    /// Where what stands at these offsets of the JSON was written.
    pub(super) fn places_at(&self, offsets: &[usize]) -> Vec<Place> {
        if let Some(marks) = &self.marks {
            return offsets.iter().map(|at| marks.place(*at)).collect();
        }
        let mut order: Vec<usize> = (0..offsets.len()).collect();
        order.sort_by_key(|number| offsets[*number]);
        let mut cursor = Cursor::new(&self.json);
        let mut places = vec![Place { line: 1, column: 1 }; offsets.len()];
        for number in order {
            places[number] = cursor.advance(offsets[number]);
        }
        places
    }
}
