/**
 * Loaded before the application (`NODE_OPTIONS=--require …`): as if it were built with another release of the tz database.
 * `OTHER_TZDATA` is JSON: `{ version, zones }`, zones in the packed form of moment-timezone by their names.
 */
const file = require.resolve('moment-timezone/data/packed/latest.json');
const bundled = require(file);
const { version, zones } = JSON.parse(process.env.OTHER_TZDATA);
const nameOf = (packed) => packed.slice(0, packed.indexOf('|'));

require.cache[file].exports = {
  ...bundled,
  version,
  zones: bundled.zones.map((packed) => zones[nameOf(packed)] ?? packed),
};
