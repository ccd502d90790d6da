//! Argon2id (RFC 9106) as PHC strings.

use argon2::password_hash::phc::{Output, ParamsString, Salt};
use argon2::password_hash::try_generate_salt;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use domain::model::{Password, PasswordHash};
use domain::ports::BoxError;

use super::schemes::Comparison;
use super::timing::Cost;

/// The memory of a thread, allocated by its first hash: memory is counted per thread.
pub(super) type Memory = Vec<Block>;

/// Maximum product of memory (in KiB) and passes; a stored hash beyond it counts as damaged: this
/// much takes more than half a second.
const MAX_WORK: u64 = 1024 * 1024;

const OUTPUT: usize = Params::DEFAULT_OUTPUT_LEN;

/// Argon2id with one set of parameters, with one lane.
pub(super) struct Argon2id {
    params: Params,
}

impl Argon2id {
    pub(super) fn new(memory_kib: u32, passes: u32) -> Result<Self, BoxError> {
        let params = Params::new(memory_kib, passes, 1, Some(OUTPUT))?;
        check(&params)?;
        Ok(Self { params })
    }

    pub(super) fn hash(
        &self,
        password: &Password,
        memory: &mut Memory,
    ) -> Result<PasswordHash, BoxError> {
        let salt = Salt::new(&try_generate_salt()?)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        let output = self.output(&argon2, password, &salt, OUTPUT, memory)?;
        self.phc(salt, output)
    }

    /// Also verifies hashes of Argon2i and Argon2d.
    pub(super) fn verify(
        &self,
        password: &Password,
        stored: &PasswordHash,
        memory: &mut Memory,
    ) -> Result<Comparison, BoxError> {
        let stored = argon2::PasswordHash::new(stored.expose())?;
        let algorithm = Algorithm::try_from(stored.algorithm.as_str())?;
        // The first version wrote no version number (PHC string format, on Argon2).
        let version = stored.version.map_or(Ok(Version::V0x10), Version::try_from)?;
        let params = Params::try_from(&stored)?;
        check(&params)?;
        let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else {
            return Err("a stored password hash has no salt or no digest".into());
        };
        let current = algorithm == Algorithm::Argon2id
            && version == Version::V0x13
            && params.m_cost() >= self.params.m_cost()
            && params.t_cost() >= self.params.t_cost();
        let cost = Cost::Argon2 { memory_kib: params.m_cost(), passes: params.t_cost() };
        let argon2 = Argon2::new(algorithm, version, params);
        let output = self.output(&argon2, password, &salt, expected.len(), memory)?;
        // Outputs are compared in constant time.
        Ok(Comparison { matches: output == expected, current, cost })
    }

    /// A well-formed hash of no password: all bits of salt and digest are zero.
    pub(super) fn dummy(&self) -> Result<PasswordHash, BoxError> {
        self.phc(Salt::new(&[0; argon2::RECOMMENDED_SALT_LEN])?, Output::new(&[0; OUTPUT])?)
    }

    fn phc(&self, salt: Salt, output: Output) -> Result<PasswordHash, BoxError> {
        let hash = argon2::PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.params)?,
            salt: Some(salt),
            hash: Some(output),
        };
        Ok(PasswordHash::new(hash.to_string()))
    }

    /// Runs `argon2` in the thread's own memory or, for a hash with larger parameters than ours, in
    /// memory that is freed after it.
    fn output(
        &self,
        argon2: &Argon2<'_>,
        password: &Password,
        salt: &Salt,
        length: usize,
        memory: &mut Memory,
    ) -> Result<Output, BoxError> {
        let own = self.params.block_count();
        memory.resize(own, Block::new());
        let password = password.expose().as_bytes();
        let mut bytes = [0; Output::MAX_LENGTH];
        let out = bytes.get_mut(..length).ok_or("a stored digest is too long")?;
        if argon2.params().block_count() <= own {
            argon2.hash_password_into_with_memory(password, salt, out, memory)?;
        } else {
            argon2.hash_password_into(password, salt, out)?;
        }
        Ok(Output::new(out)?)
    }
}

fn check(params: &Params) -> Result<(), BoxError> {
    let work = u64::from(params.m_cost()) * u64::from(params.t_cost());
    if work <= MAX_WORK { Ok(()) } else { Err("the cost of Argon2 is too high".into()) }
}
