import { Module } from '@nestjs/common';
import { CatalogImport } from './catalog-import.js';
import { CarrierRepository } from './carriers/carrier.repository.js';
import { CarrierService } from './carriers/carrier.service.js';
import {
  CarriersController,
  CarrierSuggestionsController,
  InsuranceSettingsController,
} from './carriers/carriers.controller.js';
import { InsuranceSettingsRepository } from './carriers/insurance-settings.repository.js';
import { InsuranceSettingsService } from './carriers/insurance-settings.service.js';
import { Insurance } from './carriers/insurance.js';
import { OperatoriesController } from './operatories/operatories.controller.js';
import { OperatoryRepository } from './operatories/operatory.repository.js';
import { OperatoryService } from './operatories/operatory.service.js';
import { ProviderRepository } from './providers/provider.repository.js';
import { ProviderService } from './providers/provider.service.js';
import { ProvidersController } from './providers/providers.controller.js';
import { ReasonRepository } from './reasons/reason.repository.js';
import { ReasonService } from './reasons/reason.service.js';
import { ReasonsController } from './reasons/reasons.controller.js';
import { ReferrerRepository } from './referrers/referrer.repository.js';
import { ReferrerService } from './referrers/referrer.service.js';
import { ReferrersController } from './referrers/referrers.controller.js';
import { CatalogTools } from './shared/catalog-service.js';
import { CatalogVersions } from './shared/catalog-version.js';
import { OperatoryGuards, ProviderGuards, ReasonGuards } from './shared/guards.js';
import { CatalogSetup } from './setup.js';
import { Catalog } from './snapshot/catalog.js';

const services = [
  ProviderService,
  OperatoryService,
  ReasonService,
  CarrierService,
  ReferrerService,
  InsuranceSettingsService,
  Insurance,
  Catalog,
  CatalogImport,
  CatalogSetup,
  ProviderGuards,
  OperatoryGuards,
  ReasonGuards,
];

@Module({
  controllers: [
    ProvidersController,
    OperatoriesController,
    ReasonsController,
    CarrierSuggestionsController,
    CarriersController,
    InsuranceSettingsController,
    ReferrersController,
  ],
  providers: [
    ...services,
    CatalogTools,
    CatalogVersions,
    ProviderRepository,
    OperatoryRepository,
    ReasonRepository,
    CarrierRepository,
    ReferrerRepository,
    InsuranceSettingsRepository,
  ],
  exports: services,
})
export class CatalogModule {}
