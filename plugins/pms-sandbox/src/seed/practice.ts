import type { PmsOperatory, PmsProvider } from '@openchair/plugin-kit';
import { FIRST_NAMES, LAST_NAMES } from './names.js';
import { Random } from './random.js';

/** Column order of the book; hygiene has its own rooms. */
const ROOMS: readonly [id: string, name: string, abbreviation: string, hygiene: boolean][] = [
  ['1', 'Operatory 1', 'OP1', false],
  ['2', 'Operatory 2', 'OP2', false],
  ['3', 'Operatory 3', 'OP3', false],
  ['4', 'Hygiene 1', 'HYG1', true],
  ['5', 'Hygiene 2', 'HYG2', true],
  ['6', 'Surgery Suite', 'SURG', false],
];

type Post = Pick<PmsProvider, 'role' | 'colour' | 'operatoryForeignIds' | 'active'> & {
  readonly suffix: string;
  readonly specialty?: string;
};

/** Who works here. Both dentists share operatory 2; the last one has retired and is hidden in the book. */
const POSTS: readonly Post[] = [
  { role: 'dentist', suffix: 'DDS', colour: '#2f6fde', operatoryForeignIds: ['1', '2'], active: true },
  { role: 'dentist', suffix: 'DMD', colour: '#1f9d78', operatoryForeignIds: ['3', '2'], active: true },
  { role: 'hygienist', suffix: 'RDH', colour: '#d9822b', operatoryForeignIds: ['4'], active: true },
  { role: 'hygienist', suffix: 'RDH', colour: '#c2478f', operatoryForeignIds: ['5', '4'], active: true },
  {
    role: 'specialist',
    suffix: 'DMD, MS',
    specialty: 'Endodontics',
    colour: '#7a4fc9',
    operatoryForeignIds: ['6'],
    active: true,
  },
  { role: 'dentist', suffix: 'DDS', colour: '#8a94a6', operatoryForeignIds: [], active: false },
];

export function seedOperatories(): PmsOperatory[] {
  return ROOMS.map(([foreignId, name, abbreviation, hygiene], order) => ({
    foreignId,
    name,
    abbreviation,
    hygiene,
    order,
    active: true,
  }));
}

/** The people of a practice; names differ by seed, posts do not. */
export function seedProviders(seed: string): PmsProvider[] {
  const random = new Random(`${seed}/providers`);
  const firstNames = random.shuffle(FIRST_NAMES);
  const lastNames = random.shuffle(LAST_NAMES);
  return POSTS.map((post, index) => {
    const firstName = firstNames[index]!;
    const lastName = lastNames[index]!;
    return {
      foreignId: String(101 + index),
      abbreviation: `${firstName[0]}${lastName.slice(0, 2).toUpperCase()}`,
      firstName,
      lastName,
      email: `${firstName}.${lastName}@practice.example.com`.toLowerCase(),
      ...post,
    };
  });
}
