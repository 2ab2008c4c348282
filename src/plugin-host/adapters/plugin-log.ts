import type { LogFields, PluginLog } from '@openchair/plugin-kit';
import type { Log } from '../../config/index.js';

const TEXT_LIMIT = 200;

/**
 * The log of one connection: every line names it. Whatever an adapter writes, texts are short, values are plain, and the
 * secrets of the connection are blotted out.
 */
export function pluginLog(
  log: Log,
  bound: { connectionId: string; plugin: string },
  secrets: readonly string[],
): PluginLog {
  const child = log.child(bound);
  const clean = (text: string) =>
    secrets.reduce((cleaned, secret) => cleaned.replaceAll(secret, '[redacted]'), text).slice(0, TEXT_LIMIT);
  const write =
    (level: keyof PluginLog) =>
    (message: string, fields: LogFields = {}) => {
      const plain = Object.entries(fields).flatMap(([name, value]) => {
        if (typeof value === 'string') return [[name, clean(value)]];
        return typeof value === 'object' && value !== null ? [] : [[name, value]];
      });
      child[level]({ fields: Object.fromEntries(plain) as object }, clean(message));
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
