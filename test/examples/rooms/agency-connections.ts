import { until } from '../../harness/until.js';
import type { Room } from '../tour.js';

/** A plugin that an agency sets up once for its practices. */
export const agencyConnections: Room = async (tour) => {
  const { admin } = await tour.house.agency('Westside Dental Marketing', 'max.reed@westside.example');
  const { api } = admin;
  const { id: practiceId } = await api.ok('POST', '/v1/practices', { name: 'Elm Dental' });
  const made = await tour.show('createCurrentAgencyConnection', api, {
    body: {
      pluginId: 'notify-smtp',
      name: 'Mail of the agency',
      config: {
        host: 'smtp.westside.example',
        port: 587,
        security: 'starttls',
        user: 'westside',
        password: 'an example password',
      },
      perPractice: ['fromAddress'],
    },
  });
  const path = { agencyConnectionId: made.id as string };
  await tour.show('getCurrentAgencyConnection', api, { path });
  await tour.show('listCurrentAgencyConnections', api, { query: { kind: 'notification', limit: 10 } });
  const there = { ...path, practiceId };
  await until(
    () => api.get(`/v1/agencies/current/connections/${made.id}/practices/${practiceId}`),
    ({ status }) => status === 200,
  );
  await tour.show('replaceCurrentAgencyConnectionPractice', api, {
    path: there,
    body: { config: { fromAddress: 'desk@elm.example' } },
  });
  await tour.show('getCurrentAgencyConnectionPractice', api, { path: there });
  await tour.show('updateCurrentAgencyConnection', api, {
    path,
    headers: { 'If-Match': '"v1"' },
    body: { name: 'Mail for our practices' },
  });
  await tour.show('deleteCurrentAgencyConnection', api, { path });
};
