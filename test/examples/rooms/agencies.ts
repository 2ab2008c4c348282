import type { Room } from '../tour.js';

/** Resellers, as the platform's operator and as they themselves see them. */
export const agencies: Room = async (tour) => {
  const { platform } = tour.house;
  const made = await tour.show('createAgency', platform, {
    body: { name: 'Northside Dental Marketing', adminEmail: 'ann.moss@northside.example', adminName: 'Ann Moss' },
  });
  const path = { agencyId: made.id };
  await tour.show('getAgency', platform, { path });
  const { api } = (await tour.house.agency('Northside Dental Marketing', 'kim.moss@northside.example')).admin;
  await tour.show('getCurrentAgency', api);
  await tour.show('updateCurrentAgency', api, { body: { name: 'Northside Dental Network' } });
  await tour.show('updateCurrentAgencySettings', api, {
    body: { scheduling: { holdMinutes: 10 }, brand: { primaryColor: '#0f766e' } },
  });
  await tour.show('getCurrentAgencySettings', api);
  await tour.show('updateAgency', platform, { path, body: { active: false } });
};

export const practices: Room = async (tour) => {
  const { api } = (await tour.house.agency('Lakeside Dental Marketing', 'lee.frost@lakeside.example')).admin;
  const { id: practiceId } = await tour.show('createPractice', api, { body: { name: 'Elm Dental' } });
  const path = { practiceId };
  await tour.show('getPractice', api, { path });
  await tour.show('listPractices', api, { query: { limit: 10 } });
  await tour.show('updatePractice', api, {
    path,
    headers: { 'If-Match': '"v1"' },
    body: { name: 'Elm Dental Studio' },
  });
};
