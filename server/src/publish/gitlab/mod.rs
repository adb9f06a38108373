//! Results as an issue of a GitLab project, made once however often the answer is lost.
//!
//! GitLab makes another issue for each request to make one. So before each try it is looked for one that bears the mark
//! of these results, first by searching, then among the latest issues, as a search may not know them yet; and after a
//! lost answer long enough for whatever was begun to be there. What an issue says stands in `issue.rs`, how it is asked
//! in `http.rs`.

mod http;
mod issue;

use std::path::Path;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::HeaderValue;
use scorelay_engine::meets::Publication;
use scorelay_protocol::limits;
use scorelay_protocol::time::rfc3339;
use serde_json::{Value, json};

use self::http::{Answer, Fault, Http};
use super::config::GitlabConfig;
use super::{Job, Outcome, before, mark};

/// The latest issues are those since the results were taken; clocks may differ by this.
const CLOCKS: Duration = Duration::from_secs(3_600);
const SEARCH_PAGE: usize = 20;

/// A project to write to.
#[derive(Debug)]
pub(super) struct Gitlab {
    config: GitlabConfig,
    request: Duration,
}

impl Gitlab {
    pub(super) fn new(config: GitlabConfig, request: Duration) -> Self {
        Self { config, request }
    }

    /// Tries once.
    pub(super) async fn hand_over(&self, job: &mut Job) -> Outcome {
        match self.try_once(job).await {
            Ok(outcome) | Err(outcome) => outcome,
        }
    }

    async fn try_once(&self, job: &mut Job) -> Result<Outcome, Outcome> {
        let token = read_token(&self.config.token_file).map_err(Outcome::failed)?;
        let http = Http::new(token, &self.config.trust, self.request).map_err(Outcome::failed)?;
        if let Some(place) = self.find(&http, &job.publication).await? {
            return Ok(Outcome::Done(place));
        }
        if job.resumed {
            return Ok(Outcome::Later);
        }
        let inline = issue::inline(&job.publication.csv);
        let results = match inline.or_else(|| job.attached.clone()) {
            Some(results) => results,
            None => {
                let link = self.attach(&http, &job.publication).await?;
                job.attached.insert(link).clone()
            }
        };
        self.make(&http, &job.publication, &results).await
    }

    /// The address of the issue that there is for these results.
    async fn find(&self, http: &Http, publication: &Publication) -> Result<Option<String>, Outcome> {
        let issues = format!("{}/issues?scope=all&state=all", self.config.project);
        let search = format!("{issues}&in=description&search={}&per_page={SEARCH_PAGE}", publication.uid);
        if let Some(found) = self.look_through(http, &search, publication).await? {
            return Ok(Some(found));
        }
        let since = rfc3339(before(publication.at, CLOCKS));
        let latest = format!("{issues}&created_after={since}&order_by=created_at&sort=desc&per_page={SEARCH_PAGE}");
        self.look_through(http, &latest, publication).await
    }

    async fn look_through(
        &self,
        http: &Http,
        address: &str,
        publication: &Publication,
    ) -> Result<Option<String>, Outcome> {
        for page in 1..=limits::PUBLISH_PAGES {
            let answer = http.get(&format!("{address}&page={page}")).await;
            // Nothing was begun by looking, however it ended.
            let answer = answer.map_err(|fault| Outcome::failed(format!("looking for the issue: {}", fault.why())))?;
            if answer.status != StatusCode::OK {
                return Err(self.refused("looking for the issue", &answer));
            }
            let Ok(Value::Array(found)) = serde_json::from_slice(&answer.body) else {
                return Err(Outcome::failed("looking for the issue: the answer is no list"));
            };
            if let Some(issue) = found.iter().find(|issue| issue::is_of(issue, publication)) {
                return Ok(Some(place(issue).unwrap_or_else(|| mark(publication))));
            }
            if found.len() < SEARCH_PAGE {
                break;
            }
        }
        Ok(None)
    }

    /// Uploads the results and gives the link to them. An upload whose answer was lost is done again: nobody sees it.
    async fn attach(&self, http: &Http, publication: &Publication) -> Result<String, Outcome> {
        let (kind, body) = issue::upload(publication);
        let sent = http.post(&format!("{}/uploads", self.config.project), &kind, body).await;
        let answer = sent.map_err(|fault| Outcome::failed(format!("attaching the results: {}", fault.why())))?;
        if answer.status != StatusCode::CREATED {
            return Err(self.refused("attaching the results", &answer));
        }
        let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let link = said["markdown"].as_str().map(str::to_owned);
        link.ok_or_else(|| Outcome::failed("attaching the results: the answer has no link"))
    }

    async fn make(&self, http: &Http, publication: &Publication, results: &str) -> Result<Outcome, Outcome> {
        let mut labels = self.config.labels.clone();
        if publication.number > 1 {
            labels.push("correction".to_owned());
        }
        let issue = json!({
            "title": issue::title(publication),
            "description": issue::description(publication, results),
            "labels": labels.join(","),
        });
        let issues = format!("{}/issues", self.config.project);
        match http.post(&issues, "application/json", issue.to_string().into()).await {
            Err(Fault::NotSent(why)) => Err(Outcome::failed(format!("making the issue: {why}"))),
            Err(Fault::Lost(why)) => Err(Outcome::Unclear(format!("making the issue: {why}"))),
            Ok(answer) if answer.status == StatusCode::CREATED => {
                let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                place(&said)
                    .map(Outcome::Done)
                    .ok_or_else(|| Outcome::Unclear("making the issue: the answer names none".to_owned()))
            }
            // A gateway may give up while the server behind it goes on.
            Ok(answer) if answer.status.is_server_error() => {
                Err(Outcome::Unclear(format!("making the issue: {}", said(&answer))))
            }
            Ok(answer) => Err(self.refused("making the issue", &answer)),
        }
    }

    /// What an answer that is no success comes to.
    fn refused(&self, doing: &str, answer: &Answer) -> Outcome {
        let file = self.config.token_file.display();
        let hint = match answer.status {
            StatusCode::UNAUTHORIZED => format!("; the token in {file} is wrong or has expired"),
            StatusCode::FORBIDDEN => format!("; the token in {file} may not do this: it needs the scope `api`"),
            StatusCode::NOT_FOUND => format!("; there is no such project, or the token in {file} may not see it"),
            status if status.is_redirection() => "; the address is another one now: correct it".to_owned(),
            _ => String::new(),
        };
        Outcome::Failed { why: format!("{doing}: {}{hint}", said(answer)), after: answer.retry_after }
    }
}

/// What a server says against a request, in few words.
fn said(answer: &Answer) -> String {
    let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = [&value["message"], &value["error_description"], &value["error"]];
    let text = text.into_iter().find(|text| !text.is_null());
    let text = text.map(|text| text.as_str().map_or_else(|| text.to_string(), str::to_owned));
    match text {
        Some(text) => {
            let plain = text.chars().map(|char| if char.is_control() { ' ' } else { char });
            format!("the server says {}: {}", answer.status, plain.take(200).collect::<String>())
        }
        None => format!("the server says {}", answer.status),
    }
}

fn place(issue: &Value) -> Option<String> {
    issue["web_url"].as_str().filter(|address| !address.is_empty()).map(str::to_owned)
}

/// The first line of the file; it is shown to nobody.
fn read_token(file: &Path) -> Result<HeaderValue, String> {
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot read the token in {name}: {error}"))?;
    let token = text.lines().next().unwrap_or_default().trim();
    match HeaderValue::from_str(token) {
        Ok(mut value) if !token.is_empty() => {
            value.set_sensitive(true);
            Ok(value)
        }
        _ => Err(format!("there is no token in the first line of {name}")),
    }
}
