//! The keys of `[meets.publish]`, and what they come to. Where they stand in the file, and how a complaint names its
//! line, is the business of `crate::config`.

use std::path::PathBuf;

use hyper::Uri;
use serde::Deserialize;
use toml::Spanned;

use crate::sources::tls::Trust;

/// Labels of one issue.
const LABELS: usize = 16;
const LABEL_BYTES: usize = 255;

/// `[meets.publish]` as it is written: one of the two, or neither for a folder in the data directory.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PublishTable {
    /// A folder.
    pub directory: Option<Spanned<PathBuf>>,
    /// Issues of a GitLab project.
    pub gitlab: Option<Spanned<GitlabTable>>,
}

/// `[meets.publish.gitlab]` as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitlabTable {
    /// The server: `https://gitlab.com`.
    pub url: Spanned<String>,
    /// The project, by its path or number.
    pub project: Spanned<String>,
    /// The file with an access token, read at each try.
    pub token_file: Spanned<PathBuf>,
    /// Labels of the issues; `meet-results` where nothing is said.
    pub labels: Option<Spanned<Vec<String>>>,
    /// Whom to trust instead of the authorities that browsers trust.
    pub ca_file: Option<Spanned<PathBuf>>,
}

/// Where results go.
#[derive(Debug, Clone)]
pub enum Target {
    /// Into this folder, which is made if need be.
    Folder(PathBuf),
    /// To a GitLab project.
    Gitlab(GitlabConfig),
}

/// A GitLab project and how to write to it.
#[derive(Debug, Clone)]
pub struct GitlabConfig {
    /// The address of the project in the REST interface, without a slash at its end.
    pub(super) project: String,
    pub(super) token_file: PathBuf,
    pub(super) labels: Vec<String>,
    pub(super) trust: Trust,
}

/// What is wrong with a key, and where it stands.
pub type Complaint = (std::ops::Range<usize>, String);

impl PublishTable {
    /// Where results go; `default` is the folder where nothing is said, `path` makes a path of the file one of this
    /// process.
    ///
    /// # Errors
    /// What is wrong, with the key's name and where it stands.
    pub fn target(self, default: PathBuf, path: impl Fn(PathBuf) -> PathBuf) -> Result<Target, Complaint> {
        match (self.directory, self.gitlab) {
            (None, None) => Ok(Target::Folder(default)),
            (Some(folder), None) => Ok(Target::Folder(path(folder.into_inner()))),
            (None, Some(table)) => table.into_inner().config(path).map(Target::Gitlab),
            (Some(folder), Some(_)) => {
                Err((folder.span(), "directory: results go either to a folder or to GitLab, not to both".into()))
            }
        }
    }
}

impl GitlabTable {
    fn config(self, path: impl Fn(PathBuf) -> PathBuf) -> Result<GitlabConfig, Complaint> {
        let at = |span: std::ops::Range<usize>, key: &str, why: String| (span, format!("{key}: {why}"));
        let span = self.url.span();
        let server = server(self.url.get_ref()).map_err(|why| at(span.clone(), "url", why))?;
        let encoded = project(self.project.get_ref()).map_err(|why| at(self.project.span(), "project", why))?;
        let labels = match self.labels {
            None => vec!["meet-results".to_owned()],
            Some(labels) => {
                let span = labels.span();
                check_labels(labels.into_inner()).map_err(|why| at(span, "labels", why))?
            }
        };
        let trust = match self.ca_file {
            None => Trust::web(),
            Some(file) => {
                let span = file.span();
                Trust::read(&path(file.into_inner())).map_err(|why| at(span, "ca_file", why))?
            }
        };
        let token_file = path(self.token_file.into_inner());
        Ok(GitlabConfig { project: format!("{server}/api/v4/projects/{encoded}"), token_file, labels, trust })
    }
}

/// The server's address without a slash at its end. A token goes there: over plain HTTP only to this machine.
fn server(text: &str) -> Result<String, String> {
    let uri: Uri = text.parse().map_err(|error| format!("`{text}` is no address: {error}"))?;
    let wanted = || format!("`{text}` is no address like https://gitlab.com");
    let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(wanted)?;
    let host = authority.host();
    let here = host == "localhost" || host.trim_matches(['[', ']']).parse().is_ok_and(is_loopback);
    match uri.scheme_str() {
        _ if uri.query().is_some() => Err(wanted()),
        Some("https") => Ok(text.trim_end_matches('/').to_owned()),
        Some("http") if here => Ok(text.trim_end_matches('/').to_owned()),
        Some("http") => Err("the token would travel unprotected: write https".into()),
        _ => Err(wanted()),
    }
}

fn is_loopback(address: std::net::IpAddr) -> bool {
    address.is_loopback()
}

/// The project as it stands in an address: a number, or a path with its slashes encoded.
fn project(text: &str) -> Result<String, String> {
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_./".contains(char);
    let parts = || text.split('/');
    let path = parts().count() > 1 && parts().all(|part| !part.is_empty() && part != "." && part != "..");
    let number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.chars().all(plain) && (path || number) && text.len() <= 1_024 {
        true => Ok(text.replace('/', "%2F")),
        false => Err(format!("`{text}` is no project like group/name, nor the number of one")),
    }
}

fn check_labels(labels: Vec<String>) -> Result<Vec<String>, String> {
    // GitLab takes labels as one text with commas between them.
    let bad = |label: &&String| {
        let odd = label.contains(',') || label.chars().any(char::is_control);
        label.trim().is_empty() || odd || label.len() > LABEL_BYTES
    };
    match labels.iter().find(bad) {
        Some(label) => Err(format!("`{label}` is no label: 1 to {LABEL_BYTES} bytes without commas are wanted")),
        None if labels.len() > LABELS => Err(format!("at most {LABELS} labels")),
        None => Ok(labels),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn target(text: &str) -> Result<Target, String> {
        let table: PublishTable = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        table.target("default".into(), |path| path).map_err(|(_, why)| why)
    }

    fn gitlab(url: &str, project: &str) -> Result<String, String> {
        let text = format!("[gitlab]\nurl = '{url}'\nproject = '{project}'\ntoken_file = 't'\n");
        target(&text).map(|target| match target {
            Target::Gitlab(config) => config.project,
            Target::Folder(folder) => panic!("{}", folder.display()),
        })
    }

    /// L11: results go where the file says, and nowhere else.
    #[test]
    fn keys_say_where_results_go() {
        let folder = |text| match target(text) {
            Ok(Target::Folder(folder)) => folder.display().to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(folder(""), "default");
        assert_eq!(folder("directory = '/srv/results'"), "/srv/results");
        let whole = "https://gitlab.com/api/v4/projects/openpowerlifting%2Fopl-data";
        assert_eq!(gitlab("https://gitlab.com/", "openpowerlifting/opl-data").unwrap(), whole);
        assert_eq!(gitlab("http://127.0.0.1:8080", "42").unwrap(), "http://127.0.0.1:8080/api/v4/projects/42");
        assert!(gitlab("http://[::1]:80", "42").is_ok());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (url, project, why) in [
            ("http://gitlab.com", "a/b", "unprotected"),
            ("http://127.0.0.1.example.com", "a/b", "unprotected"),
            ("https://me@gitlab.com", "a/b", "no address like"),
            ("gitlab.com", "a/b", "no address like"),
            ("https://gitlab.com?a=b", "a/b", "no address like"),
            ("https://gitlab.com", "name", "no project like"),
            ("https://gitlab.com", "a/../b", "no project like"),
            ("https://gitlab.com", "a/b?x", "no project like"),
            ("https://gitlab.com", "", "no project like"),
        ] {
            let error = gitlab(url, project).unwrap_err();
            assert!(error.contains(why), "{url} {project}: {error}");
        }
        assert!(target("folder = 'x'").unwrap_err().contains("unknown field"));
        let both = "directory = 'x'\n[gitlab]\nurl = 'https://a'\nproject = 'a/b'\ntoken_file = 't'";
        assert!(target(both).unwrap_err().contains("not to both"));
        let labels = "[gitlab]\nurl = 'https://a'\nproject = 'a/b'\ntoken_file = 't'\nlabels = ['a,b']";
        assert!(target(labels).unwrap_err().contains("no label"));
        let ca = "[gitlab]\nurl = 'https://a'\nproject = 'a/b'\ntoken_file = 't'\nca_file = '/none'";
        assert!(target(ca).unwrap_err().starts_with("ca_file: cannot read"));
    }
}
