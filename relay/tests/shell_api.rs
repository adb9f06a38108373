//! The HTTP interface of a relay below a core: what it answers, what it refuses, and that asking does not disturb those
//! who watch. The page about it is tested in `web/tests`, the whole of it by a public tester with `web/tests/openapi`.
#![allow(clippy::unwrap_used, reason = "a test that goes wrong here ends here")]

mod shell_kit;

use std::collections::BTreeSet;

use scorelay_protocol::error::ErrorCode;
use scorelay_protocol::feed::Body;
use scorelay_protocol::ids::PageNo;
use scorelay_protocol::limits;
use serde_json::{Value, json};
use shell_kit::client::page;
use shell_kit::core::TestCore;
use shell_kit::http::{self, HttpAnswer};
use shell_kit::{TestRelay, config, until};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::Instant;

/// Rows `p:1` to `p:count`, the first with the highest score.
fn falling(count: i64) -> Vec<(String, i64)> {
    (1..=count).map(|n| (format!("p:{n}"), 10 * (count + 1 - n))).collect()
}

async fn with(relay: &TestRelay, method: &str, path: &str, headers: &str) -> HttpAnswer {
    let mut stream = TcpStream::connect(relay.addr()).await.unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let bodiless = method == "HEAD" || headers.contains("If-None-Match");
    if bodiless { http::read_head(&mut stream).await } else { http::read(&mut stream).await }
}

async fn get(relay: &TestRelay, path: &str) -> HttpAnswer {
    http::get(relay.addr(), path).await
}

/// Waits until the answer to a path is what is wanted.
async fn told(relay: &TestRelay, path: &str, wanted: impl Fn(&Value) -> bool) -> HttpAnswer {
    let mut last = None;
    until(path, async || {
        let answer = get(relay, path).await;
        let done = answer.status == 200 && wanted(&answer.json());
        last = Some(answer);
        done
    })
    .await;
    last.unwrap()
}

/// S8: a relay answers for a core that is somewhere else.
#[tokio::test(flavor = "multi_thread")]
async fn boards_rows_and_places_are_told() {
    let (core, relay, board) = TestRelay::with_core(|_| {}).await;
    core.score(board, falling(120)).await;
    let boards = told(&relay, "/v1/boards", |boards| boards["boards"][0]["rows"] == 120).await;
    let line = json!({
        "id": "chat", "title": "CHAT", "unit": "points", "decimals": 0, "synthetic": false, "rows": 120,
    });
    assert_eq!(boards.json(), json!({ "staleSince": null, "boards": [line] }));

    let rows = get(&relay, "/v1/boards/chat/rows?from=31&to=33").await.json();
    let row =
        |n: i64| json!({ "rank": n, "entity": format!("p:{n}"), "score": 10 * (121 - n), "units": 10 * (121 - n) });
    assert_eq!(
        rows,
        json!({
            "board": "chat", "title": "CHAT", "unit": "points", "decimals": 0, "synthetic": false, "staleSince": null,
            "rows": [row(31), row(32), row(33)],
        })
    );
    for (query, ranks) in [
        ("", 1..=32),
        ("?to=2", 1..=2),
        ("?from=90", 90..=120),
        ("?from=21&to=120", 21..=120),
        ("?from=119&to=200", 119..=120),
    ] {
        let rows = get(&relay, &format!("/v1/boards/chat/rows{query}")).await.json();
        let found: Vec<i64> =
            rows["rows"].as_array().unwrap().iter().map(|row| row["rank"].as_i64().unwrap()).collect();
        assert_eq!(found, ranks.collect::<Vec<_>>(), "{query}");
    }
    assert_eq!(get(&relay, "/v1/boards/chat/rows?from=4294967295").await.json()["rows"], json!([]));

    let place = get(&relay, "/v1/boards/chat/entities/p%3a7").await.json();
    assert_eq!((&place["rank"], &place["entity"], &place["score"]), (&json!(7), &json!("p:7"), &json!(1140)));
    core.score(board, vec![("word:a/b ä+\"".into(), 5_000)]).await;
    let path = "/v1/boards/chat/entities/word:a%2Fb%20%C3%A4+%22";
    until("the word stands", async || get(&relay, path).await.status == 200).await;
    assert_eq!(get(&relay, path).await.json()["entity"], "word:a/b ä+\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_not_changed_is_not_sent_again() {
    let (core, relay, board) = TestRelay::with_core(|_| {}).await;
    core.score(board, falling(50)).await;
    let path = "/v1/boards/chat/rows?from=1&to=10";
    let first = told(&relay, path, |rows| rows["rows"][9]["entity"] == "p:10").await;
    assert_eq!(first.header("cache-control"), Some("public, max-age=1, stale-while-revalidate=10"));
    assert_eq!(first.header("x-content-type-options"), Some("nosniff"));

    // Rows elsewhere on the board change nothing here.
    core.score(board, vec![("p:40".into(), 1), ("p:99".into(), 2)]).await;
    told(&relay, "/v1/boards", |boards| boards["boards"][0]["rows"] == 51).await;
    told(&relay, "/v1/boards/chat/rows?from=51&to=51", |rows| rows["rows"][0]["entity"] == "p:40").await;
    for tags in [first.etag().to_owned(), format!("\"other\", W/{}", first.etag()), "*".into()] {
        let same = with(&relay, "GET", path, &format!("If-None-Match: {tags}\r\n")).await;
        assert_eq!((same.status, same.etag()), (304, first.etag()), "{tags}");
        assert_eq!(same.header("cache-control"), first.header("cache-control"));
        assert_eq!(same.header("content-type"), None);
    }
    core.score(board, vec![("p:10".into(), 100_000)]).await;
    until("a change of these rows is another tag", async || get(&relay, path).await.etag() != first.etag()).await;
    let changed = with(&relay, "GET", path, &format!("If-None-Match: {}\r\n", first.etag())).await;
    assert_eq!((changed.status, changed.etag() == first.etag()), (200, false));

    let head = with(&relay, "HEAD", path, "").await;
    let whole = get(&relay, path).await;
    assert_eq!((head.status, head.etag()), (200, whole.etag()));
    assert_eq!(head.header("content-length"), Some(whole.body.len().to_string().as_str()));
}

/// Any page may ask, also with a header that browsers ask about first.
#[tokio::test(flavor = "multi_thread")]
async fn browsers_may_ask_from_anywhere() {
    let (_core, relay, _board) = TestRelay::with_core(|_| {}).await;
    let asked = "Origin: https://elsewhere.example\r\nAccess-Control-Request-Method: GET\r\n\
                 Access-Control-Request-Headers: if-none-match\r\n";
    let preflight = with(&relay, "OPTIONS", "/v1/boards/chat/rows", asked).await;
    assert_eq!((preflight.status, preflight.body.as_str()), (204, ""));
    assert_eq!(preflight.header("access-control-allow-methods"), Some("get, head, options"));
    assert_eq!(preflight.header("access-control-allow-headers"), Some("if-none-match"));
    for path in ["/v1/boards", "/v1/boards/none/rows", "/stats", "/stats?x=1"] {
        let answer = get(&relay, path).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
        assert_eq!(answer.header("access-control-expose-headers"), Some("etag, retry-after"), "{path}");
    }
}

/// Whatever an address says, the answer says what is wrong with it.
#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_are_wrong_are_refused_clearly() {
    let (core, relay, board) = TestRelay::with_core(|_| {}).await;
    core.score(board, falling(3)).await;
    told(&relay, "/v1/boards/chat/rows", |rows| rows["rows"][2]["entity"] == "p:3").await;
    let long = "x".repeat(8_000);
    let many = format!("/v1/boards?{}", "a=1&".repeat(3_000));
    for (path, status, code) in [
        ("/v1/boards/none/rows", 404, ErrorCode::NoSuchBoard),
        ("/v1/boards/%F0%9F%98%80/rows", 404, ErrorCode::NoSuchBoard),
        ("/v1/boards/chat%00/rows", 404, ErrorCode::NoSuchBoard),
        (&format!("/v1/boards/{long}/rows"), 404, ErrorCode::NoSuchBoard),
        ("/v1/boards/none/entities/p:1", 404, ErrorCode::NoSuchBoard),
        ("/v1/boards/chat/entities/p:4", 404, ErrorCode::NoRow),
        ("/v1/boards/chat/entities/never-seen:1", 404, ErrorCode::NoRow),
        ("/v1/boards/chat/entities/p", 400, ErrorCode::BadEntity),
        ("/v1/boards/chat/entities/P:1", 400, ErrorCode::BadEntity),
        ("/v1/boards/chat/entities/p:%00", 400, ErrorCode::BadEntity),
        (&format!("/v1/boards/chat/entities/p:{long}"), 400, ErrorCode::BadEntity),
        ("/v1/boards/chat/entities/p:%ff", 400, ErrorCode::BadAddress),
        ("/v1/boards/chat/entities/p:%4", 400, ErrorCode::BadAddress),
        ("/v1/boards/%c3/rows", 400, ErrorCode::BadAddress),
        ("/v1/boards/chat/rows?from=2&to=1", 400, ErrorCode::BadRange),
        ("/v1/boards/chat/rows?from=0", 400, ErrorCode::BadRange),
        ("/v1/boards/chat/rows?from=1&to=101", 400, ErrorCode::BadRange),
        ("/v1/boards/chat/rows?to=4294967296", 400, ErrorCode::BadRange),
        (&format!("/v1/boards/chat/rows?to={}", "9".repeat(5_000)), 400, ErrorCode::BadRange),
        ("/v1/boards/chat/rows?from=-1", 400, ErrorCode::BadAddress),
        ("/v1/boards/chat/rows?from=1e3", 400, ErrorCode::BadAddress),
        ("/v1/boards/chat/rows?from=%ff", 400, ErrorCode::BadAddress),
        ("/v1/boards/chat/rows?from=1&from=1", 400, ErrorCode::BadAddress),
        ("/v1/boards/chat/rows?limit=5", 400, ErrorCode::BadAddress),
        ("/v1/boards?x", 400, ErrorCode::BadAddress),
        (&many, 400, ErrorCode::BadAddress),
        ("/stats/words?top=5", 400, ErrorCode::BadAddress),
        ("/v1/openapi.json?x=1", 400, ErrorCode::BadAddress),
        ("/v1/boards/chat", 404, ErrorCode::NotFound),
        ("/v1/boards/", 404, ErrorCode::NotFound),
        ("/v1/boards/chat/rows/", 404, ErrorCode::NotFound),
        ("/v1/boards/../boards", 404, ErrorCode::NotFound),
        ("/stats/failedMessages", 404, ErrorCode::NotFound),
    ] {
        let answer = get(&relay, path).await;
        let shown = &path[..path.len().min(80)];
        assert_eq!((answer.status, answer.problem("code")), (status, code.number().into()), "{shown}: {answer:?}");
        assert!(answer.body.len() < 600, "{shown}: {}", answer.body);
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{shown}");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "QUERY"] {
        let answer = with(&relay, method, "/v1/boards", "Content-Length: 0\r\n").await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some("get, head, options")), "{method}");
        assert_eq!(answer.problem("code"), ErrorCode::BadRequest.number());
    }
    assert_eq!(get(&relay, &format!("/v1/boards/{}/rows", "x".repeat(20_000))).await.status, 431);
}

/// S2, S3: in the shapes of the old statistics; idle is 0, and what there is not is empty.
#[tokio::test(flavor = "multi_thread")]
async fn statistics_are_the_first_rows_of_their_boards() {
    let (core, relay, _board) = TestRelay::with_core(|_| {}).await;
    assert_eq!(get(&relay, "/stats").await.json(), json!({ "messagesPerSecond": 0 }));
    for path in ["/stats/words", "/stats/nicks", "/stats/rooms"] {
        assert_eq!(get(&relay, path).await.json(), json!([]), "{path}");
    }
    let (rate, words, nicks) = (core.board("rate").await, core.board("words").await, core.board("nicks").await);
    let rooms = core.board("rooms").await;
    core.score(rate, vec![("total:messages".into(), 42), ("total:bytes".into(), 9_000)]).await;
    core.score(words, (1..=12).map(|n| (format!("word:w{n}:é"), 100 - n)).collect()).await;
    core.score(nicks, vec![("nick:ann".into(), 3), ("nick:7".into(), 2)]).await;
    core.score(rooms, vec![("room:#chat".into(), 5)]).await;
    told(&relay, "/stats", |rate| *rate == json!({ "messagesPerSecond": 42 })).await;
    let first: Vec<Value> = (1..=10).map(|n| json!({ format!("w{n}:é"): 100 - n })).collect();
    told(&relay, "/stats/words", |words| *words == json!(first)).await;
    told(&relay, "/stats/nicks", |nicks| *nicks == json!([{ "ann": 3 }, { "7": 2 }])).await;
    told(&relay, "/stats/rooms", |rooms| *rooms == json!([{ "#chat": 5 }])).await;
    core.score(rate, vec![("total:messages".into(), 0)]).await;
    told(&relay, "/stats", |rate| *rate == json!({ "messagesPerSecond": 0 })).await;
}

/// S8: without its core a relay says that it has nothing yet, or from when what it has is.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_without_its_core_says_so() {
    let addr = TestCore::start().await.kill().await;
    let relay = TestRelay::start(config(&addr)).await;
    for path in ["/v1/boards", "/v1/boards/chat/rows", "/v1/boards/chat/entities/p:1", "/stats", "/stats/words"] {
        let answer = get(&relay, path).await;
        assert_eq!((answer.status, answer.problem("code")), (503, ErrorCode::NotReady.number().into()), "{path}");
        assert_eq!(answer.header("retry-after"), Some("1"), "{path}");
    }
    assert_eq!(get(&relay, "/v1/openapi.json").await.status, 200);

    let core = TestCore::start_with(addr, Default::default()).await;
    let board = core.board("chat").await;
    core.score(board, falling(2)).await;
    let path = "/v1/boards/chat/rows";
    told(&relay, path, |rows| rows["rows"][1]["entity"] == "p:2" && rows["staleSince"].is_null()).await;
    core.kill().await;
    let stale = told(&relay, path, |rows| rows["staleSince"].as_u64().is_some_and(|since| since > 0)).await;
    assert_eq!(stale.json()["rows"][1]["entity"], "p:2", "and serves what it has");
    told(&relay, "/v1/boards", |boards| boards["staleSince"].is_u64()).await;
}

/// T3: however fast an address asks, the feed thread is asked the same once a second, the address is told to wait, and
/// those who watch get their ticks.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_refused_and_disturbs_nobody() {
    let (core, relay, board) = TestRelay::with_core(|config| {
        config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    core.score(board, falling(500)).await;
    let mut client = relay.client().await;
    client.join().await;
    client.watch(vec![page(board, 0)]).await;
    client.until_body(|body| matches!(body, Body::PageSnapshot { .. })).await;

    let burst = limits::API_REQUESTS_PER_SECOND * limits::API_RATE_SECONDS;
    let start = Instant::now();
    let (mut answered, mut refused, mut places) = (0, 0, 0);
    for socket in 0..3 {
        let mut stream = TcpStream::connect(relay.addr()).await.unwrap();
        for n in 0..150 {
            let from = "Host: x\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n";
            let request = format!("GET /v1/boards/chat/rows?from=1&to=100 HTTP/1.1\r\n{from}");
            stream.write_all(request.as_bytes()).await.unwrap();
            let answer = http::read(&mut stream).await;
            if answer.status == 200 {
                answered += 1;
            } else {
                assert_eq!((answer.status, answer.problem("code")), (429, ErrorCode::RateLimited.number().into()));
                assert_eq!(answer.header("retry-after"), Some("1"));
                refused += 1;
            }
            if n % 50 == 0 {
                places += 1;
                core.score(board, vec![(format!("p:{}", 400 + places), 1_000_000 + socket * 1_000 + n)]).await;
                client.until_body(|body| matches!(body, Body::PageDelta { page: PageNo(0), .. })).await;
            }
        }
    }
    let seconds = start.elapsed().as_secs() as u32 + 1;
    assert!(answered <= burst + seconds * limits::API_REQUESTS_PER_SECOND, "{answered} in {seconds} s");
    assert!(refused > 0, "{answered} in {seconds} s");
    let questions = relay.metric("scorelay_relay_api_questions_total").await;
    assert!((1.0..=f64::from(seconds) + 1.0).contains(&questions), "{questions} questions in {seconds} s");
    let elsewhere = with(&relay, "GET", "/v1/boards", "X-Forwarded-For: 7.7.7.7\r\n").await;
    assert_eq!(elsewhere.status, 200, "other addresses are not held back");
    let code = ErrorCode::RateLimited.name();
    relay.shows(&format!("scorelay_relay_refused_total{{reason=\"{code}\"}}"), f64::from(refused)).await;
}

/// S7: the document lists what there is, and what it lists is there.
#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_served_and_true() {
    let (core, relay, board) = TestRelay::with_core(|_| {}).await;
    core.score(board, vec![("twitch:1234".into(), 5)]).await;
    let example = "/v1/boards/chat/entities/twitch%3A1234";
    until("the row of the examples stands", async || get(&relay, example).await.status == 200).await;
    let answer = get(&relay, "/v1/openapi.json").await;
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    let mut fields = BTreeSet::new();
    for (path, item) in paths {
        let mut filled = path.clone();
        for parameter in item["get"]["parameters"].as_array().unwrap() {
            let example = &parameter["example"];
            let example = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
            if parameter["in"] == "path" {
                filled = filled.replace(&format!("{{{}}}", parameter["name"].as_str().unwrap()), &example);
            } else {
                let sign = if filled.contains('?') { '&' } else { '?' };
                filled += &format!("{sign}{}={example}", parameter["name"].as_str().unwrap());
            }
        }
        let answer = get(&relay, &filled).await;
        assert_eq!(answer.status, 200, "{filled}");
        let schema = &item["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        for required in schema["required"].as_array().into_iter().flatten() {
            assert!(
                !answer.json()[required.as_str().unwrap()].is_null() || required == "staleSince",
                "{filled} {required}"
            );
            fields.insert(required.as_str().unwrap().to_owned());
        }
    }
    assert!(paths.len() >= 8 && fields.contains("rows") && fields.contains("messagesPerSecond"), "{fields:?}");
    assert_eq!(
        with(&relay, "GET", "/v1/openapi.json", &format!("If-None-Match: {}\r\n", answer.etag())).await.status,
        304
    );
}
