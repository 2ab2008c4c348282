import { mintTenantScope, ManualClock, type TenantScope } from '../kernel/index.js';
import { startRooms, type Rooms } from '../../test/harness/rooms.js';
import { defineCollection, sealed, type TenantDocument } from './collection.js';
import { OPEN, Persistence } from './persistence.js';
import { TenantRepository } from './repository.js';
import { UnitOfWork } from './unit-of-work.js';

interface Note extends TenantDocument {
  title: string;
  rank: number;
  body: string;
}

const noteCollection = defineCollection<Note>({
  name: 'notes',
  owner: 'tenantId',
  fields: { title: { type: String, required: true }, rank: Number, body: sealed, bodyIndex: String },
  sealed: ['body'],
  blind: { bodyIndex: { from: 'body', normalise: (value) => String(value).toLowerCase() } },
  indexes: [{ key: { tenantId: 1, rank: 1 } }],
});

class Notes extends TenantRepository<Note> {
  constructor(persistence: Persistence) {
    super(persistence, noteCollection);
  }
}

const scopeOf = (practice: string): TenantScope => mintTenantScope(practice, { kind: 'system', id: 'spec' });
const [mine, theirs] = [scopeOf('prc_mine'), scopeOf('prc_theirs')];

describe('persistence', () => {
  const clock = new ManualClock(Date.UTC(2027, 2, 8, 15));
  let rooms: Rooms;
  let notes: Notes;
  let unitOfWork: UnitOfWork;
  let persistence: Persistence;

  beforeAll(async () => {
    rooms = await startRooms([], {}, clock);
    persistence = rooms.app.get(Persistence);
    unitOfWork = rooms.app.get(UnitOfWork);
    notes = new Notes(persistence);
  });
  afterAll(() => rooms.stop());

  const add = (scope: TenantScope, _id: string, more: Partial<Note> = {}) =>
    notes.forTenant(scope).insert({ _id, title: _id, rank: 1, body: `Body of ${_id}`, ...more });
  const raw = (filter: object) => persistence.connection.db!.collection('notes').findOne(filter);

  describe('scopes', () => {
    beforeAll(() => Promise.all([add(mine, 'own'), add(theirs, 'foreign')]));

    it('reach only their own documents, by every way in', async () => {
      const own = notes.forTenant(mine);
      expect(await own.findById('foreign')).toBeNull();
      await expect(own.getById('foreign', 'note')).rejects.toMatchObject({ code: 'not_found' });
      expect((await own.find()).map(({ _id }) => _id)).toEqual(['own']);
      expect(await own.exists({ _id: 'foreign' })).toBe(false);
      expect(await own.update('foreign', { $set: { title: 'taken' } })).toBeNull();
      await expect(own.patch('foreign', { title: 'taken' }, 'note')).rejects.toMatchObject({ code: 'not_found' });
      expect(await own.updateMany({ _id: 'foreign' }, { $set: { title: 'taken' } })).toBe(0);
      expect(await own.claim('foreign', {}, { $set: { title: 'taken' } })).toBe(false);
      expect(await own.remove('foreign')).toBe(false);
      expect(await own.removeMany({ _id: 'foreign' })).toBe(0);
      expect((await own.page({ limit: 10 })).data.map(({ _id }) => _id)).toEqual(['own']);
      expect(await own.aggregate({}, [{ $project: { title: 1 } }])).toEqual([{ _id: 'own', title: 'own' }]);
      expect(await raw({ _id: 'foreign' as never })).toMatchObject({ title: 'foreign', version: 1 });
    });

    it('write in bulk only their own, seal nothing in bulk, and leave what is there', async () => {
      const own = notes.forTenant(mine);
      const fresh = (id: string) => ({ _id: id, title: 'bulk', rank: 2 }) as never;
      expect(await own.insertMissing([fresh('own'), fresh('foreign'), fresh('bulk-1'), fresh('bulk-2')])).toEqual([
        'own',
        'foreign',
      ]);
      expect((await own.ids({ rank: 2 })).sort()).toEqual(['bulk-1', 'bulk-2']);
      expect((await own.getById('own', 'note')).title).toBe('own');
      const raise = { $set: { rank: { $add: ['$rank', 5] } } };
      const changed = await own.updateEach([
        { id: 'bulk-1', update: [raise] },
        { id: 'bulk-2', where: { rank: 99 }, update: { $set: { rank: 0 } } },
        { id: 'foreign', update: [raise] },
      ]);
      expect(changed).toBe(1);
      const [first, second] = await own.find({ title: 'bulk' }, { sort: { _id: 1 } });
      expect([first, second]).toMatchObject([
        { rank: 7, version: 2 },
        { rank: 2, version: 1 },
      ]);
      await expect(own.insertMissing([{ _id: 'open', title: 'x', rank: 1, body: 'secret' }])).rejects.toThrow('sealed');
      await expect(own.updateEach([{ id: 'own', update: { $set: { body: 'x' } } }])).rejects.toThrow('sealed');
      expect(await raw({ _id: 'foreign' as never })).toMatchObject({ title: 'foreign', rank: 1 });
      await own.removeMany({ title: 'bulk' });
    });

    it('cannot be talked out of it by a filter', async () => {
      const asked = { tenantId: 'prc_theirs' };
      expect((await notes.forTenant(mine).find(asked)).map(({ _id }) => _id)).toEqual(['own']);
      const either = { $or: [asked, { tenantId: 'prc_mine' }] };
      expect((await notes.forTenant(mine).find(either)).map(({ _id }) => _id)).toEqual(['own']);
    });

    it.each(['$lookup', '$graphLookup', '$unionWith', '$out', '$merge'])(
      'refuse an aggregate with %s',
      async (stage) => {
        const stages = [{ [stage]: { from: 'notes' } }] as never;
        await expect(notes.forTenant(mine).aggregate({}, stages)).rejects.toThrow('may not leave its collection');
      },
    );

    it.each([
      ['find', (model: never) => (model as Model).find({ title: 'own' })],
      ['findOne', (model: never) => (model as Model).findOne({})],
      ['a cursor', (model: never) => (model as Model).find({}).cursor().next()],
      ['countDocuments', (model: never) => (model as Model).countDocuments({})],
      ['distinct', (model: never) => (model as Model).distinct('title')],
      ['updateOne', (model: never) => (model as Model).updateOne({ _id: 'own' }, { $set: { rank: 9 } })],
      ['updateMany', (model: never) => (model as Model).updateMany({}, { $set: { rank: 9 } })],
      ['findOneAndUpdate', (model: never) => (model as Model).findOneAndUpdate({}, { $set: { rank: 9 } })],
      ['replaceOne', (model: never) => (model as Model).replaceOne({ _id: 'own' }, {})],
      ['deleteOne', (model: never) => (model as Model).deleteOne({ _id: 'own' })],
      ['deleteMany', (model: never) => (model as Model).deleteMany({})],
      ['aggregate', (model: never) => (model as Model).aggregate([{ $match: { title: 'own' } }])],
      ['aggregate', (model: never) => (model as Model).aggregate([{ $limit: 1 }])],
    ])('stand before a second wall: %s without the owner is stopped', async (_name, query) => {
      const model = persistence[OPEN](noteCollection) as never;
      await expect((async () => query(model))()).rejects.toThrow('was stopped');
      expect(await raw({ _id: 'own' as never })).toMatchObject({ rank: 1 });
    });

    it('want their field first in every index', () => {
      const astray = { ...noteCollection, indexes: [{ key: { rank: 1 } as const }] };
      expect(() => defineCollection(astray)).toThrow('must start with tenantId');
    });

    it('know no field that is not declared, and miss none that is required', async () => {
      await expect(add(mine, 'odd', { colour: 'red' } as never)).rejects.toThrow('notes has no field colour');
      await expect(add(mine, 'odd', { title: undefined } as never)).rejects.toThrow('notes needs title');
      await expect(notes.forTenant(mine).update('own', { $set: { colour: 'red' } } as never)).rejects.toThrow();
      await expect(notes.forTenant(mine).find({ colour: 'red' } as never)).rejects.toThrow();
    });
  });

  describe('sealed fields', () => {
    it('are cipher text at rest, found by their blind index, and open only where they belong', async () => {
      await add(mine, 'secret', { body: 'Root canal' });
      const stored = await raw({ _id: 'secret' as never });
      expect(JSON.stringify(stored)).not.toMatch(/root canal/i);
      const bodyIndex = await notes.forTenant(mine).blind('bodyIndex', 'ROOT CANAL');
      expect(await notes.forTenant(mine).findOne({ bodyIndex } as never)).toMatchObject({ body: 'Root canal' });
      expect(await notes.forTenant(theirs).blind('bodyIndex', 'ROOT CANAL')).not.toBe(bodyIndex);
      // Copied to another document, or to another practice, it is worthless.
      await add(mine, 'copy');
      await add(theirs, 'their-copy');
      const rows = persistence.connection.db!.collection('notes');
      await rows.updateMany({ _id: { $in: ['copy', 'their-copy'] as never[] } }, { $set: { body: stored?.['body'] } });
      await expect(notes.forTenant(mine).findById('copy')).rejects.toThrow();
      await expect(notes.forTenant(theirs).findById('their-copy')).rejects.toThrow();
    });
  });

  describe('transactions', () => {
    it('leave nothing when they fail, and run their hooks only when they commit', async () => {
      let ran = 0;
      const failing = unitOfWork.run(async (tx) => {
        tx.afterCommit(() => (ran += 1));
        await notes.forTenant(mine, tx).insert({ _id: 'never', title: 'never', rank: 1, body: 'x' });
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect([await notes.forTenant(mine).findById('never'), ran]).toEqual([null, 0]);
    });

    it('repeat on conflicts: forty at once on one document all count, each once', async () => {
      await add(mine, 'counter', { rank: 0 });
      const raise = () =>
        unitOfWork.run(async (tx) => {
          const { rank } = await notes.forTenant(mine, tx).getById('counter', 'note');
          await notes.forTenant(mine, tx).update('counter', { $set: { rank: rank + 1 } });
        });
      await Promise.all(Array.from({ length: 40 }, raise));
      expect(await notes.forTenant(mine).getById('counter', 'note')).toMatchObject({ rank: 40, version: 41 });
    });

    it('refuse a change of a version that is not the present one', async () => {
      await add(mine, 'edited');
      await notes.forTenant(mine).patch('edited', { title: 'first' }, 'note', 1);
      const late = notes.forTenant(mine).patch('edited', { title: 'late' }, 'note', 1);
      await expect(late).rejects.toMatchObject({ code: 'version_mismatch' });
      expect(await notes.forTenant(mine).getById('edited', 'note')).toMatchObject({ title: 'first', version: 2 });
    });
  });

  describe('pages', () => {
    const walker = scopeOf('prc_walker');

    it.each(['rank', '-rank', '_id', '-_id'])(
      'walk all rows once, sorted by %s, ties and changes included',
      async (sort) => {
        await notes.forTenant(walker).removeMany({});
        for (let n = 0; n < 23; n++) await add(walker, `row-${String(n).padStart(2, '0')}`, { rank: n % 4 });
        const seen: Note[] = [];
        let cursor: string | undefined;
        do {
          const page = await notes.forTenant(walker).page({ limit: 5, sort, cursor });
          seen.push(...page.data);
          cursor = page.nextCursor ?? undefined;
          expect(page.hasMore).toBe(cursor !== undefined);
          // A row that came in before the cursor does not shift the rest.
          if (seen.length === 5) await notes.forTenant(walker).remove((seen[0] as Note)._id);
        } while (cursor);
        const field = sort.replace('-', '') as 'rank' | '_id';
        const order = seen.map((note) => note[field]);
        const sorted = [...order].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        expect(order).toEqual(sort.startsWith('-') ? sorted.reverse() : sorted);
        expect(new Set(seen.map(({ _id }) => _id)).size).toBe(23);
      },
    );

    it('take a cursor only where it was given', async () => {
      const [giver, other] = [scopeOf('prc_giver'), scopeOf('prc_other')];
      for (const scope of [giver, other]) for (const n of [1, 2, 3]) await add(scope, `${scope.tenantId}-${n}`);
      const { nextCursor } = await notes.forTenant(giver).page({ limit: 1, sort: 'rank' });
      const use = (scope: TenantScope, more: object) =>
        notes.forTenant(scope).page({ limit: 1, sort: 'rank', cursor: nextCursor as string, ...more });
      await expect(use(other, {})).rejects.toMatchObject({ code: 'not_found' });
      await expect(use(giver, { sort: '-rank' })).rejects.toMatchObject({ code: 'not_found' });
      await expect(use(giver, { filter: { rank: 1 } })).rejects.toMatchObject({ code: 'not_found' });
      await expect(use(giver, { cursor: `${nextCursor}AA` })).rejects.toMatchObject({ code: 'not_found' });
      expect((await use(giver, {})).data).toHaveLength(1);
    });
  });
});

type Model = import('mongoose').Model<Note>;
