//! The command line: walk a dump as `minidump-stackwalk --json` does, or write indexes.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::fd::AsFd;
use std::panic;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use index_walker::json;
use index_walker::provider::IndexedSymbols;
use index_walker::store::{Store, symbol_files};
use mimalloc::MiMalloc;
use minidump::Minidump;
use minidump_processor::{ProcessorOptions, process_minidump_with_options};
use minidump_unwind::MultiSymbolProvider;
use tracing::error;
use tracing::level_filters::LevelFilter;

#[global_allocator]
static HEAP: MiMalloc = MiMalloc;

/// Walk a minidump with indexed Breakpad symbols; print rust-minidump's JSON.
#[derive(Parser)]
#[command(version)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    walk: Option<Walk>,
}

#[derive(Subcommand)]
enum Command {
    /// Write the indexes of .sym files
    Index(Indexing),
}

#[derive(Args)]
struct Walk {
    /// Print JSON (there is no other output)
    #[arg(long, required = true)]
    json: bool,
    /// Indent the JSON
    #[arg(long)]
    pretty: bool,
    /// Symbol folder (laid out as a symbol store) or .sym file; may be repeated
    #[arg(long, value_name = "DIR")]
    symbols_path: Vec<PathBuf>,
    /// Folder of the indexes; without it they are next to the .sym files
    #[arg(long, value_name = "DIR")]
    index_dir: Option<PathBuf>,
    /// Append the path of each .sym without an index to this file
    #[arg(long, value_name = "FILE")]
    misses_file: Option<PathBuf>,
    /// Write the JSON to this file, not to standard output
    #[arg(long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Log to this file, not to standard error
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,
    /// Lowest level to log
    #[arg(long, value_name = "LEVEL", default_value = "error", value_parser = levels())]
    verbose: LevelFilter,
    /// Log without colours
    #[arg(long)]
    no_color: bool,
    /// Accepted but ignored: there is no progress to show
    #[arg(long)]
    no_interactive: bool,
    /// The dump
    dump: PathBuf,
    /// More symbol folders
    more_symbols: Vec<PathBuf>,
}

#[derive(Args)]
struct Indexing {
    /// Folder of the indexes; without it they are written next to the .sym files
    #[arg(long, value_name = "DIR")]
    index_dir: Option<PathBuf>,
    /// Afterwards remove the indexes that were unused for longest, until this size is left
    #[arg(long, value_name = "BYTES", requires = "index_dir")]
    max_bytes: Option<u64>,
    /// .sym files, and folders that contain them
    #[arg(required = true, value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
}

fn levels() -> impl TypedValueParser<Value = LevelFilter> {
    PossibleValuesParser::new(["off", "error", "warn", "info", "debug", "trace"])
        .try_map(|level| level.parse::<LevelFilter>())
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match (cli.command, cli.walk) {
        (Some(Command::Index(indexing)), _) => index(indexing),
        (None, Some(walk)) => walk_dump(walk),
        (None, None) => unreachable!("clap asks for a dump or a command"),
    };
    done.unwrap_or_else(|why| {
        // The reader closed the pipe: it wants no more output, and no error either.
        if why.kind() == ErrorKind::BrokenPipe {
            return ExitCode::SUCCESS;
        }
        eprintln!("Error: {why}");
        ExitCode::FAILURE
    })
}

/// Walk one dump. Errors are logged in `minidump-stackwalk`'s words, their kind first.
fn walk_dump(cli: Walk) -> io::Result<ExitCode> {
    log(cli.log_file, cli.verbose, !cli.no_color)?;
    let dump = match Minidump::read_path(&cli.dump) {
        Ok(dump) => dump,
        Err(why) => {
            error!("{} - Error reading dump: {}", why.name(), why);
            return Ok(ExitCode::FAILURE);
        }
    };
    let mut output = BufWriter::new(match cli.output_file {
        Some(path) => File::create(path)?,
        None => File::from(io::stdout().as_fd().try_clone_to_owned()?),
    });
    let mut symbols = MultiSymbolProvider::new();
    let folders = [cli.symbols_path, cli.more_symbols].concat();
    // Without folders, the JSON must not say that symbols were looked for.
    if !folders.is_empty() {
        let store = Store::new(cli.index_dir);
        symbols.add(Box::new(IndexedSymbols::new(folders, store, cli.misses_file)));
    }
    let options = ProcessorOptions::stable_basic();
    match pollster::block_on(process_minidump_with_options(&dump, &symbols, options)) {
        Ok(state) => {
            if cli.pretty {
                state.print_json(&mut output, true)?;
            } else {
                json::print(state, &mut output)?;
            }
            output.flush()?;
            // The end of the process frees its memory; freeing it bit by bit first takes time.
            process::exit(0)
        }
        Err(why) => {
            error!("{} - Error processing dump: {}", why.name(), why);
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Index every .sym; one that fails does not stop the others.
fn index(cli: Indexing) -> io::Result<ExitCode> {
    let store = Store::new(cli.index_dir);
    let mut code = ExitCode::SUCCESS;
    let mut fail = |path: &Path, why: io::Error| {
        eprintln!("Error: {}: {why}", path.display());
        code = ExitCode::FAILURE;
    };
    for path in &cli.paths {
        let found = symbol_files(path).unwrap_or_else(|why| {
            fail(path, why);
            Vec::new()
        });
        for sym in found {
            match store.ensure(&sym) {
                Ok(outcome) => writeln!(io::stdout(), "{outcome} {}", sym.display())?,
                Err(why) => fail(&sym, why),
            }
        }
    }
    if let Some(most) = cli.max_bytes {
        for path in store.prune(most)? {
            writeln!(io::stdout(), "removed {}", path.display())?;
        }
    }
    Ok(code)
}

/// Log as `minidump-stackwalk` does, panics included: callers read the kind of error there.
fn log(file: Option<PathBuf>, level: LevelFilter, colours: bool) -> io::Result<()> {
    let format = tracing_subscriber::fmt().with_max_level(level).with_target(false).without_time();
    match file {
        Some(path) => format.with_ansi(false).with_writer(File::create(path)?).init(),
        None => format.with_ansi(colours).with_writer(io::stderr).init(),
    }
    panic::set_hook(Box::new(|panicked| {
        let (file, line) =
            panicked.location().map_or(("<unknown>", 0), |at| (at.file(), at.line()));
        let cause = panicked.payload_as_str().unwrap_or("<cause unknown>");
        error!("Panic - A panic occurred at {file}:{line}: {cause}");
    }));
    Ok(())
}
