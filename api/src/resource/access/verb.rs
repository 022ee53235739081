//! `triad access`

mod asked;
mod explain;
mod key;
mod policy;
mod shown;

use super::matrix::matrix;
use crate::failure::Failure;
use crate::output::Output;
use crate::resource::noun::Verb;
use clap::Subcommand;
use explain::{Explain, Review, Role, Who};
use key::{Claim, Issuer, KeyVerb, Link};
use policy::PolicyVerb;

/// Who may ask a running server, what they may, and who did: keys, roles, policies, reviews.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  triad access key issue ci-deploy --role submitter --tenant acme --out ci.key\n  triad access explain --key ID --action erase_subject\n  triad access review --at 4711 -o json\n\nA key is shown to the server by --key-file, TRIAD_KEY_FILE or TRIAD_KEY."
)]
pub(super) enum Access {
    /// Who asks, as the server knows them.
    #[command(after_help = "Example:\n  triad access me --key-file ci.key")]
    Me {
        #[command(flatten)]
        at: crate::options::ServerOption,
    },
    /// Keys: issue, list, show, name, change, rotate, revoke, restore.
    #[command(subcommand)]
    Key(KeyVerb),
    /// Be given the key that a link is for, such as the first one.
    #[command(
        after_help = "Example:\n  triad access claim --link-file link --label alice-laptop --out admin.key"
    )]
    Claim(Claim),
    /// Make a link that counts once: for a new key, or for a browser.
    #[command(
        after_help = "Examples:\n  triad access link --role auditor --installation    (for a new key)\n  triad access link --key ID    (for a session in a browser)"
    )]
    Link(Link),
    /// The roles that policies name, and who has them.
    #[command(after_help = "Example:\n  triad access role")]
    Role(Role),
    /// The policies that say which role may do what: show, try, replace.
    #[command(subcommand)]
    Policy(PolicyVerb),
    /// Issuers whose tokens (JWT) are accepted: list, trust, distrust.
    #[command(subcommand)]
    Issuer(Issuer),
    /// Which role may do what by the policies that the program came with, as Markdown. No server is asked.
    #[command(after_help = "Example:\n  triad access matrix")]
    Matrix,
    /// Why somebody may do something or not, and what would make it allowed.
    #[command(
        after_help = "Example:\n  triad access explain --key ID --action submit_workflow --tenant acme"
    )]
    Explain(Explain),
    /// Which keys may do something.
    #[command(after_help = "Example:\n  triad access who --action erase_subject")]
    Who(Who),
    /// The access review: who could do what at a record of the log, who did, and who was refused.
    #[command(after_help = "Examples:\n  triad access review\n  triad access review --at 4711 -o json")]
    Review(Review),
}

impl Verb for Access {
    fn run(self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Me { at } => explain::me(&at, output),
            Self::Key(verb) => verb.run(output),
            Self::Claim(claim) => claim.run(output),
            Self::Link(link) => link.run(output),
            Self::Role(role) => role.run(output),
            Self::Policy(verb) => verb.run(output),
            Self::Issuer(verb) => verb.run(output),
            Self::Matrix => output.result(|| matrix().trim_end().to_owned(), || matrix().into()),
            Self::Explain(explain) => explain.run(output),
            Self::Who(who) => who.run(output),
            Self::Review(review) => review.run(output),
        }
    }
}
