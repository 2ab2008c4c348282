import { assertOperationIds, operationIdOf } from './operation-ids.js';

const named = (route: string, status = '200', list = false) => {
  const [method = '', path = ''] = route.split(' ');
  return operationIdOf({ method: method.toLowerCase(), path, status, list });
};

describe('the name of an operation', () => {
  it.each([
    ['GET /v1/appointments', 'listAppointments', '200', true],
    ['GET /v1/appointments/{appointmentId}', 'getAppointment', '200', false],
    ['POST /v1/holds', 'createHold', '201', false],
    ['PATCH /v1/operatories/{id}', 'updateOperatory', '200', false],
    ['PUT /v1/addresses/{id}', 'replaceAddress', '200', false],
    ['DELETE /v1/families/{id}/members/{patientId}', 'deleteFamilyMember', '204', false],
    ['POST /v1/families/{id}/members', 'createFamilyMember', '201', false],
    ['POST /v1/appointments/{appointmentId}/cancel', 'cancelAppointment', '200', false],
    ['POST /v1/api-keys/{keyId}/rotate', 'rotateApiKey', '200', false],
    ['POST /v1/hooks/{connectionId}', 'submitHook', '200', false],
    ['POST /v1/patients/search', 'searchPatients', '200', true],
    ['GET /v1/agencies/current', 'getCurrentAgency', '200', false],
    ['PATCH /v1/agencies/current/settings', 'updateCurrentAgencySettings', '200', false],
    ['GET /v1/settings', 'getSettings', '200', false],
    ['GET /v1/carriers/suggestions', 'listCarrierSuggestions', '200', true],
    ['GET /v1/widget/visits/{linkToken}/slots', 'getWidgetVisitSlots', '200', false],
    ['GET /.well-known/jwks.json', 'getWellKnownJwks', '200', false],
    ['GET /v1/sync/status', 'getSyncStatus', '200', false],
  ])('%s is %s', (route, name, status, list) => {
    expect(named(route, status, list)).toBe(name);
  });

  it('is refused when it is taken or no name in camelCase', () => {
    const one = { id: 'listHolds', route: 'GET /v1/holds' };
    expect(() => assertOperationIds([one, { id: 'listHolds', route: 'GET /v1/widget/holds' }])).toThrow(
      'The operationId "listHolds" of GET /v1/widget/holds belongs to GET /v1/holds already.',
    );
    expect(() => assertOperationIds([{ ...one, id: 'holds.list' }])).toThrow('is not camelCase');
    expect(() => assertOperationIds([one])).not.toThrow();
  });
});
