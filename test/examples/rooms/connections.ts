import { signWebhook, webhookBody } from '@openchair/pms-sandbox';
import type { Room } from '../tour.js';

const SECRET = 'example-signing-secret';

/** Plugins, and the practice system that one of them connects. */
export const connections: Room = async (tour) => {
  const { api, locationId } = await tour.practice({ live: false });
  await tour.show('listPlugins', api, {}, someOf(['notify-smtp', 'pms-sandbox']));
  const { id: connectionId } = await tour.show('createConnection', api, {
    body: {
      pluginId: 'pms-sandbox',
      name: 'Practice system',
      locationIds: [locationId],
      config: { seed: 'elm', hours: 'standard', signingSecret: SECRET },
    },
  });
  const path = { connectionId };
  await tour.show('getConnection', api, { path });
  await tour.show('listConnections', api, { query: { kind: 'pms', limit: 10 } });
  await tour.show('updateConnection', api, {
    path,
    headers: { 'If-Match': '"v1"' },
    body: { name: 'Practice system, main office', priority: 1 },
  });
  await tour.show('testConnection', api, { path });

  const event = webhookBody([{ id: 'e-1001', topic: 'appointments' }]);
  await tour.show('receiveHook', tour.house.anyone.with(signWebhook(SECRET, event)), {
    path,
    body: Buffer.from(event).toString(),
  });
  await tour.show('deleteConnection', api, { path });
};

interface Plugins {
  data: { id: string }[];
}

/** The list without the plugins that come and go. */
const someOf =
  (ids: string[]) =>
  ({ data }: Plugins) => ({ data: data.filter(({ id }) => ids.includes(id)) });
