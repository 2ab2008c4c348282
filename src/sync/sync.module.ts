import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/index.js';
import { PatientsModule } from '../patients/index.js';
import { ConflictsController } from './api/conflicts.controller.js';
import { ListsController } from './api/lists.controller.js';
import { SyncTools } from './api/sync-tools.js';
import { SyncController } from './api/sync.controller.js';
import { ConflictRepository } from './conflicts/conflict.schema.js';
import { Conflicts } from './conflicts/conflicts.js';
import { OverlapMarks } from './conflicts/overlap-marks.js';
import { Overlaps } from './conflicts/overlaps.js';
import { Resolutions } from './conflicts/resolutions.js';
import { Forgetting } from './forgetting.js';
import { PmsStates } from './pms-states.js';
import { DuePatients } from './lists/due-patients.js';
import { ForgottenPatientRows, ForgottenPatients } from './lists/forgotten-patients.js';
import { ListForgetting } from './lists/list-forgetting.js';
import { ListItems } from './lists/list-item.schema.js';
import { ListReader } from './lists/list-reader.js';
import { ListRegister } from './lists/list-register.js';
import { ListStandings } from './lists/list-standings.js';
import { ListStates } from './lists/list-state.schema.js';
import { ListWorker } from './lists/list-worker.js';
import { ReasonWarnings } from './lists/reason-warnings.js';
import { Recalls } from './lists/recall.schema.js';
import { SetUpLists } from './lists/set-up-lists.js';
import { TypeReasons } from './lists/type-reasons.js';
import { VisitKinds } from './lists/visit-kinds.js';
import { CutOffReadings } from './pull/cut-off-readings.js';
import { OwnVisits } from './pull/own-visits.js';
import { People } from './pull/people.js';
import { Puller } from './pull/puller.js';
import { Reconciler } from './pull/reconciler.js';
import { Reports } from './pull/reconcile.schema.js';
import { Schedules } from './pull/schedules.js';
import { Visits } from './pull/visits.js';
import { WaitingPatients } from './pull/waiting-patients.js';
import { Windows } from './pull/windows.js';
import { ExportQueue } from './push/export-queue.js';
import { Exports } from './push/export.schema.js';
import { FirstAnswers } from './push/first-answers.js';
import { Exporter } from './push/exporter.js';
import { Outcomes } from './push/outcomes.js';
import { Remarks } from './push/remarks.js';
import { Pusher } from './push/pusher.js';
import { LiveConnections } from './site/live-connections.js';
import { PmsClient } from './site/pms-client.js';
import { Sites } from './site/site.js';
import { PmsVisits } from './state/pms-visit.schema.js';
import { SyncLog, SyncLogRepository } from './state/sync-log.js';
import { SyncRegister } from './state/sync-register.js';
import { SyncStates } from './state/sync-state.schema.js';
import { SyncSetup } from './sync-setup.js';
import { Sync } from './sync.service.js';
import { UnreadableRecords } from './unreadable/unreadable-records.js';
import { UnreadableRepository } from './unreadable/unreadable.schema.js';
import { SyncedZones } from './zone-changes.js';

/** Keeps the book here and the book of the practice system equal, or says where they are not. */
@Module({
  imports: [CatalogModule, PatientsModule],
  controllers: [SyncController, ListsController, ConflictsController],
  providers: [
    ConflictRepository,
    Conflicts,
    CutOffReadings,
    DuePatients,
    Exporter,
    ExportQueue,
    Exports,
    FirstAnswers,
    Forgetting,
    ForgottenPatientRows,
    ForgottenPatients,
    ListForgetting,
    ListItems,
    ListReader,
    ListRegister,
    ListStandings,
    ListStates,
    ListWorker,
    LiveConnections,
    Outcomes,
    OverlapMarks,
    Overlaps,
    OwnVisits,
    People,
    PmsClient,
    PmsStates,
    PmsVisits,
    Puller,
    Pusher,
    ReasonWarnings,
    Recalls,
    Reconciler,
    Remarks,
    Reports,
    Resolutions,
    Schedules,
    SetUpLists,
    Sites,
    Sync,
    SyncedZones,
    SyncLog,
    SyncLogRepository,
    SyncRegister,
    SyncSetup,
    SyncStates,
    SyncTools,
    TypeReasons,
    UnreadableRecords,
    UnreadableRepository,
    VisitKinds,
    Visits,
    WaitingPatients,
    Windows,
  ],
  exports: [SyncSetup],
})
export class SyncModule {}
