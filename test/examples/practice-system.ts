import type { Api } from '../harness/api.js';
import { until } from '../harness/until.js';
import type { ExamplePractice } from './practice.js';

interface Imported {
  id: string;
  foreign: { foreignId: string } | null;
}

interface Read {
  kind: string;
  state?: string;
  records: number;
}

/** Connects a practice with a sandbox, and waits until its book and its lists are here. Gives the connection's id. */
export async function connectSandbox(practice: ExamplePractice): Promise<string> {
  const { id } = await practice.make('connections', {
    pluginId: 'pms-sandbox',
    name: 'Practice system',
    config: { seed: 'elm', hours: 'standard' },
  });
  await until(
    () => practice.api.ok('GET', `/v1/sync/connections/${id}`),
    ({ phase, healthy, kinds, lists }) =>
      phase === 'live' &&
      healthy &&
      // The connection is seen to be up, and its book is read once more: then nothing changes by itself.
      kinds.some(({ kind, records }: Read) => kind === 'appointments' && records === 0) &&
      lists.every(({ state }: Read) => state === 'read'),
  );
  return id;
}

/** Our id of a person or room of the practice system. */
export async function importedId(api: Api, path: 'providers' | 'operatories', foreignId: string): Promise<string> {
  const { data } = await api.ok('GET', `/v1/${path}?limit=100`);
  return data.find((one: Imported) => one.foreign?.foreignId === foreignId).id;
}
