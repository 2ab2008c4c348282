import type { Room } from '../tour.js';

export const users: Room = async (tour) => {
  const { api } = await tour.practice({ live: false });
  const { id: userId } = await tour.show('inviteUser', api, {
    body: { email: 'sam.hale@elm.example', name: 'Sam Hale', role: 'scheduler' },
  });
  const path = { userId };
  await tour.show('getUser', api, { path });
  await tour.show('listUsers', api, { query: { limit: 10 } });
  await tour.show('updateUser', api, { path, headers: { 'If-Match': '"v1"' }, body: { role: 'practice_admin' } });
  await tour.show('inviteUserAgain', api, { path });
  await tour.show('deleteUser', api, { path });
};
