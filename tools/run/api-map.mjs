/** `npm run openapi:map [-- --check]`: the map of operations in README.md, from the committed document. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..', '..');
const readme = join(root, 'README.md');
const BEGIN = '<!-- operations: npm run openapi:map -->\n';
const END = '\n<!-- end of operations -->';

/**
 * One line for each tag: its paths, those below another one shortened, with their methods.
 * @param {{ paths: Record<string, Record<string, { tags: [string] }>> }} document
 */
function mapOf({ paths }) {
  /** @type {Map<string, Map<string, string[]>>} */
  const areas = new Map();
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, { tags }] of Object.entries(item)) {
      const area = areas.get(tags[0]) ?? new Map();
      areas.set(tags[0], area.set(path, [...(area.get(path) ?? []), method.toUpperCase()]));
    }
  }
  const lines = [...areas].sort(([a], [b]) => (a < b ? -1 : 1)).map(([tag, area]) => `- **${tag}**: ${lineOf(area)}`);
  return lines.join('\n');
}

/** @param {Map<string, string[]>} area methods by path */
function lineOf(area) {
  /** @type {string | null} */
  let base = null;
  return [...area]
    .map(([path, methods]) => {
      const above = base !== null && path.startsWith(`${base}/`) ? base : null;
      if (above === null) base = path;
      return `\`${above === null ? path : `…${path.slice(above.length)}`}\` ${methods.join(' ')}`;
    })
    .join(' · ');
}

const before = readFileSync(readme, 'utf8');
const [head, rest] = before.split(BEGIN);
const tail = rest?.split(END)[1];
if (tail === undefined)
  throw new Error(`README.md has no place for the operations: put "${BEGIN.trim()}" and "${END.trim()}"`);
const document = JSON.parse(readFileSync(join(root, 'openapi', 'openapi.json'), 'utf8'));
const after = `${head}${BEGIN}\n${mapOf(document)}\n${END}${tail}`;
if (process.argv.includes('--check')) {
  if (after !== before) {
    process.stderr.write('README.md does not show the operations of openapi/openapi.json: run npm run openapi:map\n');
    process.exitCode = 1;
  }
} else {
  writeFileSync(readme, after);
}
