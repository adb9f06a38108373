//! What it means that the gateway closed a connection: most ends pass, some last until the operator changes something.

use twilight_gateway::CloseFrame;
use twilight_model::gateway::CloseCode;

use crate::sources::SourceError;

/// Why a connection ended, from what the gateway closed it with.
pub(super) fn closed(frame: Option<&CloseFrame<'_>>) -> SourceError {
    let Some(frame) = frame else { return SourceError::Ended(None) };
    let told = match frame.reason.as_ref() {
        "" => format!("{}", frame.code),
        reason => format!("{} {reason}", frame.code),
    };
    let advice = match CloseCode::try_from(frame.code) {
        Ok(CloseCode::AuthenticationFailed) => "the token is not right: put the bot's into the token file",
        Ok(CloseCode::DisallowedIntents) => {
            "the bot may not read messages: switch Message Content Intent on in Discord's developer portal"
        }
        Ok(CloseCode::ShardingRequired) => "the bot is on more servers than one connection may read",
        Ok(code) if !code.can_reconnect() => "Discord does not take this",
        Ok(_) => return SourceError::Ended(Some(format!("the gateway closed it: {told}"))),
        Err(_) if frame.code == ABNORMAL => {
            return SourceError::Ended(Some("it broke, or heartbeats went unanswered".into()));
        }
        Err(_) => return SourceError::Ended(Some(format!("closed: {told}"))),
    };
    SourceError::Denied(format!("{told}: {advice}"))
}

/// An end without a word, as WebSocket numbers it.
const ABNORMAL: u16 = 1006;

#[cfg(test)]
mod tests {
    use super::*;

    fn end(code: u16, reason: &'static str) -> SourceError {
        closed(Some(&CloseFrame::new(code, reason)))
    }

    #[test]
    fn what_needs_the_operator_is_told_apart_from_what_passes() {
        for (code, part) in [(4004, "token"), (4014, "Message Content Intent"), (4011, "servers"), (4013, "take this")]
        {
            match end(code, "Why.") {
                SourceError::Denied(text) => {
                    assert!(text.starts_with(&format!("{code} Why.: ")) && text.contains(part), "{text}")
                }
                other => panic!("{code}: {other:?}"),
            }
        }
        for code in [1000, 1001, 1006, 4000, 4001, 4007, 4008, 4009, 4999] {
            assert!(matches!(end(code, ""), SourceError::Ended(Some(_))), "{code}");
        }
        assert!(matches!(closed(None), SourceError::Ended(None)));
    }
}
