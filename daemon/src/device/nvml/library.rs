//! The foreign functions of NVML that this program calls: its own table, loaded by name.
//!
//! NVML has hundreds of functions; some reset a GPU or set its modes. None but those named in
//! [`SYMBOLS`] is looked up, and every one of them but the pair that opens and closes the library
//! is a getter. A test holds the table and the shipped program to that.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_uint, c_void};
use std::path::Path;

const INIT: &str = "nvmlInit_v2";
const SHUTDOWN: &str = "nvmlShutdown";
const DRIVER: &str = "nvmlSystemGetDriverVersion";
const CONF_COMPUTE: &str = "nvmlSystemGetConfComputeState";
const COUNT: &str = "nvmlDeviceGetCount_v2";
const HANDLE: &str = "nvmlDeviceGetHandleByIndex_v2";
const UUID: &str = "nvmlDeviceGetUUID";
const SERIAL: &str = "nvmlDeviceGetSerial";
const PCI: &str = "nvmlDeviceGetPciInfo_v3";
const VBIOS: &str = "nvmlDeviceGetVbiosVersion";
const NAME: &str = "nvmlDeviceGetName";
const BOARD_PART: &str = "nvmlDeviceGetBoardPartNumber";
const MIG: &str = "nvmlDeviceGetMigMode";

/// Every symbol that is looked up.
pub const SYMBOLS: [&str; 13] = [
    INIT,
    SHUTDOWN,
    DRIVER,
    CONF_COMPUTE,
    COUNT,
    HANDLE,
    UUID,
    SERIAL,
    PCI,
    VBIOS,
    NAME,
    BOARD_PART,
    MIG,
];

/// Room for a text, bytes: NVML's largest is 96.
const TEXT: usize = 96;

type Status = c_int;
type Handle = *mut c_void;
type Plain = unsafe extern "C" fn() -> Status;
type SystemText = unsafe extern "C" fn(*mut c_char, c_uint) -> Status;
type DeviceText = unsafe extern "C" fn(Handle, *mut c_char, c_uint) -> Status;
type Count = unsafe extern "C" fn(*mut c_uint) -> Status;
type ByIndex = unsafe extern "C" fn(c_uint, *mut Handle) -> Status;
type PciInfo = unsafe extern "C" fn(Handle, *mut RawPci) -> Status;
type Mig = unsafe extern "C" fn(Handle, *mut c_uint, *mut c_uint) -> Status;
type ConfCompute = unsafe extern "C" fn(*mut RawConfCompute) -> Status;

/// `nvmlPciInfo_t`.
#[repr(C)]
#[derive(Default)]
struct RawPci {
    legacy: [u8; 16],
    domain: c_uint,
    bus: c_uint,
    device: c_uint,
    pci_device: c_uint,
    pci_subsystem: c_uint,
    id: [u8; 32],
}

/// `nvmlConfComputeSystemState_t`.
#[repr(C)]
#[derive(Default)]
struct RawConfCompute {
    environment: c_uint,
    feature: c_uint,
    developer_tools: c_uint,
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

    /// Whether confidential computing is on.
    pub fn confidential_computing(&self) -> Option<bool> {
        let get: ConfCompute = self.nvml.function(CONF_COMPUTE)?;
        let mut state = RawConfCompute::default();
        // SAFETY: the pointer is to a structure of NVML's layout.
        (unsafe { get(&raw mut state) } == 0).then_some(state.feature != 0)
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

    /// Domain, bus, device and function.
    pub fn pci_address(self) -> Option<String> {
        let get: PciInfo = self.session.nvml.function(PCI)?;
        let mut raw = RawPci::default();
        // SAFETY: the handle is of this session, the pointer to a structure of NVML's layout.
        let status = unsafe { get(self.handle, &raw mut raw) };
        (status == 0).then(|| until_zero(&raw.id))?
    }

    /// Whether it is divided into instances now.
    pub fn mig(self) -> Option<bool> {
        let get: Mig = self.session.nvml.function(MIG)?;
        let (mut current, mut pending) = (0, 0);
        // SAFETY: the handle is of this session, the pointers to unsigned integers.
        let status = unsafe { get(self.handle, &raw mut current, &raw mut pending) };
        (status == 0).then_some(current != 0)
    }
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
