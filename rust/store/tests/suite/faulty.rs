//! A folder in memory that remembers every call, so that a test can ask what a disk may hold after a crash behind any of
//! them, and that fails where it is told to.
//!
//! What the disk has for certain: of a file what was there when it was synced, of the folder what was there when that was.
//! Of everything later it has an arbitrary part, which a seed decides: a write is kept, lost or torn, whatever happens to
//! the ones before it; so is a size; a name is kept, lost, or stays where it was.
//!
//! A process can end while the machine goes on ([`Faulty::restart`]): what it did stays to be seen, and is no more
//! certain than before.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use statordb_store::io::{DiskFile, Folder};

const PAGE: usize = 4096;
const SECTOR: usize = 512;

/// Bytes of a file; a clone shares its pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Content {
    /// None is a page of zeros.
    pages: Vec<Option<Arc<[u8; PAGE]>>>,
    size: usize,
}

impl Content {
    fn read(&self, to: &mut [u8], offset: usize) -> usize {
        let end = self.size.min(offset + to.len());
        let mut at = offset;
        while at < end {
            let (page, within) = (at / PAGE, at % PAGE);
            let len = (PAGE - within).min(end - at);
            let to = &mut to[at - offset..at - offset + len];
            match &self.pages[page] {
                Some(page) => to.copy_from_slice(&page[within..within + len]),
                None => to.fill(0),
            }
            at += len;
        }
        end.saturating_sub(offset)
    }

    fn write(&mut self, bytes: &[u8], offset: usize) {
        self.grow(offset + bytes.len());
        let mut at = offset;
        while at < offset + bytes.len() {
            let (page, within) = (at / PAGE, at % PAGE);
            let len = (PAGE - within).min(offset + bytes.len() - at);
            let from = &bytes[at - offset..at - offset + len];
            let page = &mut self.pages[page];
            if page.is_some() || from.iter().any(|byte| *byte != 0) {
                let page = page.get_or_insert_with(|| Arc::new([0; PAGE]));
                Arc::make_mut(page)[within..within + len].copy_from_slice(from);
            }
            at += len;
        }
    }

    fn grow(&mut self, size: usize) {
        self.size = self.size.max(size);
        self.pages.resize(self.size.div_ceil(PAGE), None);
    }

    fn set_size(&mut self, size: usize) {
        self.pages.resize(size.div_ceil(PAGE), None);
        if let Some(Some(page)) = self.pages.last_mut().filter(|_| size < self.size && !size.is_multiple_of(PAGE)) {
            Arc::make_mut(page)[size % PAGE..].fill(0);
        }
        self.size = size;
    }
}

/// A call that changes something, or makes it certain. Files are named by the order in which they were made.
#[derive(Clone, Debug)]
enum Call {
    Create {
        name: String,
        file: usize,
    },
    Rename {
        from: String,
        to: String,
    },
    Remove {
        name: String,
    },
    Write {
        file: usize,
        offset: usize,
        bytes: Arc<[u8]>,
    },
    SetSize {
        file: usize,
        size: usize,
    },
    Sync {
        file: usize,
    },
    /// A sync of a file that failed: whatever is seen of what was written, no sync that follows makes it certain.
    SyncFailed {
        file: usize,
    },
    SyncFolder,
}

/// What goes wrong with one call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// The system says that the device failed; of a sync, what was written since the last one is lost from sight.
    Device,
    /// A sync fails, and what it should have made certain stays to be seen: the system takes it for written, and it is only
    /// if it is written again.
    Unwritten,
    /// There is no space. Calls that need none are not touched.
    NoSpace,
    /// A write takes a part of the bytes.
    Short,
    /// A write takes a part of the bytes, and the next call fails.
    ShortThenDevice,
    /// A read or a write is interrupted before it has done anything.
    Interrupted,
    /// There is no space for this call, and so many calls of any kind from it on.
    Full(u64),
    /// This call and all that follow fail.
    Gone,
}

/// Everything that the folder and those who use it share.
#[derive(Debug, Default)]
struct Disk {
    names: BTreeMap<String, usize>,
    /// As it is seen, and as it was when it was last synced.
    files: Vec<(Content, Content)>,
    /// What was there in the beginning, for certain.
    base: Base,
    journal: Vec<Call>,
    /// Calls so far, those that change nothing too.
    calls: u64,
    faults: BTreeMap<u64, Fault>,
    /// The numbers of those that synced something.
    syncs: Vec<u64>,
    is_gone: bool,
    /// The first call for which there is space again.
    full_until: u64,
    /// The process that is alive.
    process: u64,
    meanwhile: Meanwhile,
}

/// What is to be done when a file is made whose name begins so.
#[derive(Default)]
struct Meanwhile(Option<(&'static str, Action)>);

type Action = Box<dyn FnOnce() + Send>;

impl std::fmt::Debug for Meanwhile {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Meanwhile").field(&self.0.as_ref().map(|(prefix, _)| prefix)).finish()
    }
}

impl Disk {
    fn synced(&mut self, call: Call) {
        self.syncs.push(self.calls - 1);
        self.journal.push(call);
    }
}

#[derive(Clone, Debug, Default)]
struct Base {
    names: BTreeMap<String, usize>,
    files: Vec<Content>,
}

/// A folder, as one process sees it; a clone is the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faulty {
    disk: Arc<Mutex<Disk>>,
    process: u64,
}

#[derive(Debug)]
struct FaultyFile {
    folder: Faulty,
    file: usize,
}

/// What a call is, where that decides what a fault does to it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Write,
    /// Needs space.
    Grow,
    /// Of a file.
    Sync,
    Other,
}

fn device() -> io::Error {
    io::Error::other("the device failed")
}

impl Faulty {
    /// The same folder for a new process. The one before is dead: what it calls does nothing.
    pub(crate) fn restart(&self) -> Self {
        let mut disk = self.lock();
        disk.process += 1;
        disk.is_gone = false;
        Self { disk: Arc::clone(&self.disk), process: disk.process }
    }

    /// Lets the call of this number, counted from 0, go wrong.
    pub(crate) fn fail(&self, call: u64, fault: Fault) {
        self.lock().faults.insert(call, fault);
    }

    /// Does something in the middle of what makes a file whose name begins so: once, and before the file is there.
    pub(crate) fn meanwhile(&self, prefix: &'static str, action: impl FnOnce() + Send + 'static) {
        self.lock().meanwhile = Meanwhile(Some((prefix, Box::new(action))));
    }

    /// Calls so far, reads too.
    pub(crate) fn calls(&self) -> u64 {
        self.lock().calls
    }

    /// The numbers of the calls that synced a file or the folder.
    pub(crate) fn syncs(&self) -> Vec<u64> {
        self.lock().syncs.clone()
    }

    /// Faults that were not met yet.
    pub(crate) fn faults_left(&self) -> usize {
        self.lock().faults.len()
    }

    /// Calls so far that changed something or made it certain: the points behind which a crash is asked about.
    pub(crate) fn points(&self) -> usize {
        self.lock().journal.len()
    }

    /// All calls so far, to ask about crashes behind them.
    pub(crate) fn crashes(&self) -> Crashes {
        let disk = self.lock();
        let certain = disk.base.files.iter().cloned().map(Certain::new).collect();
        let journal = disk.journal.clone();
        Crashes { journal, at: 0, names: disk.base.names.clone(), files: certain, pending: Vec::new() }
    }

    /// The same, behind the last of them.
    pub(crate) fn crashes_at_end(&self) -> Crashes {
        let mut crashes = self.crashes();
        crashes.go_to(crashes.points());
        crashes
    }

    /// What the disk may hold after a crash behind the call of this number, counted from 1.
    pub(crate) fn image(&self, point: usize, kept: Kept) -> Self {
        let mut crashes = self.crashes();
        crashes.go_to(point);
        crashes.image(kept)
    }

    /// An independent folder that holds for certain what is seen in this one.
    pub(crate) fn copy(&self) -> Self {
        let disk = self.lock();
        let files = disk.files.iter().map(|(seen, _)| seen.clone()).collect();
        Self::holding(Base { names: disk.names.clone(), files })
    }

    /// The names of all files and how long they are.
    pub(crate) fn sizes(&self) -> Vec<(String, u64)> {
        let disk = self.lock();
        disk.names.iter().map(|(name, file)| (name.clone(), disk.files[*file].0.size as u64)).collect()
    }

    /// Turns one bit of a file around, unseen by anybody.
    pub(crate) fn flip(&self, name: &str, bit: u64) {
        let mut disk = self.lock();
        let file = disk.names[name];
        let offset = (bit / 8) as usize;
        let (seen, synced) = &mut disk.files[file];
        for content in [seen, synced] {
            let mut byte = [0];
            content.read(&mut byte, offset);
            content.write(&[byte[0] ^ (1 << (bit % 8))], offset);
        }
    }

    /// Takes a file away, unseen by anybody.
    pub(crate) fn lose(&self, name: &str) {
        let mut disk = self.lock();
        disk.names.remove(name);
        disk.base.names.remove(name);
    }

    fn holding(base: Base) -> Self {
        let files = base.files.iter().map(|content| (content.clone(), content.clone())).collect();
        let disk = Disk { names: base.names.clone(), files, base, ..Disk::default() };
        Self { disk: Arc::new(Mutex::new(disk)), process: 0 }
    }

    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call, and tells what goes wrong with it.
    fn begin(&self, kind: Kind) -> Result<(MutexGuard<'_, Disk>, Option<Fault>), io::Error> {
        let mut disk = self.lock();
        if disk.process != self.process {
            return Err(io::Error::other("the process is dead"));
        }
        let call = disk.calls;
        disk.calls += 1;
        if disk.is_gone {
            return Err(device());
        }
        if call < disk.full_until && matches!(kind, Kind::Write | Kind::Grow) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let Some(fault) = disk.faults.remove(&call) else { return Ok((disk, None)) };
        match fault {
            Fault::Gone => {
                disk.is_gone = true;
                Err(device())
            }
            Fault::Full(calls) => {
                disk.full_until = call + calls;
                match kind {
                    Kind::Write | Kind::Grow => Err(io::ErrorKind::StorageFull.into()),
                    Kind::Read | Kind::Sync | Kind::Other => Ok((disk, None)),
                }
            }
            Fault::Interrupted if matches!(kind, Kind::Read | Kind::Write) => Err(io::ErrorKind::Interrupted.into()),
            Fault::NoSpace if matches!(kind, Kind::Write | Kind::Grow) => Err(io::ErrorKind::StorageFull.into()),
            Fault::Short if kind == Kind::Write => Ok((disk, Some(fault))),
            Fault::ShortThenDevice if kind == Kind::Write => {
                disk.faults.insert(call + 1, Fault::Device);
                Ok((disk, Some(fault)))
            }
            Fault::Device => Ok((disk, Some(fault))),
            Fault::Unwritten if kind == Kind::Sync => Ok((disk, Some(fault))),
            _ => Ok((disk, None)),
        }
    }

    /// A call that a failing device does not do.
    fn change(&self, kind: Kind) -> io::Result<MutexGuard<'_, Disk>> {
        match self.begin(kind)? {
            (_, Some(_)) => Err(device()),
            (disk, None) => Ok(disk),
        }
    }

    fn file(&self, file: usize) -> Arc<dyn DiskFile> {
        Arc::new(FaultyFile { folder: self.clone(), file })
    }
}

impl Folder for Faulty {
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let meanwhile = self.lock().meanwhile.0.take_if(|(prefix, _)| name.starts_with(*prefix));
        if let Some((_, action)) = meanwhile {
            action();
        }
        let mut disk = self.change(Kind::Grow)?;
        // A file of that name is emptied as one that is replaced: it may also be found as it was.
        let file = disk.files.len();
        disk.files.push(Default::default());
        disk.names.insert(name.to_owned(), file);
        disk.journal.push(Call::Create { name: name.to_owned(), file });
        Ok(self.file(file))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let disk = self.change(Kind::Other)?;
        let file = *disk.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(self.file(file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut disk = self.change(Kind::Grow)?;
        let file = disk.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        disk.names.insert(to.to_owned(), file);
        disk.journal.push(Call::Rename { from: from.to_owned(), to: to.to_owned() });
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut disk = self.change(Kind::Other)?;
        disk.names.remove(name).ok_or(io::ErrorKind::NotFound)?;
        disk.journal.push(Call::Remove { name: name.to_owned() });
        Ok(())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.change(Kind::Other)?.names.keys().cloned().collect())
    }

    fn sync(&self) -> io::Result<()> {
        let mut disk = self.change(Kind::Other)?;
        disk.synced(Call::SyncFolder);
        Ok(())
    }
}

impl DiskFile for FaultyFile {
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let disk = self.folder.change(Kind::Read)?;
        Ok(disk.files[self.file].0.read(bytes, offset as usize))
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let (mut disk, fault) = self.folder.begin(Kind::Write)?;
        let bytes = match fault {
            None => bytes,
            Some(Fault::Short | Fault::ShortThenDevice) => &bytes[..bytes.len().div_ceil(3)],
            Some(_) => return Err(device()),
        };
        disk.files[self.file].0.write(bytes, offset as usize);
        disk.journal.push(Call::Write { file: self.file, offset: offset as usize, bytes: bytes.into() });
        Ok(bytes.len())
    }

    fn set_size(&self, size: u64) -> io::Result<()> {
        let mut disk = self.folder.change(Kind::Grow)?;
        disk.files[self.file].0.set_size(size as usize);
        disk.journal.push(Call::SetSize { file: self.file, size: size as usize });
        Ok(())
    }

    fn size(&self) -> io::Result<u64> {
        Ok(self.folder.change(Kind::Other)?.files[self.file].0.size as u64)
    }

    fn sync(&self) -> io::Result<()> {
        let (mut disk, fault) = self.folder.begin(Kind::Sync)?;
        let (seen, synced) = &mut disk.files[self.file];
        if let Some(fault) = fault {
            if fault == Fault::Device {
                *seen = synced.clone();
            }
            disk.journal.push(Call::SyncFailed { file: self.file });
            return Err(device());
        }
        *synced = seen.clone();
        disk.synced(Call::Sync { file: self.file });
        Ok(())
    }
}

/// What a crash keeps of what was not synced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kept {
    Nothing,
    Everything,
    /// An arbitrary part.
    Some(u64),
}

/// A file: what is certain of it, and what was done to it since.
#[derive(Clone, Debug, Default)]
struct Certain {
    content: Content,
    pending: Vec<Pending>,
}

impl Certain {
    fn new(content: Content) -> Self {
        Self { content, pending: Vec::new() }
    }
}

#[derive(Clone, Debug)]
enum Pending {
    Write { offset: usize, bytes: Arc<[u8]>, is_forgotten: bool },
    SetSize { size: usize },
}

/// A change of a name that is not certain; a file that a rename replaces is found again if it is lost.
#[derive(Clone, Debug)]
enum NamePending {
    Create { name: String, file: usize },
    Rename { from: String, to: String, file: usize },
    Remove { name: String, file: usize },
}

/// All calls of a folder, and what a disk may hold after a crash behind each, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Crashes {
    journal: Vec<Call>,
    /// Calls that were done.
    at: usize,
    /// What is certain of the names.
    names: BTreeMap<String, usize>,
    files: Vec<Certain>,
    pending: Vec<NamePending>,
}

impl Crashes {
    /// How many calls there are.
    pub(crate) fn points(&self) -> usize {
        self.journal.len()
    }

    /// Goes on to where so many calls were done; there is no going back.
    pub(crate) fn go_to(&mut self, point: usize) {
        assert!(self.at <= point && point <= self.journal.len());
        while self.at < point {
            let call = self.journal[self.at].clone();
            self.step(call);
            self.at += 1;
        }
    }

    /// What the next call is, in words.
    pub(crate) fn next(&self) -> String {
        match self.journal.get(self.at) {
            Some(Call::Write { file, offset, bytes }) => format!("Write {file} at {offset}, {} bytes", bytes.len()),
            call => format!("{call:?}"),
        }
    }

    fn step(&mut self, call: Call) {
        match call {
            Call::Create { name, file } => {
                self.files.resize_with(file + 1, Certain::default);
                self.pending.push(NamePending::Create { name, file });
            }
            Call::Rename { from, to } => {
                let file = self.seen(&from);
                self.pending.push(NamePending::Rename { from, to, file });
            }
            Call::Remove { name } => {
                let file = self.seen(&name);
                self.pending.push(NamePending::Remove { name, file });
            }
            Call::Write { file, offset, bytes } => {
                self.files[file].pending.push(Pending::Write { offset, bytes, is_forgotten: false });
            }
            Call::SetSize { file, size } => self.files[file].pending.push(Pending::SetSize { size }),
            Call::Sync { file } => {
                let file = &mut self.files[file];
                for pending in std::mem::take(&mut file.pending) {
                    pending.carry_out(&mut file.content);
                }
            }
            Call::SyncFailed { file } => self.files[file].pending.retain_mut(Pending::forget),
            Call::SyncFolder => {
                self.names = self.names_with(|_| true);
                self.pending.clear();
            }
        }
    }

    /// The file that a name is seen to have.
    fn seen(&self, name: &str) -> usize {
        self.names_with(|_| true)[name]
    }

    fn names_with(&self, mut keeps: impl FnMut(&NamePending) -> bool) -> BTreeMap<String, usize> {
        let mut names = self.names.clone();
        for pending in self.pending.iter().filter(|pending| keeps(pending)) {
            pending.carry_out(&mut names);
        }
        names
    }

    /// What the disk may hold after a crash here.
    pub(crate) fn image(&self, kept: Kept) -> Faulty {
        let mut chance = Chance::new(kept, self.at as u64);
        let names = self.names_with(|_| chance.keeps());
        let mut files = vec![Content::default(); self.files.len()];
        let named: BTreeSet<usize> = names.values().copied().collect();
        for file in named {
            files[file] = self.files[file].after(&mut chance);
        }
        Faulty::holding(Base { names, files })
    }
}

impl Pending {
    fn carry_out(&self, content: &mut Content) {
        match self {
            Self::Write { is_forgotten: true, .. } => {}
            Self::Write { offset, bytes, .. } => content.write(bytes, *offset),
            Self::SetSize { size } => content.set_size(*size),
        }
    }

    /// The system has given it up, and the disk may have it; tells whether that is worth remembering.
    fn forget(&mut self) -> bool {
        if let Self::Write { is_forgotten, .. } = self {
            *is_forgotten = true;
        }
        matches!(self, Self::Write { .. })
    }
}

impl NamePending {
    fn carry_out(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Create { name, file } => {
                names.insert(name.clone(), *file);
            }
            Self::Rename { from, to, file } => {
                names.retain(|name, other| !(name == from && other == file));
                names.insert(to.clone(), *file);
            }
            Self::Remove { name, file } => names.retain(|other, of| !(other == name && of == file)),
        }
    }
}

impl Certain {
    /// What a crash leaves of it.
    fn after(&self, chance: &mut Chance) -> Content {
        let mut content = self.content.clone();
        if chance.kept == Kept::Nothing {
            return content;
        }
        let mut size_seen = content.size;
        for pending in &self.pending {
            match pending {
                Pending::Write { offset, bytes, is_forgotten } => {
                    if *is_forgotten && chance.kept == Kept::Everything {
                        continue;
                    }
                    size_seen = size_seen.max(offset + bytes.len());
                    chance.write(&mut content, *offset, bytes);
                }
                Pending::SetSize { size } if chance.keeps() => content.set_size(*size),
                Pending::SetSize { .. } => {}
            }
        }
        match chance.roll(4) {
            _ if chance.kept == Kept::Everything => {}
            // The size is as it was: what was written behind is not to be seen.
            0 => content.set_size(self.content.size.min(content.size)),
            // The size is kept, and what was to be there is not.
            1 => content.grow(size_seen),
            _ => {}
        }
        content
    }
}

/// Decides what is kept.
struct Chance {
    kept: Kept,
    state: u64,
    /// Of eight.
    odds: u64,
}

impl Chance {
    fn new(kept: Kept, point: u64) -> Self {
        let seed = if let Kept::Some(seed) = kept { seed } else { 0 };
        let state = (seed ^ point.rotate_left(32)).wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut chance = Self { kept, state, odds: 4 };
        chance.odds = chance.roll(7) + 1;
        chance
    }

    fn roll(&mut self, sides: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ self.state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % sides
    }

    fn keeps(&mut self) -> bool {
        match self.kept {
            Kept::Nothing => false,
            Kept::Everything => true,
            Kept::Some(_) => self.roll(8) < self.odds,
        }
    }

    /// Keeps a write, loses it, cuts it off at a byte, or keeps some of its sectors.
    fn write(&mut self, content: &mut Content, offset: usize, bytes: &[u8]) {
        if !matches!(self.kept, Kept::Some(_)) {
            return content.write(bytes, offset);
        }
        match self.roll(6) {
            0 | 1 => {
                if self.keeps() {
                    content.write(bytes, offset);
                }
            }
            2 => {
                let end = self.roll(bytes.len() as u64 + 1) as usize;
                content.write(&bytes[..end], offset);
            }
            _ => self.write_sectors(content, offset, bytes),
        }
    }

    fn write_sectors(&mut self, content: &mut Content, offset: usize, bytes: &[u8]) {
        let mut at = 0;
        while at < bytes.len() {
            let len = (SECTOR - (offset + at) % SECTOR).min(bytes.len() - at);
            if self.keeps() {
                content.write(&bytes[at..at + len], offset + at);
            }
            at += len;
        }
    }
}
