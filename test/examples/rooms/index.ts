import type { Room } from '../tour.js';
import { accounts } from './accounts.js';
import { agencyConnections } from './agency-connections.js';
import { agencies, practices } from './agencies.js';
import { appointments } from './appointments.js';
import { availability } from './availability.js';
import { blocks } from './blocks.js';
import { connections } from './connections.js';
import { families, patients } from './patients.js';
import { groups } from './groups.js';
import { health } from './health.js';
import { keys } from './keys.js';
import { operations } from './operations.js';
import { operatories, providers, locations, reasons, referrers, carriers } from './catalog.js';
import { settings } from './settings.js';
import { sync } from './sync.js';
import { syncLists } from './sync-lists.js';
import { users } from './users.js';
import { offers, waitlist } from './waitlist.js';
import { zoneChanges } from './zone-changes.js';
import { visitors, visits } from './widget.js';

/** Every room of the tour; none depends on another one. */
export const ROOMS: Record<string, Room> = {
  health,
  accounts,
  users,
  keys,
  agencies,
  practices,
  settings,
  locations,
  operatories,
  providers,
  reasons,
  referrers,
  carriers,
  patients,
  families,
  availability,
  blocks,
  appointments,
  groups,
  waitlist,
  visitors,
  visits,
  offers,
  connections,
  agencyConnections,
  sync,
  syncLists,
  zoneChanges,
  operations,
};
