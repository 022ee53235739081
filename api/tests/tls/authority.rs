//! An authority, and what it vouches for.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, date_time_ymd,
};
use std::path::{Path, PathBuf};

/// A private authority.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, as PEM.
pub(crate) struct Issued {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// The same in files.
pub(crate) struct Files {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("an authority")
    }

    /// One with a name, which several may have.
    pub(crate) fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let made = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key"));
        Self(made.expect("an authority"))
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A file with the authority's certificate.
    pub(crate) fn file(&self, directory: &Path, name: &str) -> PathBuf {
        let path = directory.join(name);
        std::fs::write(&path, self.pem()).expect("writes");
        path
    }

    /// A certificate of a server at this machine.
    pub(crate) fn server(&self) -> Issued {
        self.issue(&["127.0.0.1", "localhost"], ExtendedKeyUsagePurpose::ServerAuth, |_| {})
    }

    /// A certificate of a server, otherwise than it should be.
    pub(crate) fn server_but(&self, change: impl FnOnce(&mut CertificateParams)) -> Issued {
        self.issue(&["127.0.0.1"], ExtendedKeyUsagePurpose::ServerAuth, change)
    }

    /// One that ended long ago.
    pub(crate) fn expired(&self) -> Issued {
        self.server_but(|params| {
            (params.not_before, params.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 3, 4));
        })
    }

    pub(crate) fn client(&self) -> Issued {
        self.issue(&["client.example"], ExtendedKeyUsagePurpose::ClientAuth, |_| {})
    }

    fn issue(
        &self,
        names: &[&str],
        purpose: ExtendedKeyUsagePurpose,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Issued {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        params.extended_key_usages = vec![purpose];
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate").pem();
        Issued { certificate, key: key.serialize_pem() }
    }
}

impl Issued {
    /// Writes both, the key for its owner alone; over what is there in one step each, as those do who renew certificates.
    pub(crate) fn files(&self, directory: &Path, name: &str) -> Files {
        let path = |kind| directory.join(format!("{name}.{kind}"));
        let files = Files { certificate: path("pem"), key: path("key") };
        put(&files.certificate, &self.certificate, 0o644);
        put(&files.key, &self.key, 0o600);
        files
    }
}

/// Puts a file in the place of another.
pub(crate) fn put(path: &Path, text: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    let new = path.with_extension("new");
    std::fs::write(&new, text).expect("writes");
    std::fs::set_permissions(&new, std::fs::Permissions::from_mode(mode)).expect("changes a mode");
    std::fs::rename(&new, path).expect("renames");
}
