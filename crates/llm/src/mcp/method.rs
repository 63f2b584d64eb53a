//! The methods of the protocol, and the role that each member of their messages plays.

use crate::leaf::TextRole;

/// Who sends a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sender {
    /// The agent.
    Client,
    /// The server of tools.
    Server,
}

/// A method of the protocol.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Method {
    /// `completion/complete`.
    Complete,
    /// `elicitation/create`.
    Elicit,
    /// `initialize`, and `server/discover`, which takes its place in later revisions.
    Initialize,
    /// `logging/setLevel`.
    SetLevel,
    /// `notifications/cancelled`.
    Cancelled,
    /// Notifications that a list changed or that the connection is ready.
    Changed,
    /// `notifications/message`.
    LogMessage,
    /// `notifications/progress`.
    Progress,
    /// `ping`.
    Ping,
    /// `prompts/get`.
    GetPrompt,
    /// `prompts/list`.
    ListPrompts,
    /// `resources/list` and `resources/templates/list`.
    ListResources,
    /// `resources/read`.
    ReadResource,
    /// `resources/subscribe`, `resources/unsubscribe` and `subscriptions/listen`.
    Subscribe,
    /// `roots/list`.
    ListRoots,
    /// `sampling/createMessage`.
    CreateMessage,
    /// `tools/call`.
    CallTool,
    /// `tools/list`.
    ListTools,
    /// `tasks/get`, `tasks/list` and `tasks/cancel`, about work of either side, and news of it.
    Task,
    /// `tasks/result`: what the request that began the task would have got.
    TaskResult,
}

/// The names on the wire, sorted.
const NAMES: &[(&str, Method)] = &[
    ("completion/complete", Method::Complete),
    ("elicitation/create", Method::Elicit),
    ("initialize", Method::Initialize),
    ("logging/setLevel", Method::SetLevel),
    ("notifications/cancelled", Method::Cancelled),
    ("notifications/elicitation/complete", Method::Progress),
    ("notifications/initialized", Method::Changed),
    ("notifications/message", Method::LogMessage),
    ("notifications/progress", Method::Progress),
    ("notifications/prompts/list_changed", Method::Changed),
    ("notifications/resources/list_changed", Method::Changed),
    ("notifications/resources/updated", Method::Changed),
    ("notifications/roots/list_changed", Method::Changed),
    ("notifications/subscriptions/acknowledged", Method::Progress),
    ("notifications/tasks/status", Method::Task),
    ("notifications/tools/list_changed", Method::Changed),
    ("ping", Method::Ping),
    ("prompts/get", Method::GetPrompt),
    ("prompts/list", Method::ListPrompts),
    ("resources/list", Method::ListResources),
    ("resources/read", Method::ReadResource),
    ("resources/subscribe", Method::Subscribe),
    ("resources/templates/list", Method::ListResources),
    ("resources/unsubscribe", Method::Subscribe),
    ("roots/list", Method::ListRoots),
    ("sampling/createMessage", Method::CreateMessage),
    ("server/discover", Method::Initialize),
    ("subscriptions/listen", Method::Subscribe),
    ("tasks/cancel", Method::Task),
    ("tasks/get", Method::Task),
    ("tasks/list", Method::Task),
    ("tasks/result", Method::TaskResult),
    ("tools/call", Method::CallTool),
    ("tools/list", Method::ListTools),
];

impl Method {
    /// The method of a name; none for one that the protocol does not define.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let found = NAMES.binary_search_by_key(&name, |(known, _)| known);
        found
            .ok()
            .and_then(|position| NAMES.get(position))
            .map(|(_, method)| *method)
    }

    /// The name on the wire; the first where several share it.
    #[must_use]
    pub fn name(self) -> &'static str {
        let found = NAMES.iter().find(|(_, method)| *method == self);
        found.map_or("", |(name, _)| name)
    }

    /// Who may send its requests or notifications.
    #[must_use]
    pub const fn may_send(self, sender: Sender) -> bool {
        match self {
            Self::Ping
            | Self::Cancelled
            | Self::Changed
            | Self::Progress
            | Self::Task
            | Self::TaskResult => true,
            Self::Elicit | Self::ListRoots | Self::CreateMessage | Self::LogMessage => {
                matches!(sender, Sender::Server)
            }
            _ => matches!(sender, Sender::Client),
        }
    }

    /// The role of the texts of its parameters.
    pub(super) const fn params_role(self) -> TextRole {
        match self {
            // Where an agent acts: what it calls, reads or subscribes to.
            Self::CallTool | Self::ReadResource | Self::Subscribe => TextRole::ToolCall,
            Self::GetPrompt | Self::Complete => TextRole::User,
            // What a server says reaches a model or a person.
            Self::CreateMessage => TextRole::Document,
            Self::Elicit => TextRole::ToolDefinition,
            Self::LogMessage | Self::Progress | Self::Cancelled | Self::Task => TextRole::Tool,
            _ => TextRole::Parameter,
        }
    }

    /// The role of the texts of its results.
    pub(super) const fn result_role(self) -> TextRole {
        match self {
            // Instructions, descriptions and schemas enter the context of the model.
            Self::Initialize | Self::ListPrompts | Self::ListResources | Self::ListTools => {
                TextRole::ToolDefinition
            }
            Self::GetPrompt | Self::ReadResource => TextRole::Document,
            Self::CreateMessage => TextRole::Output,
            Self::Elicit => TextRole::User,
            Self::ListRoots => TextRole::Parameter,
            _ => TextRole::Tool,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_so_that_the_search_finds() {
        assert!(NAMES.is_sorted_by_key(|(name, _)| *name));
        for (name, method) in NAMES {
            assert_eq!(Method::parse(name), Some(*method));
        }
        assert_eq!(Method::parse("tools/anything"), None);
    }

    #[test]
    fn requests_go_one_way() {
        assert!(Method::CallTool.may_send(Sender::Client));
        assert!(!Method::CallTool.may_send(Sender::Server));
        assert!(!Method::CreateMessage.may_send(Sender::Client));
        assert!(Method::Ping.may_send(Sender::Server) && Method::Ping.may_send(Sender::Client));
    }
}
