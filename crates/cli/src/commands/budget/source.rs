//! Where budgets lie: beside the state folder, or in PostgreSQL.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use seawall_budget::Prices;
use seawall_ports::Budgets;
use seawall_store::{PostgresBudgets, SqliteBudgets};

use crate::app::Hinted;

/// Largest file of prices or invoices.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// Where budgets lie.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Source {
    /// Budgets in PostgreSQL, such as `host=/run/postgresql user=seawall dbname=seawall`, which all
    /// replicas share. [default: budgets.db in the state folder]
    #[arg(long, value_name = "CONNECTION")]
    pub(crate) budgets: Option<String>,
}

/// What a gateway is told about budgets.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct BudgetArgs {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Prices that are laid over the built-in table.
    #[arg(long, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
    /// Read a stream to its end after its client has gone, so that its use is known.
    #[arg(long)]
    pub(crate) drain_abandoned: bool,
}

impl Source {
    /// Opens them; a database that is away is found at the first call.
    pub(crate) fn open(&self, state: &Path) -> anyhow::Result<Arc<dyn Budgets>> {
        if let Some(connection) = &self.budgets {
            let budgets = PostgresBudgets::new(connection)
                .map_err(|error| Hinted::new(error.0, "see `seawall budget --help`"))?;
            return Ok(Arc::new(budgets));
        }
        if !state.is_dir() {
            return Err(Hinted::new(
                format!("there is no state folder {}", state.display()),
                "start `seawall up` once, or name the folder with --state or a database with --budgets",
            )
            .into());
        }
        Ok(Arc::new(SqliteBudgets::open(&state.join("budgets.db"))?))
    }
}

/// The built-in prices under those of a file.
pub(crate) fn prices(file: Option<&Path>) -> anyhow::Result<Prices> {
    let built_in = Prices::built_in()?;
    let Some(file) = file else {
        return Ok(built_in);
    };
    let context = || format!("the prices in {} cannot be used", file.display());
    let own = Prices::parse(&read(file)?).with_context(context)?;
    built_in.overlaid(own).with_context(context)
}

/// Reads a file that the command line names.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line names this file"
)]
pub(super) fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    use std::io::Read as _;
    let context = || format!("{} cannot be read", file.display());
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
        .with_context(context)?;
    anyhow::ensure!(
        u64::try_from(bytes.len())? <= FILE_BYTES_MAX,
        "{} is larger than {FILE_BYTES_MAX} bytes",
        file.display()
    );
    Ok(bytes)
}
