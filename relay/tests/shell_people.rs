//! Names and pictures over HTTP: asked of the core for those who have a row, and for nobody else; remembered for a
//! while; not to be used for finding out who is known, or for keeping the core busy.
#![allow(clippy::unwrap_used, reason = "a test that goes wrong here ends here")]

mod shell_kit;

use scorelay_protocol::entity::Entity;
use scorelay_protocol::ids::BoardNo;
use scorelay_protocol::limits;
use scorelay_protocol::people::{Known, PeopleRequest};
use serde_json::{Value, json};
use shell_kit::core::TestCore;
use shell_kit::http::{self, HttpAnswer};
use shell_kit::{TestRelay, until};

async fn get(relay: &TestRelay, path: &str) -> HttpAnswer {
    http::get(relay.addr(), path).await
}

/// A core that knows `p:1` to `p:count`, who all have rows, and `p:0`, who has none.
async fn known(count: i64) -> (TestCore, TestRelay, BoardNo) {
    let (core, relay, board) = TestRelay::with_core(|_| {}).await;
    core.with(move |state| {
        for n in 0..=count {
            let entity: Entity = format!("p:{n}").parse().unwrap();
            let name = if n == 3 { String::new() } else { format!("Person {n}") };
            let avatar = (n == 1).then(|| "https://example.com/1.png".to_owned());
            let (badges, ranks) = (vec!["vip".to_owned()], vec![(board, 7), (BoardNo(99), 1)]);
            state.people.insert(entity.clone(), Known { entity, name, avatar, badges, ranks });
        }
    })
    .await;
    core.score(board, (1..=count).map(|n| (format!("p:{n}"), 10 * (count + 1 - n))).collect()).await;
    until("the rows are there", async || get(&relay, "/v1/boards").await.json()["boards"][0]["rows"] == json!(count))
        .await;
    (core, relay, board)
}

fn entities(answer: &HttpAnswer) -> Vec<String> {
    let profiles = answer.json()["profiles"].as_array().unwrap().clone();
    profiles.iter().map(|profile| profile["entity"].as_str().unwrap().to_owned()).collect()
}

async fn questions(core: &TestCore) -> Vec<PeopleRequest> {
    core.with(|state| std::mem::take(&mut state.asked)).await
}

/// E8: names, pictures, badges and remembered ranks of those who have a row, asked of the core once.
#[tokio::test(flavor = "multi_thread")]
async fn profiles_are_told_and_remembered() {
    let (core, relay, _) = known(5).await;
    let one = get(&relay, "/v1/profiles/p%3A1").await;
    let card = json!({
        "entity": "p:1", "name": "Person 1", "avatar": "https://example.com/1.png", "badges": ["vip"],
        "ranks": { "chat": 7 },
    });
    assert_eq!((one.status, one.json()), (200, json!({ "staleSince": null, "profile": card })));
    assert_eq!(one.header("cache-control"), Some("public, max-age=30, stale-while-revalidate=30"));
    let some = get(&relay, "/v1/profiles?ids=p:3,p:1,p:0,q:9,p:2,p:1").await;
    assert_eq!(some.json()["pending"], json!([]));
    assert_eq!(entities(&some), ["p:3", "p:1", "p:2"], "in order, each once, nobody without a row");
    assert_eq!(some.json()["profiles"][0]["name"], "3", "the id, where nobody has said a name");
    let whom = |ids: &[&str]| PeopleRequest::Profiles(ids.iter().map(|id| id.parse().unwrap()).collect());
    assert_eq!(questions(&core).await, [whom(&["p:1"]), whom(&["p:3", "p:2"])], "what is known is not asked again");
    assert_eq!(entities(&get(&relay, "/v1/profiles?ids=p:2,p:3").await), ["p:2", "p:3"]);
    assert_eq!(questions(&core).await, []);
    let same = one.etag().to_owned();
    assert_eq!(get(&relay, "/v1/profiles/p%3A1").await.etag(), same);
}

/// E8, issue 6: unknown entities, huge lists and nonsense get clear answers that cost the core nothing.
#[tokio::test(flavor = "multi_thread")]
async fn profiles_cannot_be_used_to_probe() {
    let (core, relay, _) = known(2).await;
    let ids = |count: usize| (0..count).map(|n| format!("q:{n}")).collect::<Vec<_>>().join(",");
    let code = |answer: &HttpAnswer| (answer.status, answer.problem("title").as_str().unwrap().to_owned());
    let wanted = |status, code: &str| (status, code.to_owned());
    // Known to the core, or not: without a row it is the same answer, and the core is not asked.
    let known = get(&relay, "/v1/profiles/p%3A0").await;
    let unknown = get(&relay, "/v1/profiles/q%3A0").await;
    assert_eq!((code(&known), known.body), (wanted(404, "no-profile"), unknown.body));
    assert_eq!(get(&relay, &format!("/v1/profiles?ids={}", ids(64))).await.json()["profiles"], json!([]));
    for (path, refused) in [
        (format!("/v1/profiles?ids={}", ids(65)), wanted(400, "bad-range")),
        ("/v1/profiles".to_owned(), wanted(400, "bad-address")),
        ("/v1/profiles?ids=".to_owned(), wanted(400, "bad-entity")),
        ("/v1/profiles?ids=p:1,,p:2".to_owned(), wanted(400, "bad-entity")),
        ("/v1/profiles?ids=nonsense".to_owned(), wanted(400, "bad-entity")),
        ("/v1/profiles?ids=p:1&all=1".to_owned(), wanted(400, "bad-address")),
        ("/v1/profiles/nonsense".to_owned(), wanted(400, "bad-entity")),
        ("/v1/boards/chat/search".to_owned(), wanted(400, "bad-address")),
        ("/v1/boards/chat/search?name=%20".to_owned(), wanted(400, "bad-address")),
        (format!("/v1/boards/chat/search?name={}", "x".repeat(65)), wanted(400, "bad-range")),
        ("/v1/boards/none/search?name=x".to_owned(), wanted(404, "no-such-board")),
    ] {
        assert_eq!(code(&get(&relay, &path).await), refused, "{path}");
    }
    assert_eq!(questions(&core).await, []);
}

/// E19: who is taken off the boards is not shown any more, though this relay remembers.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_taken_off_is_gone() {
    let (core, relay, board) = known(2).await;
    assert_eq!(entities(&get(&relay, "/v1/profiles?ids=p:1,p:2").await), ["p:1", "p:2"]);
    core.with(move |state| state.remove(board, "p:1")).await;
    until("it is gone", async || get(&relay, "/v1/profiles/p%3A1").await.status == 404).await;
    until("from lists too", async || entities(&get(&relay, "/v1/profiles?ids=p:1,p:2").await) == ["p:2"]).await;
    let rows = get(&relay, "/v1/boards/chat/search?name=person").await.json();
    assert_eq!(rows["rows"].as_array().unwrap().len(), 1, "{rows}");
}

/// Whom the core finds is shown where it stands on this relay's board; a crowd that asks alike asks once.
#[tokio::test(flavor = "multi_thread")]
async fn names_are_searched_for() {
    let (core, relay, _) = known(5).await;
    let answer = get(&relay, "/v1/boards/chat/search?name=%20PERSON").await.json();
    let rows: Vec<(Value, Value)> =
        answer["rows"].as_array().unwrap().iter().map(|row| (row["rank"].clone(), row["name"].clone())).collect();
    let named = |rank: u32| (json!(rank), json!(format!("Person {rank}")));
    assert_eq!(rows, [named(1), named(2), named(4), named(5)], "best first, and nobody without a row");
    assert_eq!((&answer["board"], &answer["more"]), (&json!("chat"), &json!(false)));
    assert_eq!(questions(&core).await.len(), 1);

    // The core is asked so often and no more, whatever comes.
    let mut refused = 0;
    let burst = limits::SEARCHES_PER_SECOND * limits::API_RATE_SECONDS;
    for n in 0..2 * burst {
        let answer = get(&relay, &format!("/v1/boards/chat/search?name=x{n}")).await;
        refused += u32::from(answer.status == 503 || answer.status == 429);
        assert!(answer.status == 200 || answer.header("retry-after").is_some(), "{}", answer.status);
    }
    assert!(refused > 0);
    assert_eq!(questions(&core).await.len() as u32 + refused, 2 * burst);
}

/// Without a core, what is remembered is still told, and the rest is told to be asked for later.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_core_what_is_remembered_is_told() {
    let (core, relay, _) = known(2).await;
    assert_eq!(get(&relay, "/v1/profiles/p%3A1").await.status, 200);
    core.kill().await;
    until("the core is away", async || get(&relay, "/v1/profiles/p%3A2").await.status == 503).await;
    let away = get(&relay, "/v1/profiles/p%3A2").await;
    assert_eq!((away.problem("title").as_str(), away.header("retry-after").is_some()), (Some("core-away"), true));
    // Of a list it tells those it knows, in order, and names the others; caches do not keep that.
    let some = get(&relay, "/v1/profiles?ids=p:2,p:9,p:1").await;
    assert_eq!((some.status, entities(&some)), (200, vec!["p:1".to_owned()]));
    assert_eq!(some.json()["pending"], json!(["p:2"]));
    assert_eq!(some.header("cache-control"), Some("public, max-age=1"));
    until("as of then", async || {
        let answer = get(&relay, "/v1/profiles/p%3A1").await;
        answer.status == 200 && answer.json()["profile"]["name"] == "Person 1"
    })
    .await;
}

/// A core that is there and says nothing is not waited for until whoever asked has gone: what is remembered is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_core_that_does_not_answer_is_not_waited_for() {
    let (core, relay, _) = known(2).await;
    assert_eq!(get(&relay, "/v1/profiles/p%3A1").await.status, 200);
    core.with(|state| state.mute = true).await;
    let some = get(&relay, "/v1/profiles?ids=p:1,p:2").await;
    assert_eq!((some.status, entities(&some)), (200, vec!["p:1".to_owned()]));
    assert_eq!(some.json()["pending"], json!(["p:2"]));
    core.with(|state| state.mute = false).await;
    until("it answers again", async || entities(&get(&relay, "/v1/profiles?ids=p:1,p:2").await) == ["p:1", "p:2"])
        .await;
}
