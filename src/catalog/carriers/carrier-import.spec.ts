import { CarrierMatch, draftOf, fitting, lacking, type ForeignCarrier } from './carrier-import.js';
import type { Carrier } from './carrier.schema.js';

const LINK = { connectionId: 'con_1', foreignId: '301' };

function ours(name: string, more: Partial<Carrier> = {}): Carrier {
  return { name, aliases: [], payerId: null, foreign: [], ...more } as Carrier;
}

function theirs(name: string, more: Partial<ForeignCarrier> = {}): ForeignCarrier {
  return { ...LINK, name, payerId: null, ...more };
}

describe('which carrier of the practice one of the practice system is', () => {
  const cigna = ours('Cigna', { aliases: ['Cigna Dental'], payerId: '62308' });
  const aetna = ours('Aetna', { payerId: '60054', foreign: [{ connectionId: 'con_1', foreignId: '9' }] });
  const match = new CarrierMatch([cigna, aetna, ours('Cigna of the East', { payerId: '62308' })]);

  it.each([
    ['the one that it is linked with, whatever it is called now', theirs('Another', { foreignId: '9' }), aetna],
    [
      'the same id of another practice system is nobody',
      theirs('Another', { ...LINK, connectionId: 'con_2' }),
      undefined,
    ],
    ['the one of that name, idle words aside', theirs('The CIGNA Insurance Co.'), cigna],
    ['the one that patients call so', theirs('Cigna Dental, Inc.'), cigna],
    ['a name comes before a number', theirs('Aetna', { payerId: '62308' }), aetna],
    ['the first one with that number', theirs('CGNA PPO', { payerId: '62308' }), cigna],
    ['nobody', theirs('Guardian', { payerId: '64246' }), undefined],
  ])('%s', (_what, found, expected) => {
    expect(match.find(found)).toBe(expected);
  });

  it('knows what was taken over a moment ago', () => {
    const fresh = new CarrierMatch<Carrier>([cigna]);
    const made = draftOf(theirs('Guardian', { payerId: '64246' }), 'accepted') as Carrier;
    fresh.add(made);
    expect(fresh.find(theirs('GUARDIAN INS', { foreignId: '302' }))).toBe(made);
    const after = { ...cigna, ...lacking(cigna, theirs('CGNA', { payerId: '62308' })) };
    fresh.add(after, cigna);
    expect(fresh.find(theirs('Cigna', { foreignId: '400' }))).toBe(after);
    expect(fresh.find(theirs('cgna', { foreignId: '401' }))).toBe(after);
  });
});

describe('what a carrier of the practice takes on', () => {
  it('is the link, the number that it lacked, and the name as another one that patients type', () => {
    expect(lacking(ours('Delta'), theirs('Delta Dental of Illinois', { payerId: '05030' }))).toEqual({
      foreign: [LINK],
      payerId: '05030',
      aliases: ['Delta Dental of Illinois'],
    });
    expect(lacking(ours('Delta', { payerId: '1' }), theirs('Delta Inc.', { payerId: '2' }))).toEqual({
      foreign: [LINK],
    });
    const full = Array.from({ length: 30 }, (_, n) => `Alias ${n}`);
    expect(lacking(ours('Delta', { aliases: full }), theirs('Another'))).toEqual({ foreign: [LINK] });
  });

  it('is nothing when they are linked', () => {
    expect(lacking(ours('Delta', { foreign: [LINK] }), theirs('Renamed', { payerId: '2' }))).toEqual({});
  });

  it('is no longer than a carrier may be', () => {
    const long = fitting(theirs('n'.repeat(200), { payerId: '1'.repeat(60) }));
    expect([long.name.length, long.payerId?.length]).toEqual([120, 40]);
  });
});
