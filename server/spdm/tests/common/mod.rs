//! Where real reports are, when they are.
#![allow(dead_code, clippy::unwrap_used)] // each test file uses a part

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::path::{Path, PathBuf};

/// The folder with published reports, named by `DOMICILE_GPU_ATTESTATION`. Without it the test says
/// so and has nothing to check.
pub(crate) fn published() -> Option<PathBuf> {
    let folder = std::env::var_os("DOMICILE_GPU_ATTESTATION").map(PathBuf::from);
    if folder.is_none() {
        eprintln!(
            "not run: set DOMICILE_GPU_ATTESTATION to the folder of NVIDIA's published reports \
             (https://github.com/NVIDIA/nvtrust; hopperAttestationReport.txt, hgx/gpu_evidence.json, …)"
        );
    }
    folder
}

/// One published report with its chain.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) report: Vec<u8>,
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) nonce: Option<[u8; 32]>,
}

pub(crate) fn file(folder: &Path, report: &str, chain: &str) -> Sample {
    let text = std::fs::read_to_string(folder.join(report)).unwrap();
    let pem = std::fs::read(folder.join(chain)).unwrap();
    Sample {
        name: report.into(),
        report: data_encoding::HEXLOWER_PERMISSIVE
            .decode(text.trim().as_bytes())
            .unwrap(),
        chain: domicile_spdm::pem::certificates(&pem).unwrap(),
        nonce: None,
    }
}

/// The eight GPUs and four switches of one board.
pub(crate) fn board(folder: &Path) -> Vec<Sample> {
    let mut samples = Vec::new();
    for file in ["hgx/gpu_evidence.json", "hgx/switch_evidence.json"] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let list: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        for (number, entry) in list.iter().enumerate() {
            let decode = |key: &str| {
                BASE64_STANDARD
                    .decode(entry[key].as_str().unwrap())
                    .unwrap()
            };
            let nonce = entry["nonce"].as_str().unwrap();
            let nonce = data_encoding::HEXLOWER.decode(nonce.as_bytes()).unwrap();
            samples.push(Sample {
                name: format!("{file} {number}"),
                report: decode("evidence"),
                chain: domicile_spdm::pem::certificates(&decode("certificate")).unwrap(),
                nonce: Some(nonce.try_into().unwrap()),
            });
        }
    }
    samples
}

/// Every place of a bit that a test flips: all of them, one in each byte, or one in every eighth
/// byte.
#[derive(Clone, Copy)]
pub(crate) enum Bits {
    All,
    OneInEachByte,
    Sampled,
}

/// The places of flipped bits after which `survives` still says yes, over all cores.
pub(crate) fn survivors(
    bytes: &[u8],
    bits: Bits,
    survives: impl Fn(&[u8]) -> bool + Sync,
) -> Vec<usize> {
    let places: Vec<usize> = match bits {
        Bits::All => (0..bytes.len() * 8).collect(),
        Bits::OneInEachByte => (0..bytes.len()).map(|byte| byte * 8 + byte % 8).collect(),
        // 67 and 8 have no common divisor: every bit of a byte has its turn.
        Bits::Sampled => (0..bytes.len() * 8).step_by(67).collect(),
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let examine = |places: &[usize]| -> Vec<usize> {
        let flipped = |place: &usize| {
            let mut other = bytes.to_vec();
            other[place / 8] ^= 1 << (place % 8);
            survives(&other)
        };
        places
            .iter()
            .copied()
            .filter(|place| flipped(place))
            .collect()
    };
    std::thread::scope(|scope| {
        let handles: Vec<_> = places
            .chunks(places.len().div_ceil(workers).max(1))
            .map(|part| scope.spawn(|| examine(part)))
            .collect();
        handles
            .into_iter()
            .flat_map(|handle| handle.join().unwrap())
            .collect()
    })
}
