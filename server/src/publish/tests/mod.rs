//! The publisher as a task, towards a folder and towards a GitLab that fails in every way: results are there once, and
//! whoever waits is told why they are not.

mod server;
#[path = "../../../tests/common/tls.rs"]
#[allow(dead_code, reason = "tests of whole servers need more of it")]
mod tls;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use scorelay_engine::meets::Publication;
use scorelay_protocol::ids::UnixMillis;
use scorelay_protocol::limits;
use scorelay_protocol::meet::ids::{MeetId, MeetSeq, MeetUid};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use self::server::{Act, PROJECT, Server, TOKEN};
use super::config::tests::target;
use super::{Pace, Target, Tried, run};

const DEADLINE: Duration = Duration::from_secs(20);

pub(super) fn publication(number: u32) -> Publication {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let csv = "OPL Format v1 (scorelay 0.1.0),Submit by email:,director@example.com\n\n\
               Federation,Date,MeetCountry,MeetState,MeetTown,MeetName\nUSPA,2026-11-21,USA,CA,Davis,Open 2026\n\n\
               Place,Name\n1,Ada\n";
    Publication {
        meet: MeetId::new(123_456_789).unwrap(),
        uid: MeetUid([0xab; 16]),
        number,
        name: "Open 2026".to_owned(),
        return_address: "director@example.com".to_owned(),
        seq: MeetSeq(301),
        at: UnixMillis(u64::try_from(now.as_millis()).unwrap()),
        csv: csv.as_bytes().to_vec(),
        handed_over: None,
    }
}

fn pace() -> Pace {
    Pace {
        request: Duration::from_millis(400),
        again: (Duration::from_millis(10), Duration::from_millis(40)),
        unclear: Duration::from_millis(50),
        retry_after: Duration::from_secs(2),
        fresh: Duration::from_secs(3_600),
    }
}

/// A publisher at work.
struct Running {
    publications: mpsc::UnboundedSender<Publication>,
    tried: mpsc::Receiver<Tried>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
    token: PathBuf,
}

impl Running {
    fn new(target: Target, pace: Pace, folder: tempfile::TempDir) -> Self {
        let (publications, incoming) = mpsc::unbounded_channel();
        let (reports, tried) = mpsc::channel(16);
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(target, pace, incoming, reports, stop.clone()));
        let token = folder.path().join("token");
        Self { publications, tried, stop, task, _folder: folder, token }
    }

    fn folder() -> (Self, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join("results");
        (Self::new(Target::Folder(results.clone()), pace(), folder), results)
    }

    fn gitlab(server: &Server) -> Self {
        Self::gitlab_at(server, pace(), TOKEN)
    }

    fn gitlab_at(server: &Server, pace: Pace, token: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::begin(&format!("http://{}", server.address), "", pace, token, folder)
    }

    /// Towards a server with a certificate that this authority has signed, or so it is thought.
    fn gitlab_tls(server: &Server, authority: &tls::Authority) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("authority.pem");
        authority.write(&file);
        let more = format!("ca_file = '{}'", file.display());
        Self::begin(&format!("https://localhost:{}", server.address.port()), &more, pace(), TOKEN, folder)
    }

    fn begin(url: &str, more: &str, pace: Pace, token: &str, folder: tempfile::TempDir) -> Self {
        let file = folder.path().join("token");
        fs::write(&file, format!("{token}\n")).unwrap();
        let project = "project = 'openpowerlifting/opl-data'";
        let keys = format!("[gitlab]\nurl = '{url}'\n{project}\ntoken_file = '{}'\n{more}\n", file.display());
        let target = target(&keys);
        Self::new(target.unwrap(), pace, folder)
    }

    fn give(&self, publication: Publication) {
        self.publications.send(publication).unwrap();
    }

    async fn report(&mut self) -> Result<String, String> {
        timeout(DEADLINE, self.tried.recv()).await.expect("a report in time").expect("the publisher runs").result
    }

    /// What came of it in the end, and what was said against it before.
    async fn end(&mut self) -> (String, Vec<String>) {
        let mut complaints = Vec::new();
        loop {
            match self.report().await {
                Ok(place) => return (place, complaints),
                Err(why) => complaints.push(why),
            }
        }
    }
}

/// L11: results become one issue, which says where questions go; the same given twice is one issue still.
#[tokio::test]
async fn results_become_one_issue() {
    let server = Server::start().await;
    let mut publisher = Running::gitlab(&server);
    publisher.give(publication(1));
    let (place, complaints) = publisher.end().await;
    assert_eq!((place.as_str(), complaints.len()), ("https://gitlab.example/-/issues/1", 0));
    publisher.give(publication(1));
    assert_eq!(publisher.end().await.0, place);
    publisher.give(publication(2));
    assert_eq!(publisher.end().await.0, "https://gitlab.example/-/issues/2");
    let issues = server.issues();
    assert_eq!(issues[0]["title"], "Results: Open 2026 (USPA, 2026-11-21)");
    assert_eq!(issues[0]["labels"], "meet-results");
    assert_eq!(issues[1]["labels"], "meet-results,correction");
    assert!(issues[0]["description"].as_str().unwrap().contains("director@example.com"));
    assert_eq!((issues.len(), server.made()), (2, 2));
}

/// L11: whatever is lost on the way, there is one issue in the end, whether or not a search knows new ones at once.
#[tokio::test]
async fn lost_answers_make_no_second_issue() {
    let acts = [
        (Act::DoneAndDropped, 1),
        (Act::DoneHalfSaid, 1),
        (Act::DoneBehindGateway, 1),
        (Act::DoneTooLate(0), 1),
        (Act::HalfSaid, 2),
        (Act::Hang, 2),
        (Act::Status(500, None), 2),
        (Act::Status(503, None), 2),
        (Act::Status(429, None), 2),
    ];
    for (act, made) in acts {
        for blind in [false, true] {
            let server = Server::start().await;
            server.with(|state| {
                state.makes.push_back(act.clone());
                state.blind = blind;
            });
            let mut publisher = Running::gitlab(&server);
            publisher.give(publication(1));
            let (place, complaints) = publisher.end().await;
            assert_eq!(place, "https://gitlab.example/-/issues/1", "{act:?}");
            assert_eq!((complaints.len(), server.made()), (1, made), "{act:?}: {complaints:?}");
            assert_eq!(server.issues().len(), 1, "{act:?}");
            assert!(complaints[0].starts_with("making the issue: "), "{complaints:?}");
        }
    }
}

/// L11: a server that fails again and again, each time otherwise, gets one issue in the end.
#[tokio::test]
async fn many_failures_end_in_one_issue() {
    let server = Server::start().await;
    server.with(|state| {
        state.looks = [Act::Status(502, None), Act::HalfSaid, Act::Hang, Act::DoneAndDropped].into();
        state.makes = [Act::Status(500, None), Act::Hang, Act::HalfSaid, Act::DoneTooLate(0)].into();
    });
    let mut publisher = Running::gitlab(&server);
    publisher.give(publication(1));
    let (_, complaints) = publisher.end().await;
    assert_eq!((complaints.len(), server.made(), server.issues().len()), (8, 4, 1), "{complaints:?}");
    assert!(complaints.iter().any(|why| why.contains("no answer within 400 ms")), "{complaints:?}");
}

/// L11: an issue that a publisher before this one made, or was making when it ended, is found and not made again.
#[tokio::test]
async fn a_publisher_that_is_started_anew_makes_no_second_issue() {
    let server = Server::start().await;
    // The second looks for it twice, by searching and among the latest, before it is there.
    server.with(|state| state.makes.push_back(Act::DoneTooLate(2)));
    let pace = Pace { request: DEADLINE, fresh: Duration::ZERO, ..pace() };
    let mut first = Running::gitlab_at(&server, Pace { fresh: Duration::from_secs(3_600), ..pace }, TOKEN);
    first.give(publication(1));
    while server.made() == 0 {
        tokio::task::yield_now().await;
    }
    // It ends while the server is at work, which goes on.
    first.stop.cancel();
    timeout(DEADLINE, &mut first.task).await.unwrap().unwrap();
    let mut second = Running::gitlab_at(&server, pace, TOKEN);
    second.give(publication(1));
    assert_eq!(second.report().await, Ok("https://gitlab.example/-/issues/1".to_owned()));
    assert_eq!((server.made(), server.issues().len()), (1, 1));
    // What was never begun is made after all.
    second.give(publication(2));
    assert_eq!(second.report().await, Ok("https://gitlab.example/-/issues/2".to_owned()));
}

/// L11: results too long for a text are attached, once, and linked to.
#[tokio::test]
async fn long_results_are_attached() {
    let server = Server::start().await;
    server.with(|state| {
        state.attaches = [Act::Status(500, None), Act::Answer].into();
        state.makes = [Act::Status(500, None)].into();
    });
    let mut long = publication(1);
    long.csv.extend(b"1,Ada\n".iter().cycle().take(limits::MEET_RESULTS_BYTES - long.csv.len()));
    let mut publisher = Running::gitlab(&server);
    publisher.give(long.clone());
    let (_, complaints) = publisher.end().await;
    assert!(complaints[0].starts_with("attaching the results: "), "{complaints:?}");
    assert_eq!(complaints.len(), 2);
    let (issues, uploads) = server.with(|state| (state.issues.clone(), state.uploads.clone()));
    assert_eq!((issues.len(), uploads.len()), (1, 1));
    assert!(issues[0]["description"].as_str().unwrap().contains("[results.csv](/uploads/1/results.csv)"));
    assert!(uploads[0].windows(long.csv.len()).any(|part| part == long.csv));
}

/// L11: a token that is wrong is said so, by its file and never by itself, and read anew at each try.
#[tokio::test]
async fn a_wrong_token_is_named_and_can_be_mended() {
    let server = Server::start().await;
    let mut publisher = Running::gitlab_at(&server, pace(), "glpat-wrong");
    publisher.give(publication(1));
    let why = publisher.report().await.unwrap_err();
    let file = publisher.token.display().to_string();
    assert!(why.contains("401") && why.contains(&file) && !why.contains("glpat-wrong"), "{why}");
    fs::write(&publisher.token, "\n").unwrap();
    while !publisher.report().await.unwrap_err().contains("there is no token in the first line") {}
    fs::remove_file(&publisher.token).unwrap();
    while !publisher.report().await.unwrap_err().contains("cannot read the token") {}
    fs::write(&publisher.token, TOKEN).unwrap();
    publisher.end().await;
    assert_eq!((server.made(), server.issues().len()), (1, 1));
}

/// L11: a server that wants to be left alone is, and is asked again then.
#[tokio::test]
async fn a_server_is_left_alone_as_long_as_it_asks() {
    let server = Server::start().await;
    server.with(|state| state.makes.push_back(Act::Status(429, Some(1))));
    let mut publisher = Running::gitlab(&server);
    publisher.give(publication(1));
    let why = publisher.report().await.unwrap_err();
    let begun = Instant::now();
    assert!(why.contains("429"), "{why}");
    publisher.report().await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(990), "{:?}", begun.elapsed());
}

/// L11: one that cannot be reached, a project that there is not, and an answer that is none are each told as they are.
#[tokio::test]
async fn what_is_wrong_is_told() {
    let server = Server::start().await;
    server.with(|state| state.looks = [Act::Status(404, None), Act::Status(403, None), Act::Status(301, None)].into());
    let mut publisher = Running::gitlab(&server);
    publisher.give(publication(1));
    for text in ["no such project", "scope `api`", "another one now"] {
        let why = publisher.report().await.unwrap_err();
        assert!(why.contains(text), "{why}");
    }
    publisher.end().await;
    assert!(server.with(|state| state.seen.iter().all(|request| request.contains(PROJECT))));

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut publisher = Running::gitlab(&Server { address: nobody, ..server });
    publisher.give(publication(1));
    let why = publisher.report().await.unwrap_err();
    assert!(why.contains("refused"), "{why}");
}

/// L11: results that cannot be written are told of, do not hold up others, and are written once they can be.
#[tokio::test]
async fn a_folder_that_cannot_be_written_is_tried_again() {
    let (mut publisher, folder) = Running::folder();
    fs::create_dir(&folder).unwrap();
    let in_the_way = folder.join("123456789-1.csv.new");
    fs::create_dir(&in_the_way).unwrap();
    publisher.give(publication(1));
    let why = publisher.report().await.unwrap_err();
    assert!(why.contains("123456789-1.csv.new"), "{why}");
    publisher.give(publication(2));
    assert_eq!(publisher.end().await.0, folder.join("123456789-2.csv").display().to_string());
    fs::remove_dir(&in_the_way).unwrap();
    assert_eq!(publisher.end().await.0, folder.join("123456789-1.csv").display().to_string());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 4);
}

/// L11: the same results given again while they wait are handed over once; the task ends when all is done.
#[tokio::test]
async fn results_given_again_are_one() {
    let server = Server::start().await;
    server.with(|state| state.makes.push_back(Act::Status(429, Some(1))));
    let mut publisher = Running::gitlab(&server);
    publisher.give(publication(1));
    publisher.report().await.unwrap_err();
    publisher.give(publication(1));
    publisher.give(publication(1));
    publisher.end().await;
    let Running { publications, mut tried, task, .. } = publisher;
    drop(publications);
    timeout(DEADLINE, task).await.unwrap().unwrap();
    assert!(tried.recv().await.is_none());
    assert_eq!((server.made(), server.issues().len()), (2, 1));
}

/// L11: over TLS results and token go to a server that the operator trusts, and to no other.
#[tokio::test]
async fn the_token_goes_to_a_trusted_server_only() {
    let (ours, other) = (tls::Authority::new("ours"), tls::Authority::new("other"));
    let server = Server::start_tls(ours.sign("localhost").server().into()).await;
    let mut publisher = Running::gitlab_tls(&server, &other);
    publisher.give(publication(1));
    let why = publisher.report().await.unwrap_err();
    assert!(why.contains("certificate"), "{why}");
    assert!(server.with(|state| state.seen.is_empty()));
    let mut publisher = Running::gitlab_tls(&server, &ours);
    publisher.give(publication(1));
    publisher.end().await;
    assert_eq!(server.issues().len(), 1);
}
