//! What is measured.

use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Options {
    pub targets: Vec<String>,
    pub clients: Vec<usize>,
    pub seconds: u64,
    /// Turns that the seconds are cut into: targets take turns, since machines are not the same from minute to minute.
    pub turns: u64,
    /// Items that are there before; random keys are drawn from twice as many.
    pub items: u64,
    /// The same for the store in memory, where all of it has to fit.
    pub memory_items: u64,
    pub memory_bytes: u64,
    pub folder: PathBuf,
    /// Size of the data that is many times larger than the memory, where that is measured instead.
    pub large_gib: u64,
    pub rounds: u64,
    /// Whether this process measures one target for another one.
    pub is_alone: bool,
    /// A store that this process is to write to until it is killed.
    pub victim: Option<PathBuf>,
}

const HELP: &str = "\
bench-store [--targets fdatasync,log,redb,full,os,memory] [--clients 1,16] [--seconds 60] [--turns 1]
            [--items 1500000] [--memory-items 1500000] [--memory MIB] [--folder PATH]
bench-store --large 8 [--rounds 10] [--memory 512] [--folder PATH]";

impl Options {
    pub fn from_arguments() -> Self {
        let mut options = Self {
            targets: list("fdatasync,log,redb,full,os,memory"),
            clients: vec![1, 16],
            seconds: 60,
            turns: 1,
            items: 1_500_000,
            memory_items: 1_500_000,
            memory_bytes: 512 << 20,
            folder: std::env::temp_dir().join(format!("bench-store-{}", std::process::id())),
            large_gib: 0,
            rounds: 10,
            is_alone: false,
            victim: None,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().unwrap_or_else(|| panic!("{name} needs a value\n{HELP}"));
            let mut number = || value().parse().unwrap_or_else(|_| panic!("{name} needs a number\n{HELP}"));
            match name.as_str() {
                "--seconds" => options.seconds = number(),
                "--turns" => options.turns = number(),
                "--items" => options.items = number(),
                "--memory-items" => options.memory_items = number(),
                "--memory" => options.memory_bytes = number() << 20,
                "--large" => options.large_gib = number(),
                "--rounds" => options.rounds = number(),
                "--alone" => options.is_alone = true,
                "--write-until-killed" => options.victim = Some(value().into()),
                "--targets" => options.targets = list(&value()),
                "--clients" => {
                    options.clients = list(&value()).iter().map(|count| count.parse().expect(HELP)).collect()
                }
                "--folder" => options.folder = value().into(),
                _ => {
                    println!("{HELP}");
                    std::process::exit(i32::from(name != "--help"));
                }
            }
        }
        options
    }

    pub fn turn(&self) -> Duration {
        Duration::from_secs_f64(self.seconds as f64 / self.turns as f64)
    }

    pub fn describe(&self) -> String {
        format!(
            "{} items there before, {} s each in {} turns, {} MiB of memory for the store, in {}",
            self.items,
            self.seconds,
            self.turns,
            self.memory_bytes >> 20,
            self.folder.display()
        )
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}
