import type { Room } from '../tour.js';

/** Keys for programs and for pages. */
export const keys: Room = async (tour) => {
  const { api } = await tour.practice({ live: false });
  const { id: keyId } = await tour.show('createApiKey', api, {
    body: { name: 'Recall robot', mode: 'test', permissions: ['patients:read', 'schedule:read', 'schedule:write'] },
  });
  await tour.show('listApiKeys', api, { query: { limit: 10 } });
  const { id } = await tour.show('rotateApiKey', api, { path: { keyId } });
  await tour.show('revokeApiKey', api, { path: { keyId: id } });

  const { id: widgetKeyId } = await tour.show('createWidgetKey', api, {
    body: { name: 'Our site', origins: ['https://www.elm.example'] },
  });
  await tour.show('listWidgetKeys', api, { query: { limit: 10 } });
  const path = { widgetKeyId };
  await tour.show('updateWidgetKey', api, {
    path,
    headers: { 'If-Match': '"v1"' },
    body: { origins: ['https://www.elm.example', 'https://book.elm.example'] },
  });
  await tour.show('deleteWidgetKey', api, { path });
};
