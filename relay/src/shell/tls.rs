//! TLS on the public port: a certificate and its key from files, read anew when they change, so that one that is renewed
//! counts without a restart. What is sent through it is in `stream.rs`.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use scorelay_protocol::error::{ErrorCode, WireError};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::ServerConfig;
use tokio_util::sync::CancellationToken;

/// The files of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// PEM: the server's certificate, then those between it and an authority.
    pub(crate) certificate: PathBuf,
    /// PEM: its private key.
    pub(crate) key: PathBuf,
}

/// What new sockets are met with.
pub(crate) struct TlsFront {
    files: TlsFiles,
    current: Mutex<TlsAcceptor>,
}

/// When the files were changed last.
type Stamp = [Option<SystemTime>; 2];

impl TlsFront {
    /// Reads the files.
    ///
    /// # Errors
    /// [`ErrorCode::BadConfig`]: one cannot be read, or they are no certificate with its key.
    pub(crate) fn read(files: TlsFiles) -> Result<Self, WireError> {
        let current = Mutex::new(files.acceptor().map_err(|what| WireError::new(ErrorCode::BadConfig, what))?);
        Ok(Self { files, current })
    }

    /// For the next socket.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.current.lock().clone()
    }

    /// Looks every so often whether the files have changed, and reads them again then, until the shutdown. Where they are wrong, the certificate before goes on.
    pub(crate) async fn renew(self: Arc<Self>, every: Duration, stop: CancellationToken) {
        let mut seen = self.files.stamp();
        while stop.run_until_cancelled(tokio::time::sleep(every)).await.is_some() {
            let stamp = self.files.stamp();
            if stamp == seen {
                continue;
            }
            match self.files.acceptor() {
                Ok(acceptor) => {
                    seen = stamp;
                    *self.current.lock() = acceptor;
                    tracing::info!("the certificate was renewed");
                }
                // Perhaps only one of the two files is there yet: they are looked at again.
                Err(error) => tracing::warn!(%error, "the new certificate cannot be used; the one before goes on"),
            }
        }
    }
}

impl TlsFiles {
    fn stamp(&self) -> Stamp {
        let changed = |path: &Path| std::fs::metadata(path).and_then(|metadata: Metadata| metadata.modified()).ok();
        [changed(&self.certificate), changed(&self.key)]
    }

    fn acceptor(&self) -> Result<TlsAcceptor, String> {
        let (certificate, key) = (self.certificate.display(), self.key.display());
        let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(&self.certificate).and_then(Iterator::collect);
        let chain = chain.map_err(|error| format!("tls_certificate_file: {certificate}: {error}"))?;
        if chain.is_empty() {
            return Err(format!("tls_certificate_file: {certificate} has no certificate in it"));
        }
        let private =
            PrivateKeyDer::from_pem_file(&self.key).map_err(|error| format!("tls_key_file: {key}: {error}"))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
        let mut config = config
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(|error| format!("tls_key_file: {key} does not belong to {certificate}: {error}"))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Who comes back after a restart of the network shakes hands without the expensive half.
        config.ticketer = ring::Ticketer::new().map_err(|error| error.to_string())?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}
