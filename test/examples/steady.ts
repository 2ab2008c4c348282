import { newId } from '../../src/kernel/index.js';

/** When the tour takes place: a Monday, 10:00 in Chicago. Far enough ahead for what databases let expire by their own clocks. */
export const TOUR_STARTS = Date.parse('2030-03-11T15:00:00Z');

const LINK_TOKEN = 'example-link-token-of-this-visit';

/** What is random by nature, by the name of its field. Plainly no secrets, for readers and for scanners. */
const STAND_INS: Record<string, (value: string) => string> = {
  accessToken: () => 'example-access-token',
  refreshToken: () => 'example-refresh-token-which-is-good-once',
  inviteToken: () => 'example-invite-token-which-is-good-once',
  linkToken: () => LINK_TOKEN,
  manageUrl: (url) => url.replace(/#.*/, `#${LINK_TOKEN}`),
  token: () => 'example-session-token',
  secret: (secret) => secret.replace(/^(oc_(?:live|test)_).*/, '$1example-secret-shown-once'),
  shown: (secret) => secret.replace(/….*/, '…once'),
  key: (key) => key.replace(/^oc_pub_.*/, 'oc_pub_example-publishable-key'),
  x: () => 'example-public-key-of-32-bytes-in-base64url',
  pendingId: () => 'pending-1',
  'pendingContacts.id': () => 'pending-1',
  cursor: () => 'example-cursor-of-the-next-page',
  nextCursor: () => 'example-cursor-of-the-next-page',
};

const ID = /slt_([0-9a-hjkmnp-tv-z]{26}){4}[0-9a-z]{1,8}|\b[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}/g;
const BODY = 26;
/** The kinds whose ids a slot's id is made of. */
const OF_A_SLOT = ['rsn', 'prv', 'opr', 'loc'];
const TIME = newId('event', TOUR_STARTS).slice(4, 14);

/**
 * The same for every run: ids are numbered by kind in the order in which the example shows them, and what is random
 * otherwise has a stand-in. Times need none: the clock of the tour stands still.
 */
export function steady<T>(example: T): T {
  const numbers = new Map<string, Map<string, number>>();
  const bodyOf = (prefix: string, body: string): string => {
    const known = numbers.get(prefix) ?? new Map<string, number>();
    numbers.set(prefix, known);
    const number = known.get(body) ?? known.size + 1;
    known.set(body, number);
    return TIME + String(number).padStart(BODY - TIME.length, '0');
  };
  const steadyId = (id: string): string => {
    const [prefix, body] = [id.slice(0, 3), id.slice(4)];
    if (prefix !== 'slt') return `${prefix}_${bodyOf(prefix, body)}`;
    const bodies = OF_A_SLOT.map((kind, place) => bodyOf(kind, body.slice(place * BODY, (place + 1) * BODY)));
    return `slt_${bodies.join('')}${body.slice(OF_A_SLOT.length * BODY)}`;
  };
  const walk = (value: unknown, name: string, parent: string): unknown => {
    if (Array.isArray(value)) return value.map((one) => walk(one, name, parent));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, walk(member, key, name)]));
    if (typeof value !== 'string') return value;
    const standIn = STAND_INS[`${parent}.${name}`] ?? STAND_INS[name];
    return standIn ? standIn(value) : value.replace(ID, steadyId);
  };
  return walk(example, '', '') as T;
}
