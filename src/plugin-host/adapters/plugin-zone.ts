import type { PluginZone } from '@openchair/plugin-kit';
import { localTimeOf, offsetAt, resolveWall, zoneId } from '../../kernel/index.js';

const MS_PER_MINUTE = 60_000;
const MS_PER_DAY = 86_400_000;

/** A zone of the bundled tz data as adapters see it. Throws a RangeError when there is no zone of that name. */
export function pluginZone(name: string): PluginZone {
  const zone = zoneId(name);
  return {
    name,
    toLocal: (instantMs) => localTimeOf(zone, instantMs),
    toInstant(localDateTime) {
      const [first] = resolveWall(zone, localDateTime);
      if (first !== undefined) return first;
      // A spring change skips it: read with the offset from before the change, which lands as far behind the gap.
      const asUtc = Date.parse(`${localDateTime}:00Z`);
      return asUtc - offsetAt(zone, asUtc - MS_PER_DAY) * MS_PER_MINUTE;
    },
  };
}
