//! Rigorous location from round-trip times: pure, deterministic, no I/O
