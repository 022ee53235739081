//! What is asked, and who asks it: everything that a decision may depend on.

/// May this credential do this, here, now?
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Who asks.
    pub credential: &'a Credential,
    /// The name of an action of the vocabulary.
    pub action: &'a str,
    /// The tenant that it is about; none means the installation.
    pub tenant: Option<&'a str>,
    /// How it was asked.
    pub circumstances: Circumstances,
}

/// Who asks, as whoever checked the credential knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its number. Policies see it in hexadecimal, as in `Credential::"00ff…"`.
    pub id: [u8; 16],
    /// What it is used as. A role that no policy names gives nothing.
    pub roles: Vec<String>,
    /// Which tenants it was given.
    pub tenants: Tenants,
    /// Whose it is.
    pub owner: String,
    /// What it is.
    pub kind: CredentialKind,
    /// The zones it was given.
    pub zones: Vec<String>,
    /// The classes of content it was given.
    pub classes: Vec<String>,
}

/// Which tenants a credential was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tenants {
    /// Every one, those that do not exist yet too.
    All,
    /// These.
    These(Vec<String>),
}

/// What a credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    /// A key that a program holds.
    Key,
    /// A token that ends by itself.
    Token,
    /// A person who logged in.
    Session,
    /// A certificate of a client.
    Certificate,
    /// An address that was handed on.
    Link,
    /// None at all.
    Anonymous,
}

impl CredentialKind {
    /// Every kind, in the order of the schema.
    pub const ALL: [Self; 6] =
        [Self::Key, Self::Token, Self::Session, Self::Certificate, Self::Link, Self::Anonymous];

    /// How policies write it, as in `principal.kind == Kind::"Session"`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key => "Key",
            Self::Token => "Token",
            Self::Session => "Session",
            Self::Certificate => "Certificate",
            Self::Link => "Link",
            Self::Anonymous => "Anonymous",
        }
    }
}

/// How something was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// Nobody on the way could read it.
    pub encrypted: bool,
    /// It came from this machine.
    pub loopback: bool,
}

impl Asked<'_> {
    /// Everything that the decision depends on, so that equal bytes mean equal decisions. Each text has its
    /// length before it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let Self { credential, action, tenant, circumstances } = self;
        let Credential { id, roles, tenants, owner, kind, zones, classes } = *credential;
        let mut bytes = Vec::with_capacity(256);
        bytes.extend(id);
        bytes.extend([u8::from(circumstances.encrypted), u8::from(circumstances.loopback)]);
        for text in [*action, owner, kind.name()] {
            push(&mut bytes, text);
        }
        push_all(&mut bytes, tenant.as_slice());
        match tenants {
            Tenants::All => bytes.push(1),
            Tenants::These(tenants) => {
                bytes.push(0);
                push_all(&mut bytes, tenants);
            }
        }
        for texts in [roles, zones, classes] {
            push_all(&mut bytes, texts);
        }
        bytes
    }
}

fn push_all(bytes: &mut Vec<u8>, texts: &[impl AsRef<str>]) {
    bytes.extend((texts.len() as u64).to_le_bytes());
    for text in texts {
        push(bytes, text.as_ref());
    }
}

fn push(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend((text.len() as u64).to_le_bytes());
    bytes.extend(text.as_bytes());
}
