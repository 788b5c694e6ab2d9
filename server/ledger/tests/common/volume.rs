//! A file system of its own on a loop device, whose power can be cut: `FS_IOC_SHUTDOWN` without flushing
//! the journal drops everything that no `fdatasync` asked for, on a mounted ext4 and under a writer. Needs
//! root, loop devices, `mkfs.ext4`, `mount` and `python3` (for the one `ioctl`).

use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// `EXT4_IOC_SHUTDOWN` with `EXT4_GOING_FLAGS_NOLOGFLUSH`, as in the kernel's `ext4.h`.
const CUT: &str = "import fcntl, os, struct, sys\n\
    fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";

/// A mounted volume. Dropping it unmounts it and removes its image.
pub(crate) struct Volume {
    dir: TempDir,
}

impl Volume {
    /// Makes and mounts a volume; an error says what this system does not allow.
    pub(crate) fn new() -> Result<Volume, String> {
        let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
        let volume = Volume { dir };
        let image = volume.image();
        let file = std::fs::File::create(&image).map_err(|error| error.to_string())?;
        let sized = file.set_len(256 << 20);
        sized.map_err(|error| error.to_string())?;
        std::fs::create_dir(volume.path()).map_err(|error| error.to_string())?;
        run(Command::new("mkfs.ext4").arg("-qF").arg(&image))?;
        volume.mount()?;
        Ok(volume)
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("mounted")
    }

    fn image(&self) -> PathBuf {
        self.dir.path().join("image")
    }

    fn mount(&self) -> Result<(), String> {
        let mut mount = Command::new("mount");
        run(mount
            .args(["-o", "loop"])
            .arg(self.image())
            .arg(self.path()))
    }

    /// Cuts the power: from now on nothing reaches the volume, and what was not synced is gone.
    pub(crate) fn cut(&self) -> Result<(), String> {
        run(Command::new("python3").args(["-c", CUT]).arg(self.path()))
    }

    /// The power is back: the volume is mounted again, and its journal replayed.
    pub(crate) fn restore(&self) -> Result<(), String> {
        unmount(&self.path())?;
        self.mount()
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // What could not be mounted cannot be unmounted.
        let _unmounted = unmount(&self.path());
    }
}

fn unmount(path: &Path) -> Result<(), String> {
    run(Command::new("umount").arg(path))
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output();
    let output = output.map_err(|error| format!("{name}: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            Err(format!("{name}: {said}"))
        }
    }
}
