export const CONSENT_KINDS = ['sms', 'email', 'marketing', 'privacy', 'treatment_contact'] as const;
export type ConsentKind = (typeof CONSENT_KINDS)[number];

export const CONSENT_CHANNELS = ['widget', 'link', 'api', 'pms', 'message', 'staff'] as const;
export type ConsentChannel = (typeof CONSENT_CHANNELS)[number];

/** One decision about one kind of contact; a withdrawal is a record too. Holds no PHI. */
export interface ConsentRecord {
  kind: ConsentKind;
  given: boolean;
  /** Epoch ms. */
  at: number;
  channel: ConsentChannel;
  /** Version of the text that was shown. */
  textVersion: string;
  /** The widget session it was given in. */
  sessionId: string | null;
}

export type ConsentState = Record<ConsentKind, boolean | null>;

/** What holds now: the latest decision of each kind, null where there is none. */
export function consentState(history: readonly ConsentRecord[]): ConsentState {
  const state = Object.fromEntries(CONSENT_KINDS.map((kind) => [kind, null])) as ConsentState;
  for (const record of history) state[record.kind] = record.given;
  return state;
}

/** The records of `added` that change what holds, or the text it was given to: repeating oneself is no new decision. */
export function newDecisions(history: readonly ConsentRecord[], added: readonly ConsentRecord[]): ConsentRecord[] {
  const latest = new Map(history.map((record) => [record.kind, record]));
  return added.filter((record) => {
    const before = latest.get(record.kind);
    latest.set(record.kind, record);
    return before?.given !== record.given || before.textVersion !== record.textVersion;
  });
}
