import type { ConfigSchema } from '@openchair/plugin-kit';

/** Configuration of a connection to one Open Dental office. */
export interface OpenDentalConfig {
  readonly developerKey: string;
  readonly customerKey: string;
  readonly baseUrl: string;
  /** Left out: the office does not use clinics, or all of them are this location. */
  readonly clinicNum?: number;
  /** Records of one request: 100 for the remote API, up to 1,000 for the API service. */
  readonly pageSize: number;
  /** Names of the office's confirmation statuses that mean "confirmed", in any case. */
  readonly confirmedStatuses: readonly string[];
  /** Cancelled visits go to the office's list of visits to be scheduled anew. */
  readonly unscheduledList: boolean;
  /** The office charts missed and cancelled visits as procedures (D9986, D9987). */
  readonly breakProcedures: boolean;
}

const KEY = { minLength: 8, maxLength: 200, pattern: '^[^\\s/]+$' } as const;

export const openDentalConfigSchema: ConfigSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  title: 'Open Dental',
  additionalProperties: false,
  required: ['developerKey', 'customerKey'],
  properties: {
    developerKey: {
      type: 'string',
      title: 'Developer key',
      description: 'The key of the developer, from the Open Dental developer portal.',
      ...KEY,
    },
    customerKey: {
      type: 'string',
      title: 'Customer key',
      description: 'The key of this office, pasted into its Setup > Advanced Setup > API; it must be enabled there.',
      ...KEY,
    },
    baseUrl: {
      type: 'string',
      title: 'Address of the API',
      description: 'Leave it as it is for the remote API; an API service has an address of its own.',
      format: 'uri',
      maxLength: 300,
      default: 'https://api.opendental.com/api/v1',
    },
    clinicNum: {
      type: 'integer',
      title: 'Clinic number',
      description: 'For an office that uses clinics: the number of the one that is this location.',
      minimum: 0,
    },
    pageSize: {
      type: 'integer',
      title: 'Records per request',
      description: '100 is the most that the remote API gives; an API service gives up to 1,000.',
      minimum: 10,
      maximum: 1_000,
      default: 100,
    },
    confirmedStatuses: {
      type: 'array',
      title: 'Confirmed statuses',
      description:
        "Names of the office's confirmation statuses (Definitions > Appt Confirmed) that mean a confirmed visit.",
      items: { type: 'string', minLength: 1, maxLength: 100 },
      maxItems: 30,
      default: ['Confirmed', 'Appointment Confirmed', 'eConfirmed'],
    },
    unscheduledList: {
      type: 'boolean',
      title: 'Unscheduled list',
      description: 'Put cancelled visits on the unscheduled list, for staff to call the patient.',
      default: true,
    },
    breakProcedures: {
      type: 'boolean',
      title: 'Break procedures',
      description: 'The office charts missed and cancelled visits as procedures D9986 and D9987.',
      default: false,
    },
  },
};
