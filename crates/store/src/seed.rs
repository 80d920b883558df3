//! The random bytes that a private key is made of, in a file that only its owner may read.

use std::fs::{self, File};
use std::path::Path;
use zeroize::Zeroizing;

use crate::StoreError;

/// Reads the seed of a key; draws it where there is no such file.
pub(crate) fn load_or_make_seed(path: &Path) -> Result<Zeroizing<[u8; 32]>, StoreError> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    match fs::read(path) {
        Ok(bytes) => {
            let bytes = Zeroizing::new(bytes);
            let seed = <[u8; 32]>::try_from(bytes.as_slice())
                .map_err(|_| StoreError::corrupt(path, "a private key has 32 bytes"))?;
            Ok(Zeroizing::new(seed))
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let mut seed = Zeroizing::new([0; 32]);
            getrandom::fill(seed.as_mut()).map_err(|e| StoreError::Io {
                path: path.to_owned(),
                source: std::io::Error::other(e.to_string()),
            })?;
            File::options()
                .create_new(true)
                .write(true)
                .mode(0o600)
                .open(path)
                .and_then(|mut file| {
                    file.write_all(seed.as_ref())?;
                    file.sync_all()
                })
                .map_err(StoreError::io(path))?;
            Ok(seed)
        }
        Err(source) => Err(StoreError::Io { path: path.to_owned(), source }),
    }
}
