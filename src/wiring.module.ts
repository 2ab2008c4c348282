import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { CatalogModule, CatalogSetup, PracticeLocations } from './catalog/index.js';
import { AgencyPractices, ConnectionLocations, ConnectionZones } from './plugin-host/index.js';
import { LocationGuards, Locations, Practices, SetupSteps } from './tenants/index.js';

/** Answers of one room to another that only the composition root can join. */
@Global()
@Module({
  imports: [CatalogModule],
  providers: [
    {
      provide: PracticeLocations,
      inject: [Locations],
      useFactory: (locations: Locations): PracticeLocations => ({
        known: async (scope, tx) => new Set((await locations.list(scope, {}, tx)).map(({ _id }) => _id)),
      }),
    },
  ],
  exports: [PracticeLocations],
})
export class WiringModule implements OnModuleInit {
  constructor(
    private readonly setup: CatalogSetup,
    private readonly steps: SetupSteps,
    private readonly guards: LocationGuards,
    private readonly locations: Locations,
    private readonly zones: ConnectionZones,
    private readonly places: ConnectionLocations,
    private readonly practices: Practices,
    private readonly agencyPractices: AgencyPractices,
  ) {}

  onModuleInit(): void {
    const parts = [
      { id: 'providers', order: 20, title: 'Providers', path: '/v1/providers' },
      { id: 'reasons', order: 30, title: 'Reasons for visit', path: '/v1/reasons' },
      { id: 'insurance', order: 40, title: 'Insurance', path: '/v1/insurance-settings' },
    ] as const;
    for (const part of parts)
      this.steps.register({
        ...part,
        check: async (scope) => (await this.setup[part.id](scope)).missing,
        warn: async (scope) => (await this.setup[part.id](scope)).warnings,
      });
    this.zones.answerWith(async (scope, locationId) => {
      const all = await this.locations.allLately(scope);
      return (all.find(({ _id }) => _id === locationId) ?? all[0])?.zone ?? null;
    });
    this.places.answerWith(async (scope, wanted) => {
      const known = new Set((await this.locations.list(scope)).map(({ _id }) => _id));
      return wanted.filter((id) => !known.has(id));
    });
    this.agencyPractices.answerWith({
      agencyOf: async (tenantId) => (await this.practices.directoryEntry(tenantId))?.agencyId ?? null,
      foreign: (agency, ids) => this.practices.foreign(agency, ids),
      all: (agency) => this.practices.ids(agency),
    });
    this.guards.register((scope, locationId, tx) => this.setup.holdsLocation(scope, locationId, tx));
  }
}
