//! TLS towards chat servers: the certificates browsers trust, or those of the operator's file in their place, and one
//! cryptography provider, named here so that it does not depend on what else is linked in. Connections are the
//! sources'.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, Error, RootCertStore};

/// Whose signature a server's certificate must bear.
#[derive(Clone)]
pub struct Trust(Arc<RootCertStore>);

impl Trust {
    /// The authorities that browsers trust.
    pub(crate) fn web() -> Self {
        Self(Arc::new(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() }))
    }

    /// The certificates of a PEM file, and no others.
    ///
    /// # Errors
    /// Says why there is none in it, or which cannot be used.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let file = path.display();
        let text = std::fs::read(path).map_err(|error| format!("cannot read {file}: {error}"))?;
        let mut roots = RootCertStore::empty();
        for (certificate, number) in CertificateDer::pem_slice_iter(&text).zip(1..) {
            let certificate = certificate.map_err(|error| format!("{file} is no PEM file: {error}"))?;
            roots.add(certificate).map_err(|error| format!("certificate {number} of {file}: {error}"))?;
        }
        match roots.is_empty() {
            true => Err(format!("{file} has no certificate in it")),
            false => Ok(Self(Arc::new(roots))),
        }
    }
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Trust({} certificates)", self.0.len())
    }
}

/// How a source speaks TLS.
///
/// # Errors
/// The provider knows none of the protocol's versions.
pub(crate) fn client(trust: &Trust) -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(Arc::clone(&trust.0)).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_can_be_spoken() {
        assert!(client(&Trust::web()).is_ok());
    }
}
