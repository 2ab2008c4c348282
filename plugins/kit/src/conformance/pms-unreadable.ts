import assert from 'node:assert/strict';
import type { PmsRead } from '../pms.js';
import { type PmsCheck, pullsOf, readPages } from './pms-stand.js';

const FIELD = /^[A-Za-z][\w.]{0,59}$/;
const REASON = /^[a-z][a-z0-9_]{0,59}$/;
/** What the book is made of. */
const LISTS: readonly PmsRead[] = ['providers', 'operatories', 'schedules', 'appointments', 'patients'];

/** One record that cannot be read costs nobody the others. */
export const PMS_UNREADABLE_CHECKS: readonly PmsCheck[] = LISTS.map((kind) => ({
  name: `sets a record of ${kind} apart that cannot be read, says why, and reads the others`,
  when: ({ read }) => read.includes(kind),
  async run(stand) {
    const pull = pullsOf(stand).find(([name]) => name === kind)![1];
    const sound = await readPages(pull);
    assert.deepEqual(sound.unreadable, [], 'nothing is set apart before');
    await stand.spoilRecord(kind);
    const { records, unreadable } = await readPages(pull);
    assert.ok(unreadable.length > 0, 'the record is set apart');
    assert.ok(records.length > 0, 'others are read');
    for (const { field, reason } of unreadable) {
      assert.match(field, FIELD);
      assert.match(reason, REASON);
    }
    // Hours of several rows may be one record: what is left of them is another one.
    if (kind === 'schedules') return;
    const before = new Map(sound.records.map((record) => [record.foreignId, record]));
    for (const record of records) assert.deepEqual(record, before.get(record.foreignId), 'the others are as they were');
    if (kind !== 'appointments') return;
    const ids = [...records, ...unreadable].map(({ foreignId }) => foreignId);
    assert.deepEqual(ids.sort(), [...before.keys()].sort(), 'every visit is either read or named as unreadable');
  },
}));
