import type { Room } from '../tour.js';

/** One metric of the many, whose value is no measurement. */
const someMetrics = (text: string) => text.match(/^.*openchair_tzdata_info.*$/gm)?.join('\n');

export const health: Room = async (tour) => {
  const { anyone } = tour.house;
  await tour.show('getHealthLive', anyone);
  await tour.show('getHealthReady', anyone);
  await tour.show('getMetrics', anyone, {}, someMetrics);
};
