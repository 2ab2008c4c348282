export const SLUG_MAX = 60;

/** A name as a part of a link: lower-case letters and digits with single hyphens; `visit` when nothing is left. */
export function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, SLUG_MAX)
    .replace(/^-+|-+$/g, '');
  return slug || 'visit';
}

/** The slug itself, or with the first number from 2 on that nobody has. */
export function freeSlug(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  for (let n = 2; ; n += 1) {
    const candidate = `${wanted.slice(0, SLUG_MAX - String(n).length - 1)}-${n}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** Where a patient books this reason: the one place that knows the form of the link. */
export function bookingLink(baseUrl: string, practiceId: string, slug: string): string {
  return `${baseUrl.replace(/\/$/, '')}/book/${practiceId}?reason=${encodeURIComponent(slug)}`;
}
