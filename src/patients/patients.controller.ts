import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import {
  Allow,
  Command,
  Commands,
  Id,
  IfMatch,
  mapPage,
  PageOf,
  TakesIdempotencyKey,
  Tenant,
  Text,
  withEtag,
  type CommandRequest,
} from '../http/index.js';
import { CLOCK, invalid, type Clock, type TenantScope } from '../kernel/index.js';
import type { Filter } from '../persistence/index.js';
import {
  ConsentsView,
  CreateConsent,
  CreatePatient,
  DecideContact,
  MergePatient,
  PatchPatient,
  PatientQuery,
  PatientView,
  SearchPatients,
} from './dto/patient.dto.js';
import type { GivenPerson } from './patient-record.js';
import type { Patient } from './patient.schema.js';
import { Patients } from './patients.js';
import { consentsView, patientView } from './views.js';

class PatientParams {
  @Id('patient')
  id!: string;
}

class PendingParams extends PatientParams {
  @Text({ max: 40, pattern: /^[\w-]+$/ })
  pendingId!: string;
}

@ApiTags('patients')
@Controller('v1/patients')
export class PatientsController {
  constructor(
    private readonly patients: Patients,
    private readonly commands: Commands,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Allow('patients:read')
  @ApiOperation({ summary: 'Lists patients in the order of their making' })
  @PageOf(PatientView)
  async list(@Tenant() scope: TenantScope, @Query() query: PatientQuery) {
    const filter = {
      status: query.status ?? 'active',
      ...(query.familyId === undefined ? {} : { familyId: query.familyId }),
    } as Filter<Patient>;
    return mapPage(await this.patients.page(scope, { filter, limit: query.limit, cursor: query.cursor }), patientView);
  }

  @Post('search')
  @HttpCode(200)
  @Allow('patients:read')
  @ApiOperation({
    summary: 'Finds patients by exact phone, e-mail, date of birth, or last name and date of birth',
    description: 'What is looked for travels in the body, so that no log of addresses holds it.',
  })
  @PageOf(PatientView)
  async search(@Tenant() scope: TenantScope, @Body() body: SearchPatients) {
    const { limit, cursor, phone, email, dateOfBirth, lastName } = body;
    if (phone === undefined && email === undefined && dateOfBirth === undefined) {
      throw invalid('', 'required', 'Give phone, email or dateOfBirth; lastName goes with dateOfBirth.');
    }
    if (lastName !== undefined && dateOfBirth === undefined) {
      throw invalid('/dateOfBirth', 'required', 'lastName is looked for together with dateOfBirth.');
    }
    const page = await this.patients.search(scope, { phone, email, dateOfBirth, lastName }, { limit, cursor });
    return mapPage(page, patientView);
  }

  @Post()
  @Allow('patients:write')
  @TakesIdempotencyKey()
  @ApiOperation({
    summary: 'Creates a patient',
    description:
      'Answers 409 `already_exists` with `patientId` when this person is there with the same phone or e-mail.',
  })
  @ApiCreatedResponse({ type: PatientView })
  async create(
    @Tenant() scope: TenantScope,
    @Command() command: CommandRequest,
    @Body() body: CreatePatient,
  ): Promise<PatientView> {
    return this.commands.run(scope, command, async (tx) =>
      patientView(await this.patients.create(scope, tx, personOf(body))),
    );
  }

  @Get(':id')
  @Allow('patients:read')
  @ApiOperation({ summary: 'Reads a patient' })
  @ApiOkResponse({ type: PatientView })
  async read(
    @Tenant() scope: TenantScope,
    @Param() params: PatientParams,
    @Res({ passthrough: true }) response: Response,
  ): Promise<PatientView> {
    return withEtag(response, patientView(await this.patients.get(scope, params.id)));
  }

  @Patch(':id')
  @Allow('patients:write')
  @ApiOperation({ summary: 'Changes a patient' })
  @ApiOkResponse({ type: PatientView })
  async change(
    @Tenant() scope: TenantScope,
    @Param() params: PatientParams,
    @IfMatch() ifVersion: number | undefined,
    @Body() body: PatchPatient,
    @Res({ passthrough: true }) response: Response,
  ): Promise<PatientView> {
    const patient = await this.patients.change(scope, params.id, personOf(body), ifVersion);
    return withEtag(response, patientView(patient));
  }

  @Delete(':id')
  @HttpCode(204)
  @Allow('patients:write')
  @ApiOperation({
    operationId: 'erasePatient',
    summary: 'Erases a patient',
    description: 'All personal data is forgotten for good; the id, states and consents stay, so that the book adds up.',
  })
  @ApiNoContentResponse()
  async erase(@Tenant() scope: TenantScope, @Param() params: PatientParams): Promise<void> {
    await this.patients.erase(scope, params.id);
  }

  @Post(':id/merge')
  @HttpCode(200)
  @Allow('patients:write')
  @ApiOperation({ summary: 'Says that this record is the same person as another' })
  @ApiOkResponse({ type: PatientView })
  async merge(
    @Tenant() scope: TenantScope,
    @Param() params: PatientParams,
    @Body() body: MergePatient,
  ): Promise<PatientView> {
    return patientView(await this.patients.merge(scope, params.id, body.intoId));
  }

  @Get(':id/consents')
  @Allow('patients:read')
  @ApiOperation({ summary: 'What a patient agreed to, and when' })
  @ApiOkResponse({ type: ConsentsView })
  async consents(@Tenant() scope: TenantScope, @Param() params: PatientParams): Promise<ConsentsView> {
    return consentsView(await this.patients.get(scope, params.id));
  }

  @Post(':id/consents')
  @Allow('patients:write')
  @TakesIdempotencyKey()
  @ApiOperation({ operationId: 'recordPatientConsent', summary: 'Records that a patient gave or withdrew a consent' })
  @ApiCreatedResponse({ type: ConsentsView })
  async consent(
    @Tenant() scope: TenantScope,
    @Param() params: PatientParams,
    @Command() command: CommandRequest,
    @Body() body: CreateConsent,
  ): Promise<ConsentsView> {
    const { kind, given, textVersion, channel = 'staff' } = body;
    const record = { kind, given, at: this.clock.now(), channel, textVersion, sessionId: null };
    return this.commands.run(scope, command, async (tx) =>
      consentsView(await this.patients.recordConsents(scope, tx, params.id, [record])),
    );
  }

  @Post(':id/pending-contacts/:pendingId')
  @HttpCode(200)
  @Allow('patients:write')
  @ApiOperation({
    operationId: 'decidePendingContact',
    summary: 'Takes over or throws away contact data that a visitor typed',
  })
  @ApiOkResponse({ type: PatientView })
  async decide(
    @Tenant() scope: TenantScope,
    @Param() params: PendingParams,
    @Body() body: DecideContact,
  ): Promise<PatientView> {
    return patientView(await this.patients.decideContact(scope, params.id, params.pendingId, body.accept));
  }
}

/** The fields of a body, plain and with every part of the address. */
function personOf({ address, ...rest }: CreatePatient | PatchPatient): GivenPerson {
  if (!address) return address === undefined ? rest : { ...rest, address };
  const { line1, line2 = null, city, region = null, postalCode = null, country } = address;
  return { ...rest, address: { line1, line2, city, region, postalCode, country } };
}
