//! What the relay says over HTTP about rows, for `compare`: its public JSON interface, as anybody may ask it.

use std::time::Duration;

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use scorelay_client::core::RankedRow;
use scorelay_protocol::entity::Entity;
use serde::Deserialize;
use tokio::time::timeout;
use tokio_rustls::rustls::ClientConfig;

use super::suspects::Places;
use crate::failure::causes;

/// A relay answers within two seconds, or not at all.
const WITHIN: Duration = Duration::from_secs(5);
/// An answer of a hundred rows with the longest ids has 80 KB.
const ANSWER_BYTES: usize = 256 * 1024;

/// A relay's HTTP interface.
pub(super) struct Http {
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    origin: String,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    /// These ranks of a board.
    Rows { board: String, from: u32, to: u32 },
    /// Where an entity stands on a board.
    Place { board: String, entity: Entity },
}

#[derive(Deserialize)]
struct Rows {
    rows: Vec<Row>,
}

/// A row, as `docs/http.md` has it.
#[derive(Deserialize)]
struct Row {
    rank: u32,
    entity: String,
    units: i64,
}

#[derive(Deserialize, Default)]
struct Problem {
    title: String,
    #[serde(default)]
    detail: String,
}

impl Http {
    pub(super) fn new(origin: String, tls: ClientConfig) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(WITHIN));
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1();
        Self { client: Client::builder(TokioExecutor::new()).build(connector.wrap_connector(tcp)), origin }
    }

    /// What the relay answers.
    ///
    /// # Errors
    /// Why it does not, in words.
    pub(super) async fn ask(&self, question: &Question) -> Result<Places, String> {
        let (status, body) = self.get(&question.path()).await?;
        question.read(status, &body)
    }

    async fn get(&self, path: &str) -> Result<(StatusCode, Bytes), String> {
        let request = Request::get(format!("{}{path}", self.origin)).body(Empty::new());
        let request = request.map_err(|error| error.to_string())?;
        let exchange = async {
            let answer = self.client.request(request).await.map_err(|error| causes(&error))?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, ANSWER_BYTES).collect().await;
            Ok::<_, String>((head.status, body.map_err(|error| format!("the answer broke off: {error}"))?.to_bytes()))
        };
        timeout(WITHIN, exchange).await.map_err(|_| format!("no answer within {} s", WITHIN.as_secs()))?
    }
}

impl Question {
    fn path(&self) -> String {
        match self {
            Self::Rows { board, from, to } => format!("/v1/boards/{}/rows?from={from}&to={to}", encoded(board)),
            Self::Place { board, entity } => {
                format!("/v1/boards/{}/entities/{}", encoded(board), encoded(&entity.to_string()))
            }
        }
    }

    fn read(&self, status: StatusCode, body: &[u8]) -> Result<Places, String> {
        let unreadable = |error: serde_json::Error| format!("the answer is no relay's: {error}");
        match (self, status) {
            (Self::Rows { from, to, .. }, StatusCode::OK) => {
                let answer: Rows = serde_json::from_slice(body).map_err(unreadable)?;
                let mut rows = vec![None; (to - from) as usize + 1];
                for row in answer.rows {
                    let row = row.ranked()?;
                    let place = row.rank.checked_sub(*from).and_then(|index| rows.get_mut(index as usize));
                    let place = place.ok_or_else(|| format!("rank {} was not asked for", row.rank))?;
                    *place = Some(row);
                }
                Ok(Places { from: *from, rows })
            }
            (Self::Place { .. }, StatusCode::OK) => {
                let row: Row = serde_json::from_slice(body).map_err(unreadable)?;
                Ok(Places { from: 0, rows: vec![Some(row.ranked()?)] })
            }
            _ => {
                let problem: Problem = serde_json::from_slice(body).unwrap_or_default();
                match self {
                    Self::Place { .. } if problem.title == "no-row" => Ok(Places { from: 0, rows: vec![None] }),
                    _ => Err(format!("it answers {status} {} {}", problem.title, problem.detail).trim_end().to_owned()),
                }
            }
        }
    }
}

impl Row {
    fn ranked(self) -> Result<RankedRow, String> {
        let entity = self.entity.parse::<Entity>().map_err(|error| format!("the answer is no relay's: {error}"))?;
        Ok(RankedRow { rank: self.rank, entity, score: self.units })
    }
}

/// As it stands in an address.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF_HTTP_MD: &str = r#"{"board":"chat","title":"Chat","unit":"points","decimals":2,"synthetic":false,"staleSince":null,
        "rows":[{"rank":1,"entity":"twitch:1234","score":1264.53,"units":126453},
        {"rank":2,"entity":"twitch:77","score":1200,"units":120000}]}"#;

    #[test]
    fn rows_are_read_by_their_ranks() {
        let question = Question::Rows { board: "chat".into(), from: 1, to: 3 };
        assert_eq!(question.path(), "/v1/boards/chat/rows?from=1&to=3");
        let places = question.read(StatusCode::OK, OF_HTTP_MD.as_bytes()).unwrap();
        let second = RankedRow { rank: 2, entity: "twitch:77".parse().unwrap(), score: 120_000 };
        assert_eq!((places.from, &places.rows[1], &places.rows[2]), (1, &Some(second), &None));
        let other = Question::Rows { board: "chat".into(), from: 2, to: 3 };
        assert!(other.read(StatusCode::OK, OF_HTTP_MD.as_bytes()).is_err(), "rank 1 was not asked for");
        let problem = br#"{"code":404,"detail":"no board","status":404,"title":"no-such-board","type":"urn:x"}"#;
        let error = question.read(StatusCode::NOT_FOUND, problem).unwrap_err();
        assert_eq!(error, "it answers 404 Not Found no-such-board no board");
    }

    #[test]
    fn who_has_no_row_stands_nowhere() {
        let question = Question::Place { board: "chat".into(), entity: "word:a/b é".parse().unwrap() };
        assert_eq!(question.path(), "/v1/boards/chat/entities/word%3Aa%2Fb%20%C3%A9");
        let problem = br#"{"code":106,"detail":"","status":404,"title":"no-row","type":"urn:x"}"#;
        assert_eq!(question.read(StatusCode::NOT_FOUND, problem).unwrap().rows, [None]);
    }
}
