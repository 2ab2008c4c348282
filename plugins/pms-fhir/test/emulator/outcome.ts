import type { EmulatedAnswer } from '@openchair/plugin-kit/conformance';

/** A resource as the emulated server holds it. */
export interface Stored {
  resourceType: string;
  id: string;
  meta: { versionId: string; lastUpdated: string };
  // Resources are JSON of any shape; the validator knows which.
  [element: string]: any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

/** A resource as a client sends it. */
export type Sent = Omit<Stored, 'id' | 'meta'> & Partial<Pick<Stored, 'id' | 'meta'>>;

/** A refusal: thrown anywhere, answered as an OperationOutcome. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly text: string,
  ) {
    super(text);
  }

  answer(): EmulatedAnswer {
    const issue = [{ severity: 'error', code: this.code, details: { text: this.text } }];
    return { status: this.status, headers: JSON_TYPE, json: { resourceType: 'OperationOutcome', issue } };
  }
}

export const JSON_TYPE = { 'content-type': 'application/fhir+json; charset=utf-8' };
