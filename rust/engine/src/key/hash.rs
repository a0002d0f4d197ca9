//! The hash that spreads items over partitions, and so the order of a Scan.
//!
//! AWS's own order can be told from recorded Scans: MD5 of `Outliers` and the bytes of the partition key (UTF-8 of S, raw
//! bytes of B, canonical bytes of N).

use md5::{Digest, Md5};

/// The first eight bytes of the digest, as AWS orders by them.
pub(crate) fn partition_hash(key: &[u8]) -> u64 {
    let mut digest = Md5::new();
    digest.update(b"Outliers");
    digest.update(key);
    let bytes: [u8; 16] = digest.finalize().into();
    (u128::from_be_bytes(bytes) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::partition_hash;
    use crate::value::Number;

    fn order<T>(mut keys: Vec<T>, bytes: impl Fn(&T) -> Vec<u8>) -> Vec<T> {
        keys.sort_by_key(|key| partition_hash(&bytes(key)));
        keys
    }

    #[test]
    fn strings_come_in_the_order_recorded_on_aws() {
        let keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "hello", "äáöü", "aardman", "zapf"];
        let sorted = order(keys.to_vec(), |key| key.as_bytes().to_vec());
        assert_eq!(sorted, ["2", "8", "9", "1", "6", "hello", "0", "5", "4", "äáöü", "aardman", "7", "3", "zapf"]);
    }

    #[test]
    fn numbers_come_in_the_order_recorded_on_aws() {
        let keys = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "-0.09", "999.9", "-999.9", "0.012345"];
        let sorted = order(keys.to_vec(), |key| Number::parse(key).unwrap().as_bytes().to_vec());
        let recorded = ["7", "999.9", "8", "3", "2", "-999.9", "9", "4", "-0.09", "6", "1", "0", "0.012345", "5"];
        assert_eq!(sorted, recorded);
    }
}
