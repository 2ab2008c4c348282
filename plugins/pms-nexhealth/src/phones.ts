/** E.164 of a number as a practice in North America writes it; undefined when it cannot be read so. */
export function phoneOf(...written: readonly (string | undefined)[]): string | undefined {
  for (const text of written) {
    const digits = (text ?? '').replace(/\D/g, '');
    if (text?.startsWith('+') && /^[1-9]\d{6,14}$/.test(digits)) return `+${digits}`;
    const national = digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits;
    if (/^[2-9]\d{2}[2-9]\d{6}$/.test(national)) return `+1${national}`;
  }
  return undefined;
}

/** As NexHealth wants it: ten digits, or all of them for another country. */
export function phoneText(e164: string): string {
  return e164.replace(/^\+1(?=\d{10}$)|\D/g, '');
}
