/** Words that say what kind of company it is and not which one. */
const IDLE_WORDS = new Set(['the', 'inc', 'llc', 'co', 'company', 'corp', 'corporation', 'insurance', 'ins']);

/** A carrier's name for comparison: no accents, case, punctuation or idle words. "The Cigna Insurance Co." is "cigna". */
export function canonicalCarrier(name: string): string {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/&/g, ' and ')
    .replace(/['’.]/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  const telling = words.filter((word) => !IDLE_WORDS.has(word));
  return (telling.length > 0 ? telling : words).join(' ');
}

/** Every name that a carrier goes by, in the form for comparison. */
export function namesOf(carrier: { name: string; aliases: readonly string[] }): string[] {
  return [...new Set([carrier.name, ...carrier.aliases].map(canonicalCarrier))];
}
