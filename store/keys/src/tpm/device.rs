//! One connection to a TPM, its storage root key, and sessions that a listener on the bus cannot read.

use crate::tpm_error::{Identity, TpmError};
use std::error::Error;
use std::path::Path;
use std::str::FromStr;
use tss_esapi::attributes::{ObjectAttributesBuilder, SessionAttributesBuilder};
use tss_esapi::constants::{PropertyTag, SessionType, StartupType};
use tss_esapi::handles::{KeyHandle, ObjectHandle, SessionHandle};
use tss_esapi::interface_types::algorithm::{HashingAlgorithm, PublicAlgorithm};
use tss_esapi::interface_types::ecc::EccCurve;
use tss_esapi::interface_types::resource_handles::Hierarchy;
use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::{
    EccPoint, Public, PublicBuilder, PublicEccParametersBuilder, SymmetricDefinition,
    SymmetricDefinitionObject,
};
use tss_esapi::{Context, TctiNameConf};

type Answer<T> = tss_esapi::Result<T>;

/// An open TPM.
pub(super) struct Device {
    pub(super) context: Context,
    /// Derived from the TPM's own seed each time: the same key until the TPM is cleared, and nothing stays in it.
    pub(super) root: KeyHandle,
    pub(super) root_name: Vec<u8>,
}

/// For `map_err`: `what` completes "failed to".
pub(super) fn failed<E: Error + Send + Sync + 'static>(what: &'static str) -> impl FnOnce(E) -> TpmError {
    move |error| TpmError::Command { what, source: error.into() }
}

impl Device {
    pub(super) fn open(connection: &str) -> Result<Self, TpmError> {
        // The library writes to standard error about a device that is not there; this says it better.
        let device = connection.strip_prefix("device:");
        if device.is_some_and(|path| !Path::new(path).exists()) {
            return Err(TpmError::Absent(device.unwrap_or_default().to_owned()));
        }
        let named = TctiNameConf::from_str(connection);
        let named = named.map_err(|_| TpmError::Connection(connection.to_owned()))?;
        let unusable = |source: tss_esapi::Error| TpmError::Unusable {
            connection: connection.to_owned(),
            source: source.into(),
        };
        let mut context = Context::new(named).map_err(unusable)?;
        if device.is_none() {
            // A simulator that nothing has started; one that runs ignores it.
            context.startup(StartupType::Clear).map_err(unusable)?;
        }
        let root = with_empty_password(&mut context, |context| {
            context.create_primary(Hierarchy::Owner, root_template()?, None, None, None, None)
        });
        let root = root.map_err(failed("make its storage root key"))?.key_handle;
        let name =
            context.tr_get_name(ObjectHandle::from(root)).map_err(failed("name its storage root key"))?;
        Ok(Self { context, root, root_name: name.value().to_vec() })
    }

    pub(super) fn identity(&mut self) -> Result<Identity, TpmError> {
        let manufacturer = self.text(&[PropertyTag::Manufacturer])?;
        let vendor = self.text(&[
            PropertyTag::VendorString1,
            PropertyTag::VendorString2,
            PropertyTag::VendorString3,
            PropertyTag::VendorString4,
        ])?;
        Ok(Identity::new(manufacturer, vendor))
    }

    /// Four letters from each property.
    fn text(&mut self, properties: &[PropertyTag]) -> Result<String, TpmError> {
        let mut letters = Vec::new();
        for property in properties {
            let value = self.context.get_tpm_property(*property).map_err(failed("say what it is"))?;
            letters.extend_from_slice(&value.unwrap_or_default().to_be_bytes());
        }
        let text: String =
            letters.iter().filter(|letter| **letter != 0).map(|letter| char::from(*letter)).collect();
        Ok(text.trim().to_owned())
    }

    /// Does something in a session whose key a listener on the bus cannot know: it is salted to the storage root key.
    /// Parameters are encrypted where a command has any that can be, and answers are authenticated.
    pub(super) fn in_session<T>(&mut self, work: impl FnOnce(&mut Context) -> Answer<T>) -> Answer<T> {
        let session = self.begin_session(SessionType::Hmac)?;
        let done = self.context.execute_with_session(Some(session), work);
        self.end_session(session, done)
    }

    pub(super) fn begin_session(&mut self, kind: SessionType) -> Answer<AuthSession> {
        let root = self.root;
        let started = self.context.execute_without_session(|context| {
            let cipher = SymmetricDefinition::AES_128_CFB;
            context.start_auth_session(Some(root), None, None, kind, cipher, HashingAlgorithm::Sha256)
        })?;
        let session = started.expect("invariant: a session that was started has a handle");
        let attributes = SessionAttributesBuilder::new().with_decrypt(true).with_encrypt(true);
        let (attributes, mask) = attributes.with_continue_session(true).build();
        let set = self.context.tr_sess_set_attributes(session, attributes, mask);
        match set {
            Ok(()) => Ok(session),
            Err(error) => self.end_session(session, Err(error)),
        }
    }

    /// Gives the session's place in the TPM back whatever happened: there are three.
    pub(super) fn end_session<T>(&mut self, session: AuthSession, done: Answer<T>) -> Answer<T> {
        let flushed = self.context.flush_context(SessionHandle::from(session).into());
        let done = done?;
        flushed.map(|()| done)
    }

    /// Gives an object's place in the TPM back whatever happened: there are three.
    pub(super) fn unload<T, E>(
        &mut self,
        object: KeyHandle,
        done: Result<T, E>,
        also: impl FnOnce(tss_esapi::Error) -> E,
    ) -> Result<T, E> {
        let flushed = self.context.flush_context(object.into());
        let done = done?;
        flushed.map(|()| done).map_err(also)
    }
}

/// For commands on what nobody protects with a password; nothing secret goes over the bus in them.
pub(super) fn with_empty_password<T>(
    context: &mut Context,
    work: impl FnOnce(&mut Context) -> Answer<T>,
) -> Answer<T> {
    context.execute_with_session(Some(AuthSession::Password), work)
}

/// A key that never leaves this TPM, needs no password, and is used on what the TPM made alone.
pub(super) fn restricted() -> ObjectAttributesBuilder {
    ObjectAttributesBuilder::new()
        .with_fixed_tpm(true)
        .with_fixed_parent(true)
        .with_sensitive_data_origin(true)
        .with_user_with_auth(true)
        .with_no_da(true)
        .with_restricted(true)
}

/// The ECC storage root key of the TCG's provisioning guidance: P-256, AES-128-CFB, no password.
fn root_template() -> Answer<Public> {
    let attributes = restricted().with_decrypt(true).build()?;
    let cipher = SymmetricDefinitionObject::AES_128_CFB;
    let parameters =
        PublicEccParametersBuilder::new_restricted_decryption_key(cipher, EccCurve::NistP256).build()?;
    PublicBuilder::new()
        .with_public_algorithm(PublicAlgorithm::Ecc)
        .with_name_hashing_algorithm(HashingAlgorithm::Sha256)
        .with_object_attributes(attributes)
        .with_ecc_parameters(parameters)
        .with_ecc_unique_identifier(EccPoint::default())
        .build()
}
