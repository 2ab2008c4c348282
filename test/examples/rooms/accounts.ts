import type { Room } from '../tour.js';

const EMAIL = 'pat.rivers@elm.example';
const PASSWORD = 'a long example password';

/** From an invitation to the end of a log-in. */
export const accounts: Room = async (tour) => {
  const { anyone } = tour.house;
  const admin = tour.agency.admin.api.in(await tour.house.practice(tour.agency));
  const { inviteToken } = await admin.ok('POST', '/v1/users', { email: EMAIL, name: 'Pat Rivers', role: 'scheduler' });
  await tour.show('setPassword', anyone, { body: { inviteToken, password: PASSWORD } });
  const first = await tour.show('logIn', anyone, { body: { email: EMAIL, password: PASSWORD } });
  await tour.show('getMe', anyone.as(first.accessToken));
  const { refreshToken } = await tour.show('refreshTokens', anyone, { body: { refreshToken: first.refreshToken } });
  await tour.show('logOut', anyone, { body: { refreshToken } });
  await tour.show('getSigningKeys', anyone);
};
