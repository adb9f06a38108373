//! The crowd of a run: entity number `n` is always the same one, of several platforms, with numeric, textual and very
//! long ids, so that every form travels. Who is heard when is `workload`'s affair.

use scorelay_protocol::entity::Entity;
use scorelay_protocol::limits::ENTITY_ID_BYTES;

const PLATFORMS: [&str; 5] = ["twitch", "irc", "emote", "word", "a-platform_of-some-length"];

/// Entity number `n` of a crowd in which so many of 1,000 have long ids.
pub fn entity(n: u64, long_ids_permille: u64) -> Entity {
    let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    // Newcomers bring new platforms for a while.
    let platform = PLATFORMS[(mixed % PLATFORMS.len() as u64) as usize];
    let id = if mixed / 8 % 1_000 < long_ids_permille {
        let mut id = format!("{n}-");
        while id.len() < ENTITY_ID_BYTES {
            id.push(char::from(b'a' + (id.len() % 26) as u8));
        }
        id
    } else {
        match mixed % 3 {
            0 => format!("{n}"),
            1 => format!("{}", u64::MAX - n),
            _ => format!("nick:{n} é"),
        }
    };
    Entity::new(platform, &id).expect("invariant: made of allowed platforms and short ids without control characters")
}

/// Number `n`, or its neighbour where operators may take that one off boards: whoever scores on the exact board stays.
pub fn tame(n: u64) -> u64 {
    n - u64::from(n % 4 == 3)
}

/// A number near `n` of somebody whom operators may take off boards.
pub fn unruly(n: u64) -> u64 {
    n / 4 * 4 + 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn all_differ() {
        for long in [0, 500] {
            let crowd: BTreeSet<Entity> = (0..3_000).map(|n| entity(n, long)).collect();
            assert_eq!(crowd.len(), 3_000);
        }
    }
}
