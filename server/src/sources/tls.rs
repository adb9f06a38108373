//! TLS towards chat servers: the certificates browsers trust, and one cryptography provider, named here so that it does
//! not depend on what else is linked in.

use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, Error, RootCertStore};

/// How sources speak TLS.
///
/// # Errors
/// The provider knows none of the protocol's versions.
pub(crate) fn client() -> Result<ClientConfig, Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() };
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    Ok(builder.with_safe_default_protocol_versions()?.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    #[test]
    fn tls_can_be_spoken() {
        assert!(super::client().is_ok());
    }
}
