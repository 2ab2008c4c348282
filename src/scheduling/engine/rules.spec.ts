import {
  claimsOf,
  explain,
  ranked,
  slotsOfDay,
  visitOf,
  type DayInput,
  type DayProvider,
  type DayResource,
  type Finding,
  type Interval,
  type Quota,
  type ReasonRule,
} from './index.js';

/** The rules that practices set, one by one. Times are `H:mm` of a plain day; hours are 9:00 to 12:00. */
const at = (hours: number, minutes = 0): number => hours * 60 + minutes;
const span = (start: number, end: number): Interval => ({ start, end });
const text = (minute: number): string => `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`;

function resource(id: string, parts: Partial<DayResource> = {}): DayResource {
  return { id, hours: [span(at(9), at(12))], busy: [], blockouts: [], ...parts };
}
function provider(id: string, parts: Partial<DayProvider> = {}): DayProvider {
  return { operatoryIds: ['one'], ...resource(id, parts) };
}
function day(parts: Partial<Omit<DayInput, 'rule'>> & { rule?: Partial<ReasonRule> } = {}): DayInput {
  return {
    date: '2027-03-15',
    dayLengthMinutes: 1440,
    wall: [{ elapsedStart: 0, wallStart: 0, length: 1440 }],
    now: -1,
    notBefore: -Infinity,
    notAfter: Infinity,
    providers: [provider('ann')],
    operatories: [resource('one', { hours: [span(0, 1440)] })],
    ...parts,
    rule: { durationMinutes: 60, stepMinutes: 30, blockoutTypes: [], ...parts.rule },
  };
}
const starts = (input: DayInput): string[] => [...slotsOfDay(input)].map(({ start }) => text(start));
const rulesAgainst = (input: DayInput, start: number, who = 'ann'): Finding['rule'][] =>
  explain(input, who, start).map(({ rule }) => rule);

describe('buffers', () => {
  const buffers = { before: 10, after: 20, on: 'both' as const, pastHours: true };
  const busy = [span(at(10), at(10, 30))];

  it('keep busy time away, and may reach past hours and into blockouts', () => {
    const taken = day({ providers: [provider('ann', { busy })], rule: { buffers, durationMinutes: 30 } });
    expect(starts(taken)).toEqual(['9:00', '11:00', '11:30']);
    expect(starts(day({ rule: { buffers } }))).toEqual(['9:00', '9:30', '10:00', '10:30', '11:00']);
    const lunch = [{ ...span(at(11), at(12)), type: 'lunch' }];
    expect(starts(day({ providers: [provider('ann', { blockouts: lunch })], rule: { buffers } }))).toEqual([
      '9:00',
      '9:30',
      '10:00',
    ]);
  });

  it('stay within hours and out of blockouts when they must', () => {
    const rule = { buffers: { ...buffers, pastHours: false } };
    expect(starts(day({ rule }))).toEqual(['9:30', '10:00', '10:30']);
    const lunch = [{ ...span(at(11), at(12)), type: 'lunch' }];
    expect(starts(day({ providers: [provider('ann', { blockouts: lunch })], rule }))).toEqual(['9:30']);
  });

  it('are of the provider, the operatory or both', () => {
    const input = (on: 'provider' | 'operatory' | 'both', who: 'provider' | 'operatory'): DayInput =>
      day({
        providers: [provider('ann', who === 'provider' ? { busy } : {})],
        operatories: [resource('one', { hours: [span(0, 1440)], ...(who === 'operatory' ? { busy } : {}) })],
        rule: { buffers: { ...buffers, on }, durationMinutes: 30 },
      });
    const [clear, kept] = [
      ['9:00', '9:30', '10:30', '11:00', '11:30'],
      ['9:00', '11:00', '11:30'],
    ];
    expect(starts(input('operatory', 'provider'))).toEqual(clear);
    expect(starts(input('provider', 'operatory'))).toEqual(clear);
    for (const who of ['provider', 'operatory'] as const) {
      expect(starts(input(who, who))).toEqual(kept);
      expect(starts(input('both', who))).toEqual(kept);
    }
  });

  it('of a pattern touch the first and the last minute in which the provider is needed', () => {
    const rule = { durationMinutes: 1, pattern: '/X//X/', buffers, stepMinutes: 30 };
    expect(visitOf(rule).provider.whole).toEqual([span(-5, 10), span(20, 45)]);
    expect(visitOf(rule).operatory.whole).toEqual([span(-10, 50)]);
    expect(visitOf({ ...rule, pattern: '//' }).provider.whole).toEqual([]);
    const claims = claimsOf(rule, { providerId: 'ann', operatoryId: 'one', start: 600 });
    expect(claims).toEqual([
      { resource: 'one', ...span(590, 650) },
      { resource: 'ann', ...span(595, 610) },
      { resource: 'ann', ...span(620, 645) },
    ]);
  });

  it('are refused unless they are whole minutes from 0', () => {
    for (const wrong of [{ before: -5 }, { after: -1 }, { before: 2.5 }, { after: 0.5 }]) {
      expect(() => visitOf({ durationMinutes: 30, buffers: { ...buffers, ...wrong } })).toThrow(/^Buffers of/);
    }
    expect(visitOf({ durationMinutes: 30, buffers: { ...buffers, before: 0, after: 0 } }).duration).toBe(30);
  });
});

describe('a second provider', () => {
  const assist = { minutes: 10, from: 20, to: 60 };
  const input = (busy: Interval[], more: Partial<DayInput> = {}): DayInput =>
    day({ assistants: [resource('eve', { busy })], rule: { assist }, ...more });

  it('comes in at the first time that suits', () => {
    const [slot] = slotsOfDay(input([span(at(9, 20), at(9, 33))]));
    expect(slot).toEqual({
      providerId: 'ann',
      operatoryId: 'one',
      ...span(at(9), at(10)),
      assist: { providerId: 'eve', ...span(at(9, 35), at(9, 45)) },
    });
    expect(claimsOf({ durationMinutes: 60 }, slot as never, new Set(['ann']))).toEqual([
      { resource: 'one', ...span(at(9), at(10)) },
      { resource: 'eve', ...span(at(9, 35), at(9, 45)), assists: true },
    ]);
    expect(claimsOf({ durationMinutes: 60 }, slot as never, new Set(['ann', 'eve', 'one']))).toEqual([]);
  });

  it('is needed: without one there is no slot', () => {
    expect(starts(input([span(at(9), at(10, 50))]))).toEqual(['10:00', '10:30', '11:00']);
    expect(starts(input([span(at(9), at(10, 51))]))).toEqual(['10:30', '11:00']);
    expect(rulesAgainst(input([span(at(9), at(10, 51))]), at(10))).toEqual(['assist']);
    expect(starts(day({ rule: { assist } }))).toEqual([]);
    expect(rulesAgainst(day({ rule: { assist } }), at(10))).toEqual(['assist']);
  });

  it('is never the provider of the visit, and the preferred one who is free', () => {
    const self = input([], { assistants: [resource('ann')] });
    expect(starts(self)).toEqual([]);
    expect(rulesAgainst(self, at(9))).toEqual(['assist']);
    const two = input([], { assistants: [resource('eve', { hours: [span(at(10), at(11))] }), resource('zoe')] });
    const who = [...slotsOfDay(two)].map((slot) => slot.assist?.providerId);
    expect(who).toEqual(['zoe', 'eve', 'eve', 'eve', 'zoe']);
  });

  it('is refused where the time does not fit the visit', () => {
    const wrong = [
      { ...assist, minutes: 0 },
      { ...assist, minutes: 7.5 },
      { ...assist, from: -5 },
      { ...assist, from: 55 },
      { ...assist, to: 65 },
      { ...assist, to: 29 },
      { ...assist, from: 2.5 },
      { ...assist, to: 59.5 },
    ];
    for (const each of wrong) expect(() => starts(day({ rule: { assist: each } }))).toThrow(/^An assist of/);
    expect(starts(input([], { rule: { ...day().rule, assist: { minutes: 60, from: 0, to: 60 } } }))).toHaveLength(5);
    const tiny = { minutes: 1, from: 0, to: 1 };
    expect(starts(input([], { rule: { ...day().rule, assist: tiny } }))).toHaveLength(5);
  });
});

describe('rules of the day', () => {
  const audience = { patientTypes: ['new'], minAge: 18, maxAge: 65 };

  it('are for some patients only', () => {
    const offered = (patient: DayInput['patient']): boolean => starts(day({ rule: { audience }, patient })).length > 0;
    expect([offered({}), offered(undefined), offered({ type: 'new' }), offered({ type: 'returning' })]).toEqual([
      ...[true, true, true, false],
    ]);
    expect([17, 18, 65, 66].map((age) => offered({ age }))).toEqual([false, true, true, false]);
    expect(starts(day({ patient: { type: 'any', age: 3 } }))).toHaveLength(5);
    const open = { patientTypes: ['new'], minAge: null, maxAge: null };
    expect(starts(day({ rule: { audience: open }, patient: { age: 120 } }))).toHaveLength(5);
    expect(rulesAgainst(day({ rule: { audience }, patient: { type: 'returning', age: 1 } }), at(9))).toEqual([
      'patient_type',
    ]);
    expect(rulesAgainst(day({ rule: { audience }, patient: { age: 70 } }), at(9))).toEqual(['age']);
  });

  it('close it at the cut-off', () => {
    const input = (now: number): DayInput => day({ now, cutoff: at(9, 30) });
    expect(starts(input(at(9, 29)))).toEqual(['9:30', '10:00', '10:30', '11:00']);
    expect(starts(input(at(9, 30)))).toEqual([]);
    expect(rulesAgainst(input(at(9, 30)), at(10))).toEqual(['cutoff']);
    expect(starts(input(-600))).toHaveLength(5);
  });

  it('count visits against limits, of all or of one provider', () => {
    const quota = (parts: Partial<Quota>): Quota => ({ scope: 'location', per: 'day', max: 2, taken: 2, ...parts });
    const input = (...quotas: Quota[]): DayInput => day({ quotas });
    expect(starts(input(quota({ taken: 1 })))).toHaveLength(5);
    expect(starts(input(quota({})))).toEqual([]);
    expect(starts(input(quota({ scope: 'reason', taken: 3 })))).toEqual([]);
    expect(starts(input(quota({ scope: 'provider', providerId: 'bob' })))).toHaveLength(5);
    const mine = quota({ scope: 'provider', per: 'week', providerId: 'ann' });
    expect(starts(input(quota({ taken: 0 }), mine))).toEqual([]);
    expect(explain(input(quota({ taken: 0 }), mine), 'ann', at(9))).toEqual([{ rule: 'limit', quota: mine }]);
  });

  it('keep to the starts that are wanted', () => {
    const wanted = [span(at(9, 30), at(10)), span(at(11), at(11, 1))];
    expect(starts(day({ wanted }))).toEqual(['9:30', '11:00']);
    expect(starts(day({ wanted: [] }))).toEqual([]);
    expect(rulesAgainst(day({ wanted }), at(10))).toEqual(['wish']);
    expect(rulesAgainst(day({ wanted }), at(9, 30))).toEqual([]);
  });
});

describe('tidy gaps', () => {
  it('are preferred: a start that strands a rest goes while another start does not', () => {
    const rule = { durationMinutes: 40, stepMinutes: 10, minGapMinutes: 30 };
    const stranding = ['9:10', '9:20', '11:00', '11:10'];
    const all = starts(day({ rule: { ...rule, minGapMinutes: 0 } }));
    expect(starts(day({ rule }))).toEqual(all.filter((start) => !stranding.includes(start)));
    expect(rulesAgainst(day({ rule }), at(9, 10))).toEqual(['gap']);
    expect(rulesAgainst(day({ rule }), at(9, 30))).toEqual([]);
    // 50 minutes for 40: every start strands something, so all of them stay.
    const short = day({ rule: { ...rule, stepMinutes: 5 }, providers: [provider('ann', { hours: [span(602, 652)] })] });
    expect(starts(short)).toEqual(['10:05', '10:10']);
  });

  it('count the buffers as taken', () => {
    const buffers = { before: 10, after: 0, on: 'provider' as const, pastHours: false };
    const rule = { durationMinutes: 60, stepMinutes: 10, minGapMinutes: 20, buffers };
    expect(starts(day({ rule, providers: [provider('ann', { hours: [span(at(9), at(10, 40))] })] }))).toEqual([
      ...['9:10', '9:40'],
    ]);
  });
});

describe('one provider for each start', () => {
  const two = day({
    providers: [provider('ann', { busy: [span(at(9), at(10))] }), provider('bob')],
    onePerStart: true,
  });

  it('is the first who can take it', () => {
    expect([...slotsOfDay(two)].map(({ start, providerId }) => `${text(start)} ${providerId}`)).toEqual([
      ...['9:00 bob', '9:30 bob', '10:00 ann', '10:30 ann', '11:00 ann'],
    ]);
    expect(explain(two, 'bob', at(10))).toEqual([{ rule: 'assigned_to_other', providerId: 'ann' }]);
    expect(explain(two, 'bob', at(9))).toEqual([]);
  });

  it('is chosen by order, by what each has to do, or in turn', () => {
    const busy = (...spans: Interval[]): Partial<DayProvider> => ({ busy: spans });
    const team = [
      provider('ann', busy(span(0, 60), span(30, 90))),
      provider('bob', busy(span(0, 80))),
      provider('ann', { operatoryIds: ['two'] }),
      provider('cat', busy(span(0, 80))),
    ];
    const order = (...args: [Parameters<typeof ranked>[1], number]): string =>
      ranked(team, ...args)
        .map(({ id, operatoryIds }) => id + operatoryIds.join())
        .join(' ');
    expect(order('priority', 2)).toBe('annone anntwo bobone catone');
    expect(order('least_busy', 0)).toBe('bobone catone annone anntwo');
    expect(order('round_robin', 3)).toBe('annone anntwo bobone catone');
    expect(order('round_robin', 4)).toBe('bobone catone annone anntwo');
    expect(order('round_robin', 5)).toBe('catone annone anntwo bobone');
    expect(ranked([], 'round_robin', 7)).toEqual([]);
    expect(ranked([], 'least_busy', 7)).toEqual([]);
  });
});

describe('explanations', () => {
  it('say what is in the way, and where', () => {
    const busy = [span(at(10), at(10, 30))];
    const blockouts = [{ ...span(at(11), at(12)), type: 'lunch' }];
    const input = day({
      now: at(9, 10),
      notBefore: at(9, 40),
      notAfter: at(11),
      providers: [provider('ann', { busy })],
      operatories: [resource('one', { hours: [span(0, 1440)], blockouts })],
    });
    expect(explain(input, 'ann', at(9))).toEqual([{ rule: 'past' }]);
    expect(explain(input, 'ann', at(9, 30))).toEqual([
      { rule: 'notice' },
      { rule: 'provider', obstacle: { kind: 'busy', by: busy[0], buffer: false } },
    ]);
    expect(explain(input, 'ann', at(11, 30))).toEqual([
      { rule: 'horizon' },
      { rule: 'provider', obstacle: { kind: 'hours', needed: span(at(11, 30), at(12, 30)) } },
      { rule: 'operatory', operatoryId: 'one', obstacle: { kind: 'blockout', by: blockouts[0] } },
    ]);
    const edges = day({ now: at(9), notBefore: at(9, 30), notAfter: at(10) });
    expect([at(9), at(9, 30), at(10), at(10, 30)].map((start) => rulesAgainst(edges, start))).toEqual([
      ...[['notice'], [], [], ['horizon']],
    ]);
    const late = day({ providers: [provider('ann', { hours: [span(0, 1440)] })] });
    expect([at(23), at(23, 30)].map((start) => rulesAgainst(late, start)[0])).toEqual([undefined, 'day_end']);
    expect(rulesAgainst(day(), at(9, 15))).toEqual(['grid']);
    expect(rulesAgainst(day(), at(23, 30))).toEqual(['day_end', 'provider', 'operatory']);
    expect(explain(day(), 'nobody', at(9))).toEqual([
      { rule: 'provider', obstacle: { kind: 'hours', needed: span(at(9), at(10)) } },
    ]);
    expect(rulesAgainst(day({ rule: { operatoryIds: ['two'] } }), at(9))).toEqual(['no_operatory']);
    expect(rulesAgainst(day({ operatories: [] }), at(9))).toEqual(['no_operatory']);
    expect(explain(day({ rule: { blockoutTypes: ['new'] } }), 'ann', at(9))).toEqual([
      { rule: 'kept', operatoryId: 'one' },
    ]);
  });

  it('tell of the shift with the least against it, and of no operatory once one is free', () => {
    const shifts = [
      provider('ann', { hours: [span(at(9), at(10))], busy: [span(at(10), at(11))] }),
      provider('ann', { hours: [span(at(10), at(12))], busy: [span(at(10), at(11))] }),
    ];
    expect(explain(day({ providers: shifts }), 'ann', at(10))).toHaveLength(1);
    const chairs = ['one', 'two'];
    const taken = resource('one', { hours: [span(0, 1440)], busy: [span(at(9), at(10))] });
    const providers = [provider('ann', { operatoryIds: chairs })];
    const input = day({ providers, operatories: [taken, resource('two', { hours: [span(0, 1440)] })] });
    expect(explain(input, 'ann', at(9))).toEqual([]);
    const both = day({ providers, operatories: [taken, { ...taken, id: 'two' }] });
    expect(explain(both, 'ann', at(9)).map((finding) => 'operatoryId' in finding && finding.operatoryId)).toEqual(
      chairs,
    );
  });

  it('know when only a buffer is in the way', () => {
    const buffers = { before: 0, after: 30, on: 'provider' as const, pastHours: true };
    const input = day({ providers: [provider('ann', { busy: [span(at(10), at(10, 30))] })], rule: { buffers } });
    expect(explain(input, 'ann', at(9))).toEqual([
      { rule: 'provider', obstacle: { kind: 'busy', by: span(at(10), at(10, 30)), buffer: true } },
    ]);
  });
});
