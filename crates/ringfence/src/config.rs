//! Configuration: one TOML file, then `RINGFENCE_…` variables, then flags. What comes later wins.
//!
//! The table [`KEYS`] is the documentation: the example file and the check are made from it.

use anyhow::{Context, Result, bail};
use server::follow::{Follow, Kind};
use server::sync::ListFeed;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The values in force.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Config {
    pub(crate) data_dir: PathBuf,
    pub(crate) intel_dir: Option<PathBuf>,
    pub(crate) rules: Option<PathBuf>,
    pub(crate) model: Option<PathBuf>,
    pub(crate) threads: usize,
    pub(crate) hot_addresses: usize,
    pub(crate) log_name: String,
    pub(crate) listen: SocketAddr,
    pub(crate) database: String,
    pub(crate) tls_certificate: Option<PathBuf>,
    pub(crate) tls_key: Option<PathBuf>,
    pub(crate) trusted_proxies: Vec<IpAddr>,
    pub(crate) rate_per_s: usize,
    pub(crate) connections_per_client: usize,
    pub(crate) log_format: LogFormat,
    pub(crate) public_url: String,
    pub(crate) exchange_name: String,
    pub(crate) is_sign_up_open: bool,
    pub(crate) smtp: String,
    pub(crate) mail_from: String,
    pub(crate) webhook_networks: Vec<String>,
    pub(crate) hashing_threads: usize,
    pub(crate) hashing_mib: usize,
    pub(crate) password_list: Option<PathBuf>,
    pub(crate) places_dir: Option<PathBuf>,
    pub(crate) reserves_site: Option<PathBuf>,
    pub(crate) chains: Vec<Follow>,
    pub(crate) lists: Vec<ListFeed>,
}

/// How the server writes its log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// One key: name, default as TOML, meaning.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) default: &'static str,
    pub(crate) doc: &'static str,
}

/// Every key.
pub(crate) const KEYS: &[Key] = &[
    Key {
        name: "data_dir",
        default: "\"ringfence-data\"",
        doc: "Folder of the journal, the imported lists, alerts and spilled address states.",
    },
    Key {
        name: "intel_dir",
        default: "\"\"",
        doc: "Folder of lists to read directly; empty for the lists imported with `ringfence intel import`.",
    },
    Key { name: "rules", default: "\"\"", doc: "Rule pack; empty for the default pack." },
    Key {
        name: "model",
        default: "\"\"",
        doc: "Account model; empty for the one that ships with the program.",
    },
    Key {
        name: "threads",
        default: "0",
        doc: "Threads that judge; 0 for one a core. Their number changes no decision.",
    },
    Key {
        name: "hot_addresses",
        default: "0",
        doc: "Address states kept in memory, 512 bytes each; the rest spills to data_dir. 0 for no bound.",
    },
    Key {
        name: "log_name",
        default: "\"ringfence.local/decisions\"",
        doc: "Name (origin) of a new journal, a URL without scheme that you control.",
    },
    Key {
        name: "listen",
        default: "\"127.0.0.1:8080\"",
        doc: "Address and port of the API and the console.",
    },
    Key {
        name: "database",
        default: "\"\"",
        doc: "postgres://user:password@host/name; empty for SQLite in data_dir.",
    },
    Key {
        name: "tls_certificate",
        default: "\"\"",
        doc: "PEM file of the certificate chain; with tls_key, answers come over TLS only.",
    },
    Key { name: "tls_key", default: "\"\"", doc: "PEM file of the private key." },
    Key {
        name: "trusted_proxies",
        default: "\"\"",
        doc: "Addresses of proxies whose x-forwarded-for counts, separated by commas.",
    },
    Key {
        name: "rate_per_s",
        default: "5000",
        doc: "Requests a second of one client; twice as many at once.",
    },
    Key {
        name: "connections_per_client",
        default: "512",
        doc: "Connections of one client; beyond it the one that waited longest is closed.",
    },
    Key {
        name: "log_format",
        default: "\"text\"",
        doc: "Format of the server's log: text or json.",
    },
    Key {
        name: "public_url",
        default: "\"\"",
        doc: "Where browsers find this server, such as https://accounts.example.com. Passkeys belong to its host for ever. Empty for localhost.",
    },
    Key {
        name: "exchange_name",
        default: "\"Ringfence\"",
        doc: "What the exchange is called, in mails and by passkeys.",
    },
    Key {
        name: "sign_up",
        default: "\"closed\"",
        doc: "Who may ask for an account: open for everybody, closed for those whom the exchange invites.",
    },
    Key {
        name: "smtp",
        default: "\"\"",
        doc: "Mail server: smtps://user:password@host:465, smtp://host:587 (STARTTLS), smtp://host:25?tls=none.",
    },
    Key {
        name: "mail_from",
        default: "\"ringfence@localhost.localdomain\"",
        doc: "Address that mail comes from.",
    },
    Key {
        name: "webhook_networks",
        default: "\"\"",
        doc: "Private networks that webhooks may go to, such as 10.0.0.0/8, separated by commas.",
    },
    Key {
        name: "hashing_threads",
        default: "0",
        doc: "Passwords that are hashed at once; 0 for one a core.",
    },
    Key {
        name: "hashing_mib",
        default: "64",
        doc: "Memory of one hash of a password (Argon2id, two passes), in MiB: 19 at least.",
    },
    Key {
        name: "password_list",
        default: "\"\"",
        doc: "File of passwords that nobody may choose, one a line, or SHA-1 hashes as Have I Been Pwned gives them; beside the common ones that are built in.",
    },
    Key {
        name: "places_dir",
        default: "\"\"",
        doc: "Folder of what is known of IP addresses: tor.txt, vpn.txt, datacenter.txt, city.mmdb, asn.mmdb, anonymous.mmdb, each if there is one.",
    },
    Key {
        name: "reserves_site",
        default: "\"\"",
        doc: "Folder of `ringfence reserves site`, served to everybody under /reserves/.",
    },
];

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: "ringfence-data".into(),
            intel_dir: None,
            rules: None,
            model: None,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            hot_addresses: 0,
            log_name: "ringfence.local/decisions".to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database: String::new(),
            tls_certificate: None,
            tls_key: None,
            trusted_proxies: Vec::new(),
            rate_per_s: 5_000,
            connections_per_client: 512,
            log_format: LogFormat::Text,
            public_url: String::new(),
            exchange_name: "Ringfence".to_owned(),
            is_sign_up_open: false,
            smtp: String::new(),
            mail_from: "ringfence@localhost.localdomain".to_owned(),
            webhook_networks: Vec::new(),
            hashing_threads: std::thread::available_parallelism().map_or(1, usize::from),
            hashing_mib: 64,
            password_list: None,
            places_dir: None,
            reserves_site: None,
            chains: Vec::new(),
            lists: Vec::new(),
        }
    }
}

impl Config {
    /// Every key with its value and meaning, as people may see it: secrets are left out.
    pub(crate) fn shown(&self) -> Vec<(String, String, String)> {
        let path = |path: &Option<PathBuf>| {
            path.as_ref().map_or(String::new(), |p| p.display().to_string())
        };
        let value = |name: &str| match name {
            "data_dir" => self.data_dir.display().to_string(),
            "intel_dir" => path(&self.intel_dir),
            "rules" => path(&self.rules),
            "model" => path(&self.model),
            "threads" => self.threads.to_string(),
            "hot_addresses" => self.hot_addresses.to_string(),
            "log_name" => self.log_name.clone(),
            "listen" => self.listen.to_string(),
            // Users and passwords may stand before the '@' and behind the '?'.
            "database" => match self.database.split_once("://") {
                Some((scheme, rest)) => {
                    let rest = rest.split('?').next().unwrap_or("");
                    let host = rest.rsplit('@').next().unwrap_or("");
                    format!("{scheme}://{host}")
                }
                None => String::new(),
            },
            "tls_certificate" => path(&self.tls_certificate),
            "tls_key" => path(&self.tls_key),
            "trusted_proxies" => {
                let shown: Vec<String> =
                    self.trusted_proxies.iter().map(IpAddr::to_string).collect();
                shown.join(", ")
            }
            "rate_per_s" => self.rate_per_s.to_string(),
            "connections_per_client" => self.connections_per_client.to_string(),
            "log_format" => {
                if self.log_format == LogFormat::Json { "json" } else { "text" }.to_owned()
            }
            "public_url" => self.public_url.clone(),
            "exchange_name" => self.exchange_name.clone(),
            "sign_up" => if self.is_sign_up_open { "open" } else { "closed" }.to_owned(),
            // Users and passwords stand before the '@'.
            "smtp" => match self.smtp.split_once("://") {
                Some((scheme, rest)) => {
                    format!("{scheme}://{}", rest.rsplit('@').next().unwrap_or(""))
                }
                None => String::new(),
            },
            "mail_from" => self.mail_from.clone(),
            "webhook_networks" => self.webhook_networks.join(", "),
            "hashing_threads" => self.hashing_threads.to_string(),
            "hashing_mib" => self.hashing_mib.to_string(),
            "password_list" => path(&self.password_list),
            "places_dir" => path(&self.places_dir),
            "reserves_site" => path(&self.reserves_site),
            _ => String::new(),
        };
        KEYS.iter().map(|key| (key.name.to_owned(), value(key.name), key.doc.to_owned())).collect()
    }
}

/// A chain to follow, as it is written.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ChainTable {
    name: String,
    network: String,
    kind: String,
    url: String,
    second_url: Option<String>,
    websocket: Option<String>,
    from: Option<u64>,
    #[serde(default)]
    confirmations: u64,
    #[serde(default = "one_second")]
    poll_ms: u64,
}

fn one_second() -> u64 {
    1_000
}

/// A list to fetch, as it is written.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ListTable {
    source: String,
    urls: Vec<String>,
    #[serde(default = "six")]
    every_hours: u64,
}

fn six() -> u64 {
    6
}

/// What the example says of the two tables.
const TABLES: &str = "
# Chains to follow, one table each.
# [[chain]]
# name = \"ethereum\"                    # positions are kept under it
# network = \"eip155:1\"                 # CAIP-2 id, or a name such as ethereum
# kind = \"ethereum_rpc\"                # or bitcoin_rpc
# url = \"http://127.0.0.1:8545\"        # with user:password@ where the node asks for them
# second_url = \"http://127.0.0.2:8545\" # optional: must have the same block
# websocket = \"ws://127.0.0.1:8546\"    # optional: tells of new blocks (ethereum_rpc)
# from = 21000000                        # optional: first block; the newest without it
# confirmations = 0                      # blocks that must stand on a block
# poll_ms = 1000

# Lists to fetch, one table each.
# [[list]]
# source = \"ofac\"                      # as 'ringfence intel list' names it
# urls = [\"https://example.org/sanctioned_addresses.csv\"]
# every_hours = 6
";

fn chain_of(table: ChainTable, place: &str) -> Result<Follow> {
    let at = format!("{place}: chain '{}'", table.name);
    anyhow::ensure!(!table.name.is_empty(), "{place}: chain: field 'name': it is empty");
    let kind = match table.kind.as_str() {
        "ethereum_rpc" => Kind::Ethereum,
        "bitcoin_rpc" => Kind::Bitcoin,
        other => bail!("{at}: field 'kind': '{other}' is neither ethereum_rpc nor bitcoin_rpc"),
    };
    let network: model::Network = table.network.parse().with_context(|| at.clone())?;
    anyhow::ensure!(
        network.is_utxo() == (kind == Kind::Bitcoin),
        "{at}: field 'kind': {} is no node of {network}",
        table.kind
    );
    for (field, url) in [("url", Some(&table.url)), ("second_url", table.second_url.as_ref())] {
        let is_http = url.is_none_or(|u| u.starts_with("http://") || u.starts_with("https://"));
        anyhow::ensure!(is_http, "{at}: field '{field}': it begins with http:// or https://");
    }
    let is_ws = table.websocket.as_ref();
    let is_ws = is_ws.is_none_or(|u| u.starts_with("ws://") || u.starts_with("wss://"));
    anyhow::ensure!(is_ws, "{at}: field 'websocket': it begins with ws:// or wss://");
    anyhow::ensure!(
        (50..=3_600_000).contains(&table.poll_ms),
        "{at}: field 'poll_ms': {} is not between 50 and 3600000",
        table.poll_ms
    );
    Ok(Follow {
        name: table.name,
        network,
        kind,
        url: table.url,
        second_url: table.second_url,
        websocket: table.websocket,
        from: table.from,
        confirmations: table.confirmations,
        poll: Duration::from_millis(table.poll_ms),
    })
}

fn list_of(table: ListTable, place: &str) -> Result<ListFeed> {
    let at = format!("{place}: list '{}'", table.source);
    let source = intel::sources::Source::find(&table.source).with_context(|| {
        let known: Vec<&str> = intel::sources::SOURCES.iter().map(|source| source.id).collect();
        format!("{at}: field 'source': it is none of {}", known.join(", "))
    })?;
    anyhow::ensure!(
        table.urls.len() == source.files.len(),
        "{at}: field 'urls': the list has {} files: {}",
        source.files.len(),
        source.files.join(", ")
    );
    anyhow::ensure!(table.every_hours >= 1, "{at}: field 'every_hours': at least 1");
    let every = Duration::from_secs(table.every_hours * 3_600);
    Ok(ListFeed { source: source.id, urls: table.urls, every })
}

/// The documented example file.
pub(crate) fn example() -> String {
    let mut text = String::from(
        "# Configuration of Ringfence. Every key can also be set as an environment variable, for\n\
         # example RINGFENCE_DATA_DIR, and most as a flag; a flag wins over a variable, and a\n\
         # variable over this file.\n",
    );
    for key in KEYS {
        text.push_str(&format!("\n# {}\n# {} = {}\n", key.doc, key.name, key.default));
    }
    text.push_str(TABLES);
    text
}

fn nearest(name: &str) -> Option<&'static str> {
    let common = |known: &str| {
        let pairs = |text: &str| -> Vec<[u8; 2]> {
            text.as_bytes().windows(2).map(|w| [w[0], w[1]]).collect()
        };
        let (a, b) = (pairs(name), pairs(known));
        let shared = a.iter().filter(|pair| b.contains(pair)).count();
        2 * shared * 100 / (a.len() + b.len()).max(1)
    };
    let best = KEYS.iter().max_by_key(|key| common(key.name))?;
    (common(best.name) >= 40).then_some(best.name)
}

impl Config {
    fn set(&mut self, name: &str, value: &str, place: &str) -> Result<()> {
        let path = || (!value.is_empty()).then(|| PathBuf::from(value));
        let number = || -> Result<usize> {
            value.parse().with_context(|| {
                format!("{place}: field '{name}': '{value}' is not a whole number")
            })
        };
        match name {
            "data_dir" if value.is_empty() => {
                bail!("{place}: field 'data_dir': it is empty; name a folder")
            }
            "data_dir" => self.data_dir = value.into(),
            "intel_dir" => self.intel_dir = path(),
            "rules" => self.rules = path(),
            "model" => self.model = path(),
            "threads" => match number()? {
                0 => self.threads = Config::default().threads,
                threads @ 1..=256 => self.threads = threads,
                threads => bail!("{place}: field 'threads': {threads} is more than 256"),
            },
            "hot_addresses" => self.hot_addresses = number()?,
            "log_name" => {
                journal::SigningKey::from_seed(value, &[0; 32])
                    .with_context(|| format!("{place}: field 'log_name'"))?;
                self.log_name = value.to_owned();
            }
            "listen" => {
                self.listen = value.parse().with_context(|| {
                    format!("{place}: field 'listen': '{value}' is not an address and port such as 127.0.0.1:8080")
                })?;
            }
            "database" => {
                let is_known = value.is_empty()
                    || value.starts_with("postgres://")
                    || value.starts_with("postgresql://");
                anyhow::ensure!(
                    is_known,
                    "{place}: field 'database': it is not a URL such as postgres://user:password@host/name"
                );
                self.database = value.to_owned();
            }
            "tls_certificate" => self.tls_certificate = path(),
            "tls_key" => self.tls_key = path(),
            "trusted_proxies" => {
                let parts = value.split(',').map(str::trim).filter(|part| !part.is_empty());
                let parsed: Result<Vec<IpAddr>, _> = parts.map(str::parse).collect();
                self.trusted_proxies = parsed.with_context(|| {
                    format!(
                        "{place}: field 'trusted_proxies': '{value}' is not a list of IP addresses"
                    )
                })?;
            }
            "rate_per_s" => self.rate_per_s = number()?.max(1),
            "connections_per_client" => self.connections_per_client = number()?.max(1),
            "public_url" => {
                let is_url = value.is_empty()
                    || value.starts_with("https://")
                    || value.starts_with("http://localhost");
                anyhow::ensure!(
                    is_url,
                    "{place}: field 'public_url': browsers make passkeys for https:// and for http://localhost only"
                );
                self.public_url = value.trim_end_matches('/').to_owned();
            }
            "exchange_name" => {
                post::header::HeaderText::parse(value)
                    .with_context(|| format!("{place}: field 'exchange_name'"))?;
                self.exchange_name = value.to_owned();
            }
            "sign_up" => match value {
                "open" => self.is_sign_up_open = true,
                "closed" => self.is_sign_up_open = false,
                _ => bail!("{place}: field 'sign_up': '{value}' is neither open nor closed"),
            },
            "smtp" => {
                if !value.is_empty() {
                    post::smtp::Server::parse(value)
                        .with_context(|| format!("{place}: field 'smtp'"))?;
                }
                self.smtp = value.to_owned();
            }
            "mail_from" => {
                post::header::EmailAddress::parse(value)
                    .with_context(|| format!("{place}: field 'mail_from'"))?;
                self.mail_from = value.to_owned();
            }
            "webhook_networks" => {
                let parts = value.split(',').map(str::trim).filter(|part| !part.is_empty());
                self.webhook_networks = parts.map(str::to_owned).collect();
                for network in &self.webhook_networks {
                    network
                        .parse::<post::reach::Network>()
                        .with_context(|| format!("{place}: field 'webhook_networks'"))?;
                }
            }
            "hashing_threads" => match number()? {
                0 => self.hashing_threads = Config::default().hashing_threads,
                threads @ 1..=256 => self.hashing_threads = threads,
                threads => bail!("{place}: field 'hashing_threads': {threads} is more than 256"),
            },
            "hashing_mib" => match number()? {
                mib @ 19..=1_024 => self.hashing_mib = mib,
                mib => bail!("{place}: field 'hashing_mib': {mib} is not between 19 and 1024"),
            },
            "password_list" => self.password_list = path(),
            "places_dir" => self.places_dir = path(),
            "reserves_site" => self.reserves_site = path(),
            "log_format" => match value {
                "text" => self.log_format = LogFormat::Text,
                "json" => self.log_format = LogFormat::Json,
                _ => bail!("{place}: field 'log_format': '{value}' is neither text nor json"),
            },
            _ => {
                let hint =
                    nearest(name).map_or(String::new(), |near| format!("; did you mean '{near}'?"));
                bail!("{place}: there is no key '{name}'{hint}");
            }
        }
        Ok(())
    }

    /// Reads a file's text.
    pub(crate) fn apply_toml(&mut self, text: &str, place: &str) -> Result<()> {
        let table: toml::Table = text.parse().with_context(|| place.to_owned())?;
        for (name, value) in &table {
            if let ("chain" | "list", toml::Value::Array(items)) = (name.as_str(), value) {
                for item in items {
                    let wrong = || format!("{place}: [[{name}]]");
                    if name == "chain" {
                        let chain: ChainTable = item.clone().try_into().with_context(wrong)?;
                        let chain = chain_of(chain, place)?;
                        let is_new = self.chains.iter().all(|known| known.name != chain.name);
                        anyhow::ensure!(is_new, "{place}: two chains are named '{}'", chain.name);
                        self.chains.push(chain);
                    } else {
                        let list: ListTable = item.clone().try_into().with_context(wrong)?;
                        self.lists.push(list_of(list, place)?);
                    }
                }
                continue;
            }
            let value = match value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Integer(number) => number.to_string(),
                other => bail!("{place}: field '{name}': a {} does not fit", other.type_str()),
            };
            self.set(name, &value, place)?;
        }
        Ok(())
    }

    /// File (if given, or `ringfence.toml` if it is here), then environment.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self> {
        let mut config = Config::default();
        let here = Path::new("ringfence.toml");
        let file = file.or_else(|| here.is_file().then_some(here));
        if let Some(file) = file {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("--config {}", file.display()))?;
            config.apply_toml(&text, &file.display().to_string())?;
        }
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str().map(str::to_owned) else {
                continue;
            };
            // Variables of our tests and of the data folder are not configuration.
            let Some(key) = name.strip_prefix("RINGFENCE_").map(str::to_ascii_lowercase) else {
                continue;
            };
            if matches!(
                key.as_str(),
                "shared_data" | "tlog_vectors" | "config" | "test_postgres" | "bench_key"
            ) {
                continue;
            }
            let value = value
                .into_string()
                .map_err(|_| anyhow::anyhow!("environment: {name} is not UTF-8"))?;
            config.set(&key, &value, "environment")?;
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_the_default() {
        let mut config = Config::default();
        let uncommented: String = example()
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest)
                    if KEYS.iter().any(|key| rest.starts_with(&format!("{} = ", key.name))) =>
                {
                    rest
                }
                _ => line,
            })
            .map(|line| format!("{line}\n"))
            .collect();
        config.apply_toml(&uncommented, "example").unwrap();
        assert_eq!(config, Config::default());
        let is_set = |line: &&str| line.contains(" = ") && !line.starts_with('#');
        assert_eq!(uncommented.lines().filter(is_set).count(), KEYS.len());
        let tables: String = TABLES
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| line.starts_with("[[") || line.contains(" = "))
            .map(|line| format!("{line}\n"))
            .collect();
        config.apply_toml(&tables, "example").unwrap();
        assert_eq!((config.chains.len(), config.lists.len()), (1, 1));
    }

    #[test]
    fn wrong_keys_and_values_are_refused_by_name() {
        let refused = |text: &str| Config::default().apply_toml(text, "f").unwrap_err().to_string();
        assert!(refused("data_dri = \"x\"").contains("did you mean 'data_dir'"));
        assert!(refused("threads = \"many\"").contains("'threads'"));
        assert!(refused("threads = 100000").contains("more than 256"));
        assert!(refused("data_dir = \"\"").contains("data_dir"));
        assert!(refused("threads = [1]").contains("array"));
        assert!(refused("log_name = \"a b\"").contains("log_name"));
        let chain = "[[chain]]\nname = \"x\"\nnetwork = \"bitcoin\"\nkind = \"ethereum_rpc\"\nurl = \"http://h\"";
        assert!(refused(chain).contains("'kind'"));
        assert!(refused("[[list]]\nsource = \"offac\"\nurls = []").contains("none of ofac"));
        assert!(refused("[[chain]]\nnam = \"x\"").contains("[[chain]]"));
    }
}
