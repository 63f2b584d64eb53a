//! Metering a stream on its way: what it has used at least, and how it ends when that is too much.

use std::time::Duration;

use seawall_budget::Meter;
use seawall_llm::{Usage, sse};
use seawall_ports::UpstreamBody;

use crate::call::Call;
use crate::config::GatewayLimits;
use crate::dialect::Dialect;

/// Bytes of an event around its text.
const FRAME_BYTES: u64 = 1_024;
/// Events of each choice that carry no text: its role, its end, its share of the usage.
const HOLLOW_EVENTS: u64 = 8;
/// How long a stream is read on that no client reads any more.
const DRAIN_MAX: Duration = Duration::from_secs(120);

/// Events that carry no piece of the answer and cost nothing; an endless stream of them costs.
const FREE_EVENTS: u64 = 4_096;

/// The meter of one stream; nothing where nobody pays for it.
pub(crate) struct StreamMeter {
    dialect: Dialect,
    meter: Option<Meter>,
    free: u64,
    hollow: u64,
}

impl StreamMeter {
    pub(crate) fn of(call: &Call, dialect: Dialect) -> Self {
        Self {
            dialect,
            free: FREE_EVENTS,
            meter: call.meter(),
            hollow: HOLLOW_EVENTS.saturating_mul(call.choices),
        }
    }

    /// Counts an event as at least one token. True when the reservation is used up and more.
    pub(crate) fn takes(&mut self, event: &sse::Event) -> bool {
        let Some(meter) = &mut self.meter else {
            return false;
        };
        if self.free > 0 && !self.dialect.is_piece(event) {
            self.free -= 1;
            return false;
        }
        let bytes = u64::try_from(event.data.len()).unwrap_or(u64::MAX);
        if self.hollow > 0 && bytes <= FRAME_BYTES {
            self.hollow -= 1;
            return false;
        }
        meter.content(bytes.saturating_sub(FRAME_BYTES).max(1));
        meter.is_used_up()
    }

    /// Reads on to the end, the end of the reservation or of the time, and says what was reported.
    pub(crate) async fn drain(
        &mut self,
        body: &mut dyn UpstreamBody,
        limits: &GatewayLimits,
    ) -> Option<Usage> {
        let reading = self.read_on(body, limits);
        tokio::time::timeout(DRAIN_MAX, reading).await.ok()?
    }

    async fn read_on(
        &mut self,
        body: &mut dyn UpstreamBody,
        limits: &GatewayLimits,
    ) -> Option<Usage> {
        let mut decoder = sse::Decoder::new(limits.event_bytes_max);
        let (mut events, mut usage) = (Vec::new(), None);
        while let Ok(Some(piece)) = body.chunk().await {
            let sound = decoder.push(&piece, &mut events).is_ok();
            let mut ends = !sound;
            for event in events.drain(..) {
                // It may begin in the middle of an event, which reports nothing then.
                usage = self.dialect.usage(&event, usage, &limits.json);
                ends |= self.dialect.is_last(&event) || self.takes(&event);
            }
            if ends {
                return usage;
            }
        }
        usage
    }
}
