//! NVML's binary interface, as its public header states it: names, layouts, sizes. No code.

use std::ffi::{c_char, c_int, c_uint, c_void};

pub(super) const INIT: &str = "nvmlInit_v2";
pub(super) const SHUTDOWN: &str = "nvmlShutdown";
pub(super) const DRIVER: &str = "nvmlSystemGetDriverVersion";
pub(super) const CONF_COMPUTE: &str = "nvmlSystemGetConfComputeState";
pub(super) const CONF_COMPUTE_SETTINGS: &str = "nvmlSystemGetConfComputeSettings";
pub(super) const COUNT: &str = "nvmlDeviceGetCount_v2";
pub(super) const HANDLE: &str = "nvmlDeviceGetHandleByIndex_v2";
pub(super) const UUID: &str = "nvmlDeviceGetUUID";
pub(super) const SERIAL: &str = "nvmlDeviceGetSerial";
pub(super) const PCI: &str = "nvmlDeviceGetPciInfo_v3";
pub(super) const VBIOS: &str = "nvmlDeviceGetVbiosVersion";
pub(super) const NAME: &str = "nvmlDeviceGetName";
pub(super) const BOARD_PART: &str = "nvmlDeviceGetBoardPartNumber";
pub(super) const PDI: &str = "nvmlDeviceGetPdi";
pub(super) const CERTIFICATE: &str = "nvmlDeviceGetConfComputeGpuCertificate";
pub(super) const REPORT: &str = "nvmlDeviceGetConfComputeGpuAttestationReport";

/// Every symbol that is looked up.
pub const SYMBOLS: [&str; 16] = [
    INIT,
    SHUTDOWN,
    DRIVER,
    CONF_COMPUTE,
    CONF_COMPUTE_SETTINGS,
    COUNT,
    HANDLE,
    UUID,
    SERIAL,
    PCI,
    VBIOS,
    NAME,
    BOARD_PART,
    PDI,
    CERTIFICATE,
    REPORT,
];

/// Room for a text, bytes: NVML's largest is 96.
pub(super) const TEXT: usize = 96;

pub(super) type Status = c_int;
pub(super) type Handle = *mut c_void;
pub(super) type Plain = unsafe extern "C" fn() -> Status;
pub(super) type SystemText = unsafe extern "C" fn(*mut c_char, c_uint) -> Status;
pub(super) type DeviceText = unsafe extern "C" fn(Handle, *mut c_char, c_uint) -> Status;
pub(super) type Count = unsafe extern "C" fn(*mut c_uint) -> Status;
pub(super) type ByIndex = unsafe extern "C" fn(c_uint, *mut Handle) -> Status;
pub(super) type PciInfo = unsafe extern "C" fn(Handle, *mut RawPci) -> Status;
pub(super) type ConfCompute = unsafe extern "C" fn(*mut RawConfCompute) -> Status;
pub(super) type ConfComputeSettings = unsafe extern "C" fn(*mut RawSettings) -> Status;
pub(super) type Pdi = unsafe extern "C" fn(Handle, *mut RawPdi) -> Status;
pub(super) type Certificate = unsafe extern "C" fn(Handle, *mut RawCertificate) -> Status;
pub(super) type Report = unsafe extern "C" fn(Handle, *mut RawReport) -> Status;

/// `nvmlPciInfo_t`.
#[repr(C)]
#[derive(Default)]
pub(super) struct RawPci {
    pub(super) legacy: [u8; 16],
    pub(super) domain: c_uint,
    pub(super) bus: c_uint,
    pub(super) device: c_uint,
    pub(super) pci_device: c_uint,
    pub(super) pci_subsystem: c_uint,
    pub(super) id: [u8; 32],
}

/// `nvmlConfComputeSystemState_t`.
#[repr(C)]
#[derive(Default)]
pub(super) struct RawConfCompute {
    pub(super) environment: c_uint,
    pub(super) feature: c_uint,
    pub(super) developer_tools: c_uint,
}

/// `nvmlSystemConfComputeSettings_v1_t`.
#[repr(C)]
#[derive(Default)]
pub(super) struct RawSettings {
    pub(super) version: c_uint,
    pub(super) environment: c_uint,
    pub(super) feature: c_uint,
    pub(super) developer_tools: c_uint,
    pub(super) multi_gpu: c_uint,
}

/// `nvmlPdi_v1_t`.
#[repr(C)]
#[derive(Default)]
pub(super) struct RawPdi {
    pub(super) version: c_uint,
    pub(super) value: u64,
}

/// Room for a chain of certificates, bytes of PEM.
pub(super) const CHAIN: usize = 0x1400;

/// `nvmlConfComputeGpuCertificate_t`.
#[repr(C)]
pub(super) struct RawCertificate {
    pub(super) length: c_uint,
    pub(super) attestation_length: c_uint,
    pub(super) chain: [u8; 0x1000],
    pub(super) attestation_chain: [u8; CHAIN],
}

/// Room for a report, bytes.
pub(super) const REPORT_ROOM: usize = 0x2000;

/// `nvmlConfComputeGpuAttestationReport_t`. The second report, of a companion chip, is not used.
#[repr(C)]
pub(super) struct RawReport {
    pub(super) has_second: c_uint,
    pub(super) length: c_uint,
    pub(super) second_length: c_uint,
    pub(super) nonce: [u8; 32],
    pub(super) report: [u8; REPORT_ROOM],
    pub(super) second: [u8; 0x1000],
}

/// The version field of NVML's structure of that size: `NVML_STRUCT_VERSION(…, 1)`.
pub(super) const fn version_1(size: usize) -> c_uint {
    #[expect(clippy::cast_possible_truncation, reason = "a small constant")]
    let size = size as c_uint;
    size | 1 << 24
}
