//! Runs named stages one after the other, times each, stops at the first that fails, and sums up in a table. It knows
//! nothing of what a stage does; the stages themselves are listed in `test.rs`.

use crate::shell::Result;
use std::time::{Duration, Instant};

/// One step of a longer run.
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    /// What a person types to see this stage alone.
    pub(crate) again: String,
    pub(crate) run: Box<dyn Fn() -> Result>,
}

/// Runs the stages in order up to the first failure; returns whether all passed.
///
/// The last line printed is always `stages: N passed, N failed`.
pub(crate) fn run_all(stages: &[Stage]) -> bool {
    let mut times = Vec::new();
    let mut failure = None;
    for stage in stages {
        println!("==> {}", stage.name);
        let start = Instant::now();
        let outcome = (stage.run)();
        let spent = start.elapsed();
        println!("    {}: {:.1} s", stage.name, spent.as_secs_f64());
        times.push(spent);
        if let Err(error) = outcome {
            failure = Some(error);
            break;
        }
    }
    println!("\n{}", summary(stages, &times, failure.as_deref()));
    failure.is_none()
}

fn summary(stages: &[Stage], times: &[Duration], failure: Option<&str>) -> String {
    let mut text = String::new();
    for (index, stage) in stages.iter().enumerate() {
        let failed = failure.is_some() && index + 1 == times.len();
        let (verdict, seconds) = match times.get(index) {
            Some(spent) => (if failed { "FAILED" } else { "ok" }, format!("{:.1} s", spent.as_secs_f64())),
            None => ("not run", String::new()),
        };
        text += format!("{:<14} {verdict:<8} {seconds:>9}", stage.name).trim_end();
        text += "\n";
    }
    if let (Some(error), Some(stage)) = (failure, times.len().checked_sub(1).and_then(|last| stages.get(last))) {
        text += &format!("\n{} failed: {error}\nto see it again: {}\n\n", stage.name, stage.again);
    }
    let failed = usize::from(failure.is_some());
    text += &format!("stages: {} passed, {failed} failed", times.len() - failed);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    fn stage(name: &'static str, outcome: Result, log: &Rc<RefCell<Vec<&'static str>>>) -> Stage {
        let log = Rc::clone(log);
        let run = move || {
            log.borrow_mut().push(name);
            outcome.clone()
        };
        Stage { name, again: format!("cargo {name}"), run: Box::new(run) }
    }

    #[test]
    fn stops_at_the_first_failure() {
        let log = Rc::default();
        let failing = Err("broken".to_owned());
        let stages = [stage("one", Ok(()), &log), stage("two", failing, &log), stage("three", Ok(()), &log)];
        assert!(!run_all(&stages));
        assert_eq!(*log.borrow(), ["one", "two"]);
    }

    #[test]
    fn runs_all_when_none_fails() {
        let log = Rc::default();
        assert!(run_all(&[stage("one", Ok(()), &log), stage("two", Ok(()), &log)]));
        assert_eq!(*log.borrow(), ["one", "two"]);
    }

    #[test]
    fn the_summary_names_the_failed_stage_and_ends_with_the_counts() {
        let log = Rc::default();
        let stages = ["one", "two", "three"].map(|name| stage(name, Ok(()), &log));
        let second = Duration::from_millis(1500);
        assert_eq!(
            summary(&stages, &[second, second], Some("broken")),
            "one            ok           1.5 s\n\
             two            FAILED       1.5 s\n\
             three          not run\n\n\
             two failed: broken\n\
             to see it again: cargo two\n\n\
             stages: 1 passed, 1 failed"
        );
        assert!(summary(&stages, &[second; 3], None).ends_with("\nstages: 3 passed, 0 failed"));
    }
}
