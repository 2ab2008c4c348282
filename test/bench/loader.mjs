/** Lets Node run the benches as they are: what lies in src is taken from the build, other TypeScript goes through SWC. */
import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const root = new URL('../../', import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    if (!specifier.startsWith('.') || !specifier.endsWith('.js') || !context.parentURL?.startsWith(`${root}test/`)) {
      return next(specifier, context);
    }
    const asked = new URL(specifier, context.parentURL).href;
    const built = asked.replace(`${root}src/`, `${root}dist/`);
    const source = asked.replace(/\.js$/, '.ts');
    const url = asked === built && existsSync(fileURLToPath(source)) ? source : built;
    return { url, format: 'commonjs', shortCircuit: true };
  },
  load(url, context, next) {
    if (!url.startsWith(root) || !url.endsWith('.ts') || url.includes('/node_modules/')) return next(url, context);
    const { code } = transformSync(readFileSync(fileURLToPath(url), 'utf8'), {
      filename: fileURLToPath(url),
      jsc: { target: 'es2023', parser: { syntax: 'typescript', decorators: true } },
      module: { type: 'commonjs' },
      sourceMaps: 'inline',
    });
    return { format: 'commonjs', source: code, shortCircuit: true };
  },
});
