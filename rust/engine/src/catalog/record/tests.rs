//! Records of random tables: what is written is read back, and what is cut or changed never panics.

use proptest::prelude::*;

use super::*;
use crate::catalog::{KeyRole, TableStatus};
use crate::ops::Caller;
use crate::record::NUMBER_MAX;

/// Chance with a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    fn word(&mut self) -> u64 {
        match self.roll(4) {
            0 => self.roll(3),
            1 => NUMBER_MAX - self.roll(3),
            _ => self.roll(1 << 50),
        }
    }

    fn text(&mut self) -> String {
        let letters = ["", "a", "films", "é", "\u{0}", "一"];
        (0..self.roll(4)).map(|_| letters[self.roll(6) as usize]).collect()
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.roll(2) == 0).then(|| make(self))
    }

    fn several<T>(&mut self, make: impl Fn(&mut Self) -> T) -> Vec<T> {
        (0..self.roll(4)).map(|_| make(self)).collect()
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len() as u64) as usize]
    }

    fn attribute(&mut self) -> KeyAttribute {
        KeyAttribute { name: self.text(), kind: self.of(KINDS) }
    }

    fn schema(&mut self) -> KeySchema {
        let first = self.attribute();
        let hash: Vec<_> = std::iter::once(first).chain(self.several(Self::attribute)).collect();
        KeySchema::new(hash, self.several(Self::attribute))
    }

    fn provisioned(&mut self) -> Provisioned {
        Provisioned {
            units: Throughput { read_units: self.word(), write_units: self.word() },
            increased_ms: self.maybe(Self::word),
            decreased_ms: self.maybe(Self::word),
            decreases: self.word(),
        }
    }

    fn on_demand(&mut self) -> OnDemandThroughput {
        let mut limit = || self.maybe(|dice| dice.word().cast_signed());
        OnDemandThroughput { read_units_max: limit(), write_units_max: limit() }
    }

    fn warm(&mut self) -> WarmThroughput {
        WarmThroughput { read_units: self.maybe(Self::word), write_units: self.maybe(Self::word) }
    }

    fn index(&mut self, table: &KeySchema) -> Index {
        let projected = match self.roll(3) {
            0 => Projected::All,
            1 => Projected::KeysOnly,
            _ => Projected::Include(self.several(Self::text)),
        };
        let (name, kind, schema, tree) = (self.text(), self.of(INDEX_KINDS), self.schema(), TreeId(self.word()));
        let mut index = Index::new(table, name, kind, schema, projected, tree);
        (index.provisioned, index.on_demand, index.warm) = (self.provisioned(), self.on_demand(), self.warm());
        (index.active_ms, index.updating_ms) = (self.word(), self.word());
        index.set_built(self.roll(2) == 0);
        index
    }

    fn leaving(&mut self, table: &KeySchema) -> Leaving {
        let mut index = self.index(table);
        index.contents = Arc::new(Contents::of(self.roll(1 << 40), self.roll(1 << 40)));
        Leaving { index: Arc::new(index), until_ms: self.word() }
    }

    fn policy(&mut self) -> Policy {
        Policy { text: self.text(), revision: self.word() }
    }

    fn settings(&mut self) -> Settings {
        Settings {
            deletion_protection: self.roll(2) == 0,
            table_class: self.maybe(|dice| dice.of(TABLE_CLASSES)),
            table_class_ms: self.maybe(Self::word),
            encryption: self.maybe(|dice| Encryption { key: dice.text() }),
            on_demand: self.on_demand(),
            warm: self.warm(),
            tags: self.several(|dice| (dice.text(), dice.text())),
            policy: self.maybe(Self::policy),
            stream_policies: self.several(|dice| (dice.text(), dice.policy())),
            insights: self.several(|dice| {
                let (is_enabled, mode, changed_ms) = (dice.roll(2) == 0, dice.of(INSIGHTS_MODES), dice.word());
                (dice.maybe(Self::text), Insights { is_enabled, mode, changed_ms })
            }),
        }
    }

    fn live(&mut self, table: &KeySchema) -> Live {
        Live {
            definitions: self.several(|dice| (dice.text(), dice.of(KINDS))),
            billing: Billing { mode: self.of(BILLING_MODES), pay_per_request_ms: self.maybe(Self::word) },
            provisioned: self.provisioned(),
            indexes: self.several(|dice| Arc::new(dice.index(table))),
            leaving: self.several(|dice| dice.leaving(table)),
            collections: self.maybe(|dice| TreeId(dice.word())),
            ttl: self.maybe(|dice| {
                let (attribute, tree) = (dice.text(), TreeId(dice.word()));
                Arc::new(TtlIndex::new(attribute, tree, dice.roll(2) == 0))
            }),
            ttl_changed_ms: self.maybe(Self::word),
            stream: None,
            past_stream: self.maybe(Self::text),
            settings: self.settings(),
            updating_ms: self.word(),
        }
    }

    fn table(&mut self) -> Table {
        let schema = self.schema();
        let live = self.live(&schema);
        let (name, id, tree) = (self.text(), self.text(), TreeId(self.word()));
        Table::new(name, id, schema, tree, (self.word(), self.word()), live)
    }
}

fn bytes_of(table: &Table, gone_ms: u64) -> Bytes {
    encode(table, &table.live(), gone_ms)
}

proptest! {
    #[test]
    fn a_table_is_read_back_as_it_was(seed in 1_u64..) {
        let mut dice = Dice(seed);
        let mut table = dice.table();
        let gone_ms = dice.maybe(|dice| dice.roll(1 << 50)).unwrap_or(NOT_DELETED);
        if gone_ms != NOT_DELETED {
            table.contents = Contents::of(dice.roll(1 << 40), dice.roll(1 << 40));
            table.delete_until(gone_ms);
        }
        let bytes = bytes_of(&table, gone_ms);
        let read = decode(&bytes).unwrap();
        prop_assert_eq!(format!("{:?}", read.table), format!("{table:?}"));
        prop_assert_eq!(read.stream, None);
        prop_assert_eq!(bytes_of(&read.table, gone_ms), bytes);
    }

    #[test]
    fn a_record_that_is_cut_or_changed_is_refused_or_another_record(seed in 1_u64.., place in any::<usize>(), byte in any::<u8>()) {
        let mut dice = Dice(seed);
        let bytes = bytes_of(&dice.table(), NOT_DELETED);
        let place = place % bytes.len();
        prop_assert_eq!(decode(&bytes[..place]).unwrap_err(), Unreadable::Damaged);
        let mut changed = bytes.to_vec();
        changed[place] = byte;
        if let Ok(read) = decode(&changed) {
            // Whatever it is now, it is one that can be told of.
            let _ = read.table.describe(&Caller { region: "eu-west-2" }, 0);
        }
    }
}

#[test]
fn a_record_of_another_version_says_what_to_do() {
    let mut bytes = bytes_of(&Dice(7).table(), NOT_DELETED).to_vec();
    bytes[0] = 9;
    let error = decode(&bytes).unwrap_err();
    assert_eq!(error, Unreadable::Version(9));
    assert!(error.to_string().ends_with("open the database with that release"), "{error}");
}

/// The bytes of a small table, as `docs/format.md` draws them: they do not change with the build.
#[test]
fn the_bytes_of_a_record_stay() {
    let schema = KeySchema::new([KeyAttribute { name: "id".into(), kind: Kind::S }], None);
    let live = Live {
        definitions: vec![("id".into(), Kind::S)],
        billing: Billing { mode: BillingMode::PayPerRequest, pay_per_request_ms: Some(5) },
        provisioned: Provisioned::default(),
        indexes: Vec::new(),
        leaving: Vec::new(),
        collections: None,
        ttl: None,
        ttl_changed_ms: None,
        stream: None,
        past_stream: None,
        settings: Settings::default(),
        updating_ms: 0,
    };
    let table = Table::new("t".into(), "u".into(), schema, TreeId(17), (5, 6), live);
    assert_eq!(table.status(6), TableStatus::Active);
    assert_eq!(crate::catalog::streaming::described_keys(table.schema()), [("id".to_owned(), KeyRole::Hash)]);
    let word = |word: u64| word.to_le_bytes().to_vec();
    let expected: Vec<u8> = [
        vec![1],
        vec![1, 0, 0, 0, b't'],
        vec![1, 0, 0, 0, b'u'],
        vec![1, 0, 0, 0, 2, 0, 0, 0, b'i', b'd', 0],
        vec![0, 0, 0, 0],
        word(17),
        [word(5), word(6), word(u64::MAX)].concat(),
        vec![0],
        vec![1, 0, 0, 0, 2, 0, 0, 0, b'i', b'd', 0],
        [vec![1, 1], word(5)].concat(),
        [word(0), word(0), vec![0, 0], word(0)].concat(),
        vec![0; 8],
        vec![0; 5],
        // Settings: protection, class, its time, encryption, four limits, tags, policy, policies of streams, insights.
        vec![0; 8 + 4 + 1 + 4 + 4],
        word(0),
    ]
    .concat();
    assert_eq!(&bytes_of(&table, NOT_DELETED)[..], expected);
}
