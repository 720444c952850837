//! `new-authority`: the one way in which the house's own authority is replaced before its ten years are over.

use crate::app;
use crate::config::Config;
use crate::tls;

/// Sets the authority aside, while no server runs on it, and says what follows.
///
/// # Errors
/// One sentence.
pub fn retired(config: &Config) -> Result<String, String> {
    let there = app::alone(config, || tls::retire(&config.data_dir))?.map_err(|e| e.to_string())?;
    Ok(if there {
        "The authority is set aside as ca.pem.old and ca.key.old. The next start makes another; each device that trusted the old one \
         finds it at /trust. Take the old one off those devices."
            .to_owned()
    } else {
        "There is no authority here yet; the next start makes one.".to_owned()
    })
}
