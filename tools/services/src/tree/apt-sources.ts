import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One source of packages as apt's files name it. */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly signedBy: string | undefined;
}

const DEBIAN_SUITES =
  /^(oldoldstable|oldstable|stable|testing|unstable|sid|buster|bullseye|bookworm|trixie|forky|duke)(-updates|-backports)?$/;

/** Reads the one-line form (`deb [options] uri suite component…`). */
export function parseOneLine(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line);
    if (!match) continue;
    const [, options = '', uri, suite, rest] = match;
    sources.push({
      uri: uri!,
      suites: [suite!],
      components: rest!.trim().split(/\s+/),
      signedBy: /signed-by=(\S+)/i.exec(options)?.[1],
    });
  }
  return sources;
}

/** Reads the deb822 form (stanzas of `Field: value`). */
export function parseDeb822(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const stanza of text.split(/\n[ \t]*\n/)) {
    const fields = new Map<string, string>();
    let last = '';
    for (const line of stanza.split('\n')) {
      if (line.startsWith('#')) continue;
      const match = /^([A-Za-z-]+):\s*(.*)$/.exec(line);
      if (match) {
        last = match[1]!.toLowerCase();
        fields.set(last, match[2]!.trim());
      } else if (last && /^\s+\S/.test(line)) {
        fields.set(last, `${fields.get(last)} ${line.trim()}`.trim());
      }
    }
    const words = (name: string): string[] => (fields.get(name) ?? '').split(/\s+/).filter(Boolean);
    if (!words('types').includes('deb') || /^(no|false|0)$/i.test(fields.get('enabled') ?? '')) continue;
    const signedBy = fields.get('signed-by');
    for (const uri of words('uris')) {
      sources.push({ uri, suites: words('suites'), components: words('components'), signedBy });
    }
  }
  return sources;
}

/** How surely a source is a mirror of Debian itself; 0 or less: it is not. Others use Debian's suite names too. */
function likeness(source: AptSource): number {
  const isDebianMain = source.components.includes('main') && source.suites.some((suite) => DEBIAN_SUITES.test(suite));
  if (!isDebianMain || !/^(https?|file|copy):/.test(source.uri)) return 0;
  let score = 0;
  if (source.signedBy) score += /debian-archive/.test(source.signedBy) ? 2 : -2;
  if (/\/debian\/?$/.test(source.uri) || /\/debian\/\d{8}T\d{6}Z\/?$/.test(source.uri)) score += 1;
  return score;
}

/** The mirror that serves Debian's main, out of the host's sources; undefined when none does. */
export function debianMirrorOf(sources: readonly AptSource[]): string | undefined {
  const ranked = sources.map((source) => ({ uri: source.uri, score: likeness(source) })).filter((one) => one.score > 0);
  ranked.sort((a, b) => b.score - a.score);
  return ranked[0]?.uri;
}

/** All sources in apt's folder. Files that cannot be read are passed over: the host may have unrelated, broken ones. */
export function readHostSources(folder = '/etc/apt'): AptSource[] {
  const parts = join(folder, 'sources.list.d');
  const names = existsSync(parts) ? readdirSync(parts).map((name) => join(parts, name)) : [];
  const sources: AptSource[] = [];
  for (const file of [join(folder, 'sources.list'), ...names]) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      continue;
    }
    if (file.endsWith('.sources')) sources.push(...parseDeb822(text));
    else if (file.endsWith('.list')) sources.push(...parseOneLine(text));
  }
  return sources;
}
