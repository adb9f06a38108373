//! What a load came to: as lines for people, as one JSON object for programs, and as a failure where something was wrong.

use std::time::Duration;

use scorelay_protocol::error::ErrorCode;
use serde_json::{Value, json};

use super::Plan;
use super::compare::Asked;
use super::histogram::Counts;
use super::meters::{Readings, Reasons, Tallied};
use super::reasons::advice;
use crate::failure::Failure;

/// What a load came to.
#[derive(Debug, Clone)]
pub struct Summary {
    /// What was to be done.
    pub plan: Plan,
    /// Ids of the boards that clients looked at.
    pub boards: Vec<String>,
    /// From the first client's start to the end.
    pub took: Duration,
    /// Everything that was counted.
    pub all: Readings,
    /// What rates are of.
    pub steady: Steady,
    /// What clients came to.
    pub tallied: Tallied,
    /// Rows that were compared with another client's.
    pub agreed: u64,
    /// What the relay said over HTTP.
    pub asked: Asked,
}

/// The time from when each client had a connection or had failed to get one, or all of it where that never was.
#[derive(Debug, Clone)]
pub struct Steady {
    /// Whether all clients were started and had come to something.
    pub whole: bool,
    /// How long it was.
    pub took: Duration,
    /// What was counted in it.
    pub readings: Readings,
    /// Processor time of this process in it.
    pub cpu: Duration,
}

impl Steady {
    fn per_second(&self, count: u64) -> f64 {
        count as f64 / self.took.as_secs_f64().max(0.001)
    }

    /// Processor time per message, in microseconds; `None` without messages.
    fn cpu_per_message(&self) -> Option<f64> {
        let messages = self.readings.messages;
        (messages > 0).then(|| self.cpu.as_secs_f64() * 1e6 / messages as f64)
    }

    fn cpu_percent(&self) -> f64 {
        100.0 * self.cpu.as_secs_f64() / self.took.as_secs_f64().max(0.001)
    }
}

impl Summary {
    /// Wrong things of all kinds.
    pub fn wrong(&self) -> u64 {
        self.tallied.wrong + self.asked.compared.wrong
    }

    /// Why the load is no success, if it is none: something that clients hold is wrong, or clients are without a
    /// connection at the end.
    pub fn failure(&self) -> Option<Failure> {
        if self.wrong() > 0 {
            let first = self.words().next().unwrap_or_default();
            let text = format!("{} things that clients hold are wrong; the first: {first}", self.wrong());
            return Some(Failure::new(ErrorCode::WrongRows, text));
        }
        (self.tallied.down > 0).then(|| {
            let reasons = [&self.tallied.failed, &self.tallied.lost];
            let most = reasons.into_iter().flatten().max_by_key(|(_, (count, _))| *count);
            let why = most.map(|(reason, (_, words))| {
                let advice = advice(reason).map(|advice| format!("; {advice}")).unwrap_or_default();
                format!(", mostly {reason} ({words}{advice})")
            });
            let (down, wanted) = (self.tallied.down, self.plan.clients);
            let text = format!("{down} of {wanted} clients have no connection{}", why.unwrap_or_default());
            Failure::new(ErrorCode::Unreachable, text)
        })
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.tallied.words.iter().chain(&self.asked.words).map(String::as_str)
    }

    /// For people.
    pub fn lines(&self) -> Vec<String> {
        let Self { steady, tallied, asked, .. } = self;
        let rate = |count| steady.per_second(count);
        let mut lines = vec![format!(
            "{} of {} clients connected after {:.1} s; {} connected again after a loss",
            tallied.connected,
            self.plan.clients,
            self.took.as_secs_f64(),
            tallied.again
        )];
        if !steady.whole {
            lines.push(format!(
                "{} clients had been started, and not all connected: rates are of the ramp",
                tallied.started
            ));
        }
        lines.push(format!(
            "in {:.1} s: {} messages, {:.0} a second; {:.0} changes a second; {:.0} bytes a second, without WebSocket's own",
            steady.took.as_secs_f64(),
            steady.readings.messages,
            rate(steady.readings.messages),
            rate(steady.readings.changes),
            rate(steady.readings.bytes)
        ));
        let cost = steady.cpu_per_message().map(|micros| format!(", {micros:.1} µs for each message"));
        lines.push(format!(
            "this program took {:.0} % of a processor{}; near 100 % per thread the times below are its own, not the relay's",
            steady.cpu_percent(),
            cost.unwrap_or_default()
        ));
        lines.push(format!("ping to pong: {}", times(&steady.readings.pings)));
        lines.push(format!("between messages of a connection: {}", times(&steady.readings.gaps)));
        lines.push(format!("from dialing to the first tick: {}", times(&self.all.connects)));
        lines.push(format!("from dialing to the whole window: {}", times(&self.all.wholes)));
        reasons(&mut lines, "failed attempts to connect", &tallied.failed);
        reasons(&mut lines, "lost connections", &tallied.lost);
        lines.push(format!(
            "among clients at the same tick: {} rows compared; {} things wrong, messages that do not fit among them",
            self.agreed, tallied.wrong
        ));
        let compared = asked.compared;
        lines.push(match &asked.last_failure {
            Some(why) if asked.answers == 0 => {
                format!("with the relay's HTTP rows: NOT COMPARED, since it does not answer there: {why}")
            }
            None if asked.answers == 0 => "with the relay's HTTP rows: nothing compared".to_owned(),
            why => format!(
                "with the relay's HTTP rows: {} rows the same, {} wrong, {} changing while looked at, {} not settled{}",
                compared.same,
                compared.wrong,
                compared.moving,
                compared.unsettled,
                why.as_ref()
                    .map(|why| format!("; {} questions had no answer: {why}", asked.failures))
                    .unwrap_or_default()
            ),
        });
        lines.extend(self.words().map(|words| format!("WRONG: {words}")));
        lines
    }

    /// For programs. Times are milliseconds.
    pub fn json(&self) -> Value {
        let Self { steady, tallied, asked, .. } = self;
        let readings = &steady.readings;
        let compared = asked.compared;
        json!({
            "url": self.plan.url,
            "ok": self.failure().is_none(),
            "clients": {
                "wanted": self.plan.clients,
                "started": tallied.started,
                "connected": tallied.connected,
                "down": tallied.down,
                "connectedAgain": tallied.again,
            },
            "windows": self.plan.mix.to_string(),
            "boards": self.boards,
            "seconds": self.took.as_secs_f64(),
            "steady": {
                "allStarted": steady.whole,
                "seconds": steady.took.as_secs_f64(),
                "messages": readings.messages,
                "changes": readings.changes,
                "bytes": readings.bytes,
                "messagesPerSecond": steady.per_second(readings.messages),
                "cpuSeconds": steady.cpu.as_secs_f64(),
                "cpuMicrosPerMessage": steady.cpu_per_message(),
                "ping": percentiles(&readings.pings),
                "gap": percentiles(&readings.gaps),
            },
            "connect": percentiles(&self.all.connects),
            "whole": percentiles(&self.all.wholes),
            "failed": counts(&tallied.failed),
            "lost": counts(&tallied.lost),
            "agree": { "rows": self.agreed, "wrong": tallied.wrong },
            "http": {
                "answers": asked.answers,
                "failures": asked.failures,
                "lastFailure": asked.last_failure,
                "same": compared.same,
                "moving": compared.moving,
                "unsettled": compared.unsettled,
                "wrong": compared.wrong,
            },
            "wrong": self.words().collect::<Vec<_>>(),
        })
    }
}

fn reasons(lines: &mut Vec<String>, what: &str, reasons: &Reasons) {
    for (reason, (count, words)) in reasons {
        let advice = advice(reason).map(|advice| format!("; {advice}")).unwrap_or_default();
        lines.push(format!("{what}: {count} {reason} ({words}{advice})"));
    }
}

fn counts(reasons: &Reasons) -> Value {
    reasons.iter().map(|(reason, (count, _))| (reason.clone(), json!(count))).collect::<serde_json::Map<_, _>>().into()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn times(counts: &Counts) -> String {
    let Some((half, most)) = counts.quantile(0.5).zip(counts.quantile(0.99)) else { return "none".to_owned() };
    let worst = counts.quantile(1.0).unwrap_or(most);
    format!("p50 {:.1}, p99 {:.1}, longest {:.1} ms of {}", millis(half), millis(most), millis(worst), counts.len())
}

fn percentiles(counts: &Counts) -> Value {
    let of = |share| counts.quantile(share).map(millis);
    json!({ "count": counts.len(), "p50": of(0.5), "p99": of(0.99), "max": of(1.0) })
}

#[cfg(test)]
mod tests {
    use super::super::suspects::Compared;
    use super::*;

    fn summary() -> Summary {
        let plan = Plan {
            url: "http://h".into(),
            clients: 10,
            mix: super::super::Mix::USUAL.parse().expect("the usual mix is one"),
            boards: Vec::new(),
            time: None,
            connect_rate: 1,
            scroll: None,
            threads: 1,
            ca_file: None,
        };
        let took = Duration::from_secs(2);
        let readings = Readings { messages: 100, ..Readings::default() };
        let cpu = Duration::from_millis(1);
        Summary {
            plan,
            boards: vec!["chat".into()],
            took,
            all: Readings::default(),
            steady: Steady { whole: true, took, readings, cpu },
            tallied: Tallied { started: 10, connected: 10, ..Tallied::default() },
            agreed: 5,
            asked: Asked::default(),
        }
    }

    #[test]
    fn rates_are_of_the_steady_time() {
        let json = summary().json();
        assert_eq!(json["steady"]["messagesPerSecond"], 50.0);
        assert_eq!(json["steady"]["cpuMicrosPerMessage"], 10.0);
        assert_eq!((json["ok"].as_bool(), json["steady"]["ping"]["p50"].as_f64()), (Some(true), None));
    }

    #[test]
    fn clients_without_a_connection_fail_and_the_limit_to_raise_is_named() {
        let mut summary = summary();
        summary.tallied.down = 3;
        summary.tallied.failed.insert("too-many-connections".into(), (7, "the server answers 429".into()));
        summary.tallied.lost.insert("lost".into(), (1, "gone".into()));
        let failure = summary.failure().unwrap();
        assert_eq!(failure.code, ErrorCode::Unreachable);
        for part in ["3 of 10", "too-many-connections", "429", "connections_per_address"] {
            assert!(failure.message.contains(part), "{failure}");
        }
        assert_eq!(summary.json()["failed"]["too-many-connections"], 7);
    }

    #[test]
    fn wrong_rows_fail_before_all_else() {
        let mut summary = summary();
        summary.tallied.down = 3;
        summary.asked.compared = Compared { wrong: 1, ..Compared::default() };
        summary.asked.words.push("client 1: rank 5".into());
        let failure = summary.failure().unwrap();
        assert_eq!(failure.code, ErrorCode::WrongRows);
        assert!(failure.message.contains("rank 5"), "{failure}");
        assert!(summary.lines().iter().any(|line| line == "WRONG: client 1: rank 5"));
    }

    #[test]
    fn a_relay_without_http_is_said_to_be_one() {
        let mut summary = summary();
        summary.asked.failures = 3;
        summary.asked.last_failure = Some("connection refused".into());
        assert!(summary.lines().iter().any(|line| line.contains("NOT COMPARED") && line.contains("refused")));
        assert!(summary.failure().is_none());
    }
}
