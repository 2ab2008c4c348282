import { chmodSync, existsSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { makeOpenFolder } from '../places.ts';
import { ServicesProblem } from '../problem.ts';
import { explainFailure } from './apt.ts';
import { runCommand } from './command.ts';

/** The major version of PostgreSQL that the packages are for. */
export const POSTGRES_LIB = 'usr/lib/postgresql/18';

/** Left out of the tree: what no server reads at run time, more than half of it all. */
const LEFT_OUT = [
  ...['bash-completion', 'bug', 'doc', 'fontconfig', 'fonts', 'gdal', 'gnupg', 'i18n', 'info', 'lintian', 'locale'].map(
    (name) => `./usr/share/${name}`,
  ),
  ...['man', 'perl', 'perl5', 'pixmaps', 'proj', 'zsh'].map((name) => `./usr/share/${name}`),
  './etc',
  './usr/lib/*/gconv',
  './usr/lib/*/perl',
  './usr/lib/*/perl-base',
  './usr/lib/*/systemd',
  './usr/lib/gnupg',
  './usr/lib/postgresql/*/lib/bitcode',
  './usr/lib/systemd',
  './usr/sbin',
  './var',
];

const UNPACK = 'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --no-same-owner --exclude-from="$3"';

/** Unpacks package files into `folder`; no maintainer script runs. */
export async function unpackPackages(files: readonly string[], folder: string): Promise<void> {
  makeOpenFolder(folder);
  const exclude = `${folder}.exclude`;
  writeFileSync(exclude, `${LEFT_OUT.join('\n')}\n`);
  const waiting = [...files];
  const worker = async (): Promise<void> => {
    for (let file = waiting.pop(); file; file = waiting.pop()) {
      const result = await runCommand('sh', ['-c', UNPACK, 'unpack', file, folder, exclude]);
      if (result.ok) continue;
      throw (
        explainFailure(result.output, '') ??
        new ServicesProblem(`${file} cannot be unpacked: ${result.output.trim()}`, 'Try again.')
      );
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  rmSync(exclude);
  const bin = join(folder, 'usr/bin');
  for (const name of readdirSync(bin)) {
    if (!name.startsWith('redis-')) rmSync(join(bin, name), { recursive: true, force: true });
  }
}

/** The tree's own libc folder and program loader: Debian's libc there is newer than most hosts'. */
function libraryFolder(folder: string): { relative: string; loader: string } {
  const lib = join(folder, 'usr/lib');
  const triplet = readdirSync(lib).find((name) => name.endsWith('-linux-gnu'));
  const names = triplet ? readdirSync(join(lib, triplet)) : [];
  const loader = names.find((name) => /^ld-linux-[\w-]+\.so\.\d+$/.test(name));
  if (triplet && loader) return { relative: `usr/lib/${triplet}`, loader };
  throw new ServicesProblem('The unpacked packages have no program loader.', 'Report this with your architecture.');
}

/**
 * Makes the programs runnable where the tree will lie: each becomes a script that starts it by the tree's own loader,
 * under its own name (PostgreSQL finds its files by it, Redis its mode, and initdb starts `postgres` by name).
 *
 * @param folder where the tree lies now
 * @param home where it will lie
 */
export function finishTree(folder: string, home: string): void {
  const { relative, loader } = libraryFolder(folder);
  const libraries = [relative, `${POSTGRES_LIB}/lib`].map((one) => `${home}/${one}`).join(':');
  for (const program of [`${POSTGRES_LIB}/bin/postgres`, `${POSTGRES_LIB}/bin/initdb`, 'usr/bin/redis-server']) {
    const file = join(folder, program);
    renameSync(file, `${file}.bin`);
    const start = `"${home}/${relative}/${loader}" --library-path "${libraries}" --argv0 "${home}/${program}"`;
    writeFileSync(file, `#!/bin/sh\nexec ${start} "${home}/${program}.bin" "$@"\n`);
    chmodSync(file, 0o755);
  }
  const control = join(folder, 'usr/share/postgresql/18/extension/postgis.control');
  if (!existsSync(control)) symlinkSync('postgis-3.control', control);
}
