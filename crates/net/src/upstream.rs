//! The model server over HTTP: adds the address and the credential, passes nothing else on.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use http::{Request, Uri};
use http_body_util::BodyExt as _;
use seawall_base::Secret;
use seawall_ports::{
    BoxFuture, Upstream, UpstreamBody, UpstreamError, UpstreamRequest, UpstreamResponse,
};

use crate::client::{Answer, Client, ClientError, ClientOptions};
use crate::origin::Origin;

/// Where the model server is and how long it may take.
#[derive(Debug)]
pub struct UpstreamOptions {
    /// Its base, such as `https://api.example.com`; a path in it prefixes every request's.
    pub base: Uri,
    /// The credential.
    pub key: Option<Secret<String>>,
    /// The header that takes it as it is; `Authorization: Bearer` where there is none.
    pub key_header: Option<HeaderName>,
    /// The longest wait between two pieces of an answer.
    pub piece_max: Duration,
    /// The client's limits.
    pub client: ClientOptions,
}

/// One model server.
#[derive(Debug)]
pub struct HttpUpstream {
    client: Client,
    origin: Arc<Origin>,
    /// What precedes the path of every request.
    prefix: String,
    credential: Option<(HeaderName, HeaderValue)>,
    piece_max: Duration,
}

impl UpstreamOptions {
    /// Options with the default limits.
    #[must_use]
    pub fn new(base: Uri, key: Option<Secret<String>>) -> Self {
        Self {
            base,
            key,
            key_header: None,
            piece_max: Duration::from_secs(120),
            client: ClientOptions::default(),
        }
    }
}

impl HttpUpstream {
    /// An upstream at `options.base`.
    ///
    /// # Errors
    /// When the address is no URL, the key cannot stand in a header, or TLS is unusable.
    pub fn new(options: &UpstreamOptions) -> Result<Self, UpstreamError> {
        let unusable = |what: &str| UpstreamError::Unreachable(what.to_owned());
        let credential = options.key.as_ref().map(|key| {
            let (name, text) = match &options.key_header {
                Some(name) => (name.clone(), key.expose().clone()),
                None => (AUTHORIZATION, format!("Bearer {}", key.expose())),
            };
            HeaderValue::try_from(text).map(|mut value| {
                value.set_sensitive(true);
                (name, value)
            })
        });
        let credential = credential
            .transpose()
            .map_err(|_| unusable("the upstream key cannot stand in a header"))?;
        let origin = Origin::of(&options.base)
            .ok_or_else(|| unusable("its address is not an http or https URL"))?;
        Ok(Self {
            client: Client::new(&options.client).map_err(|error| unusable(&error.to_string()))?,
            origin: Arc::new(origin),
            prefix: options.base.path().trim_end_matches('/').to_owned(),
            credential,
            piece_max: options.piece_max,
        })
    }

    fn request(&self, request: UpstreamRequest) -> Result<Request<Bytes>, UpstreamError> {
        let mut built = Request::new(request.body);
        *built.method_mut() = request.method;
        *built.uri_mut() = format!("{}{}", self.prefix, request.path)
            .parse()
            .map_err(|_| UpstreamError::Unreachable("its address is not one".to_owned()))?;
        *built.headers_mut() = request.headers;
        if let Some((name, value)) = &self.credential {
            built.headers_mut().insert(name.clone(), value.clone());
        }
        Ok(built)
    }
}

impl Upstream for HttpUpstream {
    fn send(
        &self,
        request: UpstreamRequest,
    ) -> BoxFuture<'_, Result<UpstreamResponse, UpstreamError>> {
        Box::pin(async move {
            let response = self
                .client
                .send_to(&self.origin, self.request(request)?)
                .await;
            let response = response.map_err(|error| match error {
                ClientError::TimedOut => UpstreamError::Timeout,
                ClientError::Broken(_) => UpstreamError::Broken("before it answered".to_owned()),
                other => UpstreamError::Unreachable(other.to_string()),
            })?;
            let (head, body) = response.into_parts();
            Ok(UpstreamResponse {
                status: head.status,
                headers: head.headers,
                body: Box::new(HttpBody {
                    body,
                    piece_max: self.piece_max,
                }),
            })
        })
    }
}

struct HttpBody {
    body: Answer,
    piece_max: Duration,
}

impl UpstreamBody for HttpBody {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, UpstreamError>> {
        Box::pin(self.data())
    }
}

impl HttpBody {
    async fn data(&mut self) -> Result<Option<Bytes>, UpstreamError> {
        loop {
            let frame = tokio::time::timeout(self.piece_max, self.body.frame())
                .await
                .map_err(|_| UpstreamError::Timeout)?;
            let Some(frame) = frame else {
                return Ok(None);
            };
            let frame = frame.map_err(|_| UpstreamError::Broken("in its answer".to_owned()))?;
            // Trailers say nothing that we use.
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
    }
}
