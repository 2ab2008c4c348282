import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OTHER_WAYS, secondsSince, ServicesProblem, type Progress } from '../problem.ts';
import { debianMirrorOf, readHostSources } from './apt-sources.ts';
import { runCommand, type CommandResult } from './command.ts';

/** Debian's testing suite first; when it cannot give the packages just now, unstable. */
const SUITES = ['forky', 'sid'];
const PACKAGES = ['postgresql-18-documentdb', 'redis-server'];
const KEYRINGS = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'];

/** What was downloaded. */
export interface Download {
  readonly suite: string;
  /** Paths of the package files. */
  readonly files: readonly string[];
}

/** Whether this host has the tools that fetch and unpack Debian packages. */
export async function requireAptHost(): Promise<void> {
  const tools = ['apt-get', 'dpkg-deb', 'tar'];
  for (const tool of tools) {
    const found = process.platform === 'linux' && (await runCommand(tool, ['--version'])).ok;
    if (!found) throw new ServicesProblem(`Private data services need Debian or Ubuntu (no ${tool} here).`, OTHER_WAYS);
  }
}

function keyring(): string {
  const found = KEYRINGS.find((file) => existsSync(file));
  if (found) return found;
  throw new ServicesProblem(
    "Debian's archive keyring is missing, so packages from Debian cannot be checked.",
    'Install it: sudo apt-get install debian-archive-keyring.',
  );
}

/** The configuration of an apt of our own: empty status, own lists, none of the host's sources and hooks. */
function configure(folder: string, suite: string, mirror: string): string {
  for (const name of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'status'), '');
  writeFileSync(join(folder, 'sources.list'), `deb [signed-by=${keyring()}] ${mirror} ${suite} main\n`);
  const file = join(folder, 'apt.conf');
  const lines = [
    `Dir::State "${folder}";`,
    `Dir::State::Lists "${folder}/lists";`,
    `Dir::State::status "${folder}/status";`,
    `Dir::Cache "${folder}/cache";`,
    `Dir::Etc::SourceList "${folder}/sources.list";`,
    'Dir::Etc::SourceParts "/dev/null";',
    'Dir::Etc::Preferences "/dev/null";',
    'Dir::Etc::PreferencesParts "/dev/null";',
    'APT::Sandbox::User "";',
    'APT::Install-Recommends "0";',
    'APT::Update::Error-Mode "any";',
    'Acquire::Languages "none";',
    'Acquire::Retries "2";',
    '#clear APT::Update::Pre-Invoke;',
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    '#clear DPkg::Post-Invoke;',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** Turns a known reason for failure into a sentence; undefined when it is none of them. */
export function explainFailure(output: string, mirror: string): ServicesProblem | undefined {
  if (/No space left on device|don't have enough free space/.test(output)) {
    return new ServicesProblem(
      'The disk is full: the data services need about 900 MB while they are unpacked.',
      'Free some space, or point XDG_CACHE_HOME to a larger disk.',
    );
  }
  if (/NO_PUBKEY|EXPKEYSIG|not signed|couldn't be verified|signature verification/i.test(output)) {
    return new ServicesProblem(
      `The signature of ${mirror} does not check against the keys in Debian's archive keyring.`,
      'Update it: sudo apt-get update && sudo apt-get install debian-archive-keyring.',
    );
  }
  const network =
    /resolv(e|ing)|Could not connect|Connection (failed|timed out|refused)|unreachable|Unable to connect/i;
  if (network.test(output)) {
    return new ServicesProblem(
      `Debian's packages cannot be had from ${mirror}: the network does not answer.`,
      `Check the network and apt's proxy setting. ${OTHER_WAYS}`,
    );
  }
  return undefined;
}

function megabytes(files: readonly string[]): string {
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  return `${Math.round(bytes / 1_000_000)} MB`;
}

/**
 * Downloads the packages and all they need, signatures checked by apt.
 * @param folder an empty folder for apt's state and the files
 */
export async function downloadPackages(folder: string, progress: Progress): Promise<Download> {
  const mirror = debianMirrorOf(readHostSources()) ?? process.env['DEBIAN_MIRROR'];
  if (!mirror) {
    const what = "This host's apt sources name no mirror of Debian, from which the private data services come.";
    throw new ServicesProblem(what, `Set DEBIAN_MIRROR to one. ${OTHER_WAYS}`);
  }
  let last: CommandResult = { ok: false, output: '' };
  for (const suite of SUITES) {
    const config = configure(folder, suite, mirror);
    const start = performance.now();
    progress(`data services: reading the list of Debian ${suite} from ${mirror} …`);
    last = await runCommand('apt-get', ['-c', config, '-q', 'update']);
    if (last.ok) {
      progress(`data services: downloading ${PACKAGES.join(', ')} and what they need (about 145 MB) …`);
      last = await runCommand('apt-get', ['-c', config, '-q', '-y', '--download-only', 'install', ...PACKAGES]);
    }
    if (last.ok) {
      const archives = join(folder, 'cache/archives');
      const names = readdirSync(archives).filter((name) => name.endsWith('.deb'));
      const files = names.map((name) => join(archives, name));
      progress(`data services: ${files.length} packages, ${megabytes(files)}, ${secondsSince(start)}`);
      return { suite, files };
    }
    const problem = explainFailure(last.output, mirror);
    if (problem) throw problem;
  }
  const words = last.output.split('\n').filter((line) => /^[EW]:/.test(line));
  throw new ServicesProblem(
    `Debian's packages for the data services cannot be had from ${mirror}: ${words.slice(0, 3).join(' ')}`,
    OTHER_WAYS,
  );
}
