//! The foreign functions of NVML that this program calls: its own table, loaded by name.
//!
//! NVML has hundreds of functions; some reset a GPU or set its modes. None but those named in
//! [`SYMBOLS`] is looked up, and every one of them but the pair that opens and closes the library
//! is a getter. A test holds the table and the shipped program to that.
#![allow(unsafe_code)]

pub use super::abi::SYMBOLS;
use super::abi::*;
use std::ffi::{c_char, c_uint};
use std::path::Path;

/// Why a function gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The library has no such function: nothing was called.
    NoFunction,
    /// NVML's error number 3: the device or driver has no such thing.
    NotSupported,
    /// Another error number.
    Failed(i32),
    /// It says that it wrote more than there is room for, or nothing.
    BadLength(u32),
}

impl Refusal {
    const NOT_SUPPORTED: Status = 3;

    fn check(status: Status) -> Result<(), Self> {
        match status {
            0 => Ok(()),
            Self::NOT_SUPPORTED => Err(Self::NotSupported),
            other => Err(Self::Failed(other)),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoFunction => write!(out, "the library has no such function"),
            Self::NotSupported => write!(out, "the device or driver has no such thing"),
            Self::Failed(number) => write!(out, "NVML error {number}"),
            Self::BadLength(length) => write!(out, "an impossible length of {length} bytes"),
        }
    }
}

/// What the driver says about confidential computing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfidentialState {
    /// It is on, or a mode that protects the links between several GPUs is.
    pub on: bool,
    /// Debug tools are allowed.
    pub developer_tools: bool,
}

/// Where a GPU stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Domain, bus, device and function.
    pub address: String,
    /// PCI device id ‖ vendor id, 16 bits each.
    pub pci_id: u32,
}

/// NVML, loaded and not yet initialised.
pub struct Library {
    library: libloading::Library,
}

/// NVML while it is initialised: it is shut down when this goes.
pub struct Session<'a> {
    nvml: &'a Library,
}

/// A GPU of a session.
#[derive(Clone, Copy)]
pub struct Device<'a> {
    session: &'a Session<'a>,
    handle: Handle,
}

impl Library {
    /// Loads the library at `path`, or the one of that name where the system keeps libraries.
    ///
    /// # Errors
    /// The loader's words.
    pub fn load(path: &Path) -> Result<Self, String> {
        // SAFETY: the operator names the library, and NVML's initialisers start nothing.
        let library = unsafe { libloading::Library::new(path) }.map_err(|e| e.to_string())?;
        Ok(Self { library })
    }

    /// Initialises NVML. This opens the device nodes.
    ///
    /// # Errors
    /// A missing function or NVML's error number.
    pub fn open(&self) -> Result<Session<'_>, String> {
        let init: Plain = self.function(INIT).ok_or("no function to initialise it")?;
        // Nothing is opened that could not be closed.
        self.function::<Plain>(SHUTDOWN)
            .ok_or("no function to shut it down")?;
        // SAFETY: the type is NVML's for this function, which takes nothing.
        match unsafe { init() } {
            0 => Ok(Session { nvml: self }),
            status => Err(format!("it cannot be initialised: NVML error {status}")),
        }
    }

    /// A function of the table; older drivers lack some.
    fn function<F: Copy>(&self, symbol: &str) -> Option<F> {
        debug_assert!(SYMBOLS.contains(&symbol));
        // SAFETY: every caller names the type that NVML's header gives this symbol.
        unsafe { self.library.get::<F>(symbol) }
            .ok()
            .map(|found| *found)
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if let Some(shutdown) = self.nvml.function::<Plain>(SHUTDOWN) {
            // SAFETY: the type is NVML's; no handle outlives the session.
            unsafe { shutdown() };
        }
    }
}

impl<'a> Session<'a> {
    /// The driver's version.
    pub fn driver(&self) -> Option<String> {
        let get: SystemText = self.nvml.function(DRIVER)?;
        // SAFETY: NVML writes at most as many bytes as it is told there are.
        text(|space, length| unsafe { get(space, length) })
    }

    /// What the driver says about confidential computing. Newer drivers have one more mode than
    /// the older function tells.
    ///
    /// # Errors
    /// [`Refusal`] of the older function.
    pub fn confidential_computing(&self) -> Result<ConfidentialState, Refusal> {
        let get: ConfCompute = self
            .nvml
            .function(CONF_COMPUTE)
            .ok_or(Refusal::NoFunction)?;
        let mut state = RawConfCompute::default();
        // SAFETY: the pointer is to a structure of NVML's layout.
        Refusal::check(unsafe { get(&raw mut state) })?;
        let (more_on, more_tools) = self.settings().unwrap_or_default();
        Ok(ConfidentialState {
            on: state.feature != 0 || more_on,
            developer_tools: state.developer_tools != 0 || more_tools,
        })
    }

    fn settings(&self) -> Option<(bool, bool)> {
        let get: ConfComputeSettings = self.nvml.function(CONF_COMPUTE_SETTINGS)?;
        let mut settings = RawSettings {
            version: version_1(size_of::<RawSettings>()),
            ..RawSettings::default()
        };
        // SAFETY: the pointer is to a structure of NVML's layout that names its version.
        let status = unsafe { get(&raw mut settings) };
        let on = settings.feature != 0 || settings.multi_gpu != 0;
        (status == 0).then_some((on, settings.developer_tools != 0))
    }

    /// The GPUs, `most` at the most.
    pub fn devices(&'a self, most: u32) -> Vec<Device<'a>> {
        let mut count = 0;
        let known = self.nvml.function::<Count>(COUNT).is_some_and(|get| {
            // SAFETY: the pointer is to an unsigned integer.
            unsafe { get(&raw mut count) == 0 }
        });
        let by_index = self.nvml.function::<ByIndex>(HANDLE).filter(|_| known);
        let device = |index| {
            let mut handle = std::ptr::null_mut();
            // SAFETY: the pointer is to a handle.
            let status = unsafe { by_index?(index, &raw mut handle) };
            (status == 0).then_some(Device {
                session: self,
                handle,
            })
        };
        (0..count.min(most)).filter_map(device).collect()
    }
}

impl Device<'_> {
    /// A text about this GPU.
    fn text(self, symbol: &str) -> Option<String> {
        let get: DeviceText = self.session.nvml.function(symbol)?;
        // SAFETY: the handle is of this session; NVML writes at most what it is told.
        text(|space, length| unsafe { get(self.handle, space, length) })
    }

    /// `GPU-…`, unique in the world.
    pub fn uuid(self) -> Option<String> {
        self.text(UUID)
    }

    /// The board's serial number.
    pub fn serial(self) -> Option<String> {
        self.text(SERIAL)
    }

    /// The version of its firmware image.
    pub fn vbios(self) -> Option<String> {
        self.text(VBIOS)
    }

    /// The product's name.
    pub fn name(self) -> Option<String> {
        self.text(NAME)
    }

    /// The board's part number.
    pub fn board_part(self) -> Option<String> {
        self.text(BOARD_PART)
    }

    /// Where it stands, and as what.
    pub fn place(self) -> Option<Place> {
        let get: PciInfo = self.session.nvml.function(PCI)?;
        let mut raw = RawPci::default();
        // SAFETY: the handle is of this session, the pointer to a structure of NVML's layout.
        let status = unsafe { get(self.handle, &raw mut raw) };
        let address = until_zero(&raw.id).filter(|_| status == 0)?;
        Some(Place {
            address,
            pci_id: raw.pci_device,
        })
    }

    /// Its own identifier, burnt in.
    pub fn pdi(self) -> Option<u64> {
        let get: Pdi = self.session.nvml.function(PDI)?;
        let mut raw = RawPdi {
            version: version_1(size_of::<RawPdi>()),
            value: 0,
        };
        // SAFETY: the handle is of this session, the pointer to a structure that names its version.
        let status = unsafe { get(self.handle, &raw mut raw) };
        (status == 0).then_some(raw.value)
    }

    /// Whether the library has the two functions of attestation.
    pub fn can_attest(self) -> bool {
        let nvml = self.session.nvml;
        nvml.function::<Certificate>(CERTIFICATE).is_some()
            && nvml.function::<Report>(REPORT).is_some()
    }

    /// The certificates of the key that signs its reports, PEM, leaf first.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn certificates(self) -> Result<Vec<u8>, Refusal> {
        let get = self.session.nvml.function::<Certificate>(CERTIFICATE);
        let get = get.ok_or(Refusal::NoFunction)?;
        let mut raw = Box::new(RawCertificate {
            length: 0,
            attestation_length: 0,
            chain: [0; 0x1000],
            attestation_chain: [0; CHAIN],
        });
        // SAFETY: the handle is of this session, the pointer to a structure of NVML's layout.
        Refusal::check(unsafe { get(self.handle, &raw mut *raw) })?;
        written(&raw.attestation_chain, raw.attestation_length)
    }

    /// A report over `nonce`, signed by the GPU's own key. With confidential computing on, a call
    /// that fails may leave the GPU in a state in which it takes no more work.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn report(self, nonce: &[u8; 32]) -> Result<Vec<u8>, Refusal> {
        let get = self.session.nvml.function::<Report>(REPORT);
        let get = get.ok_or(Refusal::NoFunction)?;
        let mut raw = Box::new(RawReport {
            has_second: 0,
            length: 0,
            second_length: 0,
            nonce: *nonce,
            report: [0; REPORT_ROOM],
            second: [0; 0x1000],
        });
        // SAFETY: the handle is of this session, the pointer to a structure of NVML's layout.
        Refusal::check(unsafe { get(self.handle, &raw mut *raw) })?;
        written(&raw.report, raw.length)
    }
}

/// What a function wrote of the room that it had, by its own word for the length.
fn written(room: &[u8], length: c_uint) -> Result<Vec<u8>, Refusal> {
    let bytes = usize::try_from(length).ok().filter(|length| *length > 0);
    let bytes = bytes.and_then(|length| room.get(..length));
    bytes.map(<[u8]>::to_vec).ok_or(Refusal::BadLength(length))
}

fn text(get: impl FnOnce(*mut c_char, c_uint) -> Status) -> Option<String> {
    let mut space = [0u8; TEXT];
    let room = c_uint::try_from(space.len()).expect("96 fits");
    match get(space.as_mut_ptr().cast(), room) {
        0 => until_zero(&space),
        _ => None,
    }
}

/// The text before the first zero; none when there is no zero or it is no UTF-8.
fn until_zero(bytes: &[u8]) -> Option<String> {
    let text = std::ffi::CStr::from_bytes_until_nul(bytes).ok()?;
    text.to_str().ok().map(str::to_owned)
}
