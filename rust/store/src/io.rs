//! The few calls that touch a file, as a seam: the real ones here, and in the tests a double that crashes, tears and lies.
//!
//! A store lives in one flat folder. What was written is only kept by a crash once its file was synced; that a file
//! exists, was renamed or removed, only once the folder was.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// What a device writes at a time: whole ones, in a file and in memory, need no copy.
pub const BLOCK: usize = 4096;

/// A folder of files, by name.
pub trait Folder: Send + Sync + fmt::Debug {
    /// Makes an empty file; one of that name that is there already is emptied.
    ///
    /// # Errors
    /// Those of the system.
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Opens a file that is there, for reading and writing.
    ///
    /// # Errors
    /// `NotFound`, and those of the system.
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Gives a file another name; a file that had it is replaced, in one step.
    ///
    /// # Errors
    /// Those of the system.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file. Who has it open can go on reading it.
    ///
    /// # Errors
    /// `NotFound`, and those of the system.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// The names of all files, in no order.
    ///
    /// # Errors
    /// Those of the system.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Comes back when every creation, renaming and removal before it outlives a crash.
    ///
    /// # Errors
    /// Those of the system. After one, nobody knows what is on the disk.
    fn sync(&self) -> io::Result<()>;
}

/// A file of a folder.
pub trait DiskFile: Send + Sync + fmt::Debug {
    /// Reads at most `bytes.len()` bytes from `offset` on; 0 at the end of the file.
    ///
    /// # Errors
    /// Those of the system.
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes at least one and at most all of the bytes, and tells how many.
    ///
    /// # Errors
    /// Those of the system.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;

    /// Makes the file this long; what is added is zero.
    ///
    /// # Errors
    /// Those of the system.
    fn set_size(&self, size: u64) -> io::Result<()>;

    /// How long it is, in bytes.
    ///
    /// # Errors
    /// Those of the system.
    fn size(&self) -> io::Result<u64>;

    /// Comes back when all that was written before it outlives a crash.
    ///
    /// # Errors
    /// Those of the system. After one, nobody knows what is on the disk.
    fn sync(&self) -> io::Result<()>;

    /// Writes all of the bytes, and comes back when they outlive a crash. Fastest for whole blocks
    /// of the file, from a place in memory that is a multiple of `BLOCK` too.
    ///
    /// # Errors
    /// Those of the system. After one, nobody knows what is on the disk.
    fn write_synced(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        write_all_at(self, bytes, offset)?;
        self.sync()
    }

    /// Lets the system begin to write some bytes to the disk, which have been written to the file, and does not wait.
    fn begin_writing(&self, _start: u64, _bytes: u64) {}

    /// Gives the space of some bytes back, which nobody will read any more. The file stays as long as it is. Where the
    /// system cannot do that, nothing happens.
    fn give_back(&self, _start: u64, _end: u64) {}
}

/// The name of a numbered file: what it begins with, and 16 hexadecimal digits.
pub(crate) fn numbered(prefix: &str, number: u64) -> String {
    format!("{prefix}{number:016x}")
}

/// The number of a file whose name begins so; none if it is no such name.
pub(crate) fn number_in(prefix: &str, name: &str) -> Option<u64> {
    let digits = name.strip_prefix(prefix).filter(|digits| digits.len() == 16)?;
    u64::from_str_radix(digits, 16).ok()
}

/// Writes all of the bytes.
///
/// # Errors
/// Those of the file; `WriteZero` for one that takes nothing.
pub fn write_all_at<F: DiskFile + ?Sized>(file: &F, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write_at(bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = bytes.get(written..).unwrap_or_default();
                offset += written as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Fills the whole buffer.
///
/// # Errors
/// Those of the file; `UnexpectedEof` where it ends before.
pub fn read_exact_at(file: &dyn DiskFile, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    match read_up_to(file, bytes, offset)? {
        read if read == bytes.len() => Ok(()),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Fills the buffer, or as much of it as the file has, and tells how much that is.
///
/// # Errors
/// Those of the file.
pub fn read_up_to(file: &dyn DiskFile, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut read = 0;
    while let Some(rest) = bytes.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

/// Bytes that are written again at a time.
const AGAIN_BYTES: usize = 1 << 20;

/// Writes what a file is seen to hold from `start` to `end` once more, so that the next sync vouches for it. After a sync
/// that failed, a system may show what it has not written, and never write it unless it is told to again.
///
/// # Errors
/// Those of the file.
pub fn write_again(file: &dyn DiskFile, mut start: u64, end: u64) -> io::Result<()> {
    let mut bytes = vec![0; end.saturating_sub(start).min(AGAIN_BYTES as u64) as usize];
    while start < end {
        bytes.truncate((end - start).min(AGAIN_BYTES as u64) as usize);
        let read = read_up_to(file, &mut bytes, start)?;
        if read == 0 {
            break;
        }
        write_all_at(file, bytes.get(..read).unwrap_or_default(), start)?;
        start += read as u64;
    }
    Ok(())
}

/// A folder of the operating system.
#[derive(Debug)]
pub struct RealFolder {
    path: PathBuf,
}

impl RealFolder {
    /// The folder at `path`, which is made if it is not there; the one above it must be.
    ///
    /// # Errors
    /// Those of the system.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        match fs::create_dir(&path) {
            Ok(()) => sync_folder(path.parent().filter(|parent| !parent.as_os_str().is_empty()))?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        Ok(Self { path })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Syncs a folder, the current one where none is given.
fn sync_folder(path: Option<&Path>) -> io::Result<()> {
    File::open(path.unwrap_or(Path::new(".")))?.sync_all()
}

impl Folder for RealFolder {
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(true).open(self.path.join(name))?;
        Ok(RealFile::shared(file))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        Ok(RealFile::shared(OpenOptions::new().read(true).write(true).open(self.path.join(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.path)?.map(|entry| entry.map(|entry| entry.file_name().into_string().ok()));
        names.filter_map(Result::transpose).collect()
    }

    fn sync(&self) -> io::Result<()> {
        sync_folder(Some(&self.path))
    }
}

#[derive(Debug)]
struct RealFile {
    file: File,
    /// The same file past the system's memory of it: what is written is on the disk, and takes a sixth less time.
    direct: OnceLock<Option<File>>,
    /// Whether that was refused once.
    is_refused: AtomicBool,
}

impl RealFile {
    fn shared(file: File) -> Arc<dyn DiskFile> {
        Arc::new(Self { file, direct: OnceLock::new(), is_refused: AtomicBool::new(false) })
    }

    fn direct(&self) -> Option<&File> {
        let direct = self.direct.get_or_init(|| open_direct(&self.file)).as_ref();
        direct.filter(|_| !self.is_refused.load(Ordering::Relaxed))
    }
}

/// Opens a file once more, if the system and where it is allow that. Its name may have changed.
#[cfg(target_os = "linux")]
fn open_direct(file: &File) -> Option<File> {
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::OpenOptionsExt;
    let same = format!("/proc/self/fd/{}", file.as_raw_fd());
    OpenOptions::new().write(true).custom_flags(libc::O_DIRECT | libc::O_DSYNC).open(same).ok()
}

#[cfg(not(target_os = "linux"))]
fn open_direct(_: &File) -> Option<File> {
    None
}

/// Writes whole blocks at once; false where the device does not take them so, and then none of them counts.
fn write_direct(file: &File, bytes: &[u8], offset: u64) -> io::Result<bool> {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match file.write_at(rest, offset + written as u64) {
            Ok(more) if more > 0 && more.is_multiple_of(BLOCK) => written += more,
            Ok(_) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
                return Ok(false);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

impl DiskFile for RealFile {
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(bytes, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.file.write_at(bytes, offset)
    }

    fn set_size(&self, size: u64) -> io::Result<()> {
        self.file.set_len(size)
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn write_synced(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if let Some(direct) = self.direct().filter(|_| offset.is_multiple_of(BLOCK as u64)) {
            if write_direct(direct, bytes, offset)? {
                return Ok(());
            }
            self.is_refused.store(true, Ordering::Relaxed);
        }
        write_all_at(self, bytes, offset)?;
        self.sync()
    }

    #[cfg(target_os = "linux")]
    #[allow(unsafe_code, reason = "no safe crate offers the call, which takes numbers only")]
    fn begin_writing(&self, start: u64, bytes: u64) {
        use std::os::fd::AsRawFd;
        // SAFETY: the file is open as long as it is borrowed here, and no memory is touched.
        unsafe {
            libc::sync_file_range(self.file.as_raw_fd(), start as i64, bytes as i64, libc::SYNC_FILE_RANGE_WRITE);
        }
    }

    #[cfg(target_os = "linux")]
    fn give_back(&self, start: u64, end: u64) {
        use rustix::fs::{FallocateFlags, fallocate};
        // A file system without holes keeps the space until the file goes.
        let _ = fallocate(&self.file, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, start, end - start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that begin at a block in memory, and what they lie in.
    fn aligned(bytes: &mut [u8]) -> &mut [u8] {
        let unused = bytes.as_ptr().align_offset(BLOCK);
        &mut bytes[unused..]
    }

    #[test]
    fn what_is_written_and_synced_at_once_is_there_wherever_it_begins() {
        let path = std::env::temp_dir().join(format!("statordb-io-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        let folder = RealFolder::open(&path).unwrap();
        let file = folder.create("file").unwrap();
        let mut expected = vec![1; 8 * BLOCK];
        write_all_at(&*file, &expected, 0).unwrap();
        let mut memory = vec![2; 6 * BLOCK];
        let memory = aligned(&mut memory);
        for (start, len, offset) in [(0, 2 * BLOCK, BLOCK), (0, 700, 0), (5, BLOCK, 2 * BLOCK), (0, BLOCK, 100)] {
            let bytes = &mut memory[start..start + len];
            bytes.fill(offset as u8 ^ len as u8 ^ 3);
            file.write_synced(bytes, offset as u64).unwrap();
            expected[offset..offset + len].copy_from_slice(bytes);
            let mut read = vec![0; expected.len()];
            read_exact_at(&*file, &mut read, 0).unwrap();
            assert!(read == expected, "{len} bytes to {offset}");
        }
        fs::remove_dir_all(&path).unwrap();
    }
}
