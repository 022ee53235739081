//! `triad access key`, `claim`, `link` and `issuer`

use super::asked::GrantsOptions;
use super::shown::{check_new, hand_over, joined, key};
use crate::access::admitted::TENANT_DEFAULT;
use crate::client::Api;
use crate::client::text::{checked, plain, text};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Keys: issue, list, show, name, change, rotate, revoke, restore.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  triad access key list")]
pub(in crate::resource::access) enum KeyVerb {
    /// Issue a key. Its secret is shown this once.
    #[command(
        after_help = "Examples:\n  triad access key issue ci-deploy --role submitter --tenant acme --out ci.key\n  triad access key issue audit-2027 --role auditor --installation --expires 2027-06-30T00:00:00Z"
    )]
    Issue {
        #[command(flatten)]
        at: ServerOption,
        /// What it is called: a name of a thing, not of a person, because it stays for ever.
        #[arg(value_name = "LABEL")]
        label: String,
        #[command(flatten)]
        grants: GrantsOptions,
        #[command(flatten)]
        whose: PersonOptions,
        #[command(flatten)]
        why: ReasonOption,
        /// Put the secret into this new file, which only its owner can read, instead of showing it.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// List the keys that there are, and were.
    #[command(after_help = "Examples:\n  triad access key list\n  triad access key list -o json")]
    List {
        #[command(flatten)]
        at: ServerOption,
    },
    /// Show one key.
    #[command(
        after_help = "Examples:\n  triad access key show 6e0f...\n  triad access key show 6e0f... --person"
    )]
    Show {
        #[command(flatten)]
        of: KeyOptions,
        /// Show whose it is, by name. That it was read is recorded.
        #[arg(long)]
        person: bool,
    },
    /// Say whose a key is. No record holds the name, and `triad subject erase` forgets it.
    #[command(after_help = "Example:\n  triad access key name 6e0f... --person \"Ada Lovelace\"")]
    Name {
        #[command(flatten)]
        of: KeyOptions,
        #[command(flatten)]
        whose: PersonOptions,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// Let a key do other things. What is not named is as for a new key; its tenant stays.
    #[command(
        after_help = "Example:\n  triad access key change 6e0f... --role submitter --role approver --tenant acme"
    )]
    Change {
        #[command(flatten)]
        of: KeyOptions,
        #[command(flatten)]
        grants: GrantsOptions,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// Give a key a new secret. The former one counts for some hours more, so that nobody is cut off.
    #[command(after_help = "Example:\n  triad access key rotate 6e0f... --overlap-hours 2 --out ci.key.new")]
    Rotate {
        #[command(flatten)]
        of: KeyOptions,
        /// Hours that the former secret counts; 0 for none.
        #[arg(long, default_value_t = 24, value_name = "HOURS")]
        overlap_hours: u32,
        #[command(flatten)]
        why: ReasonOption,
        /// Put the secret into this new file, which only its owner can read, instead of showing it.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Let a key count no more, for ever. What it keeps open ends.
    #[command(after_help = "Example:\n  triad access key revoke 6e0f... --reason \"left the team\"")]
    Revoke {
        #[command(flatten)]
        of: KeyOptions,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// Let a key count again that is suspended since the log was adopted from a copy.
    #[command(after_help = "Example:\n  triad access key restore 6e0f... --reason \"it was not revoked\"")]
    Restore {
        #[command(flatten)]
        of: KeyOptions,
        #[command(flatten)]
        why: ReasonOption,
    },
}

/// Whose a key is.
#[derive(Debug, Args)]
pub(in crate::resource::access) struct PersonOptions {
    /// The name of the person whose it is. No record holds it, and it can be erased.
    #[arg(long, value_name = "NAME")]
    person: Option<String>,
    /// With what the name is erased, 32 hexadecimal digits, such as the data subject of that person's workflows; the id of the
    /// key, unless this is given.
    #[arg(long, value_name = "ID", requires = "person")]
    data_subject: Option<String>,
}

impl PersonOptions {
    /// What is said of it; nothing when nothing was.
    fn document(&self) -> Result<Value, Failure> {
        let subject = self.data_subject.as_deref().map(checked).transpose()?;
        let name = self.person.as_ref();
        Ok(name.map_or(Value::Null, |name| json!({ "name": name, "data_subject": subject })))
    }
}

/// Whose a key is, on one line.
fn person(found: &Value) -> String {
    let name = &found["name"];
    let said = [&name["text"], &name["detail"]].into_iter().find_map(Value::as_str);
    match said {
        None => format!("{}  nobody said whose it is", text(&found["key_id"])),
        Some(said) => {
            let subject = text(&found["person"]["data_subject"]);
            format!("{}  {}  (data subject {subject})", text(&found["key_id"]), plain(said))
        }
    }
}

/// The key that is meant.
#[derive(Debug, Args)]
pub(in crate::resource::access) struct KeyOptions {
    #[command(flatten)]
    at: ServerOption,
    /// The key.
    #[arg(value_name = "ID")]
    id: String,
}

impl KeyOptions {
    fn path(&self, rest: &str) -> Result<String, Failure> {
        Ok(format!("/v1/access/keys/{}{rest}", checked(&self.id)?))
    }

    fn post(&self, rest: &str, body: &Value) -> Result<Value, Failure> {
        Ok(Api::of(&self.at)?.post(&self.path(rest)?, body.to_string().as_bytes(), None)?)
    }
}

impl Verb for KeyVerb {
    fn run(self, output: &Output) -> Result<(), Failure> {
        let shown = match self {
            Self::Issue { at, label, grants, whose, why, out } => {
                check_new(out.as_ref())?;
                let body = json!({
                    "label": label, "grants": grants.document(TENANT_DEFAULT), "person": whose.document()?,
                    "reason": why.reason,
                });
                let issued = Api::of(&at)?.post("/v1/access/keys", body.to_string().as_bytes(), None)?;
                return hand_over(&issued, out.as_deref(), |issued| key(&issued["key"]), output);
            }
            Self::Rotate { of, overlap_hours, why, out } => {
                check_new(out.as_ref())?;
                let body = json!({ "overlap_hours": overlap_hours, "reason": why.reason });
                let rotated = of.post("/rotate", &body)?;
                return hand_over(&rotated, out.as_deref(), |rotated| key(&rotated["key"]), output);
            }
            Self::List { at } => return list(&Api::of(&at)?, output),
            Self::Show { of, person: false } => Api::of(&of.at)?.get(&of.path("")?)?,
            Self::Show { of, person: true } => {
                let found = Api::of(&of.at)?.get(&of.path("/person")?)?;
                return output.result(|| person(&found), || found.clone());
            }
            Self::Name { of, whose, why } => {
                let named = whose.document()?;
                if named.is_null() {
                    return Err(Failure::usage("--person NAME says whose it is"));
                }
                of.post("/person", &json!({ "person": named, "reason": why.reason }))?
            }
            Self::Change { of, grants, why } => {
                let present = Api::of(&of.at)?.get(&of.path("")?)?;
                let tenant = present["grants"]["tenant"].as_str().unwrap_or(TENANT_DEFAULT);
                of.post("/change", &json!({ "grants": grants.document(tenant), "reason": why.reason }))?
            }
            Self::Revoke { of, why } => of.post("/revoke", &json!({ "reason": why.reason }))?,
            Self::Restore { of, why } => of.post("/restore", &json!({ "reason": why.reason }))?,
        };
        output.result(|| key(&shown), || shown.clone())
    }
}

fn list(api: &Api, output: &Output) -> Result<(), Failure> {
    let found = api.get("/v1/access/keys")?;
    let keys = found["keys"].as_array().cloned().unwrap_or_default();
    if keys.is_empty() {
        output
            .note("there are no keys: nobody is asked for one, as long as only this machine is listened to");
    }
    keys.iter().try_for_each(|one| output.result(|| key(one), || one.clone()))
}

/// Be given the key that a link is for.
#[derive(Debug, Args)]
pub(in crate::resource::access) struct Claim {
    #[command(flatten)]
    at: ServerOption,
    /// A file with the link; `-` for standard input. No argument holds it, because arguments are shown to everybody on
    /// the machine.
    #[arg(long, default_value = "-", value_name = "FILE")]
    link_file: PathBuf,
    /// What the key is to be called: a name of a thing, not of a person, because it stays for ever.
    #[arg(long, default_value = "first", value_name = "LABEL")]
    label: String,
    #[command(flatten)]
    whose: PersonOptions,
    /// Put the secret into this new file, which only its owner can read, instead of showing it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Claim {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        check_new(self.out.as_ref())?;
        let link = Zeroizing::new(read(&self.link_file)?);
        let body = json!({ "link": link.trim(), "label": self.label, "person": self.whose.document()? });
        let body = Zeroizing::new(body.to_string());
        let issued = Api::of(&self.at)?.post("/v1/access/claim", body.as_bytes(), None)?;
        hand_over(&issued, self.out.as_deref(), |issued| key(&issued["key"]), output)
    }
}

fn read(path: &PathBuf) -> Result<String, Failure> {
    let text = if path.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        fs::read_to_string(path)
    };
    text.map_err(|error| Failure::machine(format!("{}: {error}", path.display())))
}

/// Make a link that counts once.
#[derive(Debug, Args)]
pub(in crate::resource::access) struct Link {
    #[command(flatten)]
    at: ServerOption,
    /// The key with which it begins a session in a browser; without it the link is for a new key.
    #[arg(long, value_name = "ID", conflicts_with_all = ["roles", "installation", "further_tenants"])]
    key: Option<String>,
    #[command(flatten)]
    grants: GrantsOptions,
    /// Hours in which it can be used.
    #[arg(long, default_value_t = 1, value_name = "HOURS")]
    hours: u32,
    #[command(flatten)]
    why: ReasonOption,
    /// Put the link into this new file, which only its owner can read, instead of showing it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Link {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        check_new(self.out.as_ref())?;
        let mut body = json!({ "hours": self.hours, "reason": self.why.reason });
        match &self.key {
            Some(key) => body["key"] = json!(checked(key)?),
            None => body["grants"] = self.grants.document(TENANT_DEFAULT),
        }
        let made = Api::of(&self.at)?.post("/v1/access/links", body.to_string().as_bytes(), None)?;
        let describe = |made: &Value| {
            format!("link {} can be used once, until {}", text(&made["link_id"]), text(&made["expires"]))
        };
        hand_over(&made, self.out.as_deref(), describe, output)
    }
}

/// Issuers whose tokens are accepted.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  triad access issuer list")]
pub(in crate::resource::access) enum Issuer {
    /// List them.
    #[command(after_help = "Example:\n  triad access issuer list")]
    List {
        #[command(flatten)]
        at: ServerOption,
    },
    /// Accept the tokens (JWT) of an issuer.
    #[command(
        after_help = "Example:\n  triad access issuer trust https://id.example --audience triad --algorithm RS256 \\\n      --keys-at /etc/triad/jwks.json --roles-claim /realm_access/roles --tenants-claim tenants"
    )]
    Trust {
        #[command(flatten)]
        at: ServerOption,
        /// The issuer, character for character as its tokens name it.
        #[arg(value_name = "ISSUER")]
        issuer: String,
        /// Whom its tokens must be for.
        #[arg(long, value_name = "AUDIENCE")]
        audience: String,
        /// How it may sign: EdDSA, ES256, RS256 or PS256; several times for several.
        #[arg(long = "algorithm", required = true, value_name = "NAME")]
        algorithms: Vec<String>,
        /// Where its keys are (JWK set): a file of the server, or an https:// address. It is read again every five minutes.
        #[arg(long, value_name = "PLACE")]
        keys_at: String,
        /// The claim that holds roles: a name, or a JSON pointer.
        #[arg(long, default_value = "roles", value_name = "CLAIM")]
        roles_claim: String,
        /// The claim that holds tenants, of which `*` means all; without it all its tokens are of --tenant.
        #[arg(long, default_value = "", value_name = "CLAIM")]
        tenants_claim: String,
        /// The tenant of its tokens when they do not say.
        #[arg(long, default_value = "default", value_name = "TENANT")]
        tenant: String,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// Accept its tokens no more. What they keep open ends.
    #[command(
        after_help = "Example:\n  triad access issuer distrust https://id.example --reason \"its key leaked\""
    )]
    Distrust {
        #[command(flatten)]
        at: ServerOption,
        /// The issuer.
        #[arg(value_name = "ISSUER")]
        issuer: String,
        #[command(flatten)]
        why: ReasonOption,
    },
}

impl Verb for Issuer {
    fn run(self, output: &Output) -> Result<(), Failure> {
        let found = match self {
            Self::List { at } => Api::of(&at)?.get("/v1/access/issuers")?,
            Self::Trust {
                at,
                issuer,
                audience,
                algorithms,
                keys_at,
                roles_claim,
                tenants_claim,
                tenant,
                why,
            } => {
                let body = json!({
                    "issuer": issuer, "audience": audience, "algorithms": algorithms, "keys_at": keys_at,
                    "roles_claim": roles_claim, "tenants_claim": tenants_claim, "tenant": tenant,
                    "reason": why.reason,
                });
                Api::of(&at)?.post("/v1/access/issuers", body.to_string().as_bytes(), None)?
            }
            Self::Distrust { at, issuer, why } => {
                let body = json!({ "issuer": issuer, "reason": why.reason }).to_string();
                Api::of(&at)?.post("/v1/access/issuers/distrust", body.as_bytes(), None)?
            }
        };
        let issuers = found["issuers"].as_array().cloned().unwrap_or_default();
        if issuers.is_empty() {
            output.note("no issuer's tokens are accepted");
        }
        let describe = |one: &Value| {
            format!(
                "{}  for {} by {}, keys in {}, since {}",
                text(&one["issuer"]),
                text(&one["audience"]),
                joined(&one["algorithms"]),
                text(&one["keys_at"]),
                text(&one["since"]["time"]),
            )
        };
        issuers.iter().try_for_each(|one| output.result(|| describe(one), || one.clone()))
    }
}
