/** Version of the contracts in this package. A breaking change raises the first number. */
export const KIT_VERSION = '1.0.0';

/**
 * Whether a plugin built for `range` (`^MAJOR.MINOR` or `^MAJOR.MINOR.PATCH`) may run on the kit `version`:
 * the same major, and at least the minor and patch it was built for.
 */
export function isCompatible(range: string, version: string = KIT_VERSION): boolean {
  const wanted = /^\^(\d+)\.(\d+)(?:\.(\d+))?$/.exec(range);
  const have = /^(\d+)\.(\d+)\.(\d+)$/.exec(version);
  if (!wanted || !have) return false;
  const [major, minor, patch] = [1, 2, 3].map((part) => Number(have[part] ?? 0) - Number(wanted[part] ?? 0));
  return major === 0 && (minor! > 0 || (minor === 0 && patch! >= 0));
}
