//! Open files: each client is one, and most systems begin with 1,024 for a process and let it raise that itself.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::failure::Failure;

/// Files besides those of clients.
const OTHERS: u64 = 64;

/// Lets this process have as many clients.
///
/// # Errors
/// Says what the system would have to allow.
pub(super) fn allow(clients: u32) -> Result<(), Failure> {
    let needed = u64::from(clients) + OTHERS;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    if let Some(maximum) = limit.maximum.filter(|maximum| *maximum < needed) {
        let text = format!(
            "{clients} clients need {needed} open files, and this process may have {maximum}: start it after \
             `ulimit -Hn {needed}`, which takes root (in systemd `LimitNOFILE={needed}`, in Docker \
             `--ulimit nofile={needed}`), or with fewer --clients"
        );
        return Err(Failure::config(text));
    }
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum.or(Some(needed)), ..limit });
    raised.map_err(|error| Failure::config(format!("{clients} clients need {needed} open files: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_always_allowed_and_too_many_are_explained() {
        assert!(allow(1).is_ok());
        if getrlimit(Resource::Nofile).maximum.is_some_and(|maximum| maximum < u64::from(u32::MAX)) {
            let text = allow(u32::MAX).expect_err("no system allows that").to_string();
            assert!(text.contains("4294967359") && text.contains("ulimit -Hn"), "{text}");
        }
    }
}
