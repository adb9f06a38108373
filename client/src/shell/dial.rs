//! One attempt at a connection: TCP, TLS where asked for, the WebSocket handshake.
//!
//! How long it may take is the core's to say; it drops the attempt. Buffers are small: messages are.

use std::io;
use std::sync::Arc;

use scorelay_protocol::limits::{CLIENT_FRAME_BYTES, RELAY_FRAME_BYTES, SUBPROTOCOL};
use tokio::net::TcpStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream};

use super::address::Address;

/// An open connection.
pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const READ_BYTES: usize = 4 * 1024;

/// Why an attempt came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// No connection to the host.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Something answers, but with this HTTP status instead of a WebSocket; and what it said, as far as it came.
    #[error("the server answers {status}")]
    Status {
        /// Like `429 Too Many Requests`.
        status: String,
        /// The body of the answer.
        body: Vec<u8>,
    },
    /// A WebSocket of another protocol.
    #[error("the server does not speak {SUBPROTOCOL}")]
    Subprotocol,
    /// TLS or the handshake failed.
    #[error("{0}")]
    Handshake(String),
}

/// Connects to one relay, again and again; what TLS needs is made once.
#[derive(Clone)]
pub struct Dialer {
    address: Address,
    /// Or why TLS cannot be set up, to be said at each attempt.
    connector: Result<Connector, String>,
}

impl Dialer {
    /// For the relay at `address`, trusting whom browsers trust.
    pub fn new(address: Address) -> Self {
        let connector = if address.tls { tls().map(Connector::Rustls) } else { Ok(Connector::Plain) };
        Self { address, connector }
    }

    /// For the relay at `address`, trusting whom `config` trusts where that is one of TLS.
    pub fn with_tls(address: Address, config: Arc<ClientConfig>) -> Self {
        let connector = if address.tls { Connector::Rustls(config) } else { Connector::Plain };
        Self { address, connector: Ok(connector) }
    }

    /// Connects.
    ///
    /// # Errors
    /// What went wrong.
    pub async fn dial(&self) -> Result<Box<Socket>, DialError> {
        let address = &self.address;
        let mut request = address.to_string().into_client_request().map_err(explain)?;
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));

        let stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
        stream.set_nodelay(true)?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(4 * CLIENT_FRAME_BYTES)
            .max_message_size(Some(RELAY_FRAME_BYTES))
            .max_frame_size(Some(RELAY_FRAME_BYTES));
        let connector = Some(self.connector.clone().map_err(DialError::Handshake)?);
        let handshake = tokio_tungstenite::client_async_tls_with_config(request, stream, Some(config), connector);
        let (socket, _) = Box::pin(handshake).await.map_err(explain)?;
        Ok(Box::new(socket))
    }
}

fn tls() -> Result<Arc<ClientConfig>, String> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn explain(error: Error) -> DialError {
    match error {
        Error::Http(response) => {
            let (head, body) = response.into_parts();
            DialError::Status { status: head.status.to_string(), body: body.unwrap_or_default() }
        }
        Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_)) => DialError::Subprotocol,
        Error::Io(error) => DialError::Io(error),
        other => DialError::Handshake(other.to_string()),
    }
}
