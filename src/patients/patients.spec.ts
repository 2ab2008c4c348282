import { badFields } from '../../test/harness/bad-values.js';
import { testEnvironment } from '../../test/harness/config.js';
import type { ApiAnswer } from '../../test/harness/api.js';
import { startRooms, type Rooms } from '../../test/harness/rooms.js';
import { createOpenApi } from '../http/index.js';
import { mintTenantScope, newId, type TenantScope } from '../kernel/index.js';
import { Persistence, UnitOfWork } from '../persistence/index.js';
import { canonicalName, samePerson } from './identity.js';
import { PatientMatch, Patients, PatientsModule, type VisitorPerson } from './index.js';

let serial = 0;
const newPractice = () => newId('practice', ++serial);
const scopeOf = (practice: string): TenantScope => mintTenantScope(practice, { kind: 'system', id: 'spec' });

const ada = {
  firstName: 'Ada',
  lastName: "O'Neill-Pérez",
  dateOfBirth: '1990-04-12',
  phone: '+13125550142',
  email: 'Ada@Example.com',
};

let one: Rooms;
let two: Rooms;
beforeAll(async () => {
  const env = testEnvironment();
  // The driver then tells of each command; the spec of enumeration counts them.
  env['MONGODB_URI'] += '?monitorCommands=true';
  one = await startRooms([PatientsModule], env);
  two = await startRooms([PatientsModule], env);
});
afterAll(async () => {
  await two?.stop(false);
  await one?.stop();
});

async function made(practice: string, body: object, path = 'patients'): Promise<ApiAnswer['body']> {
  const answer = await one.call(practice, 'POST', `/v1/${path}`, body);
  expect([answer.status, answer.body?.detail]).toEqual([201, undefined]);
  return answer.body;
}

const match = (practice: string, visitor: Partial<VisitorPerson>, rooms = one) =>
  rooms.app.get(UnitOfWork).run((tx) =>
    rooms.app.get(PatientMatch).findOrCreate(scopeOf(practice), tx, {
      ...ada,
      patientType: 'returning',
      channel: 'widget',
      ...visitor,
    }),
  );

const collection = (name: string) => one.app.get(Persistence).connection.db!.collection(name);
const stored = async (practice: string) =>
  JSON.stringify([
    await collection('patients').find({ tenantId: practice }).sort({ _id: 1 }).toArray(),
    await collection('families').find({ tenantId: practice }).sort({ _id: 1 }).toArray(),
    await collection('events').countDocuments({ tenantId: practice }),
  ]);

describe('patients', () => {
  it('are created, read, changed and erased, and told of by ids alone', async () => {
    const practice = newPractice();
    const address = { line1: '1 Elm St', city: 'Chicago', country: 'US' };
    const patient = await made(practice, { ...ada, address, notes: 'Likes mornings\nand tea' });
    expect(patient).toMatchObject({ ...ada, status: 'active', familyRole: 'self', version: 1 });
    expect(patient.address).toEqual({ ...address, line2: null, region: null, postalCode: null });
    expect(patient.identity).toBeUndefined();
    const path = `/v1/patients/${patient.id}`;
    expect((await one.call(practice, 'GET', path)).body).toEqual(patient);
    const changed = await one.call(practice, 'PATCH', path, { lastName: 'Park', email: null }, { 'if-match': '"v1"' });
    expect(changed.body).toMatchObject({ lastName: 'Park', email: null, phone: ada.phone, version: 2 });
    expect((await one.call(practice, 'PATCH', path, { phone: null })).body.errors[0].pointer).toBe('/phone');
    expect((await one.call(practice, 'PATCH', path, { notes: 'x' }, { 'if-match': '"v1"' })).status).toBe(412);
    expect((await one.call(practice, 'DELETE', path)).status).toBe(204);
    expect((await one.call(practice, 'DELETE', path)).status).toBe(204);
    const erased = (await one.call(practice, 'GET', path)).body;
    expect(erased).toMatchObject({
      status: 'erased',
      firstName: '',
      phone: null,
      dateOfBirth: null,
      address: null,
      notes: null,
    });
    expect((await one.call(practice, 'PATCH', path, { firstName: 'Eve' })).body.code).toBe('conflict');
    expect((await one.call(practice, 'GET', '/v1/patients')).body.data).toEqual([]);
    expect((await one.call(practice, 'GET', '/v1/patients?status=erased')).body.data).toEqual([erased]);
    const events = await collection('events').find({ tenantId: practice }).sort({ sequence: 1 }).toArray();
    expect(events.map(({ type, sequence, data }) => [type, sequence, data])).toEqual([
      ['patient.created', 1, {}],
      ['patient.changed', 2, { change: 'changed' }],
      ['patient.changed', 3, { change: 'erased' }],
    ]);
  });

  it('change nothing for bad input of any kind', async () => {
    const practice = newPractice();
    const patient = await made(practice, ada);
    const before = await stored(practice);
    const fields = [
      ...badFields(createOpenApi(one.app), 'CreatePatient'),
      ['status', ['erased']],
      ['familyId', ['x']],
    ] as const;
    for (const [field, values] of fields) {
      const dates = field === 'dateOfBirth' ? ['2999-01-01', '1870-01-01', '1990-02-30'] : [];
      for (const value of [...(values as unknown[]), ...dates]) {
        const created = await one.call(practice, 'POST', '/v1/patients', { ...ada, [field as string]: value });
        const changed = await one.call(practice, 'PATCH', `/v1/patients/${patient.id}`, { [field as string]: value });
        expect([field, value, created.status, changed.status]).toEqual([field, value, 400, 400]);
      }
    }
    const { phone: _, email: __, ...unreachable } = ada;
    expect((await one.call(practice, 'POST', '/v1/patients', unreachable)).status).toBe(400);
    expect(await stored(practice)).toBe(before);
  });

  it('are found by exact values, however they are written, and by nobody else', async () => {
    const practice = newPractice();
    const patient = await made(practice, ada);
    await made(practice, { ...ada, firstName: 'Bob', lastName: 'Other', email: null, phone: '+13125550143' });
    const found = async (asked: object, from = practice) => {
      const answer = await one.call(from, 'POST', '/v1/patients/search', asked);
      return answer.status === 200 ? answer.body.data.map(({ id }: { id: string }) => id) : answer.status;
    };
    expect(await found({ phone: ada.phone })).toEqual([patient.id]);
    expect(await found({ email: 'aDA@example.COM' })).toEqual([patient.id]);
    expect(await found({ dateOfBirth: ada.dateOfBirth })).toHaveLength(2);
    expect(await found({ dateOfBirth: ada.dateOfBirth, lastName: 'oneill perez' })).toEqual([patient.id]);
    expect(await found({ dateOfBirth: ada.dateOfBirth, lastName: 'oneill' })).toEqual([]);
    expect(await found({ phone: ada.phone, dateOfBirth: '1990-04-13' })).toEqual([]);
    expect(await found({ lastName: 'oneill' })).toBe(400);
    expect(await found({})).toBe(400);
    expect(await found({ phone: ada.phone }, newPractice())).toEqual([]);
    await one.call(practice, 'PATCH', `/v1/patients/${patient.id}`, { lastName: 'Park', phone: null });
    expect(await found({ phone: ada.phone })).toEqual([]);
    expect(await found({ dateOfBirth: ada.dateOfBirth, lastName: 'park' })).toEqual([patient.id]);
    expect((await one.call(practice, 'GET', `/v1/patients?phone=${encodeURIComponent(ada.phone)}`)).status).toBe(400);
  });

  it('are not there for another practice', async () => {
    const practice = newPractice();
    const patient = await made(practice, ada);
    const before = await stored(practice);
    const missing = newId('patient', 3);
    for (const [method, tail, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { notes: 'x' }],
      ['DELETE', '', undefined],
      ['GET', '/consents', undefined],
      ['POST', '/consents', { kind: 'sms', given: true, textVersion: '1' }],
      ['POST', '/merge', { intoId: newId('patient', 4) }],
    ] as const) {
      const foreign = await one.call(newPractice(), method, `/v1/patients/${patient.id}${tail}`, body);
      const nowhere = await one.call(practice, method, `/v1/patients/${missing}${tail}`, body);
      expect(foreign.status).toBe(404);
      expect({ ...foreign.body, requestId: '' }).toEqual({ ...nowhere.body, requestId: '' });
    }
    expect(await stored(practice)).toBe(before);
  });

  it('are not made twice by staff, and double records are merged', async () => {
    const practice = newPractice();
    const patient = await made(practice, ada);
    const again = await one.call(practice, 'POST', '/v1/patients', { ...ada, lastName: 'ONEILL PEREZ', phone: null });
    expect([again.status, again.body.code, again.body.patientId]).toEqual([409, 'already_exists', patient.id]);
    const double = await made(practice, { ...ada, phone: '+13125550199', email: null });
    expect(double.possibleDuplicateIds).toEqual([patient.id]);
    const ref = { connectionId: 'con_1', foreignId: '77' };
    await one.app.get(UnitOfWork).run((tx) => one.app.get(Patients).linkForeign(scopeOf(practice), tx, double.id, ref));
    const merged = await one.call(practice, 'POST', `/v1/patients/${double.id}/merge`, { intoId: patient.id });
    expect(merged.body).toMatchObject({ status: 'merged', mergedIntoId: patient.id, foreign: [] });
    expect((await one.app.get(Patients).findByForeign(scopeOf(practice), ref))?._id).toBe(patient.id);
    const back = await one.call(practice, 'POST', `/v1/patients/${patient.id}/merge`, { intoId: double.id });
    expect([back.status, back.body.mergedIntoId]).toEqual([409, patient.id]);
  });
});

describe('matching a visitor', () => {
  it('needs name, birth and phone or e-mail, however they are written', async () => {
    const practice = newPractice();
    const { patient, isNew } = await match(practice, {});
    expect(isNew).toBe(true);
    for (const [visitor, known] of [
      [{}, true],
      [{ firstName: 'ADA', lastName: 'Oneill Perez', patientType: 'new' }, true],
      [{ phone: undefined, email: 'ada@example.com' }, true],
      [{ phone: '+13125550111' }, true],
      [{ email: 'else@example.com' }, true],
      [{ firstName: 'Adam' }, false],
      [{ lastName: "O'Neil" }, false],
      [{ dateOfBirth: '1990-04-13' }, false],
      [{ phone: '+13125550111', email: 'else@example.com' }, false],
    ] as const) {
      const found = await match(practice, visitor);
      expect([visitor, found.isNew, found.patient._id === patient._id]).toEqual([visitor, !known, known]);
    }
    expect((await match(newPractice(), {})).isNew).toBe(true);
    await expect(match(practice, { phone: null, email: null })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('changes no contact data: what was typed waits for staff, once, and not without end', async () => {
    const practice = newPractice();
    const { patient } = await match(practice, { email: undefined });
    for (let n = 0; n < 14; n += 1) await match(practice, { email: `typed${Math.min(n, 1)}@example.com` });
    const path = `/v1/patients/${patient._id}`;
    const seen = (await one.call(practice, 'GET', path)).body;
    expect([seen.phone, seen.email]).toEqual([ada.phone, null]);
    expect(seen.pendingContacts).toMatchObject([
      { phone: null, email: 'typed0@example.com', channel: 'widget' },
      { phone: null, email: 'typed1@example.com', channel: 'widget' },
    ]);
    const [first, second] = seen.pendingContacts;
    await one.call(practice, 'POST', `${path}/pending-contacts/${first.id}`, { accept: false });
    const accepted = await one.call(practice, 'POST', `${path}/pending-contacts/${second.id}`, { accept: true });
    expect(accepted.body).toMatchObject({ email: 'typed1@example.com', phone: ada.phone, pendingContacts: [] });
    expect((await one.call(practice, 'POST', `${path}/pending-contacts/${second.id}`, { accept: true })).status).toBe(
      404,
    );
    for (let n = 0; n < 14; n += 1) await match(practice, { email: `more${n}@example.com` });
    expect((await one.call(practice, 'GET', path)).body.pendingContacts).toHaveLength(10);
  });

  it('tells a stranger nothing: the same steps and shape whether the person is known or not', async () => {
    const practice = newPractice();
    const steps = async (visitor: Partial<VisitorPerson>) => {
      const client = one.app.get(Persistence).connection.getClient();
      const names: string[] = [];
      const listen = ({ commandName, command }: { commandName: string; command: Record<string, unknown> }) => {
        if (command['lsid'] && command['txnNumber'] && command[commandName] !== 1)
          names.push(`${commandName} ${String(command[commandName])}`);
      };
      client.on('commandStarted', listen);
      const { patient } = await match(practice, visitor);
      client.off('commandStarted', listen);
      return {
        names: names.map((name) => name.replace(/^(insert|findAndModify) patients$/, 'write patients')),
        shape: Object.keys(patient).sort(),
      };
    };
    await match(practice, {});
    await match(practice, { firstName: 'Warm', lastName: 'Up' });
    const known = await steps({ phone: '+13125550777' });
    const stranger = await steps({ phone: '+13125550888', email: 'stranger@example.com' });
    expect(known.shape).toEqual(stranger.shape);
    expect(known.names.length).toBeGreaterThanOrEqual(4);
    expect(known.names).toEqual(stranger.names);
  });

  it('makes one patient of many requests at once, over two processes', async () => {
    const practice = newPractice();
    const results = await Promise.all(Array.from({ length: 8 }, (_, n) => match(practice, {}, n % 2 ? one : two)));
    expect(new Set(results.map(({ patient }) => patient._id)).size).toBe(1);
    expect(results.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(await collection('patients').countDocuments({ tenantId: practice })).toBe(1);
  });

  it('compares names by their letters', () => {
    expect(canonicalName(' José-Luis  ')).toBe('joseluis');
    expect(canonicalName('李 小龙')).toBe('李小龙');
    const born = { dateOfBirth: '1990-04-12' };
    expect(
      samePerson({ firstName: 'Zoë', lastName: 'Ng', ...born }, { firstName: 'zoe', lastName: 'NG', ...born }),
    ).toBe(true);
  });
});

describe('consents', () => {
  it('are a history without gaps, and what holds is its last word', async () => {
    const practice = newPractice();
    const { patient } = await match(practice, {
      sessionId: 'wse_1',
      consents: [
        { kind: 'sms', given: true, textVersion: '1' },
        { kind: 'privacy', given: true, textVersion: '1' },
      ],
    });
    await match(practice, { consents: [{ kind: 'sms', given: true, textVersion: '1' }] });
    const path = `/v1/patients/${patient._id}/consents`;
    const withdrawn = await one.call(practice, 'POST', path, {
      kind: 'sms',
      given: false,
      textVersion: '1',
      channel: 'message',
    });
    expect(withdrawn.status).toBe(201);
    await one.call(practice, 'POST', path, { kind: 'sms', given: false, textVersion: '1' });
    const { body } = await one.call(practice, 'GET', path);
    expect(body.state).toEqual({ sms: false, email: null, marketing: null, privacy: true, treatment_contact: null });
    expect(body.history).toMatchObject([
      { kind: 'sms', given: true, channel: 'widget', sessionId: 'wse_1' },
      { kind: 'privacy', given: true },
      { kind: 'sms', given: false, channel: 'message', sessionId: null },
    ]);
    for (const bad of [{ kind: 'fax' }, { given: 'yes' }, { textVersion: '' }, { at: '2027-01-01' }]) {
      const answer = await one.call(practice, 'POST', path, { kind: 'email', given: true, textVersion: '1', ...bad });
      expect([bad, answer.status]).toEqual([bad, 400]);
    }
  });
});

describe('families', () => {
  it('hold patients of one practice, each in one family', async () => {
    const practice = newPractice();
    const parent = await made(practice, ada);
    const child = await made(practice, { ...ada, firstName: 'Bo' });
    const third = await made(practice, { ...ada, firstName: 'Cy' });
    const stranger = await made(newPractice(), ada);
    const member = ({ id }: { id: string }, role: string) => ({ patientId: id, role });
    const before = await stored(practice);
    for (const [body, status] of [
      [{ members: [] }, 400],
      [{ members: [member(parent, 'guardian'), member(parent, 'self')] }, 400],
      [{ members: [member(parent, 'guardian'), member(stranger, 'self')] }, 400],
      [{ members: [member(parent, 'guardian')], guarantorId: child.id }, 400],
    ] as const) {
      expect([body, (await one.call(practice, 'POST', '/v1/families', body)).status]).toEqual([body, status]);
    }
    expect(await stored(practice)).toBe(before);
    const family = await made(
      practice,
      { members: [member(parent, 'guardian'), member(child, 'dependent')], guarantorId: parent.id },
      'families',
    );
    const path = `/v1/families/${family.id}`;
    const joined = await one.call(practice, 'POST', `${path}/members`, member(third, 'dependent'));
    expect(joined.body.members).toHaveLength(3);
    const taken = await one.call(practice, 'POST', '/v1/families', { members: [member(child, 'self')] });
    expect([taken.status, taken.body.code]).toEqual([409, 'conflict']);
    expect((await one.call(practice, 'GET', `/v1/patients?familyId=${family.id}`)).body.data).toHaveLength(3);
    expect((await one.call(practice, 'GET', '/v1/families')).body.data).toEqual([joined.body]);
    expect((await one.call(practice, 'DELETE', `${path}/members/${parent.id}`)).body.code).toBe('in_use');
    expect((await one.call(practice, 'PATCH', path, { guarantorId: stranger.id })).status).toBe(400);
    expect((await one.call(practice, 'PATCH', path, { guarantorId: null })).body.guarantorId).toBeNull();
    for (const { id } of [parent, child, third]) {
      expect((await one.call(practice, 'DELETE', `${path}/members/${id}`)).status).toBe(204);
    }
    expect((await one.call(practice, 'GET', path)).status).toBe(404);
    expect((await one.call(practice, 'GET', `/v1/patients/${child.id}`)).body).toMatchObject({
      familyId: null,
      familyRole: 'self',
    });
  });

  it('take a patient once when two ask at the same moment', async () => {
    const practice = newPractice();
    const patient = await made(practice, ada);
    const body = { members: [{ patientId: patient.id, role: 'self' }] };
    const answers = await Promise.all(
      [one, two, one, two].map((rooms) => rooms.call(practice, 'POST', '/v1/families', body)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    expect(await collection('families').countDocuments({ tenantId: practice })).toBe(1);
  });
});

describe('at rest', () => {
  it('no collection holds a name, phone, e-mail, birth or note in the clear', async () => {
    const practice = newPractice();
    const canaries = {
      firstName: 'Canarya',
      lastName: 'Zyxwvuts',
      phone: '+13125559753',
      email: 'canarya.unique@example.org',
    };
    const person = {
      ...ada,
      ...canaries,
      dateOfBirth: '1977-11-23',
      preferredName: 'Nickcanary',
      notes: 'Canary note',
    };
    const address = { line1: '99 Canary Row', city: 'Canarytown', country: 'US' };
    const keyed = { 'idempotency-key': 'canary' };
    const created = await one.call(practice, 'POST', '/v1/patients', { ...person, address }, keyed);
    expect(created.status).toBe(201);
    await match(practice, { ...canaries, dateOfBirth: '1977-11-23', email: 'pending.canarya@example.org' });
    await one.call(practice, 'PATCH', `/v1/patients/${created.body.id}`, { notes: 'Second Canary note' });
    const db = one.app.get(Persistence).connection.db!;
    const names = (await db.listCollections().toArray()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['patients', 'events', 'idempotency', 'locks']));
    for (const name of names) {
      const raw = JSON.stringify(await db.collection(name).find({}).toArray()).toLowerCase();
      for (const canary of ['canary', 'zyxwvuts', '3125559753', '1977-11-23']) {
        expect([name, canary, raw.includes(canary)]).toEqual([name, canary, false]);
      }
    }
    expect((await one.call(practice, 'GET', `/v1/patients/${created.body.id}`)).body.firstName).toBe('Canarya');
  });
});
