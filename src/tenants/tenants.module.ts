import { Global, Module, type OnModuleInit } from '@nestjs/common';
import { AgencyDirectory, PracticeDirectory } from '../identity/index.js';
import { AgenciesController } from './agencies/agencies.controller.js';
import { Agencies } from './agencies/agencies.service.js';
import { AgencyRepository } from './agencies/agency.schema.js';
import { LocationRepository } from './locations/location.schema.js';
import { LocationsController } from './locations/locations.controller.js';
import { LocationGuards, Locations } from './locations/locations.service.js';
import { PracticeRepository } from './practices/practice.schema.js';
import { PracticesController } from './practices/practices.controller.js';
import { Practices } from './practices/practices.service.js';
import { SettingsController } from './settings/settings.controller.js';
import { Settings } from './settings/settings.service.js';
import { SetupController } from './setup/setup.controller.js';
import { SetupSteps } from './setup/setup.js';

@Global()
@Module({
  controllers: [AgenciesController, PracticesController, LocationsController, SettingsController, SetupController],
  providers: [
    Agencies,
    AgencyRepository,
    LocationGuards,
    LocationRepository,
    Locations,
    PracticeRepository,
    Practices,
    Settings,
    SetupSteps,
  ],
  exports: [Agencies, LocationGuards, Locations, Practices, Settings, SetupSteps],
})
export class TenantsModule implements OnModuleInit {
  constructor(
    private readonly practiceDirectory: PracticeDirectory,
    private readonly agencyDirectory: AgencyDirectory,
    private readonly practices: Practices,
    private readonly agencies: Agencies,
    private readonly locations: Locations,
    private readonly settings: Settings,
    private readonly setup: SetupSteps,
  ) {}

  onModuleInit(): void {
    this.practiceDirectory.answerWith((tenantId) => this.practices.directoryEntry(tenantId));
    this.agencyDirectory.answerWith((agencyId) => this.agencies.directoryEntry(agencyId));
    this.setup.register({
      id: 'locations',
      order: 10,
      title: 'Locations',
      path: '/v1/locations',
      check: async (scope) => {
        const active = await this.locations.list(scope, { activeOnly: true });
        if (active.length === 0) return ['Add a location with its opening hours.'];
        return active.some(({ hours }) => hours.length > 0) ? [] : ['Set the opening hours of a location.'];
      },
    });
    this.setup.register({
      id: 'settings',
      order: 60,
      title: 'Settings',
      path: '/v1/settings',
      check: async (scope) =>
        (await this.settings.read(scope)).settings.brand.phone ? [] : ['Set brand.phone, so that patients can call.'],
    });
  }
}
