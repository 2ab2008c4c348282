import { isISO8601, ValidateBy } from 'class-validator';
import { applyDecorators } from '@nestjs/common';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { isLocalDate, isZone } from '../kernel/index.js';
import { Text, type FieldOptions } from './fields.js';

/** Field kinds with a meaning of their own, built from `Text` and one check each. */
function checked(name: string, message: string, test: (value: string) => boolean) {
  return ValidateBy({
    name,
    validator: {
      validate: (value) => typeof value === 'string' && test(value),
      defaultMessage: () => `$property ${message}`,
    },
  });
}

function kind(
  name: string,
  message: string,
  max: number,
  test: (value: string) => boolean,
  options: FieldOptions,
  format?: string,
) {
  return applyDecorators(Text({ ...options, max, ...(format ? { format } : {}) }), checked(name, message, test));
}

const EMAIL =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$/;

/** An e-mail address (the HTML standard's form, with a dotted domain). */
export const Email = (options: FieldOptions = {}) =>
  kind(
    'email',
    'must be an e-mail address',
    254,
    (value) => EMAIL.test(value),
    { example: 'ada@example.com', ...options },
    'email',
  );

/** A telephone number in E.164 form with its `+`. */
export const Phone = (options: FieldOptions = {}) =>
  kind(
    'phone',
    'must be a telephone number in E.164 form, e.g. +13125550142',
    16,
    (value) => /^\+[1-9][0-9]{6,14}$/.test(value) && parsePhoneNumberFromString(value)?.isPossible() === true,
    { example: '+13125550142', ...options },
  );

/** A real calendar date, `YYYY-MM-DD`. */
export const CalendarDate = (options: FieldOptions = {}) =>
  kind(
    'localDate',
    'must be a calendar date YYYY-MM-DD',
    10,
    isLocalDate,
    { example: '2027-03-15', ...options },
    'date',
  );

/** An instant with its offset, e.g. `2027-03-15T14:00:00Z`. */
export const Instant = (options: FieldOptions = {}) =>
  kind(
    'instant',
    'must be an instant with an offset, e.g. 2027-03-15T14:00:00Z',
    35,
    (value) => /T.*(Z|[+-]\d{2}:\d{2})$/.test(value) && isISO8601(value, { strict: true, strictSeparator: true }),
    { example: '2027-03-15T14:00:00Z', ...options },
    'date-time',
  );

/** A wall time `HH:mm`; `24:00` ends a day. */
export const WallTime = (options: FieldOptions = {}) =>
  kind('wallTime', 'must be a wall time HH:mm', 5, (value) => /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/.test(value), {
    example: '09:00',
    ...options,
  });

/** An IANA time zone of the bundled database. */
export const Zone = (options: FieldOptions = {}) =>
  kind('zone', 'must be an IANA time zone', 64, isZone, { example: 'America/Chicago', ...options });

export const Color = (options: FieldOptions = {}) =>
  kind('color', 'must be a colour #rrggbb', 7, (value) => /^#[0-9a-fA-F]{6}$/.test(value), {
    example: '#0f766e',
    ...options,
  });

/** An https address (http is taken for localhost, for development). */
export const WebAddress = (options: FieldOptions = {}) =>
  kind(
    'webAddress',
    'must be an https address',
    2_000,
    isWebAddress,
    { example: 'https://example.com/', ...options },
    'uri',
  );

/** An origin: scheme, host and port, without a path. */
export const WebOrigin = (options: FieldOptions = {}) =>
  kind('webOrigin', 'must be an origin such as https://www.example.com', 255, isWebOrigin, {
    example: 'https://www.example.com',
    ...options,
  });

export function isWebAddress(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username } = new URL(value);
  if (username) return false;
  return protocol === 'https:' || (protocol === 'http:' && (hostname === 'localhost' || hostname === '127.0.0.1'));
}

export function isWebOrigin(value: string): boolean {
  return isWebAddress(value) && new URL(value).origin === value;
}
