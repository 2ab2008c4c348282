import type { ConfigSchema } from '@openchair/plugin-kit';

/** Configuration of a connection to a FHIR R4 server. */
export interface FhirConfig {
  /** Service base URL: `https://fhir.example.com/r4`. */
  readonly baseUrl: string;
  readonly auth: 'none' | 'bearer' | 'smart';
  /** For `bearer`. */
  readonly accessToken?: string;
  /** For `smart`: the client that the server's administrator registered. */
  readonly clientId?: string;
  /** For `smart`: PKCS 8 as PEM, or a JWK as JSON. RSA signs RS384, P-384 signs ES384. */
  readonly privateKey?: string;
  /** For `smart`: `kid` of the public key in the registered key set. */
  readonly keyId?: string;
  /** For `smart`: OAuth scopes, separated by blanks. */
  readonly scope: string;
  /** `auto`: as the server's capability statement says. */
  readonly scheduling: 'auto' | 'plain' | 'operations';
  /** What stands for a chair or room. */
  readonly operatoryResource: 'Location' | 'Device';
  /** Codes of `Location.physicalType` that are chairs or rooms; none: every Location. */
  readonly operatoryTypes: readonly string[];
  /** Code system of procedure codes in `serviceType`. */
  readonly procedureSystem: string;
  /** Country of phone numbers that are written without one, ISO 3166. */
  readonly country: string;
}

export const fhirConfigSchema: ConfigSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  title: 'FHIR R4 server',
  additionalProperties: false,
  required: ['baseUrl'],
  properties: {
    baseUrl: {
      type: 'string',
      title: 'Base URL',
      description: 'Service base URL of the FHIR R4 server, without the name of a resource.',
      format: 'uri',
      pattern: '^https?://[^?#]+$',
      maxLength: 500,
    },
    auth: {
      type: 'string',
      title: 'Authorization',
      description:
        'smart: SMART backend services with a signed assertion; bearer: a fixed token; none: an open server.',
      enum: ['none', 'bearer', 'smart'],
      default: 'smart',
    },
    accessToken: {
      type: 'string',
      title: 'Access token',
      description: 'For bearer: the token that is sent with every request.',
      minLength: 1,
      maxLength: 8_000,
    },
    clientId: {
      type: 'string',
      title: 'Client id',
      description: 'For smart: the id under which this platform is registered with the server.',
      minLength: 1,
      maxLength: 300,
    },
    privateKey: {
      type: 'string',
      title: 'Private key',
      description:
        'For smart: an RSA or P-384 key as PEM (PKCS 8) or as a JWK; its public half is registered with the server.',
      minLength: 1,
      maxLength: 8_000,
    },
    keyId: {
      type: 'string',
      title: 'Key id',
      description: 'For smart: the kid of the registered public key; left out when only one is registered.',
      minLength: 1,
      maxLength: 200,
    },
    scope: {
      type: 'string',
      title: 'Scopes',
      description: 'For smart: the scopes that are asked for, separated by blanks.',
      maxLength: 2_000,
      default: 'system/*.read system/Appointment.write system/Patient.write system/Slot.write',
    },
    scheduling: {
      type: 'string',
      title: 'Scheduling',
      description: 'operations: the server offers $book; plain: it does not; auto: as its capability statement says.',
      enum: ['auto', 'plain', 'operations'],
      default: 'auto',
    },
    operatoryResource: {
      type: 'string',
      title: 'Operatories',
      description: 'The resource that stands for chairs and rooms.',
      enum: ['Location', 'Device'],
      default: 'Location',
    },
    operatoryTypes: {
      type: 'array',
      title: 'Types of operatories',
      description: 'Codes of Location.physicalType that are chairs or rooms; an empty list takes every Location.',
      items: { type: 'string', minLength: 1, maxLength: 60 },
      maxItems: 20,
      default: ['ro'],
    },
    procedureSystem: {
      type: 'string',
      title: 'Procedure codes',
      description: 'URI of the code system whose codes in serviceType are procedures; CDT unless said otherwise.',
      format: 'uri',
      maxLength: 300,
      default: 'http://www.ada.org/cdt',
    },
    country: {
      type: 'string',
      title: 'Country',
      description: 'Two letters: the country of phone numbers that are written without one.',
      pattern: '^[A-Z]{2}$',
      default: 'US',
    },
  },
};
