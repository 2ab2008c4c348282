import { isId, newId } from './ids.js';

describe('newId', () => {
  it('gives unique ids in the order of their making, within one millisecond and across them', () => {
    const made = [1_000, 1_000, 1_000, 1_001, 1_001, 1_002].flatMap((ms) =>
      Array.from({ length: 2_000 }, () => newId('event', 1_795_000_000_000 + ms)),
    );
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
    expect(made.every((id) => isId('event', id))).toBe(true);
  });

  it('goes by the instant that it is given, also when that one is earlier than the last', () => {
    const [late, early] = [newId('event', 2_000_000), newId('event', 1_000_000)];
    expect(early < late).toBe(true);
  });
});
