//! The demo's parts on stand-ins for the server: small shell scripts and listeners of the test's own. The demo as a
//! whole is run by hand or with `--seconds`.

use super::*;
use std::thread::JoinHandle;

fn script(text: &str) -> Running {
    Running::start("the script", {
        let mut sh = command("sh");
        sh.args(["-c", text]).stdin(Stdio::null()).stdout(Stdio::piped());
        sh
    })
    .expect("sh starts")
}

/// Answers one request with `status`, on a port of its own.
fn answer_once(status: &'static str) -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client comes");
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("the request goes on");
            request.extend(byte);
        }
        write!(stream, "{status}\r\nContent-Length: 0\r\n\r\n").expect("the client reads");
        String::from_utf8(request).expect("requests are text")
    });
    (port, thread)
}

#[test]
fn only_a_200_is_ready() {
    for (status, ready) in [("HTTP/1.1 200 OK", true), ("HTTP/1.0 200 OK", true), ("HTTP/1.1 503 Not yet", false)] {
        let (port, thread) = answer_once(status);
        assert_eq!(answers_200(port, "/readyz"), ready, "{status}");
        assert!(thread.join().expect("it answered").starts_with("GET /readyz HTTP/1.1\r\nHost: "));
    }
    let nobody = free_port(0).expect("a free port");
    assert!(!answers_200(nobody, "/readyz"));
}

#[test]
fn a_port_in_use_is_replaced() {
    let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let taken = holder.local_addr().expect("it is bound").port();
    let other = free_port(taken).expect("another is free");
    assert_ne!(other, taken);
    assert_ne!(other, 0);
}

#[test]
fn a_process_is_asked_to_stop_and_waited_for() {
    let mut asked = script("trap 'echo bye; exit 0' TERM; echo up; while :; do :; done");
    let mut output = asked.child.stdout.take().expect("it is piped");
    let mut up = [0; 3];
    output.read_exact(&mut up).expect("the script is up");
    asked.stop().expect("it stops");
    let mut rest = String::new();
    output.read_to_string(&mut rest).expect("it ended");
    assert_eq!((&up[..], rest.as_str()), (&b"up\n"[..], "bye\n"));
}

#[test]
fn a_server_that_ends_by_itself_is_an_error() {
    let mut server = script("exit 3");
    let nobody = free_port(0).expect("a free port");
    let error = wait_until_ready(&mut server, nobody, &AtomicBool::new(false)).expect_err("it ended");
    assert_eq!(error, "the script ended by itself with exit status: 3");
}

#[test]
fn a_signal_ends_the_waiting() {
    let mut server = script("read x; while :; do :; done");
    let nobody = free_port(0).expect("a free port");
    assert_eq!(wait_until_ready(&mut server, nobody, &AtomicBool::new(true)), Ok(false));
}

#[test]
fn a_server_without_pages_is_an_error() {
    let mut server = script("read x; while :; do :; done");
    let (port, thread) = answer_once("HTTP/1.1 404 Not Found");
    let error = serve(&mut server, port, None, &AtomicBool::new(false)).expect_err("there are no pages");
    assert_eq!(error, "the server does not serve the pages of web/dist");
    assert!(thread.join().expect("it answered").starts_with("GET / HTTP/1.1\r\n"));
}

#[test]
fn pages_are_served_until_the_end_of_the_time() {
    let mut server = script("read x; while :; do :; done");
    let (port, thread) = answer_once("HTTP/1.1 200 OK");
    assert_eq!(serve(&mut server, port, Some(Instant::now()), &AtomicBool::new(false)), Ok(()));
    thread.join().expect("it answered");
    let (port, thread) = answer_once("HTTP/1.1 200 OK");
    let error = serve(&mut script("exit 3"), port, None, &AtomicBool::new(false)).expect_err("the server ended");
    assert_eq!(error, "the script ended by itself with exit status: 3");
    thread.join().expect("it answered");
}
