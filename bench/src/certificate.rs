//! A certificate for loopback that servers under measure show and clients trust.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::failure::Result;

/// Files for servers, and how clients trust them.
pub(crate) struct Certificate {
    dir: TempDir,
    /// What clients speak TLS with.
    pub(crate) client: Arc<ClientConfig>,
}

impl Certificate {
    /// Makes a new one.
    ///
    /// # Errors
    /// Its files cannot be written.
    pub(crate) fn make() -> Result<Self> {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()])?;
        let dir = tempfile::tempdir()?;
        std::fs::write(dir.path().join("cert.pem"), cert.pem())?;
        std::fs::write(dir.path().join("key.pem"), signing_key.serialize_pem())?;
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone())?;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions()?.with_root_certificates(roots);
        Ok(Self { dir, client: Arc::new(config.with_no_client_auth()) })
    }

    /// The certificate's file, PEM.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.dir.path().join("cert.pem")
    }

    /// The key's file, PEM.
    pub(crate) fn key(&self) -> PathBuf {
        self.dir.path().join("key.pem")
    }
}
