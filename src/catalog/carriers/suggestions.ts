import { canonicalCarrier } from './carrier-names.js';

/** Well-known dental carriers of the United States, to pick from; what a practice takes is in its own list. */
export const WELL_KNOWN_CARRIERS: readonly string[] = [
  'Aetna',
  'Aflac',
  'Ameritas',
  'Anthem Blue Cross',
  'Anthem Blue Cross Blue Shield',
  'Assurant',
  'Blue Cross Blue Shield',
  'Blue Shield of California',
  'Careington',
  'CareFirst BlueCross BlueShield',
  'Cigna',
  'Delta Dental',
  'Delta Dental of Arizona',
  'Delta Dental of California',
  'Delta Dental of Illinois',
  'Delta Dental of Michigan',
  'Delta Dental of New Jersey',
  'Delta Dental of Virginia',
  'Delta Dental of Washington',
  'DentaQuest',
  'Dental Health Alliance',
  'DenteMax',
  'Dominion National',
  'EmblemHealth',
  'Florida Blue',
  'GEHA',
  'Guardian',
  'HealthPartners',
  'Highmark',
  'Horizon Blue Cross Blue Shield of New Jersey',
  'Humana',
  'Kaiser Permanente',
  'Liberty Dental Plan',
  'Lincoln Financial',
  'MCNA Dental',
  'MetLife',
  'Mutual of Omaha',
  'Northeast Delta Dental',
  'Physicians Mutual',
  'Premera Blue Cross',
  'Principal',
  'Regence',
  'Renaissance Dental',
  'Solstice',
  'Standard Insurance Company',
  'Sun Life',
  'TRICARE Dental Program',
  'TruAssure',
  'UnitedHealthcare',
  'United Concordia',
  'Unum',
  'Wellpoint',
  'Willamette Dental',
];

/** Names with a word that begins with what was typed; all of them when nothing was. Those that begin with it come first. */
export function suggestCarriers(typed: string, limit: number): string[] {
  const wanted = canonicalCarrier(typed);
  const named = WELL_KNOWN_CARRIERS.map((name) => ({ name, form: canonicalCarrier(name) }));
  const starts = named.filter(({ form }) => form.startsWith(wanted));
  const within = named.filter(({ form }) => !form.startsWith(wanted) && form.includes(` ${wanted}`));
  return [...starts, ...within].slice(0, limit).map(({ name }) => name);
}
