import type { Room } from '../tour.js';

/** How a practice books and looks, and what it still lacks until patients may book. */
export const settings: Room = async (tour) => {
  const practice = await tour.practice({ live: false });
  const { api } = practice;
  await tour.show('updateSettings', api, {
    body: {
      scheduling: { confirmMode: 'instant', minNoticeMinutes: 120, cancelWindowHours: 24 },
      brand: { name: 'Elm Dental', phone: '+1 312 555 0100', email: 'desk@elm.example', primaryColor: '#0f766e' },
      messages: { senderName: 'Elm Dental', reminderHours: [48, 2] },
    },
  });
  await tour.show('getSettings', api);
  await tour.show('getSetup', api);
  await practice.prepare();
  await tour.show('goLive', api);
};
