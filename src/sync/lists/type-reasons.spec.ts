import { lengthOf } from './type-reasons.js';

describe('how long a visit of an appointment type takes', () => {
  it.each([
    ['a pattern with time without the provider', '/XX/', 20, { durationMinutes: null, pattern: '/XX/' }],
    ['a pattern that is all the provider', 'XXXX', 20, { durationMinutes: 20, pattern: null }],
    ['a pattern without the provider says no more than its minutes', '//', 10, { durationMinutes: 10, pattern: null }],
    ['minutes alone', null, 45, { durationMinutes: 45, pattern: null }],
    ['minutes that are no whole marks are rounded up', null, 32, { durationMinutes: 35, pattern: null }],
    ['longer than a visit may be', 'X'.repeat(97), 485, null],
    ['no time at all', null, 3, null],
    ['nothing that the practice system says', null, null, null],
  ])('%s', (_what, pattern, minutes, expected) => {
    expect(lengthOf({ pattern, minutes })).toEqual(expected);
  });
});
