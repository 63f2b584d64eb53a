//! What can go wrong between us and the API server.

/// Why the API server did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// There is no usable client configuration.
    #[error("there is no usable client configuration: {0}")]
    Configuration(String),
    /// The server answered no.
    #[error("the API server refused: {message}")]
    Refused {
        /// Its HTTP status.
        status: u16,
        /// Its own words.
        message: String,
    },
    /// The server could not be asked, or its answer could not be read.
    #[error("the API server could not be asked: {0}")]
    Unreachable(String),
    /// The object has no kind or no name.
    #[error("the object has no `{0}`")]
    Incomplete(&'static str),
    /// The server does not serve this kind.
    #[error("the cluster does not serve {0}")]
    UnknownKind(String),
}

impl ClusterError {
    /// Whether the server says that there is no such object.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    pub(crate) fn of(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self::Refused {
                status: status.code,
                message: status.message,
            },
            other => Self::Unreachable(chain(&other)),
        }
    }
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    text
}
