//! Every message either side decodes: what decodes must encode to the same bytes.

use domicile_proto::{codec, frame, wire};

fn round_trip<M: prost::Message + Default>(bytes: &[u8]) {
    if let Ok(message) = codec::decode::<M>(bytes, frame::MAX_TO_COLLECTOR) {
        assert_eq!(codec::encode(&message), bytes);
    }
}

/// Checks one input.
pub fn check(bytes: &[u8]) {
    round_trip::<wire::CollectorRequest>(bytes);
    round_trip::<wire::CollectorReply>(bytes);
    round_trip::<wire::RangingHello>(bytes);
    round_trip::<wire::AnchorReply>(bytes);
    round_trip::<wire::RangingTranscript>(bytes);
    round_trip::<wire::AgentTranscript>(bytes);
    round_trip::<wire::RangingReceipt>(bytes);
    round_trip::<wire::ReportReceipt>(bytes);
    round_trip::<wire::Bundle>(bytes);
    round_trip::<wire::Verdict>(bytes);
    let _ = frame::unframe::<wire::CollectorRequest>(bytes, frame::MAX_TO_COLLECTOR);
}
