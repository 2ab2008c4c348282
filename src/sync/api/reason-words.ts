/** What staff read of a reason: what is wrong, and what to do where somebody can do something. */
const WORDS: Readonly<Record<string, string>> = {
  switched_off: 'The connection is switched off.',
  paused: 'The exchange is paused.',
  not_imported: 'The first import is not finished.',
  writes_stopped: 'Some appointments were refused or came too late: see their sync state.',
  open_conflicts: 'Some appointments are in conflict: resolve them.',
  records_unreadable: 'Some records of the practice system cannot be read: see which, and mend them there.',
  unauthorized: 'The practice system does not accept the credentials: give valid ones.',
  forbidden: 'The credentials may not read or write there: ask the vendor to allow it.',
  rate_limited: 'The practice system asks for patience: it goes on by itself.',
  html_instead_of_json: 'A web page came in place of data: check the address, and what stands between.',
  malformed_json: 'The answers of the practice system cannot be read.',
  unexpected_answer: 'The practice system answers something else than what it should.',
  response_too_large: 'An answer of the practice system is too large.',
  connection_refused: 'Nobody listens at the address of the practice system.',
  host_not_found: 'The name of the practice system is not known: check the address.',
  host_unreachable: 'The practice system cannot be reached.',
  connect_timeout: 'The practice system cannot be reached in time.',
  certificate_refused: 'The certificate of the practice system is not valid.',
  connection_broken: 'The connection to the practice system breaks.',
  timeout: 'The practice system does not answer in time.',
  deadline_exceeded: 'The practice system does not answer in time.',
  address_refused: 'The address of the practice system may not be used.',
  suddenly_empty: 'The practice system has suddenly lost what it held; it is believed when it stays so for an hour.',
  endless_pull: 'The practice system sends the same pages again and again.',
  appointment_type_not_found:
    'The practice system has the appointment type of the reason no more: link the reason with another one.',
  plugin_missing: 'The plugin of this connection is not installed.',
};

/** One sentence for each code; null when nothing is wrong. */
export function explained(reasons: readonly string[]): string | null {
  if (reasons.length === 0) return null;
  return reasons.map((reason) => WORDS[reason] ?? `The practice system failed: ${reason}.`).join(' ');
}
