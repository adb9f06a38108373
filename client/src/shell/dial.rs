//! One attempt at a connection: TCP, TLS where asked for, the WebSocket handshake.
//!
//! How long it may take is the core's to say; it drops the attempt. Buffers are small: messages are.

use std::sync::Arc;

use scorelay_protocol::limits::{CLIENT_FRAME_BYTES, RELAY_FRAME_BYTES, SUBPROTOCOL};
use tokio::net::TcpStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Error};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream};

use super::address::Address;

/// An open connection.
pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const READ_BYTES: usize = 4 * 1024;

/// Connects to `address`.
///
/// # Errors
/// What went wrong, in words.
pub(super) async fn dial(address: Address) -> Result<Box<Socket>, String> {
    let mut request = address.to_string().into_client_request().map_err(|error| error.to_string())?;
    request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));

    let stream = TcpStream::connect((address.host.as_str(), address.port)).await.map_err(|error| error.to_string())?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    let connector = if address.tls { Connector::Rustls(tls()?) } else { Connector::Plain };
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * CLIENT_FRAME_BYTES)
        .max_message_size(Some(RELAY_FRAME_BYTES))
        .max_frame_size(Some(RELAY_FRAME_BYTES));
    let handshake = tokio_tungstenite::client_async_tls_with_config(request, stream, Some(config), Some(connector));
    let (socket, _) = Box::pin(handshake).await.map_err(explain)?;
    Ok(Box::new(socket))
}

fn tls() -> Result<Arc<ClientConfig>, String> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn explain(error: Error) -> String {
    match error {
        Error::Http(response) => format!("the server answers {}", response.status()),
        Error::Protocol(tungstenite::error::ProtocolError::SecWebSocketSubProtocolError(_)) => {
            format!("the server does not speak {SUBPROTOCOL}")
        }
        other => other.to_string(),
    }
}
