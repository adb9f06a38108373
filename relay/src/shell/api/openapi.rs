//! The interface described as OpenAPI 3.1: made from the table of routes once at start, never written by hand.

use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::limits;
use serde_json::{Map, Value, json};

use super::routes::{Place, ROUTES, Route};
use super::schemas;

/// The whole document.
pub(super) fn document() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        paths.insert(route.path.to_owned(), json!({ "get": operation(route) }));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Scorelay",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Live leaderboards, as a relay answers over HTTP.",
            "description": about(),
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": groups(),
        "paths": paths,
        "components": { "schemas": { "Problem": schemas::problem() } },
    })
}

fn about() -> String {
    format!(
        "All of it is public and may be asked from any page. Answers may be {} s old and carry an `ETag`; with \
         `If-None-Match` what has not changed is not sent again. `HEAD` is answered like `GET`, without the body. An \
         address may ask {} times a second, and {} times at once. Errors are `application/problem+json` with a code that \
         never changes.",
        limits::API_KEPT_MS / 1_000,
        limits::API_REQUESTS_PER_SECOND,
        limits::API_REQUESTS_PER_SECOND * limits::API_RATE_SECONDS,
    )
}

/// Groups in the order of the table.
fn groups() -> Vec<Value> {
    let mut names: Vec<&str> = ROUTES.iter().map(|route| route.group).collect();
    names.dedup();
    names.into_iter().map(|name| json!({ "name": name })).collect()
}

fn operation(route: &Route) -> Value {
    let parameters: Vec<Value> = route.parameters.iter().map(parameter).collect();
    json!({
        "operationId": route.id,
        "tags": [route.group],
        "summary": route.summary,
        "description": route.text,
        "parameters": parameters,
        "responses": responses(route),
    })
}

fn parameter(parameter: &super::routes::Parameter) -> Value {
    let in_path = parameter.place == Place::Path;
    json!({
        "name": parameter.name,
        "in": if in_path { "path" } else { "query" },
        "required": in_path || parameter.required,
        "description": parameter.text,
        "schema": (parameter.schema)(),
        "example": (parameter.example)(),
    })
}

fn responses(route: &Route) -> Value {
    let text = |text: &str| json!({ "description": text, "schema": { "type": "string" } });
    let headers = json!({
        "ETag": text("What this content is called, for `If-None-Match`."),
        "Cache-Control": text("How long it may be kept."),
    });
    let retry = json!({ "Retry-After": { "description": "Seconds to wait.", "schema": { "type": "integer" } } });
    let mut responses = json!({
        "200": {
            "description": "What was asked for.",
            "headers": headers,
            "content": { "application/json": { "schema": (route.schema)() } },
        },
        "304": { "description": "What the asker named with `If-None-Match` has not changed.", "headers": headers },
    });
    for (status, codes) in refusals(route) {
        let mut response = json!({
            "description": codes.iter().map(|code| meaning(*code)).collect::<Vec<_>>().join("\n"),
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
        });
        if matches!(status, 429 | 503) {
            response["headers"] = retry.clone();
        }
        responses[status.to_string()] = response;
    }
    responses
}

/// One line of a list.
fn meaning(code: ErrorCode) -> String {
    format!("- `{}` ({}): {}", code.name(), code.number(), code.meaning())
}

/// Every status that refuses, with its codes.
fn refusals(route: &Route) -> Vec<(u16, Vec<ErrorCode>)> {
    let of = |wanted: &[ErrorCode]| route.refusals.iter().copied().filter(|code| wanted.contains(code)).collect();
    let mut bad: Vec<ErrorCode> = of(&[ErrorCode::BadRange, ErrorCode::BadEntity]);
    bad.insert(0, ErrorCode::BadAddress);
    let missing: Vec<ErrorCode> = of(&[ErrorCode::NoSuchBoard, ErrorCode::NoRow, ErrorCode::NoProfile]);
    let mut busy =
        vec![ErrorCode::NotReady, ErrorCode::RateLimited, ErrorCode::TooManyConnections, ErrorCode::ShuttingDown];
    busy.extend(of(&[ErrorCode::CoreAway]));
    let few = vec![ErrorCode::RateLimited, ErrorCode::TooManyConnections];
    let mut all = vec![(400, bad), (404, missing), (405, vec![ErrorCode::BadRequest]), (429, few), (503, busy)];
    all.retain(|(_, codes)| !codes.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S7: what is answered is what is described, route by route.
    #[test]
    fn the_document_has_every_route_with_all_it_takes_and_says() {
        let document = document();
        assert_eq!(document["paths"].as_object().unwrap().len(), ROUTES.len());
        for route in ROUTES {
            let operation = &document["paths"][route.path]["get"];
            assert_eq!(operation["operationId"], route.id);
            let names: Vec<_> = route.parameters.iter().map(|parameter| json!(parameter.name)).collect();
            let listed = operation["parameters"].as_array().unwrap();
            assert_eq!(listed.iter().map(|parameter| parameter["name"].clone()).collect::<Vec<_>>(), names);
            let said = operation["responses"].to_string();
            for code in route.refusals {
                assert!(said.contains(&format!("`{}`", code.name())), "{} {code}", route.path);
            }
        }
        let mut ids: Vec<_> = ROUTES.iter().map(|route| route.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ROUTES.len(), "each has a name of its own");
    }
}
